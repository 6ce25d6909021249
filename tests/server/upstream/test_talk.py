"""Conversations through the gateway with a server that speaks chat/completions, on real sockets."""

import pytest

from tests.server.table import TOOL, TOOLS, Client, Json, text_in
from tests.server.upstream.scripted import (
    Upstream,
    begun,
    call,
    finish,
    more,
    run,
    says,
    table,
    tell,
    thinks,
    used,
)

pytestmark = pytest.mark.sockets

SCHEMA = {
    "type": "object",
    "properties": {"mood": {"enum": ["calm", "angry"]}},
    "required": ["mood"],
}
FORMAT = {"format": {"type": "json_schema", "name": "mood", "schema": SCHEMA, "strict": True}}


def output_for(end: Json, text: str) -> list[Json]:
    """The outputs of every call in a response."""
    return [
        {"type": "function_call_output", "call_id": item["call_id"], "output": text}
        for item in end["response"]["output"]
        if item["type"] == "function_call"
    ]


async def go_on(client: Client, end: Json, text: str = "done", **more: object) -> Json:
    """Answer the calls of a response."""
    items = output_for(end, text)
    return await client.ask(items, previous_response_id=end["response"]["id"], **more)


def calls_in(end: Json) -> list[tuple[str, str]]:
    output = end["response"]["output"]
    return [(item["name"], item["arguments"]) for item in output if item["type"] == "function_call"]


# --- what is said both ways -------------------------------------------------------------------


