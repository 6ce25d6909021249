"""Words in the middle of a response: what happens to them, by the rules of ``steering.py``."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from npcengine.protocol.items import Item, Message, text_of
from npcengine.server.faults import MindError
from npcengine.server.gateway import Gateway
from npcengine.server.ids import Ids
from npcengine.server.lanes import MAX_ENDED
from npcengine.server.minds.mind import Piece, Thinking
from npcengine.server.minds.pace import Pace
from npcengine.server.minds.registry import make_mind
from npcengine.server.settings import Settings
from npcengine.server.tally import TurnWork
from tests.server.table import (
    TOOLS,
    Client,
    Json,
    ParrotMind,
    make_gateway,
    run,
    text_in,
)

ACCEPTED, PENDING, FAILED = (f"response.steer.{kind}" for kind in ("accepted", "pending", "failed"))

CALL_AND_MORE = "call look; and more words than these"


def output(call_id: str, text: str = "done") -> Json:
    return {"type": "function_call_output", "call_id": call_id, "output": text}


def reason(end: Json) -> Any:
    details: Json | None = end["response"]["incomplete_details"]
    return details["reason"] if details is not None else None


def codes(client: Client) -> list[str]:
    return [event["error"]["code"] for event in client.of(FAILED)]


async def begin(client: Client, words: str, *, after: str = "delta", **more: Any) -> str:
    """Ask for something, wait until the answer is at an event of a kind, and return its id."""
    before = len(client.events)
    client.create(words, **{"tools": TOOLS, "store": False, **more})
    await client.until(lambda events: any(e["type"].endswith(after) for e in events[before:]))
    created = next(e for e in client.events[before:] if e["type"] == "response.created")
    return str(created["response"]["id"])


async def begin_waiting(client: Client, *steers: str, **more: Any) -> tuple[str, str]:
    """Steer a response that calls a tool; return its id and the call's once it waits."""
    response_id = await begin(client, "call look", **more)
    for words in steers:
        client.steer(response_id, words)
    end = (await client.ends(1))[0]
    return response_id, end["response"]["output"][0]["call_id"]


# --- what a steer does ------------------------------------------------------------------------


def test_a_steer_is_accepted_under_an_id_and_the_next_number_of_its_response() -> None:
    async def main() -> tuple[str, Client]:
        client = Client(make_gateway())
        response_id = await begin(client, "one two three", after="in_progress")
        client.steer(response_id, "stop")
        await client.ends(2)
        return response_id, client

    response_id, client = run(main())

    (accepted,) = client.of(ACCEPTED)
    assert accepted["sequence_number"] == 2
    assert accepted["steer"]["id"].startswith("steer_")
    assert accepted["steer"] == {
        "id": accepted["steer"]["id"],
        "previous_response_id": response_id,
    }
    assert "stream_id" not in accepted


def test_a_message_is_finished_before_its_response_ends_steered_and_a_successor_follows() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        client.steer(await begin(client, "one two three; call look"), "stop")
        await client.ends(2)
        return client

    client = run(main())

    steered, successor = client.ended()
    (item,) = steered["response"]["output"]
    assert (steered["type"], reason(steered)) == ("response.incomplete", "steered")
    assert (item["type"], item["status"], text_in(steered)) == (
        "message",
        "completed",
        "one two three",
    )
    assert len(client.of("response.output_text.done")) == 2
    assert (successor["type"], text_in(successor)) == ("response.completed", "stop")
    assert successor["response"]["previous_response_id"] == steered["response"]["id"]
    at = client.events.index(steered)
    assert client.types()[at + 1 : at + 3] == ["response.created", "response.in_progress"]
    assert [e["sequence_number"] for e in client.events[: at + 1]] == list(range(at + 1))
    assert client.events[at + 1]["sequence_number"] == 0


def test_a_response_with_nothing_left_to_write_completes_and_a_successor_follows() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        client.steer(await begin(client, "one two three"), "stop")
        return await client.ends(2)

    steered, successor = run(main())

    assert (steered["type"], text_in(steered)) == ("response.completed", "one two three")
    assert text_in(successor) == "stop"


