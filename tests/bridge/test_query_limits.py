"""Every question gets a graded answer when it is due, exactly, in virtual time."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine import Bridge
from npcengine.testing import ScriptedServer
from tests.bridge.acts import FRAME, Json, call, done, says

REFUSED = {"grade": "refused", "reason": "no answer in time", "ask_again": True}
DUE_MS = {"frame": 33, "async": 150}
"""Two frames at 60 Hz, and what any query has."""


class TimedServer(ScriptedServer):
    """Notes when each request came, in milliseconds of its loop's time."""

    def __init__(self) -> None:
        super().__init__()
        self.at_ms: list[float] = []

    def take(self, request: Json) -> None:
        self.at_ms.append(asyncio.get_running_loop().time() * 1_000)
        super().take(request)


def asking(*names: str) -> TimedServer:
    """A mind that asks all of these at once, and then stops."""
    server = TimedServer()
    server.answer(done(*(call(name, "{}", f"call_{name}") for name in names)))
    server.answer(done(says("I see."), number=2))
    return server


def outputs(server: ScriptedServer) -> dict[str, Json]:
    return {
        item["call_id"].removeprefix("call_"): json.loads(item["output"])
        for item in server.requests[1]["input"]
        if item["type"] == "function_call_output"
    }


@given(stall_ms=st.integers(1, 2_000), published_ms=st.integers(0, 500))
def test_however_long_a_frame_is_the_answer_comes_in_it_or_when_it_is_due(
    stall_ms: int, published_ms: int
) -> None:
    server = asking("look")
    with Bridge(server, virtual=True) as bridge:

        @bridge.query
        def look(view: str = "the live world") -> str:
            """What there is."""
            return view

        bridge.npc("Mira", persona="A baker.")
        bridge.update(0.0)
        bridge.publish("the view", tick=5)
        bridge.update(published_ms / 1_000)
        bridge._npcs["Mira"].tell("What is there?", by="player")
        bridge.update(stall_ms / 1_000)  # the call is complete as soon as this begins
        tick = bridge.stats.ticks
        for _ in range(3):
            bridge.update(FRAME)
        stats = bridge.stats

    waited_ms = server.at_ms[1] - server.at_ms[0]
    if stats.query_grades == {"fresh": 1}:
        assert outputs(server)["look"]["value"] == "the live world"
        assert outputs(server)["look"]["as_of_tick"] == tick
        assert stats.late_answers == 0
        assert waited_ms == pytest.approx(stall_ms)
    else:
        answer = outputs(server)["look"]
        # Half a millisecond may be rounded either way.
        assert answer.pop("age_ms") == pytest.approx(published_ms + waited_ms, abs=0.6)
        assert answer == {"value": "the view", "grade": "snapshot", "as_of_tick": 5}
        assert stats.query_grades == {"snapshot": 1}
        assert stats.late_answers == 1
        assert 30 <= waited_ms <= stall_ms
    assert waited_ms <= 150
    assert stats.turns_completed == 1
    server.check()


def test_of_several_questions_at_once_each_is_answered_in_its_own_way() -> None:
    server = asking("live", "seen", "parts", "fetched", "streamed", "never")
    ran: list[str] = []
    with Bridge(server, virtual=True) as bridge:

        @bridge.query
        def live() -> str:
            """Read in the frame."""
            ran.append("live")
            return "live"

        @bridge.query(where="snapshot")
        def seen(view: str) -> str:
            """Read from the view."""
            return view

        @bridge.query(where="async")
        async def fetched() -> str:
            """Wait a little."""
            await asyncio.sleep(0.1)
            return "fetched"

        @bridge.query(where="async")
        async def streamed() -> AsyncIterator[int]:
            """Find one thing every 40 ms."""
            for number in range(100):
                await asyncio.sleep(0.04)
                yield number

        @bridge.query(where="async")
        async def never() -> str:
            """Wait too long."""
            await asyncio.sleep(0.4)
            return "late"

        @bridge.query
        def parts() -> Iterator[str]:
            """Look here and there."""
            yield "here"
            yield "there"

        bridge.publish("the view")
        mira = bridge.npc("Mira", persona="A baker.")
        mira.tell("Well?", by="player")
        bridge.update(1.0)  # a stalled game
        for _ in range(3):
            bridge.update(FRAME)
        stats = bridge.stats

    assert server.at_ms[1] - server.at_ms[0] == pytest.approx(150)
    found = outputs(server)
    assert found["live"] == found["parts"] == found["never"] == REFUSED
    assert (found["seen"]["value"], found["seen"]["grade"]) == ("the view", "snapshot")
    assert (found["fetched"]["value"], found["fetched"]["grade"]) == ("fetched", "fresh")
    assert found["streamed"] == {"value": 2, "grade": "partial", "as_of_tick": 0, "age_ms": 30}
    assert ran == [], "a question that was due is not asked of the game any more"
    assert stats.query_grades == {"refused": 3, "snapshot": 1, "fresh": 1, "partial": 1}
    assert stats.late_answers == 3, "two in the frame, and the coroutine that went on"
    assert stats.query_overruns == {"never": 1}
    assert stats.deadlines_missed == 0


