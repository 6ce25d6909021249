"""What clients send that is in no guide, as it was seen on the wire: nothing of it may hurt."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from npcengine.server.gateway import Gateway
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.store import Store
from tests.server.http_table import ask, post
from tests.server.table import TOOL, TOOLS, Client, Json, ParrotMind, make_gateway, run, text_in


def answer_to(said: str | list[Json], **fields: Any) -> Json:
    """How one request on a socket ends."""

    async def main() -> Json:
        client = Client(make_gateway())
        client.send({"type": "response.create", "model": "m", "input": said, **fields})
        return (await client.ends())[0]

    return run(main())


def output(call: Json, text: str = "done") -> Json:
    return {"type": "function_call_output", "call_id": call["call_id"], "output": text}


# --- fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"stream": True, "include": []}, id="openai-agents"),
        pytest.param(
            {
                "stream": True,
                "include": ["reasoning.encrypted_content"],
                "client_metadata": {"thread_id": "01a2", "x-codex-turn-metadata": "{}"},
                "prompt_cache_key": "01a2",
                "reasoning": {"effort": "medium", "summary": "auto"},
                "text": {"verbosity": "low"},
            },
            id="Codex",
        ),
        pytest.param(
            {"service_tier": "priority", "temperature": 0, "max_output_tokens": 900},
            id="Pipecat",
        ),
        pytest.param(
            {"user": "u", "metadata": {"a": "b"}, "reasoning": {"effort": "none"}}, id="LiveKit"
        ),
        pytest.param(
            {
                "truncation": None,
                "tools": None,
                "tool_choice": None,
                "metadata": None,
                "instructions": None,
                "previous_response_id": None,
                "parallel_tool_calls": None,
                "max_output_tokens": None,
                "temperature": None,
                "conversation": None,
                "background": False,
            },
            id="everything null",
        ),
        pytest.param(
            {"stream_options": {"include_obfuscation": False}, "top_logprobs": 2}, id="openai"
        ),
    ],
)
def test_fields_that_mean_nothing_here_are_taken(fields: Json) -> None:
    assert answer_to("Hi", **fields)["type"] == "response.completed"


# --- tools -------------------------------------------------------------------------------------


CODEX_TOOLS: list[Json] = [
    TOOL,
    {
        "type": "custom",
        "name": "apply_patch",
        "format": {"type": "grammar", "syntax": "lark", "definition": "start: X"},
    },
    {"type": "web_search", "external_web_access": False},
    {"type": "tool_search", "execution": "client", "parameters": {"type": "object"}},
    {"type": "namespace", "name": "mcp__shop", "tools": [TOOL]},
    {"type": "local_shell"},
    {"type": "mcp", "server_label": "s", "server_url": "http://127.0.0.1:1/mcp"},
    {"type": "of_next_year", "whatever": [1]},
]


def test_tools_of_types_that_cannot_be_served_are_left_out_and_echoed() -> None:
    end = answer_to("call look apply_patch", tools=CODEX_TOOLS)

    assert end["response"]["tools"] == CODEX_TOOLS
    assert "look" in [item.get("name") for item in end["response"]["output"]]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"strict": None, "description": None}, id="litellm"),
        pytest.param({"strict": False, "defer_loading": True}, id="Codex"),
        pytest.param(
            {
                "parameters": {
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "type": "object",
                    "properties": {},
                    "additionalProperties": False,
                }
            },
            id="AI SDK",
        ),
        pytest.param({"parameters": None}, id="no parameters"),
    ],
)
def test_functions_come_in_many_forms(more: Json) -> None:
    end = answer_to("call look", tools=[{**TOOL, **more}])

    assert end["response"]["output"][0]["name"] == "look"


def test_allowed_tools_may_name_some_that_cannot_be_served() -> None:
    allowed = [{"type": "function", "name": "look"}, {"type": "web_search"}]
    choice = {"type": "allowed_tools", "mode": "auto", "tools": allowed}

    end = answer_to("call look", tools=CODEX_TOOLS, tool_choice=choice)

    assert end["response"]["tool_choice"] == choice
    assert end["response"]["output"][0]["name"] == "look"


# --- items -------------------------------------------------------------------------------------


PNG = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"role": "user", "content": "Hi"}, id="no type"),
        pytest.param(
            {
                "type": "message",
                "id": "msg_7a625cea-fa8d-5641-b3bd-9cfb00c2f095",
                "role": "developer",
                "content": [{"type": "input_text", "text": "Hi"}],
            },
            id="an id of the client's",
        ),
        pytest.param(
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "Hi"},
                    {"type": "input_image", "image_url": PNG, "detail": "auto"},
                    {"type": "input_file", "file_data": "data:text/plain;base64,eA=="},
                    {"type": "input_audio", "input_audio": {"data": "eA==", "format": "wav"}},
                ],
            },
            id="pictures, files and sounds",
        ),
        pytest.param(
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": None},
            id="reasoning",
        ),
        pytest.param(
            {
                "type": "message",
                "role": "assistant",
                "phase": "commentary",
                "status": "completed",
                "content": [
                    {"type": "output_text", "text": "Hi", "annotations": [{"type": "url_citation"}]}
                ],
            },
            id="what the model said, in a phase",
        ),
        pytest.param({"role": "assistant", "content": None}, id="nothing said"),
        pytest.param(
            {"type": "web_search_call", "id": "ws_1", "status": "completed"}, id="a hosted tool's"
        ),
        pytest.param(
            {"type": "additional_tools", "role": "developer", "tools": [TOOL]}, id="of next year"
        ),
    ],
)
def test_items_come_in_many_forms(item: Json) -> None:
    end = answer_to([item, {"role": "user", "content": "And?"}])

    assert text_in(end) == "And?"


def test_a_custom_tools_call_is_answered_like_any_other() -> None:
    call = {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "*** Begin"}
    done = {"type": "custom_tool_call_output", "call_id": "c", "output": "Done"}

    assert text_in(answer_to([call, done])) == "Done"


def test_an_output_may_be_a_list_of_parts() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
    parts = [{"type": "input_text", "text": "seen"}, {"type": "input_image", "image_url": PNG}]
    done = {"type": "function_call_output", "call_id": "c", "output": parts, "status": "completed"}

    assert text_in(answer_to([call, done])) == "seen"


def test_a_continuation_may_repeat_what_the_model_said_and_called() -> None:
    """LiveKit does, beside `previous_response_id`."""

    async def main() -> Json:
        client = Client(make_gateway())
        first = (await client.ask("One moment.; call look", tools=TOOLS))["response"]
        _, call = first["output"]
        again = {name: call[name] for name in ("type", "call_id", "name", "arguments")}
        said = {"role": "assistant", "content": "One moment."}
        return await client.ask(
            [said, again, output(call)], previous_response_id=first["id"], tools=TOOLS
        )

    assert text_in(run(main())) == "done"


# --- items that are named instead of sent, as the AI SDK does ---------------------------------


def test_a_reference_stands_for_what_was_stored_over_http() -> None:
    async def main() -> Json:
        gateway = make_gateway()
        first = (await post(gateway, "One moment.; call look", tools=TOOLS)).json
        said, call = first["output"]
        whole = [
            {"role": "user", "content": "One moment.; call look"},
            {"type": "item_reference", "id": said["id"]},
            {"id": call["id"]},
            output(call),
            {"role": "user", "content": "everything"},
        ]
        again = (await post(gateway, whole, tools=TOOLS)).json
        listed = (
            await ask(gateway, "GET", f"/v1/responses/{again['id']}/input_items?order=asc")
        ).json
        return {"again": {"response": again}, "kinds": [item["type"] for item in listed["data"]]}

    told = run(main())

    assert text_in(told["again"]).split(" / ") == [
        "One moment.; call look", "One moment.", "look!", "done", "everything",
    ]  # fmt: skip
    assert told["kinds"] == [
        "message", "message", "function_call", "function_call_output", "message",
    ]  # fmt: skip


def test_a_reference_stands_for_what_was_stored_from_any_socket() -> None:
    async def main() -> Json:
        gateway = make_gateway()
        first = (await Client(gateway).ask("Hello?"))["response"]
        return await Client(gateway).ask(
            [{"type": "item_reference", "id": first["output"][0]["id"]}], store=False
        )

    assert text_in(run(main())) == "Hello?"


@pytest.mark.parametrize("unknown", [True, False])
def test_a_reference_to_what_is_not_kept_is_refused_where_it_stands(unknown: bool) -> None:
    async def main() -> tuple[Json, int, Json]:
        gateway = make_gateway()
        first = (await Client(gateway).ask("Hello?", store=False))["response"]
        known = "msg_of_nobody" if unknown else first["output"][0]["id"]
        items = [
            {"role": "user", "content": "Hi"},
            {"type": "item_reference", "id": known},
        ]
        over_socket = await Client(gateway).ask(items)
        over_http = await post(gateway, items)
        return over_socket, over_http.status, over_http.json

    over_socket, status, over_http = run(main())

    assert (over_socket["status"], status) == (404, 404)
    for error in (over_socket["error"], over_http["error"]):
        assert error["param"] == "input[1].id"
        assert "not found" in error["message"]


def test_a_reference_finds_what_another_gateway_stored_and_nothing_of_another_token(
    tmp_path: Path,
) -> None:
    def gateway(token: str, seed: int) -> Gateway:
        store = Store(Limits(), str(tmp_path / "minds.db"))
        return Gateway(ParrotMind(), token=token, ids=Ids(seed), store=store)

    async def main() -> list[int]:
        mine, mine_too, yours = gateway("mine", 1), gateway("mine", 2), gateway("yours", 3)
        first = await post_as(mine, "mine", "Hello?")
        reference = [{"type": "item_reference", "id": first.json["output"][0]["id"]}]
        found = [
            (await post_as(mine_too, "mine", reference)).status,
            (await post_as(yours, "yours", reference)).status,
        ]
        await ask(mine, "DELETE", f"/v1/responses/{first.json['id']}", authorization="Bearer mine")
        found.append((await post_as(mine, "mine", reference)).status)
        for one in (mine, mine_too, yours):
            await one.close()
        return found

    async def post_as(gateway: Gateway, token: str, text: Any) -> Any:
        body = {"model": "m", "input": text, "store": text == "Hello?"}
        to = {"authorization": f"Bearer {token}"}
        return await ask(gateway, "POST", "/v1/responses", body, **to)

    assert asyncio.run(main()) == [200, 404, 404]


# --- stopping ----------------------------------------------------------------------------------


def test_a_cancel_that_comes_too_late_or_for_nobody_is_no_error() -> None:
    """Pipecat reads to the next end after it: an error would be taken for the next request's."""

    async def main() -> Client:
        client = Client(make_gateway())
        first = (await client.ask("Hello?"))["response"]
        client.send({"type": "response.cancel", "response_id": first["id"]})
        client.send({"type": "response.cancel", "response_id": "resp_of_nobody"})
        client.send({"type": "response.cancel"})
        await client.ask("Still there?")
        return client

    client = run(main())

    assert [end["type"] for end in client.ended()] == ["response.completed"] * 2


def test_who_cancels_and_asks_at_once_gets_one_end_for_each() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        client.create("word " * 100)
        await client.until(lambda _: client.of("response.output_text.delta"))
        (created,) = client.of("response.created")
        client.send({"type": "response.cancel", "response_id": created["response"]["id"]})
        client.create("And now?")
        return await client.ends(2)

    cut, answered = run(main())

    assert cut["type"] == "response.incomplete"
    assert cut["response"]["status"] == "cancelled"
    assert text_in(answered) == "And now?"
