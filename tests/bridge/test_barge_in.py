"""Falling into an NPC's speech: what the game sees of it, in the same frame and after."""

from functools import partial

import pytest

import npcengine
from npcengine import Action, Bridge, Cancel, Commit, Hint, Intention, Npc
from npcengine.bridge.npc import HOLD_MS
from npcengine.testing import ScriptedServer
from tests.bridge.acts import FRAME, Json, Wave, call, done, says
from tests.bridge.test_bridge import bridge_to, frames


class Reach(Action, frozen=True):
    """Reach for something."""

    on_interrupt = "cancel"

    thing: str


class Forge(Action, frozen=True):
    """Forge something."""

    on_interrupt = "finish"

    thing: str


def added(item: Json) -> Json:
    return {"type": "response.output_item.added", "output_index": 0, "item": item}


CREATED: Json = {"type": "response.created", "response": {"id": "resp_1"}}


def delta(text: str) -> Json:
    return {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "delta": text}


def smith(bridge: Bridge) -> Npc:
    bram = bridge.npc("Bram", persona="A smith.", actions=[Reach, Forge, Wave])
    bram.tell("A dagger.", by="player")
    return bram


def kinds(intentions: list[Intention]) -> list[str]:
    return [type(one).__name__ for one in intentions]


def test_the_speech_stops_in_this_very_frame_where_it_was_shown_to() -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("Swords at forty, daggers"))
    with bridge_to(server) as bridge:
        bram = smith(bridge)
        frames(bridge, 3)
        bram.heard(len("Swords at"))

        bram.interrupt("the player spoke")
        at_once = bram.speech
        server.send(delta(" at twelve"))
        frames(bridge, 3)

    assert (at_once, bram.speech) == ("Swords at", "Swords at")
    assert bram.phase == "idle"


@pytest.mark.parametrize(
    ("told", "is_left"),
    [
        pytest.param([], "Swords at forty", id="nobody tells: all was shown"),
        pytest.param([6], "Swords", id="the first call says what was"),
        pytest.param([9, 6], "Swords at", id="what was shown stays shown"),
        pytest.param([6, 9], "Swords at", id="more is shown"),
        pytest.param([99], "Swords at forty", id="no more than there is"),
    ],
)
def test_the_game_says_how_much_was_shown_and_before_it_does_all_of_it_was(
    told: list[int], is_left: str
) -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("Swords at forty"))
    with bridge_to(server) as bridge:
        bram = smith(bridge)
        frames(bridge, 3)
        for chars in told:
            bram.heard(chars)

        bram.interrupt("the player spoke")

    assert bram.speech == is_left


def test_nothing_that_was_meant_before_reaches_the_game_not_even_in_the_same_frame() -> None:
    server = ScriptedServer()
    server.answer(
        done(call("wave", "{}"), call("reach", '{"thing":"sword"}', "call_2")),
    )
    with bridge_to(server) as bridge:
        bram = smith(bridge)
        seen: list[Intention] = []
        for _ in range(4):
            for intention in bridge.update(FRAME):
                seen.append(intention)
                if isinstance(intention, Hint):
                    bram.interrupt("the player spoke")
        seen += frames(bridge, 3)
        stats = bridge.stats

    assert kinds(seen) == ["Hint", "Cancel"]
    assert (stats.interruptions, stats.turns_failed) == (1, 0)


def test_what_is_still_in_the_mailbox_is_void_and_counted() -> None:
    server = ScriptedServer()
    server.answer(done(call("wave", "{}")))
    with bridge_to(server) as bridge:
        bram = smith(bridge)
        while not bridge._mailbox.edges:
            bridge._outbox.flush()
            bridge._host.advance(FRAME)
        bram.interrupt("the player spoke")
        seen = frames(bridge, 3)

        assert seen == []
        assert bridge.stats.drops == {"interrupted": 1}


@pytest.mark.parametrize(("name", "is_cancelled"), [("reach", True), ("forge", False)])
def test_an_action_under_way_is_taken_back_where_it_is_declared_to_be(
    name: str, is_cancelled: bool
) -> None:
    server = ScriptedServer()
    server.answer(done(call(name, '{"thing":"sword"}')))
    server.answer(done(says("There."), number=2))
    with bridge_to(server) as bridge:
        bram = smith(bridge)
        (commit,) = (one for one in frames(bridge, 4) if isinstance(one, Commit))

        bram.interrupt("not that one")
        (*taken_back,) = frames(bridge, 1)

    assert kinds(taken_back) == (["Cancel"] if is_cancelled else [])
    if is_cancelled:
        (cancel,) = taken_back
        assert isinstance(cancel, Cancel)
        assert (cancel.id, cancel.reason) == (commit.id, "not that one")
    assert commit.is_over


def test_a_handler_that_falls_in_takes_its_own_action_back() -> None:
    server = ScriptedServer()
    server.answer(done(call("reach", '{"thing":"sword"}')))
    server.answer(done(says("So."), number=2))
    with bridge_to(server) as bridge:
        bram = smith(bridge)

        @bram.on(Reach)
        def reach(commit: Commit, action: Reach) -> None:
            bram.interrupt("not that one")

        seen = frames(bridge, 5)

    assert kinds(seen) == ["Cancel"]


def held(bridge: Bridge, server: ScriptedServer) -> Npc:
    bram = smith(bridge)
    frames(bridge, 3)
    bram.heard(6)
    bram.hold()
    server.send(delta(" at forty"), added(call("wave", "")))
    assert frames(bridge, 3) == []
    assert bram.speech == "Swords"
    return bram


@pytest.mark.parametrize("how", ["resume", "wait"])
def test_a_false_interruption_lets_everything_go_on(how: str) -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("Swords, daggers"))
    with bridge_to(server) as bridge:
        bram = held(bridge, server)

        if how == "resume":
            bram.resume()
        seen = frames(bridge, 2 if how == "resume" else round(HOLD_MS / 1_000 / FRAME))

    assert bram.speech == "Swords, daggers at forty"
    assert kinds(seen) == ["Hint"]
    assert bridge_says_nothing_failed(bridge)


def test_a_true_interruption_of_one_who_was_held_back_lets_nothing_through() -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("Swords, daggers"))
    with bridge_to(server) as bridge:
        bram = held(bridge, server)

        bram.interrupt("the player spoke")
        seen = frames(bridge, 3)

    assert seen == []
    assert bram.speech == "Swords"


def bridge_says_nothing_failed(bridge: Bridge) -> bool:
    return bridge.stats.turns_failed == bridge.stats.interruptions == 0


def test_a_closed_bridge_says_so() -> None:
    with bridge_to(ScriptedServer()) as bridge:
        bram = smith(bridge)

    for method in (partial(bram.interrupt, "x"), bram.hold, bram.resume):
        with pytest.raises(npcengine.BridgeClosedError):
            method()