def test_a_response_that_has_said_nothing_yet_stops_at_once() -> None:
    async def main() -> tuple[float, list[Json], int]:
        mind = ParrotMind(Pace(ttft_ms=30_000))
        client = Client(make_gateway(mind))
        began_s = asyncio.get_running_loop().time()
        response_id = await begin(client, "one two three", after="in_progress")
        await asyncio.sleep(0.1)
        client.steer(response_id, "stop")
        client.steer(response_id, "and go")
        await client.ends(1)
        took_s = asyncio.get_running_loop().time() - began_s
        return took_s, await client.ends(2), mind.stopped

    took_s, (steered, successor), stopped = run(main())

    assert took_s < 1
    assert (reason(steered), steered["response"]["output"]) == ("steered", [])
    assert text_in(successor) == "and go"
    assert stopped == 1, "the mind was told, once"


def test_several_steers_reach_one_successor_in_the_order_they_came() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        response_id = await begin(client, "one two three")
        client.steer(response_id, "first")
        client.steer(response_id, [{"role": "user", "content": "second"}])
        parts: list[Json] = [{"type": "input_text", "text": "everything"}]
        client.steer(response_id, [{"type": "message", "role": "user", "content": parts}])
        return await client.ends(2)

    _, successor = run(main())

    assert text_in(successor) == "one two three / one two three / first / second / everything"


def test_a_successor_can_be_steered_in_its_turn() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        client.steer(await begin(client, "one two"), "three four")
        await client.until(lambda _: len(client.of("response.created")) == 2)
        client.steer(client.of("response.created")[1]["response"]["id"], "everything")
        return await client.ends(3)

    ends = run(main())

    assert reason(ends[1]) == "steered", "it had said nothing yet"
    assert text_in(ends[2]) == "one two / one two / three four / everything"


def test_a_successor_inherits_the_settings_of_its_request() -> None:
    settings: Json = {
        "instructions": "Be kind.",
        "metadata": {"a": "b"},
        "max_output_tokens": 40,
        "temperature": 0.5,
        "parallel_tool_calls": False,
        "prompt_cache_key": "mine",
        "store": True,
    }

    async def main() -> tuple[list[Json], Json]:
        gateway = make_gateway()
        client = Client(gateway)
        client.steer(await begin(client, "one two three", **settings), "stop")
        ends = await client.ends(2)
        stored = await Client(gateway).ask("x", previous_response_id=ends[1]["response"]["id"])
        return ends, stored

    (steered, successor), stored = run(main())

    for name in (*settings, "model", "tools", "tool_choice"):
        assert successor["response"][name] == steered["response"][name], name
    assert stored["type"] == "response.completed"


def test_a_response_that_reached_its_limit_has_a_successor_with_a_limit_of_its_own() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        long = " ".join(["word"] * 50)
        client.steer(await begin(client, long, max_output_tokens=6), "one two")
        return await client.ends(2)

    steered, successor = run(main())

    assert reason(steered) == "max_output_tokens"
    assert (successor["type"], text_in(successor)) == ("response.completed", "one two")
    tokens = [end["response"]["usage"]["output_tokens"] for end in (steered, successor)]
    assert sum(tokens) > 6
    assert successor["response"]["max_output_tokens"] == 6


def test_a_successor_costs_its_new_words_only_and_both_responses_are_counted() -> None:
    work: list[TurnWork] = []
    mind = ParrotMind()

    async def main() -> list[Json]:
        gateway = make_gateway(mind)
        gateway.tally.report = work.append
        client = Client(gateway)
        client.steer(await begin(client, "one two; call look", instructions="Be kind."), "stop")
        return await client.ends(2)

    steered, successor = run(main())

    assert [(w.context_items, w.new_items) for w in work] == [(1, 1), (3, 1)]
    assert work[0].output_tokens == steered["response"]["usage"]["output_tokens"] > 0
    usage = successor["response"]["usage"]
    assert usage["input_tokens"] == work[1].context_tokens
    assert usage["input_tokens_details"]["cached_tokens"] == (
        work[1].context_tokens - work[1].new_tokens
    )
    assert 0 < work[1].new_tokens < 12
    assert mind.read_items == 4, "each item was read once"