def test_a_call_is_seen_while_it_is_written_and_its_output_brings_the_words() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            client.create("Go!", tools=TOOLS, instructions="You are Mira.")
            asked = await upstream.is_asked(1)
            asked.head()
            tell(asked, begun("look"), more('{"x"'))
            await client.until(lambda _: client.of("response.function_call_arguments.delta"))
            tell(asked, more(":1}"), finish("tool_calls"), used(20, 5, 7))
            asked.end()
            (first,) = await client.ends()
            upstream.will([says("There "), says("it is."), finish(), used(40, 27, 3)])
            second = await go_on(client, first, '{"seen":"mill"}', tools=TOOLS)

        (made,) = first["response"]["output"]
        assert (made["name"], made["arguments"]) == ("look", '{"x":1}')
        assert text_in(second) == "There it is."
        assert upstream.asked[0]["messages"] == [
            {"role": "system", "content": "You are Mira."},
            {"role": "user", "content": "Go!"},
        ]
        function = {"name": "look", "arguments": '{"x":1}'}
        assert upstream.asked[1]["messages"] == [
            {"role": "user", "content": "Go!"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": made["call_id"], "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": made["call_id"], "content": '{"seen":"mill"}'},
        ]

    run(main())


def test_a_request_asks_for_what_the_client_wished_and_for_nothing_it_did_not() -> None:
    strict = {**TOOL, "strict": True, "description": "Look."}
    wishes = {"temperature": 0, "top_p": 0.5, "max_output_tokens": 9, "text": FORMAT}

    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will([says('{"mood":"calm"}'), finish()], [says("Hi"), finish()])
            await client.ask(
                "Hello",
                tools=[strict],
                parallel_tool_calls=False,
                reasoning={"effort": "low"},
                **wishes,
            )
            await client.ask("Hello")

        wished, plain = upstream.asked
        assert wished["model"] == "m1"
        assert (wished["temperature"], wished["top_p"], wished["max_tokens"]) == (0, 0.5, 9)
        assert wished["reasoning_effort"] == "low"
        assert (wished["tool_choice"], wished["parallel_tool_calls"]) == ("auto", False)
        function = {"name": "look", "description": "Look.", "parameters": TOOL["parameters"]}
        assert wished["tools"] == [{"type": "function", "function": {**function, "strict": True}}]
        named = {"name": "mood", "schema": SCHEMA, "strict": True}
        assert wished["response_format"] == {"type": "json_schema", "json_schema": named}
        assert set(plain) == {"model", "messages", "stream", "stream_options"}

    run(main())


def test_usage_is_the_upstreams_own_and_what_it_read_again_is_counted() -> None:
    async def main() -> None:
        async with table() as (upstream, client, gateway):
            lines: list[str] = []
            gateway.tally.report = lambda work: lines.append(work.line())
            upstream.will(call(), [says("Done."), finish(), used(40, 27, 3)])
            first = await client.ask("Go!", tools=TOOLS)
            second = await go_on(client, first, tools=TOOLS)

        usage = second["response"]["usage"]
        assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (40, 3, 43)
        assert usage["input_tokens_details"]["cached_tokens"] == 27
        sums = gateway.tally.sums()
        assert sums["upstream_requests"] == 2
        assert sums["upstream_prompt_tokens"] == 60
        assert sums["upstream_cached_tokens"] == 32
        assert "upstream read     13 of      40 tokens" in lines[1]

    run(main())


def test_thinking_and_refusals_are_items_of_their_own_and_thinking_is_sent_back_with_the_call() -> (
    None
):
    refusal = {"choices": [{"delta": {"refusal": "I will "}}, {"delta": {"refusal": "no"}}]}
    rest = {"choices": [{"delta": {"refusal": "not."}}]}

    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will(
                [thinks("The mill "), thinks("is near."), *call()], [refusal, rest, finish()]
            )
            first = await client.ask("Go!", tools=TOOLS)
            second = await go_on(client, first, tools=TOOLS)

        working, _ = first["response"]["output"]
        assert working["type"] == "reasoning"
        assert working["content"] == [{"type": "reasoning_text", "text": "The mill is near."}]
        deltas = client.of("response.reasoning_text.delta")
        assert [event["delta"] for event in deltas] == ["The mill ", "is near."]
        assert upstream.asked[1]["messages"][1]["reasoning_content"] == "The mill is near."
        (message,) = second["response"]["output"]
        assert message["content"] == [{"type": "refusal", "refusal": "I will not."}]
        assert client.of("response.refusal.done")[0]["refusal"] == "I will not."

    run(main())


@pytest.mark.parametrize(
    ("reason", "status", "why"),
    [
        ("stop", "completed", None),
        ("length", "incomplete", "max_output_tokens"),
        ("content_filter", "incomplete", "content_filter"),
    ],
)
def test_why_the_upstream_stopped_is_why_the_response_did(
    reason: str, status: str, why: str | None
) -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will([says("Well"), finish(reason), used(9, 0, 1)])
            end = await client.ask()

        response = end["response"]
        assert response["status"] == status
        assert response["incomplete_details"] == (None if why is None else {"reason": why})
        assert response["usage"]["input_tokens"] == 9

    run(main())


def test_a_call_that_a_limit_cuts_off_is_incomplete_and_not_told_again() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will([begun("look", '{"x'), finish("length")], [says("Hm."), finish()])
            first = await client.ask("Go!", tools=TOOLS)
            await client.ask("And?", previous_response_id=first["response"]["id"])

        assert first["response"]["output"][0]["status"] == "incomplete"
        assert upstream.asked[1]["messages"] == [{"role": "user", "content": "Go!\n\nAnd?"}]

    run(main())


# --- what is checked --------------------------------------------------------------------------

WRONG = {
    "no such tool": [begun("dance", "{}"), finish()],
    "no JSON": [begun("look", '{"x":'), finish()],
    "no object": [begun("look", "[1]"), finish()],
    "not by the schema": [begun("look", '{"x":"one"}'), finish()],
    "something missing": [begun("look", "{}"), finish()],
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_an_unusable_call_of_which_nothing_was_shown_is_asked_for_again(wrong: list[Json]) -> None:
    async def main() -> None:
        async with table(show="checked") as (upstream, client, _):
            upstream.will(wrong, call())
            end = await client.ask("Go!", tools=TOOLS)

        assert calls_in(end) == [("look", '{"x":1}')]
        assert client.types().count("response.created") == 1
        remark = upstream.asked[1]["messages"][-1]
        assert remark["role"] == "user"
        assert "cannot be used" in remark["content"]
        assert "one" not in remark["content"]

    run(main())


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_call_that_stays_unusable_fails_the_response(wrong: list[Json]) -> None:
    async def main() -> None:
        async with table(show="checked") as (upstream, client, _):
            upstream.will(wrong, wrong)
            end = await client.ask("Go!", tools=TOOLS)

        assert end["type"] == "response.failed"
        assert end["response"]["error"]["code"] == "invalid_tool_call"
        assert not calls_in(end)
        assert len(upstream.asked) == 2

    run(main())


def test_what_has_been_shown_is_never_asked_for_again_and_its_call_never_closes() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will([begun("look"), more('{"x":'), more('"one"'), more("}"), finish()])
            end = await client.ask("Go!", tools=TOOLS)

        assert end["response"]["error"]["code"] == "invalid_tool_call"
        assert "$.x" in end["response"]["error"]["message"]
        assert not client.of("response.function_call_arguments.done")
        assert len(upstream.asked) == 1

    run(main())


def test_a_wrong_call_in_one_piece_is_asked_for_again_also_when_calls_are_shown_early() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will([thinks("Hm."), begun("look", '{"x":"one"}'), finish()], call())
            end = await client.ask("Go!", tools=TOOLS)

        assert calls_in(end) == [("look", '{"x":1}')]

    run(main())


@pytest.mark.parametrize(
    ("choice", "answer", "offered"),
    [
        ("none", call(), ["look", "ask"]),
        ("required", [says("No."), finish()], ["look", "ask"]),
        ({"type": "function", "name": "ask"}, call("look"), ["ask"]),
    ],
)
def test_a_tool_choice_that_is_not_kept_to_fails_the_response(
    choice: object, answer: list[Json], offered: list[str]
) -> None:
    async def main() -> None:
        async with table(show="checked", repairs=0) as (upstream, client, _):
            upstream.will(answer)
            end = await client.ask("Go!", tools=TOOLS, tool_choice=choice)

        assert end["response"]["error"]["code"] == "invalid_tool_call"
        assert [tool["function"]["name"] for tool in upstream.asked[0]["tools"]] == offered

    run(main())


@pytest.mark.parametrize("more_wishes", [{}, {"text": FORMAT}])
@pytest.mark.parametrize("show", ["early", "checked"])
def test_a_second_call_where_one_was_asked_for_is_left_out_and_the_upstream_stopped(
    show: str, more_wishes: Json
) -> None:
    async def main() -> None:
        async with table(show=show) as (upstream, client, _):
            client.create("Go!", tools=TOOLS, parallel_tool_calls=False, **more_wishes)
            asked = await upstream.is_asked(1)
            asked.head()
            tell(asked, begun("look", '{"x":1}'), begun("ask", '{"x"', index=1))
            (end,) = await client.ends()
            await upstream.server.until(lambda server: not server.open)

        assert end["type"] == "response.completed"
        assert calls_in(end) == [("look", '{"x":1}')]

    run(main())


def test_arguments_that_were_left_out_are_an_empty_object() -> None:
    wave = {"type": "function", "name": "wave", "parameters": {"type": "object"}}

    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will([begun("wave"), finish("tool_calls")])
            end = await client.ask("Go!", tools=[wave])

        assert calls_in(end) == [("wave", "{}")]

    run(main())


@pytest.mark.parametrize("text", ['{"mood":"glad"}', '{"mood"', "calm"])
def test_a_text_without_the_form_it_was_to_have_is_asked_for_again_or_fails(text: str) -> None:
    async def main() -> None:
        async with table(show="checked") as (upstream, client, _):
            wrong = [says(text), finish()]
            upstream.will(wrong, [says('{"mood":'), says('"calm"}'), finish()], wrong, wrong)
            repaired = await client.ask("How?", text=FORMAT)
            failed = await client.ask("How?", text=FORMAT)

        assert text_in(repaired) == '{"mood":"calm"}'
        assert failed["response"]["error"]["code"] == "invalid_output"

    run(main())


def test_a_schema_that_is_none_is_refused_before_anybody_is_asked() -> None:
    broken = {**TOOL, "parameters": {"type": "nonsense"}}
    far = {**TOOL, "parameters": {"$ref": "http://127.0.0.1:9/schema"}}

    async def main() -> None:
        async with table() as (upstream, client, _):
            first = await client.ask("Go!", tools=[TOOLS[1], broken])
            second = await client.ask("Go!", tools=[far])
            third = await client.ask("Go!", text={"format": {"type": "json_schema", "schema": []}})

        assert first["error"]["code"] == "invalid_function_parameters"
        assert first["error"]["param"] == "tools[1].parameters"
        assert second["error"]["code"] == "invalid_function_parameters"
        assert third["error"]["code"] == "invalid_json_schema"
        assert not upstream.asked

    run(main())


# --- who stops, stops the upstream ------------------------------------------------------------


@pytest.mark.parametrize("how", ["cancel", "hang up"])
def test_an_answer_that_nobody_wants_any_more_is_hung_up_on(how: str) -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            client.create("Tell me everything.")
            asked = await upstream.is_asked(1)
            asked.head()
            tell(asked, says("Once"))
            await client.until(lambda _: client.of("response.output_text.delta"))
            if how == "cancel":
                client.send({"type": "response.cancel"})
                (end,) = await client.ends()
                assert end["response"]["status"] == "cancelled"
            else:
                await client.close()
            await upstream.server.until(lambda server: not server.open)

    run(main())


def test_a_request_is_cancelled_also_before_the_upstream_has_begun_to_answer() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            client.create("Tell me everything.")
            await upstream.is_asked(1)
            assert not client.events
            client.send({"type": "response.cancel"})
            (end,) = await client.ends()
            await upstream.server.until(lambda server: not server.open)

        assert client.types() == [
            "response.created",
            "response.in_progress",
            "response.incomplete",
        ]
        assert end["response"]["status"] == "cancelled"

    run(main())


def test_one_connection_serves_one_answer_after_another() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            for _ in range(4):
                upstream.will([says("Hi"), finish()])
                await client.ask()

        assert upstream.server.connections == 1

    run(main())


# --- warm-ups ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("warm", "asked"), [("yes", 2), ("no", 1)])
def test_a_warm_up_reads_the_prompt_upstream_only_if_it_is_told_to(warm: str, asked: int) -> None:
    async def main() -> None:
        async with table(warm=warm) as (upstream, client, gateway):
            if warm == "yes":
                upstream.will([says("x"), finish("length"), used(12, 0, 1)])
            upstream.will([says("Hi"), finish(), used(20, 12, 1)])
            first = await client.ask([], instructions="You are Mira.", tools=TOOLS, generate=False)
            second = await client.ask(
                "Hello", previous_response_id=first["response"]["id"], instructions="You are Mira."
            )

        assert first["type"] == "response.completed"
        assert first["response"]["output"] == []
        assert text_in(second) == "Hi"
        assert len(upstream.asked) == asked
        assert gateway.tally.upstream_requests == asked
        if warm == "yes":
            assert upstream.asked[0]["max_tokens"] == 1

    run(main())


def test_a_warm_up_that_fails_upstream_is_a_warm_up_all_the_same() -> None:
    async def main() -> None:
        async with table(warm="yes") as (upstream, client, _):
            upstream.will(lambda call: call.reply("500 Internal Server Error", b"no user message"))
            end = await client.ask([], generate=False)

        assert end["type"] == "response.completed"

    run(main())


def test_what_the_upstream_is_told_does_not_depend_on_when_it_was_looked_at() -> None:
    async def main() -> None:
        async with table(Upstream(owner="llamacpp"), looks=False) as (upstream, client, _):
            upstream.will([says("Hi"), finish()], [says("Yes"), finish()])
            first = await client.ask("Hello")
            await client.ask("Well?", previous_response_id=first["response"]["id"])

        assert [message["content"] for message in upstream.asked[1]["messages"]] == [
            "Hello",
            "Hi",
            "Well?",
        ]
        assert upstream.asked[0]["cache_prompt"] is True

    run(main())
