"""Commits that are looked at once more before they reach the world."""

from typing import Any

import pytest

from npcengine import Bridge, Cancel, Commit, Intention, Npc
from npcengine.testing import ScriptedServer
from tests.bridge.acts import FRAME, Json, WalkTo, Wave, call, done, says
from tests.bridge.test_bridge import bridge_to, frames, outputs


def steps(intentions: list[Intention]) -> list[str]:
    return [type(one).__name__ for one in intentions]


def going(bridge: Bridge) -> Npc:
    mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo, Wave])
    mira.tell("Go!", by="player")
    return mira


def served(*items: Json) -> ScriptedServer:
    server = ScriptedServer()
    server.answer(done(*items))
    server.answer(done(says("So."), number=2))
    return server


def test_an_action_whose_requirement_does_not_hold_is_taken_back_and_the_mind_told_why() -> None:
    server = served(call("walk_to", '{"place":"well"}'))
    with bridge_to(server) as bridge:

        @bridge.requires(WalkTo)
        def the_way_is_free(npc: Npc, action: WalkTo) -> str | None:
            return f"{npc.name} cannot pass: the way to the {action.place} is blocked"

        mira = going(bridge)
        seen = frames(bridge, 4)
        stats = bridge.stats

    assert steps(seen) == ["Hint", "Prepare", "Cancel"]
    cancel = seen[-1]
    assert isinstance(cancel, Cancel)
    assert cancel.reason == "Mira cannot pass: the way to the well is blocked"
    assert outputs(server.requests[1]) == [{"status": "failed", "detail": cancel.reason}]
    assert (stats.commits, stats.cancels, stats.drops) == (0, 1, {"required": 1})
    assert mira.speech == "So."
    server.check()


def test_a_requirement_is_asked_in_the_frame_of_the_commit_and_only_for_its_action() -> None:
    server = served(call("wave", "{}", "call_1"), call("walk_to", '{"place":"well"}', "call_2"))
    asked: list[tuple[int, str]] = []
    with bridge_to(server) as bridge:
        going(bridge)

        @bridge.requires(WalkTo)
        def first(npc: Npc, action: WalkTo) -> str | None:
            asked.append((bridge.stats.ticks, action.place))
            return None

        @bridge.requires(WalkTo)
        def second(npc: Npc, action: WalkTo) -> str | None:
            return None

        seen = frames(bridge, 2)

    commits = [one for one in seen if isinstance(one, Commit)]
    assert [one.action_type for one in commits] == [Wave, WalkTo]
    assert asked == [(commits[1].born_tick, "well")]


def test_a_requirement_that_raises_keeps_the_action_out_and_is_raised_by_update() -> None:
    server = served(call("walk_to", '{"place":"well"}'))
    with bridge_to(server) as bridge:

        @bridge.requires(WalkTo)
        def the_way_is_free(npc: Npc, action: WalkTo) -> str | None:
            raise ZeroDivisionError

        going(bridge)
        with pytest.raises(ZeroDivisionError):
            bridge.update(FRAME)
        seen = frames(bridge, 4)

    assert steps(seen) == ["Hint", "Prepare", "Cancel"]
    (output,) = outputs(server.requests[1])
    assert output["status"] == "failed"


@pytest.mark.parametrize(("late_ms", "kept"), [(1_900, True), (2_100, False)])
def test_an_action_that_comes_too_late_is_dropped(late_ms: float, kept: bool) -> None:
    server = served(call("walk_to", '{"place":"well"}'))
    with bridge_to(server) as bridge:
        going(bridge)
        bridge._admission.game_ms += late_ms
        seen = frames(bridge, 4)
        stats = bridge.stats

    (output,) = outputs(server.requests[1])
    if kept:
        assert isinstance(seen[-1], Commit)
        assert output["status"] == "started"
        assert stats.drops == {}
    else:
        assert steps(seen)[-1] == "Cancel"
        assert output["status"] == "dropped"
        assert "too late" in output["detail"]
        assert stats.drops == {"stale": 1}


def test_game_time_stands_still_while_the_game_does() -> None:
    with bridge_to(ScriptedServer()) as bridge:
        for _ in range(10):
            bridge.update(0.0)
        frames(bridge, 3)
        passed: Any = bridge._admission.game_ms

    assert passed == pytest.approx(3 * FRAME * 1_000)


def test_progress_is_told_and_is_not_the_end() -> None:
    server = served(call("walk_to", '{"place":"well"}'))
    server.answer(done(says("Here."), number=3))
    with bridge_to(server) as bridge:
        going(bridge)
        commit: Commit | None = None
        for intention in bridge.update(FRAME):
            if isinstance(intention, Commit):
                commit = intention
                commit.progress("half way")
        assert commit is not None
        frames(bridge, 4)
        commit.progress("nearly there")
        frames(bridge, 4)
        requests_before_the_end = len(server.requests)
        commit.succeed("there")
        frames(bridge, 4)

    assert outputs(server.requests[1]) == [{"status": "started", "detail": "half way"}]
    assert requests_before_the_end == 2, "progress is no reason to think"
    told = [item["content"][0]["text"] for item in server.requests[2]["input"]]
    assert [("nearly there" in text, "action_ended" in text) for text in told] == [
        (True, False),
        (False, True),
    ]
    server.check()
