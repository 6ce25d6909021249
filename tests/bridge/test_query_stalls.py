"""A game that stalls keeps no mind waiting: answers come while the frame thread is still stuck.

Nothing here measures time. The frame thread gets out of its stall only when the server has had
the answers, so a bridge that waited for the game would be caught by the bound.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator

import pytest

from npcengine import Bridge, Deadlines
from npcengine.clock import SystemClock
from npcengine.testing import ScriptedServer, wait_until
from tests.bridge.acts import FRAME, Json, call, done, says

BOUND_S = 5.0
REFUSED = {"grade": "refused", "reason": "no answer in time", "ask_again": True}


class Server(ScriptedServer):
    """Says when it has been given the outputs of its calls."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.answer(done(*(call(name, "{}", f"call_{name}") for name in names)))
        self.answer(done(says("I see."), number=2))
        self.continued = threading.Event()

    def take(self, request: Json) -> None:
        super().take(request)
        if len(self.requests) == 2:
            self.continued.set()

    def outputs(self) -> dict[str, Json]:
        return {
            item["call_id"].removeprefix("call_"): json.loads(item["output"])
            for item in self.requests[1]["input"]
            if item["type"] == "function_call_output"
        }


def asleep(until: threading.Event) -> bool:
    return until.wait(BOUND_S)


def busy(until: threading.Event) -> bool:
    clock = SystemClock()
    over_ns = clock.now_ns() + BOUND_S * 1e9
    while not until.is_set() and clock.now_ns() < over_ns:
        sum(range(1_000))
    return until.is_set()


Stall = Callable[[threading.Event], bool]


@pytest.mark.parametrize("stall", [asleep, busy])
def test_a_game_that_stalls_between_frames_is_answered_for(stall: Stall) -> None:
    server = Server("near", "seen", "live", "fetched")
    asked_live: list[str] = []
    with Bridge(server) as bridge:

        @bridge.query
        def near(view: str = "the live world") -> str:
            """Read live, or late from the view."""
            asked_live.append(view)
            return view

        @bridge.query(where="snapshot")
        def seen(view: str) -> str:
            """Read from the view."""
            return view

        @bridge.query
        def live() -> str:
            """Read live or not at all."""
            asked_live.append("live")
            return "live"

        @bridge.query(where="async")
        async def fetched() -> str:
            """Wait for something that does not come."""
            await asyncio.Event().wait()
            return "never"

        mira = bridge.npc("Mira", persona="A baker.")
        bridge.publish("the view", tick=3)
        mira.tell("Well?", by="player")

        answered_during_the_stall = stall(server.continued)

        wait_until(lambda: bridge.stats.turns_completed, step=lambda: bridge.update(FRAME))
        stats = bridge.stats

    assert answered_during_the_stall
    found = server.outputs()
    assert {name: output["grade"] for name, output in found.items()} == {
        "near": "snapshot",
        "seen": "snapshot",
        "live": "refused",
        "fetched": "refused",
    }
    assert found["near"]["value"] == found["seen"]["value"] == "the view"
    assert found["near"]["as_of_tick"] == 3
    assert found["near"]["age_ms"] >= 30, "not before it was due"
    assert found["live"] == found["fetched"] == REFUSED
    assert asked_live == ["the view"], "the frame thread was not asked for what had been answered"
    assert stats.late_answers == 2
    server.check()


@pytest.mark.parametrize("stall", [asleep, busy])
def test_a_query_that_stalls_inside_update_is_answered_with_what_it_had_yielded(
    stall: Stall,
) -> None:
    server = Server("quick", "parts", "after")
    stalls: list[bool] = []
    # Long enough for the frame thread to get there first on any machine.
    deadlines = Deadlines(frame_query_ms=1_000, query_ms=1_000)
    with Bridge(server, deadlines=deadlines) as bridge:

        @bridge.query
        def quick() -> str:
            """Read live."""
            return "there"

        @bridge.query
        def parts() -> Iterator[list[str]]:
            """Look here, then get stuck, then look there."""
            found = ["here"]
            yield found
            found.append("there")
            stalls.append(stall(server.continued))
            yield found

        @bridge.query
        def after(view: str = "the live world") -> str:
            """Wait for its turn, behind the one that is stuck."""
            return view

        mira = bridge.npc("Mira", persona="A baker.")
        bridge.publish("the view", tick=3)
        mira.tell("Well?", by="player")
        wait_until(lambda: len(bridge._mailbox.questions) == 3)

        wait_until(
            lambda: bridge.stats.turns_completed and bridge.stats.late_answers == 2,
            step=lambda: bridge.update(FRAME, budget_ms=10_000),
        )
        stats = bridge.stats

    assert stalls == [True], "the outputs were sent while the query was still stuck"
    found = server.outputs()
    assert (found["quick"]["value"], found["quick"]["grade"]) == ("there", "fresh")
    assert (found["parts"]["value"], found["parts"]["grade"]) == (["here"], "partial")
    assert found["parts"]["as_of_tick"] == 1
    assert (found["after"]["value"], found["after"]["grade"]) == ("the view", "snapshot")
    assert stats.query_overruns["parts"] == 1