def test_a_steered_response_can_be_continued_like_any_other() -> None:
    async def main() -> Json:
        client = Client(make_gateway())
        response_id = await begin(client, "one; call look", store=True)
        client.steer(response_id, "stop")
        await client.ends(2)
        return await client.ask("everything", previous_response_id=response_id, stream_id="fork")

    assert text_in(run(main())) == "one; call look / one / everything"


def test_a_successor_goes_before_whatever_waits_on_its_lane_and_keeps_its_place() -> None:
    async def main() -> Client:
        client = Client(make_gateway(running=1))
        response_id = await begin(client, "one two three", stream_id="a")
        client.create("other lane", stream_id="b")
        client.create("same lane", stream_id="a")
        client.create("child", stream_id="a", previous_response_id=response_id)
        client.steer(response_id, "stop")
        await client.ends(5)
        return client

    client = run(main())

    steered, successor, other, same, child = client.ended()
    assert [text_in(e) for e in (steered, successor, other, same)] == [
        "one two three",
        "stop",
        "other lane",
        "same lane",
    ]
    assert child["error"]["code"] == "previous_response_not_found"


def test_the_lane_of_the_response_is_on_all_that_is_said_about_a_steer() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        response_id, _ = await begin_waiting(client, "stop", stream_id="a")
        client.steer(response_id, "too late")
        await client.until(lambda _: client.of(FAILED))
        return client

    client = run(main())

    assert all(event["stream_id"] == "a" for event in client.events)
    assert client.types()[-3:] == ["response.completed", PENDING, FAILED]


@pytest.mark.parametrize("mind", ["practice", "rules"])
@pytest.mark.parametrize("pieces", [0, 1, 2, 20])
def test_the_built_in_minds_can_be_steered(mind: str, pieces: int) -> None:
    async def main() -> tuple[Json, str]:
        client = Client(Gateway(make_mind(mind), ids=Ids(seed=1)))
        client.create('player says: "Hello! Where is the ladder?"', instructions="You are Mira.")
        await client.until(
            lambda events: (
                events and (sum("delta" in e for e in events) >= pieces or client.ended())
            )
        )
        client.steer(client.events[0]["response"]["id"], 'player says: "Good morning!"')
        ends = await client.ends(1)
        if client.of(ACCEPTED):
            ends = await client.ends(2)
        return ends[-1], ends[0]["response"]["id"]

    end, first = run(main())

    assert end["type"] == "response.completed"
    assert text_in(end)
    assert first in (end["response"]["id"], end["response"]["previous_response_id"])


# --- while calls are open ---------------------------------------------------------------------


def test_calls_are_finished_and_answered_first_and_the_steer_says_what_it_waits_for() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        client.steer(await begin(client, CALL_AND_MORE), "stop")
        await client.ends(1)
        await asyncio.sleep(10)
        return client

    client = run(main())

    (end,) = client.ended()
    (call,) = end["response"]["output"]
    assert (end["type"], call["arguments"], call["status"]) == (
        "response.completed",
        '{"x":1}',
        "completed",
    )
    (pending,) = client.of(PENDING)
    assert client.events[-1] is pending
    assert pending["sequence_number"] == end["sequence_number"] + 1
    assert pending["steer"] == client.of(ACCEPTED)[0]["steer"]
    assert pending["reason"] == "waiting_for_required_input"
    assert pending["required_input"] == [
        {"type": "function_call_output", "call_id": call["call_id"], "name": "look"}
    ]


