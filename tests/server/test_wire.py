"""What a client sees: sequences, ids, lanes, chaining, errors and limits of protocol.md."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from npcengine.server.faults import MindError
from npcengine.server.minds.pace import Pace
from tests.server.table import (
    TOOLS,
    Client,
    Json,
    ParrotMind,
    make_gateway,
    run,
    text_in,
)


def output(call: Json, text: str = "done") -> Json:
    return {"type": "function_call_output", "call_id": call["call_id"], "output": text}


def test_a_text_answer_has_the_events_of_the_wire_in_their_order() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        await client.ask("Hi there")
        return client

    client = run(main())

    assert client.types() == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event["sequence_number"] for event in client.events] == list(range(10))
    assert all("stream_id" not in event for event in client.events)
    deltas = "".join(e["delta"] for e in client.events if e["type"].endswith("text.delta"))
    done = next(e["text"] for e in client.events if e["type"].endswith("text.done"))
    assert deltas == done == text_in(client.events[-1]) == "Hi there"


def test_the_response_object_has_every_field_that_some_client_insists_on() -> None:
    async def main() -> Any:
        client = Client(make_gateway())
        await client.ask("Hi", instructions="Be brief.", tools=TOOLS, metadata={"a": "b"})
        return client.events[-1]["response"]

    response = run(main())

    assert response["object"] == "response"
    assert response["status"] == "completed"
    assert response["instructions"] == "Be brief."
    assert [tool["name"] for tool in response["tools"]] == ["look", "ask"]
    assert response["tool_choice"] == "auto"
    assert response["text"]["verbosity"] == "medium"
    assert response["metadata"] == {"a": "b"}
    assert "safety_identifier" in response
    usage = response["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens_details"]["cache_write_tokens"] == usage["input_tokens"]


def test_a_call_streams_its_arguments_and_the_response_completes_there() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        await client.ask("call look", tools=TOOLS)
        return client

    client = run(main())

    kinds = client.types()[2:]
    assert kinds[0] == "response.output_item.added"
    assert kinds[-3:] == [
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert set(kinds[1:-3]) == {"response.function_call_arguments.delta"}
    (item,) = client.events[-1]["response"]["output"]
    assert item["id"] != item["call_id"]
    assert item["arguments"] == '{"x":1}'


def test_a_continuation_carries_only_what_is_new_and_knows_what_was_before() -> None:
    async def main() -> tuple[Json, Json]:
        client = Client(make_gateway())
        first = await client.ask("call look ask", tools=TOOLS, store=False)
        calls = first["response"]["output"]
        second = await client.ask(
            [*(output(call) for call in calls), {"role": "user", "content": "everything"}],
            previous_response_id=first["response"]["id"],
            tools=TOOLS,
            store=False,
        )
        return first, second

    first, second = run(main())

    assert len(first["response"]["output"]) == 2
    assert second["response"]["previous_response_id"] == first["response"]["id"]
    assert text_in(second) == "call look ask / look! / ask! / done / done / everything"


def test_events_of_a_named_lane_carry_its_name_and_lanes_run_side_by_side() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        client.create("one two three", stream_id="a")
        client.create("one two three", stream_id="b")
        await client.ends(2)
        return client

    client = run(main())

    lanes = [event["stream_id"] for event in client.events]
    switches = sum(one != two for one, two in pairwise(lanes))
    assert set(lanes) == {"a", "b"}
    assert switches > 4
    for lane in "ab":
        numbers = [e["sequence_number"] for e in client.events if e["stream_id"] == lane]
        assert numbers == list(range(len(numbers)))


def test_one_lane_answers_its_requests_one_after_the_other() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        for n in range(3):
            client.create(f"number {n}")
        await client.ends(3)
        return client

    client = run(main())

    starts = [n for n, kind in enumerate(client.types()) if kind == "response.created"]
    ends = [n for n, kind in enumerate(client.types()) if kind == "response.completed"]
    assert [text_in(e) for e in client.ended()] == ["number 0", "number 1", "number 2"]
    assert starts[1] == ends[0] + 1
    assert starts[2] == ends[1] + 1


def test_a_request_that_cannot_be_read_is_refused_in_its_lanes_order() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        for lane in ("a", "b"):
            client.create("one two three", stream_id=lane)
        client.create("nothing", stream_id="a", store="perhaps")
        client.create("next", stream_id="a")
        return await client.ends(4)

    ends = [(end["stream_id"], end["type"]) for end in run(main())]

    assert [kind for lane, kind in ends if lane == "a"] == [
        "response.completed",
        "error",
        "response.completed",
    ]
    assert ("b", "response.completed") in ends


def test_a_long_frame_keeps_nobody_else_waiting() -> None:
    async def main() -> list[str]:
        gateway = make_gateway(ParrotMind(Pace(0, 0)), token="of-one-of-many")
        long, short = Client(gateway), Client(gateway)
        long.create("word " * 1_000_000, generate=False, store=False)
        heard = [(await short.ask("hello"))["type"] for _ in range(3)]
        heard += long.types()
        await long.ends()
        await gateway.close()
        return heard + long.types()[-1:]

    assert asyncio.run(main()) == ["response.completed"] * 4


def test_sixteen_responses_run_at_once_and_the_rest_wait() -> None:
    async def main() -> tuple[int, int]:
        client = Client(make_gateway())
        for n in range(20):
            client.create("hello", stream_id=f"lane-{n}")
        await client.until(lambda events: events)
        first = client.types().count("response.created")
        await client.ends(20)
        return first, client.types().count("response.completed")

    assert run(main()) == (16, 20)


def test_a_connection_has_thirty_two_named_lanes_in_its_life() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        for n in range(33):
            client.create("hello", stream_id=f"lane-{n}")
        client.create("hello", stream_id="lane-0")
        client.create("hello")
        return await client.ends(35)

    ends = run(main())

    (error,) = [end for end in ends if end["type"] == "error"]
    assert error["error"]["code"] == "websocket_stream_limit_reached"
    assert error["stream_id"] == "lane-32"
    assert error["status"] == 400


@pytest.mark.parametrize("stream_id", ["", "x" * 257, "a b", "ä", 7, None, ["a"]])
def test_a_lane_of_no_valid_name_is_refused_without_echoing_it(stream_id: Any) -> None:
    async def main() -> Json:
        return await Client(make_gateway()).ask("hello", stream_id=stream_id)

    error = run(main())

    assert error["error"]["code"] == "invalid_stream_id"
    assert error["error"]["param"] == "stream_id"
    assert "stream_id" not in error


def test_a_warm_up_says_nothing_and_its_input_is_part_of_the_chain() -> None:
    async def main() -> tuple[list[str], Json]:
        client = Client(make_gateway())
        warm = await client.ask("be kind", generate=False, store=False)
        kinds = client.types()
        answer = await client.ask(
            "everything", previous_response_id=warm["response"]["id"], store=False
        )
        return kinds, answer

    kinds, answer = run(main())

    assert kinds == ["response.created", "response.in_progress", "response.completed"]
    assert text_in(answer) == "be kind / everything"


def test_without_store_only_the_newest_response_of_a_lane_can_be_continued() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        first = await client.ask("one", store=False)
        second = await client.ask("two", previous_response_id=first["response"]["id"], store=False)
        old = await client.ask("x", previous_response_id=first["response"]["id"], store=False)
        new = await client.ask("y", previous_response_id=second["response"]["id"], store=False)
        return [old, new]

    old, new = run(main())

    assert old["error"]["code"] == "previous_response_not_found"
    assert old["error"]["param"] == "previous_response_id"
    assert old["error"]["type"] == "invalid_request_error"
    assert new["type"] == "response.completed"


def test_what_is_stored_is_found_from_another_connection_and_what_is_not_is_not() -> None:
    async def main() -> list[Json]:
        gateway = make_gateway()
        one, other = Client(gateway), Client(gateway)
        stored = await one.ask("kept", store=True)
        fleeting = await one.ask("not kept", store=False)
        return [
            await other.ask("everything", previous_response_id=stored["response"]["id"]),
            await other.ask("everything", previous_response_id=fleeting["response"]["id"]),
        ]

    found, lost = run(main())

    assert text_in(found) == "kept / kept / everything"
    assert lost["error"]["code"] == "previous_response_not_found"


def test_a_failed_continuation_takes_its_parent_along_and_a_failed_fork_does_not() -> None:
    async def main() -> list[str]:
        client = Client(make_gateway())
        first = await client.ask("one", store=False, stream_id="a")
        parent = first["response"]["id"]
        bad: list[Json] = [{"type": "function_call_output", "call_id": "nope", "output": "x"}]
        fork = await client.ask(bad, previous_response_id=parent, store=False, stream_id="b")
        after_fork = await client.ask(
            "two", previous_response_id=parent, store=False, stream_id="b"
        )
        own = await client.ask(bad, previous_response_id=parent, store=False, stream_id="a")
        after_own = await client.ask("x", previous_response_id=parent, store=False, stream_id="a")
        return [end["type"] for end in (fork, after_fork, own, after_own)]

    assert run(main()) == ["error", "response.completed", "error", "error"]


def test_a_fork_holds_its_parent_from_in_progress_on() -> None:
    async def main() -> tuple[Json, Json]:
        client = Client(make_gateway(ParrotMind(Pace(ttft_ms=500, tokens_per_s=100))))
        first = await client.ask("one", store=False, stream_id="a")
        parent = first["response"]["id"]
        client.create("everything", previous_response_id=parent, store=False, stream_id="fork")
        await client.until(
            lambda events: any(
                e["type"] == "response.in_progress" and e["stream_id"] == "fork" for e in events
            )
        )
        client.create("two", previous_response_id=parent, store=False, stream_id="a")
        ends = await client.ends(3)
        by_lane = {end["stream_id"]: end for end in ends[1:]}
        return by_lane["fork"], by_lane["a"]

    fork, source = run(main())

    assert text_in(fork) == "one / one / everything"
    assert text_in(source) == "two"


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        pytest.param({"model": None}, "model", id="no model"),
        pytest.param({"input": 7}, "input", id="input of another type"),
        pytest.param({"input": [{"type": "message"}]}, "input[0]", id="message with no role"),
        pytest.param(
            {
                "input": [
                    {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
                ]
            },
            "input",
            id="call with no output",
        ),
        pytest.param({"tools": {}}, "tools", id="tools of another type"),
        pytest.param({"tools": [{"type": "function"}]}, "tools[0]", id="tool with no name"),
        pytest.param({"tools": [TOOLS[0], TOOLS[0]]}, "tools[1]", id="two tools of one name"),
        pytest.param({"tool_choice": "sometimes"}, "tool_choice", id="unknown choice"),
        pytest.param(
            {"tool_choice": {"type": "function", "name": "fly"}}, "tool_choice", id="unknown tool"
        ),
        pytest.param({"max_output_tokens": 0}, "max_output_tokens", id="no tokens"),
        pytest.param({"background": True}, "background", id="background"),
        pytest.param({"conversation": "conv_1"}, "conversation", id="conversation"),
    ],
)
def test_a_request_that_cannot_be_served_says_what_is_wrong_and_the_socket_lives_on(
    request_: Json, param: str
) -> None:
    async def main() -> tuple[Json, Json]:
        client = Client(make_gateway())
        body = {"type": "response.create", "model": "m", "input": "hi", **request_}
        client.send({key: value for key, value in body.items() if value is not None})
        (error,) = await client.ends(1)
        return error, await client.ask("still there?")

    error, after = run(main())

    assert error["type"] == "error"
    assert (error["status"], error["error"]["param"]) == (400, param)
    assert after["type"] == "response.completed"


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"hello", id="no JSON"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b"{}", id="no type"),
        pytest.param(b'{"type":"response.dance"}', id="unknown type"),
        pytest.param(b'{"type":"response.create","input":' + b"[" * 9_999, id="nested too deeply"),
    ],
)
def test_a_frame_that_is_no_request_is_refused_and_the_socket_lives_on(frame: bytes) -> None:
    async def main() -> tuple[Json, Json]:
        client = Client(make_gateway())
        client.send(frame)
        (error,) = await client.ends(1)
        return error, await client.ask("still there?")

    error, after = run(main())

    assert (error["type"], error["status"]) == ("error", 400)
    assert error["error"]["type"] == "invalid_request_error"
    assert after["type"] == "response.completed"


def test_a_field_of_the_wrong_type_is_refused_on_its_lane_and_takes_the_parent_along() -> None:
    async def main() -> tuple[Json, Json, Json]:
        client = Client(make_gateway())
        first = await client.ask("hello", stream_id="a", store=False)
        named = first["response"]["id"]
        client.create("hi", stream_id="a", previous_response_id=named, temperature="hot")
        wrong = (await client.ends(2))[-1]
        client.create("hi", stream_id="a", previous_response_id=named, store=False)
        after = (await client.ends(3))[-1]
        steer = {"type": "response.steer", "previous_response_id": 7, "input": "x"}
        client.send(steer)
        await client.until(lambda _: client.of("response.steer.failed"))
        return wrong, after, client.of("response.steer.failed")[0]

    wrong, after, steer = run(main())

    assert (wrong["type"], wrong["stream_id"]) == ("error", "a")
    assert (wrong["error"]["param"], wrong["error"]["code"]) == ("temperature", None)
    assert after["error"]["code"] == "previous_response_not_found"
    assert steer["error"]["code"] == "invalid_input"


def test_a_binary_frame_is_refused_and_the_socket_lives_on() -> None:
    async def main() -> Json:
        client = Client(make_gateway())
        client.connection.binary_arrived()
        await client.ends(1)
        return await client.ask("still there?")

    assert run(main())["type"] == "response.completed"


def test_what_real_clients_send_besides_is_tolerated() -> None:
    async def main() -> Json:
        return await Client(make_gateway()).ask(
            [{"role": "user", "content": "hi", "id": "msg_mine"}],
            stream=True,
            include=[],
            client_metadata={"a": 1},
            background=False,
            previous_response_id=None,
            tools=[*TOOLS, {"type": "web_search"}, {"type": "custom", "name": "patch"}],
            tool_choice="auto",
            reasoning={"effort": "low"},
            service_tier="auto",
        )

    assert run(main())["type"] == "response.completed"


def test_full_histories_with_reasoning_and_unknown_items_are_accepted() -> None:
    history: list[Json] = [
        {"role": "user", "content": "one"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "opaque"},
        {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "x"},
        {"type": "acme:dance", "steps": 3},
        {"role": "user", "content": "two"},
    ]

    async def main() -> Json:
        return await Client(make_gateway()).ask(history)

    assert text_in(run(main())) == "two"


def test_a_response_that_grows_too_long_is_cut_and_says_so() -> None:
    async def main() -> tuple[Json, Json]:
        client = Client(make_gateway())
        long = " ".join(["word"] * 50)
        cut = await client.ask(long, max_output_tokens=5, store=False)
        after = await client.ask(
            "everything", previous_response_id=cut["response"]["id"], store=False
        )
        return cut, after

    cut, after = run(main())

    assert cut["type"] == "response.incomplete"
    assert cut["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    (item,) = cut["response"]["output"]
    assert item["status"] == "incomplete"
    assert after["type"] == "response.completed"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (MindError("tired", code="server_is_overloaded"), "server_is_overloaded"),
        (KeyError("x"), "server_error"),
    ],
)
def test_a_mind_that_breaks_fails_its_response_and_nothing_else(
    fault: Exception, code: str
) -> None:
    async def main() -> list[Json]:
        mind = ParrotMind()
        client = Client(make_gateway(mind))
        mind.fault = fault
        await client.ask("hello")
        mind.fault = None
        await client.ask("hello")
        return client.ended()

    failed, after = run(main())

    assert (failed["type"], failed["response"]["error"]["code"]) == ("response.failed", code)
    assert after["type"] == "response.completed"


def test_a_cancelled_response_ends_incomplete_and_its_lane_goes_on() -> None:
    async def main() -> list[Json]:
        mind = ParrotMind()
        client = Client(make_gateway(mind))
        client.create("one two three four five six seven")
        await client.until(lambda events: any("delta" in e for e in events))
        client.send({"type": "response.cancel", "response_id": client.events[0]["response"]["id"]})
        await client.ends(1)
        await client.ask("next")
        return client.ended()

    cut, after = run(main())

    assert cut["type"] == "response.incomplete"
    assert cut["response"]["status"] == "cancelled"
    assert cut["response"]["incomplete_details"] is None, "clients know no such reason"
    assert text_in(after) == "next"


def test_a_cancel_that_names_a_lane_cancels_nothing_else() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        for lane in "ab":
            client.create("one two three four five six seven", stream_id=lane)
        await client.until(lambda _: len(client.of("response.output_text.delta")) > 4)
        client.send({"type": "response.cancel", "stream_id": "a"})
        return await client.ends(2)

    ends = {end["stream_id"]: end["type"] for end in run(main())}

    assert ends == {"a": "response.incomplete", "b": "response.completed"}


def test_more_requests_than_can_wait_are_refused_with_a_time_to_come_back() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway(queued=4, running=2))
        for _ in range(10):
            client.create("hello")
        return await client.ends(10)

    ends = run(main())

    errors = [end for end in ends if end["type"] == "error"]
    assert len(errors) == 5
    assert errors[0]["status"] == 429
    assert errors[0]["error"]["headers"] == errors[0]["headers"] == {"retry-after": "1"}


def test_a_connection_grows_old_takes_nothing_new_and_is_closed() -> None:
    async def main() -> tuple[Json, Client]:
        client = Client(make_gateway(age_s=100, grace_s=10))
        await asyncio.sleep(101)
        error = await client.ask("hello?")
        await client.until(lambda _: client.lost)
        return error, client

    error, client = run(main())

    assert error["error"]["code"] == "websocket_connection_limit_reached"
    assert client.lost is not None
    assert client.lost.code == 1001


def test_a_client_that_vanishes_stops_its_responses() -> None:
    async def main() -> tuple[int, int]:
        mind = ParrotMind()
        gateway = make_gateway(mind)
        client = Client(gateway)
        client.create(" ".join(["word"] * 100))
        await client.until(lambda events: len(events) > 10)
        await client.close()
        await asyncio.sleep(0.1)
        return mind.stopped, gateway.connections

    assert run(main()) == (1, 0)


def test_a_fault_of_the_gateways_own_is_an_answer_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    async def main() -> tuple[Json, Json]:
        client = Client(make_gateway())
        with monkeypatch.context() as patch:
            patch.setattr("npcengine.server.services.read_request", broken)
            error = await client.ask("hello", stream_id="a")
        return error, await client.ask("hello", stream_id="a")

    error, after = run(main())

    assert (error["status"], error["stream_id"]) == (500, "a")
    assert "ZeroDivisionError" in caplog.text
    assert after["type"] == "response.completed"


def test_a_conversation_that_outgrows_the_bound_is_refused() -> None:
    async def main() -> Json:
        client = Client(make_gateway(cache_bytes=3_000))
        return await client.ask("x" * 4_000)

    assert run(main())["error"]["code"] == "context_length_exceeded"


def test_what_is_stored_is_bounded_by_its_size() -> None:
    async def main() -> list[str]:
        gateway = make_gateway(stored_bytes=6_000)  # one is some 4,000
        client, other = Client(gateway), Client(gateway)
        ids = [(await client.ask("x" * 1_000))["response"]["id"] for _ in range(3)]
        return [
            (await other.ask("hi", previous_response_id=one, store=False))["type"] for one in ids
        ]

    assert run(main()) == ["error", "error", "response.completed"]


def test_contexts_over_the_bound_go_by_the_lane_that_was_idle_longest() -> None:
    async def main() -> list[str]:
        client = Client(make_gateway(cache_bytes=5_500))
        newest: dict[str, str] = {}
        for lane in "abac":
            end = await client.ask("x" * 600, stream_id=lane, store=False)
            newest[lane] = end["response"]["id"]
        ends = [
            await client.ask("hi", stream_id=lane, previous_response_id=newest[lane], store=False)
            for lane in "cab"
        ]
        return [end["type"] for end in ends]

    assert run(main()) == ["response.completed", "response.completed", "error"]