@pytest.mark.parametrize("budget_ms", [50, 130])
def test_a_stream_is_cut_at_its_budget(budget_ms: int) -> None:
    server = asking("streamed")
    stopped: list[float] = []
    with Bridge(server, virtual=True) as bridge:

        @bridge.query(where="async", budget_ms=budget_ms)
        async def streamed() -> AsyncIterator[int]:
            """Find one thing every 40 ms."""
            try:
                for number in range(100):
                    await asyncio.sleep(0.04)
                    yield number
            finally:
                stopped.append(asyncio.get_running_loop().time() * 1_000)

        bridge.npc("Mira", persona="A baker.").tell("Well?", by="player")
        bridge.update(1.0)

    read = outputs(server)["streamed"]
    assert server.at_ms[1] - server.at_ms[0] == pytest.approx(budget_ms)
    assert stopped == [pytest.approx(server.at_ms[0] + budget_ms)]
    assert (read["value"], read["grade"]) == (budget_ms // 40 - 1, "partial")
    assert read["age_ms"] == budget_ms % 40


def test_a_stream_that_ends_is_a_whole_answer() -> None:
    server = asking("streamed")
    with Bridge(server, virtual=True) as bridge:

        @bridge.query(where="async")
        async def streamed() -> AsyncIterator[int]:
            """Find two things."""
            yield 1
            yield 2

        bridge.npc("Mira", persona="A baker.").tell("Well?", by="player")
        bridge.update(1.0)

    assert outputs(server)["streamed"]["value"] == 2
    assert outputs(server)["streamed"]["grade"] == "fresh"


def test_a_timeout_of_the_games_own_is_its_fault_and_not_the_budgets() -> None:
    server = asking("streamed")
    with Bridge(server, virtual=True, strict=True) as bridge:

        @bridge.query(where="async")
        async def streamed() -> AsyncIterator[int]:
            """Give up at once."""
            yield 1
            raise TimeoutError("the game's")

        bridge.npc("Mira", persona="A baker.").tell("Well?", by="player")
        with pytest.raises(TimeoutError, match="the game's"):
            bridge.update(1.0)

    assert outputs(server)["streamed"]["reason"] == "the world could not answer"


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("where", ["frame", "snapshot", "async"])
def test_an_answer_that_is_not_what_its_query_promised_is_a_fault_of_the_game(
    where: Any, strict: bool, caplog: pytest.LogCaptureFixture
) -> None:
    server = asking("look")
    with Bridge(server, virtual=True, strict=strict) as bridge:
        wrong: list[Any] = ["well", 4]

        def look(view: object) -> list[str]:
            """What there is."""
            return wrong

        async def look_later() -> list[str]:
            """What there is."""
            return wrong

        look_later.__name__ = "look"
        bridge.query(where=where)(look_later if where == "async" else look)
        bridge.publish("the view")
        bridge.npc("Mira", persona="A baker.").tell("Well?", by="player")
        raised: list[Exception] = []
        for _ in range(4):
            try:
                bridge.update(FRAME)
            except ValueError as error:
                raised.append(error)

    assert outputs(server)["look"] == {
        "grade": "refused",
        "reason": "the world could not answer",
        "ask_again": False,
    }
    assert [("$[1]" in str(error)) for error in raised] == ([True] if strict else [])
    assert caplog.text.count("the query 'look' failed") == 1