def test_each_steer_is_said_to_be_pending_once_and_names_every_open_call() -> None:
    async def main() -> tuple[list[Json], list[Json], list[Json]]:
        client = Client(make_gateway())
        response_id = await begin(client, "one; call look ask", after="arguments.done")
        client.events.clear()
        client.steer(response_id, "first")
        await client.until(lambda _: client.of(ACCEPTED))
        return await client.ends(1), client.of(PENDING), client.of(ACCEPTED)

    (end,), pendings, accepteds = run(main())

    assert [p["steer"]["id"] for p in pendings] == [a["steer"]["id"] for a in accepteds]
    names = [required["name"] for required in pendings[0]["required_input"]]
    assert names == [i["name"] for i in end["response"]["output"] if i["type"] != "message"]


def test_the_request_that_answers_the_calls_brings_the_steers_before_its_own_input() -> None:
    work: list[TurnWork] = []

    async def main() -> tuple[Client, Json]:
        gateway = make_gateway()
        gateway.tally.report = work.append
        client = Client(gateway)
        parent, call_id = await begin_waiting(client, "first", "second")
        answer = await client.ask(
            [output(call_id), {"role": "user", "content": "everything"}],
            previous_response_id=parent,
            instructions="Be brief.",
            max_output_tokens=900,
            store=False,
        )
        await asyncio.sleep(10)
        return client, answer

    client, answer = run(main())

    assert text_in(answer) == "call look / look! / first / second / done / everything"
    assert answer["response"]["instructions"] == "Be brief.", "explicit settings win"
    assert answer["response"]["max_output_tokens"] == 900
    assert len(client.of("response.created")) == 2
    assert len(client.of(PENDING)) == 2
    assert (work[1].context_items, work[1].new_items) == (6, 4)


def test_a_warm_up_that_continues_the_response_brings_the_steers_too() -> None:
    async def main() -> Json:
        client = Client(make_gateway())
        parent, call_id = await begin_waiting(client, "first")
        warm = await client.ask(
            [output(call_id)], previous_response_id=parent, generate=False, store=False
        )
        return await client.ask("everything", previous_response_id=warm["response"]["id"])

    assert text_in(run(main())) == "call look / look! / first / done / everything"


def test_a_fork_of_the_response_leaves_its_steers_to_its_own_lane() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        parent, call_id = await begin_waiting(client, "first")
        more: list[Json] = [output(call_id), {"role": "user", "content": "everything"}]
        return [
            await client.ask(more, previous_response_id=parent, stream_id="fork"),
            await client.ask(more, previous_response_id=parent),
        ]

    fork, own = run(main())

    assert text_in(fork) == "call look / look! / done / everything"
    assert text_in(own) == "call look / look! / first / done / everything"


def test_an_error_in_the_request_that_brings_steers_counts_the_clients_own_items() -> None:
    async def main() -> Json:
        client = Client(make_gateway())
        parent, call_id = await begin_waiting(client, "first", "second")
        items = [output(call_id), output("nope")]
        return await client.ask(items, previous_response_id=parent)

    assert run(main())["error"]["param"] == "input[1].call_id"


# --- given back -------------------------------------------------------------------------------


def check_given_back(client: Client, *texts: str) -> None:
    """Check that the accepted steers came back, whole, and in the numbers of their response."""
    failed = [event for event in client.of(FAILED) if "id" in event["steer"]]
    assert [event["steer"]["input"] for event in failed] == list(texts)
    assert [event["steer"]["id"] for event in failed] == [
        event["steer"]["id"] for event in client.of(ACCEPTED)
    ]
    assert {event["error"]["code"] for event in failed} == {"successor_creation_failed"}
    assert {event["error"]["type"] for event in failed} == {"invalid_request_error"}


@pytest.mark.parametrize(
    "items", [[], [output("nope")]], ids=["outputs missing", "output of no call"]
)
def test_steers_come_back_when_the_request_that_would_bring_them_is_refused(
    items: list[Json],
) -> None:
    async def main() -> tuple[Client, Json]:
        client = Client(make_gateway())
        parent, _ = await begin_waiting(client, "first", "second")
        error = await client.ask(items, previous_response_id=parent, store=False)
        return client, error

    client, error = run(main())

    assert error["type"] == "error"
    check_given_back(client, "first", "second")
    numbers = [e["sequence_number"] for e in client.events if e["type"] != "error"]
    assert numbers == list(range(len(numbers)))


