"""The same through ``/v1/responses``: our own gateway as the server below, and sloppier ones."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from npcengine.server.gateway import Gateway
from npcengine.server.minds.mind import Piece, Thinking
from npcengine.server.minds.pace import Pace
from npcengine.server.minds.registry import make_mind
from npcengine.transport.listen import listen
from tests.server.table import TOOLS, Client, Json, ParrotMind, make_gateway, text_in
from tests.server.upstream.scripted import Upstream, run, table
from tests.transport.byte_server import Call, chunk, sse

pytestmark = pytest.mark.sockets


class Watched(ParrotMind):
    """Tells when somebody broke off an answer."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(pace)
        self.was_stopped = asyncio.Event()

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        try:
            async for piece in super().think(thinking):
                yield piece
        finally:
            self.was_stopped.set()


@asynccontextmanager
async def two_gateways(mind: ParrotMind) -> AsyncGenerator[tuple[Client, Gateway, Gateway]]:
    """One of ours before another of ours, which listens on a port; and a client of the first."""
    below = make_gateway(mind)
    listener = await listen(below, "127.0.0.1", 0)
    spec = f"upstream?url=http://127.0.0.1:{listener.port}/v1&tries=0"
    above = Gateway(make_mind(spec))
    found = await above.open()
    assert found is not None
    assert "/responses" in found
    client = Client(above)
    try:
        yield client, above, below
    finally:
        await client.close()
        await above.close()
        await listener.close()
        await below.close()


def test_a_whole_tool_loop_goes_through_and_each_end_counts_its_own_work() -> None:
    async def main() -> None:
        mind = ParrotMind(Pace(ttft_ms=0, tokens_per_s=0))
        async with two_gateways(mind) as (client, above, below):
            first = await client.ask("one; call look ask", tools=TOOLS, instructions="Be kind.")
            calls = [i for i in first["response"]["output"] if i["type"] == "function_call"]
            outputs = [
                {"type": "function_call_output", "call_id": c["call_id"], "output": "everything"}
                for c in calls
            ]
            second = await client.ask(outputs, previous_response_id=first["response"]["id"])

        assert text_in(first) == "one"
        assert [(c["name"], c["arguments"]) for c in calls] == [
            ("look", '{"x":1}'),
            ("ask", '{"x":1}'),
        ]
        assert (
            text_in(second) == "one; call look ask / one / look! / ask! / everything / everything"
        )
        assert above.tally.new_items == 3
        assert below.tally.new_items == 1 + 6
        assert above.tally.upstream_prompt_tokens == below.tally.context_tokens

    run(main())


def test_a_refusal_and_a_failure_below_are_ones_above() -> None:
    async def main() -> None:
        mind = ParrotMind(Pace(ttft_ms=0, tokens_per_s=0))
        async with two_gateways(mind) as (client, _, below):
            too_many = [{**TOOLS[0], "name": f"t{n}"} for n in range(129)]
            refused = await client.ask(tools=too_many)
            mind.fault = RuntimeError("out of order")
            failed = await client.ask()

        assert refused["status"] == 400
        assert failed["response"]["error"]["code"] == "server_error"
        assert "out of order" not in json.dumps(failed)
        assert below.tally.responses == 0

    run(main())


def test_who_hangs_up_above_stops_the_mind_below() -> None:
    async def main() -> None:
        mind = Watched(Pace(ttft_ms=0, tokens_per_s=5))
        async with two_gateways(mind) as (client, _, _):
            client.create("a long story that takes its time to be told to the very end")
            await client.until(lambda _: client.of("response.output_text.delta"))
            client.send({"type": "response.cancel"})
            await client.ends()
            await mind.was_stopped.wait()

    run(main())


# --- servers that are not as careful ----------------------------------------------------------

CALL: Json = {"type": "function_call", "call_id": "u", "name": "look", "arguments": '{"x":1}'}
MESSAGE: Json = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi"}],
}
DONE: Json = {"type": "response.completed", "response": {"id": "r", "output": []}}


def added(item: Json) -> Json:
    return {"type": "response.output_item.added", "item": item}


def done(item: Json) -> Json:
    return {"type": "response.output_item.done", "item": item}


def arguments(delta: str) -> Json:
    return {"type": "response.function_call_arguments.delta", "delta": delta}


def answering(events: list[Json]) -> Upstream:
    upstream = Upstream()
    upstream.endpoints = {"responses"}

    def answer(call: Call) -> None:
        call.head()
        call.say(chunk(sse(*events)))
        call.end()

    upstream.will(answer)
    return upstream