def test_steers_come_back_when_their_lane_goes_on_from_elsewhere() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        await begin_waiting(client, "first")
        await client.ask("another matter")
        return client

    client = run(main())

    check_given_back(client, "first")
    assert text_in(client.ended()[1]) == "another matter"


def test_steers_stay_when_another_request_of_their_lane_is_refused_or_fails() -> None:
    async def main() -> Json:
        mind = ParrotMind()
        client = Client(make_gateway(mind))
        parent, call_id = await begin_waiting(client, "first")
        await client.ask("x", previous_response_id="resp_unknown")
        mind.fault = MindError("tired")
        await client.ask("another matter")
        mind.fault = None
        more: list[Json] = [output(call_id), {"role": "user", "content": "everything"}]
        return await client.ask(more, previous_response_id=parent)

    assert text_in(run(main())) == "call look / look! / first / done / everything"


def test_steers_come_back_when_their_context_is_evicted() -> None:
    async def main() -> Client:
        client = Client(make_gateway(cache_bytes=1_200))
        await begin_waiting(client, "first", stream_id="a")
        await client.ask("x" * 600, stream_id="b", tools=[])
        return client

    check_given_back(run(main()), "first")


@pytest.mark.parametrize("fault", [MindError("tired"), KeyError("x")])
def test_steers_come_back_when_their_response_fails(fault: Exception) -> None:
    async def main() -> Client:
        mind = ParrotMind()
        client = Client(make_gateway(mind))
        client.steer(await begin(client, "one two three"), "stop")
        await client.until(lambda _: client.of(ACCEPTED))
        mind.fault = fault
        await client.ends(1)
        mind.fault = None
        await client.ask("next")
        return client

    client = run(main())

    check_given_back(client, "stop")
    failed, after = client.ended()
    at = client.events.index(failed)
    assert client.types()[at : at + 2] == ["response.failed", FAILED]
    assert client.events[at + 1]["sequence_number"] == failed["sequence_number"] + 1
    assert after["response"]["previous_response_id"] is None


def test_steers_come_back_when_their_response_is_cancelled_and_nothing_follows_it() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        response_id = await begin(client, "one two three")
        client.steer(response_id, "stop")
        client.send({"type": "response.cancel", "response_id": response_id})
        client.steer(response_id, "too late")
        await client.ends(1)
        await asyncio.sleep(10)
        return client

    client = run(main())

    check_given_back(client, "stop")
    assert client.ended()[0]["response"]["status"] == "cancelled"
    assert len(client.of("response.created")) == 1
    assert codes(client) == ["successor_creation_failed", "response_not_active"]


class ChokingMind(ParrotMind):
    """Cannot read some words."""

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        if any(isinstance(i, Message) and text_of(i.content) == "choke" for i in items):
            raise KeyError("choke")
        return super().read(state, settings, items)


def test_steers_come_back_when_no_mind_can_read_them() -> None:
    async def main() -> tuple[Client, Json]:
        client = Client(make_gateway(ChokingMind()))
        response_id = await begin(client, "one two three")
        client.steer(response_id, "fine")
        client.steer(response_id, "choke")
        await client.ends(1)
        return client, await client.ask("next")

    client, after = run(main())

    check_given_back(client, "fine", "choke")
    assert after["type"] == "response.completed"


def test_queued_steers_are_gone_with_the_socket() -> None:
    async def main() -> tuple[Client, Json, int]:
        mind = ParrotMind()
        gateway = make_gateway(mind)
        client = Client(gateway)
        parent, call_id = await begin_waiting(client, "first", store=True)
        running = await begin(client, "one two three; call look", stream_id="b")
        client.steer(running, "stop")
        await client.until(lambda _: len(client.of(ACCEPTED)) == 2)
        await client.close()
        await asyncio.sleep(10)
        read = mind.read_items
        more: list[Json] = [output(call_id), {"role": "user", "content": "everything"}]
        answer = await Client(gateway).ask(more, previous_response_id=parent)
        return client, answer, read

    client, answer, read = run(main())

    assert read == 3, "two requests and a call: no successor was begun for nobody"
    assert codes(client) == []
    assert text_in(answer) == "call look / look! / done / everything"