@pytest.mark.parametrize(
    "events",
    [
        [added({**CALL, "arguments": ""}), arguments('{"x"'), arguments(":1}"), done(CALL)],
        [added({**CALL, "arguments": ""}), arguments('{"x"'), done(CALL)],
        [added({**CALL, "arguments": ""}), done(CALL)],
        [done(CALL)],
        [{"type": "acme:trace"}, done(CALL)],
    ],
    ids=["all of it", "a delta missing", "no deltas", "only the whole", "something unknown"],
)
def test_a_call_is_read_however_much_of_it_is_streamed(events: list[Json]) -> None:
    async def main() -> None:
        async with table(answering([*events, DONE])) as (_, client, _):
            end = await client.ask("Go!", tools=TOOLS)

        (item,) = end["response"]["output"]
        assert (item["name"], item["arguments"], item["status"]) == ("look", '{"x":1}', "completed")

    run(main())


def test_a_text_that_comes_only_whole_is_read_and_one_that_was_streamed_not_twice() -> None:
    delta = {"type": "response.output_text.delta", "delta": "Hi"}

    async def main() -> None:
        async with table(answering([done(MESSAGE), DONE])) as (_, client, _):
            whole = await client.ask()
        async with table(answering([added(MESSAGE), delta, done(MESSAGE), DONE])) as (_, client, _):
            streamed = await client.ask()

        assert text_in(whole) == text_in(streamed) == "Hi"

    run(main())


@pytest.mark.parametrize(
    ("end", "kind", "why"),
    [
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "response.incomplete",
            "max_output_tokens",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            "response.incomplete",
            "content_filter",
        ),
        ({"status": "incomplete"}, "response.failed", "server_error"),
        (
            {"status": "failed", "error": {"code": "x", "message": "m"}},
            "response.failed",
            "server_error",
        ),
    ],
)
def test_ends_are_passed_on(end: Json, kind: str, why: str) -> None:
    name = {"incomplete": "response.incomplete", "failed": "response.failed"}[end["status"]]
    last: Json = {"type": name, "response": {"id": "r", "output": [], **end}}

    async def main() -> None:
        async with table(answering([done(MESSAGE), last])) as (_, client, _):
            ended = await client.ask()

        details, error = ended["response"]["incomplete_details"], ended["response"]["error"]
        assert ended["type"] == kind
        assert (error["code"] if details is None else details["reason"]) == why

    run(main())


@pytest.mark.parametrize(
    "events",
    [
        [arguments("{}")],
        [added({**CALL, "arguments": ""}), arguments('{"y"'), done(CALL)],
        [{"type": "response.output_text.delta", "delta": 7}],
        [{"type": "error", "error": {"message": "no"}}],
        [done(MESSAGE)],
        [{"no": "type"}],
    ],
)
def test_what_makes_no_sense_fails_the_response(events: list[Json]) -> None:
    raw = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)

    def answer(call: Call) -> None:
        call.head()
        call.say(chunk(raw))
        call.end()

    async def main() -> None:
        upstream = answering([])
        upstream.script.clear()
        upstream.will(answer)
        async with table(upstream) as (_, client, _):
            end = await client.ask("Go!", tools=TOOLS)

        assert end["type"] == "response.failed"
        assert end["response"]["error"]["code"] == "server_error"

    run(main())


def test_the_body_has_the_items_as_they_are_and_llama_cpp_is_told_the_form_twice() -> None:
    schema = {"type": "object"}
    form = {"format": {"type": "json_schema", "name": "n", "schema": schema}}
    output = {"type": "custom_tool_call_output", "call_id": "c", "output": "done"}
    items: list[Json] = [
        {"role": "developer", "content": "Night."},
        {"type": "custom_tool_call", "call_id": "c", "name": "note", "input": "ink"},
        output,
        {"type": "reasoning", "summary": [], "encrypted_content": "opaque"},
        {"type": "acme:other"},
    ]

    async def main() -> None:
        upstream = answering([done(MESSAGE), DONE])
        upstream.models[0]["owned_by"] = "llamacpp"
        upstream.places["GET /props"] = {"total_slots": 2}
        async with table(upstream) as (_, client, _):
            await client.ask(items, text=form, instructions="Be kind.", stream_id="s0")

        (asked,) = upstream.asked
        assert asked["store"] is False
        assert asked["instructions"] == "Be kind."
        assert [(i["type"], i.get("arguments"), i.get("output")) for i in asked["input"]] == [
            ("message", None, None),
            ("function_call", '{"input":"ink"}', None),
            ("function_call_output", None, "done"),
        ]
        assert asked["text"] == {"format": form["format"]}
        assert asked["response_format"]["json_schema"]["schema"] == schema
        assert asked["id_slot"] == 0

    run(main())