class TidyMind(ParrotMind):
    """Takes a second to clean up."""

    def __init__(self) -> None:
        super().__init__(Pace(ttft_ms=30_000))
        self.tidied = 0

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        try:
            async with aclosing(super().think(thinking)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            await asyncio.sleep(1)
            self.tidied += 1


def test_a_mind_that_was_told_to_stop_is_left_to_clean_up() -> None:
    async def main() -> tuple[int, Client]:
        mind = TidyMind()
        client = Client(make_gateway(mind))
        response_id = await begin(client, "one", after="in_progress")
        await asyncio.sleep(0.1)
        client.steer(response_id, "stop")
        await asyncio.sleep(0.1)
        client.steer(response_id, "and go")
        await asyncio.sleep(0.1)
        client.send({"type": "response.cancel", "response_id": response_id})
        await client.ends(1)
        return mind.tidied, client

    tidied, client = run(main())

    assert tidied == 1
    assert client.ended()[0]["response"]["status"] == "cancelled"
    check_given_back(client, "stop", "and go")


def test_a_successor_is_not_begun_for_a_client_that_left_while_the_mind_was_stopping() -> None:
    async def main() -> int:
        mind = TidyMind()
        client = Client(make_gateway(mind))
        response_id = await begin(client, "one", after="in_progress")
        await asyncio.sleep(0.1)
        client.steer(response_id, "stop")
        await client.until(lambda _: client.of(ACCEPTED))
        await client.close()
        await asyncio.sleep(10)
        return mind.read_items

    assert run(main()) == 1


# --- refused ----------------------------------------------------------------------------------


def test_a_steer_to_a_response_that_is_not_here_is_refused() -> None:
    async def main() -> Client:
        gateway = make_gateway()
        client, other = Client(gateway), Client(gateway)
        elsewhere = await begin(other, "one two three", store=True)
        client.steer("resp_unknown", "stop")
        client.steer(elsewhere, "stop")
        await client.until(lambda _: len(client.of(FAILED)) == 2)
        return client

    client = run(main())

    assert codes(client) == ["response_not_found"] * 2
    assert [event["sequence_number"] for event in client.events] == [0, 0]
    assert client.events[0]["steer"] == {"previous_response_id": "resp_unknown", "input": "stop"}
    assert "stream_id" not in client.events[0]


def test_a_steer_that_comes_too_late_is_refused_with_the_next_number_of_its_response() -> None:
    async def main() -> tuple[Client, list[str]]:
        client = Client(make_gateway())
        whole = (await client.ask("one"))["response"]["id"]
        cut = (await client.ask("one two three", max_output_tokens=1))["response"]["id"]
        steered = await begin(client, "one; call look")
        client.steer(steered, "stop")
        await client.ends(4)
        late = [whole, whole, cut, steered]
        for response_id in late:
            client.steer(response_id, "too late")
        await client.until(lambda _: len(client.of(FAILED)) == 4)
        return client, late

    client, late = run(main())

    assert codes(client) == ["response_already_completed"] * 2 + ["response_not_active"] * 2
    refused = client.of(FAILED)
    assert [event["steer"]["previous_response_id"] for event in refused] == late
    assert all("id" not in event["steer"] for event in refused)
    ends = {end["response"]["id"]: end["sequence_number"] for end in client.ended()}
    after = [e["sequence_number"] - ends[e["steer"]["previous_response_id"]] for e in refused]
    assert after == [1, 2, 1, 1]


def test_a_response_that_ended_long_ago_is_not_known_any_more() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        first = (await client.ask("one"))["response"]["id"]
        second = (await client.ask("one"))["response"]["id"]
        for _ in range(MAX_ENDED - 1):
            await client.ask("one")
        client.steer(first, "too late")
        client.steer(second, "too late")
        await client.until(lambda _: len(client.of(FAILED)) == 2)
        return client

    assert codes(run(main())) == ["response_not_found", "response_already_completed"]


@pytest.mark.parametrize(
    ("words", "param"),
    [
        pytest.param(None, "input", id="null"),
        pytest.param(7, "input", id="a number"),
        pytest.param({"role": "user", "content": "x"}, "input", id="no list"),
        pytest.param([], "input", id="an empty list"),
        pytest.param(["x"], "input[0]", id="no message"),
        pytest.param([{"role": "developer", "content": "x"}], "input[0]", id="another role"),
        pytest.param([{"role": "user", "content": "x"}, output("c")], "input[1]", id="an output"),
        pytest.param([{"type": "acme:x", "role": "user"}], "input[0]", id="an unknown item"),
        pytest.param([{"role": "user"}], "input[0].content", id="no content"),
        pytest.param(
            [{"role": "user", "content": list[Json]()}], "input[0].content", id="empty content"
        ),
        pytest.param(
            [{"role": "user", "content": [{"type": "input_text", "text": "x"}, {"type": "acme"}]}],
            "input[0].content[1]",
            id="an unknown part",
        ),
        pytest.param(
            [{"role": "user", "content": [{"type": "output_text", "text": "x"}]}],
            "input[0].content[0]",
            id="a part of an answer",
        ),
        pytest.param("x" * 999, "input", id="too long"),
    ],
)
def test_a_steer_that_is_not_the_users_words_is_refused_and_changes_nothing(
    words: Any, param: str
) -> None:
    async def main() -> Client:
        client = Client(make_gateway(steer_bytes=1_000))
        client.steer(await begin(client, "one two; three"), words)
        await client.ends(1)
        await asyncio.sleep(10)
        return client

    client = run(main())

    (refused,) = client.of(FAILED)
    assert (refused["error"]["code"], refused["error"]["param"]) == ("invalid_input", param)
    assert refused["error"]["message"]
    assert refused["steer"].get("input") == words
    assert "id" not in refused["steer"]
    assert [end["type"] for end in client.ended()] == ["response.completed"]
    assert [e["sequence_number"] for e in client.events] == list(range(len(client.events)))


def test_images_and_files_can_steer() -> None:
    async def main() -> list[Json]:
        client = Client(make_gateway())
        content: list[Json] = [
            {"type": "input_text", "text": "look at this"},
            {"type": "input_image", "image_url": "data:,x"},
            {"type": "input_file", "file_id": "file_1"},
        ]
        response_id = await begin(client, "one two three")
        client.steer(response_id, [{"role": "user", "content": content}])
        return await client.ends(2)

    assert text_in(run(main())[1]) == "look at this"


def test_a_steer_may_not_choose_its_lane_and_has_to_say_something() -> None:
    async def main() -> Client:
        client = Client(make_gateway())
        response_id = await begin(client, "one two three")
        client.steer(response_id, "stop", stream_id="a")
        client.send({"type": "response.steer", "previous_response_id": response_id})
        await client.ends(1)
        return client

    client = run(main())

    assert codes(client) == ["invalid_input"] * 2
    assert [e["error"]["param"] for e in client.of(FAILED)] == ["stream_id", "input"]


def test_more_steers_than_may_wait_are_refused_and_the_others_count() -> None:
    async def main() -> Client:
        client = Client(make_gateway(steers=2))
        response_id = await begin(client, "one two three")
        for words in ("a", "b", "c", "everything"):
            client.steer(response_id, words)
        await client.ends(2)
        return client

    client = run(main())

    assert codes(client) == ["too_many_pending_steers"] * 2
    assert [e["steer"]["input"] for e in client.of(FAILED)] == ["c", "everything"]
    assert text_in(client.ended()[1]) == "b"
