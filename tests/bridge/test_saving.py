"""Saving a game and going back: what the game, its NPCs and their minds have then."""

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from npcengine import Action, Bridge, Cancel, Commit, Intention, Npc, SaveError, UsageError
from npcengine.memory.memory import MAX_GAME_BYTES
from npcengine.memory.slots import read_slot
from npcengine.testing import ScriptedServer, wait_until
from tests.bridge.acts import FRAME, Json, WalkTo, call, done, says
from tests.bridge.test_barge_in import CREATED, added, delta
from tests.bridge.test_bridge import bridge_to, frames, outputs


class Reach(Action, frozen=True):
    """Reach for something."""

    on_interrupt = "finish_and_tell"

    thing: str


def meet(bridge: Bridge) -> Npc:
    return bridge.npc("Mira", persona="A baker.", actions=[WalkTo, Reach])


def text_of(item: Json) -> str:
    if item["type"] == "message":
        return "".join(part["text"] for part in item["content"])
    return str(item["output"] if item["type"] == "function_call_output" else item["name"])


def told(request: Json) -> list[str]:
    return [text_of(item) for item in request["input"]]


def saved(path: Path, npc: str = "Mira") -> list[str]:
    items = read_slot(path).memories.of(npc).transcript.items
    return [text_of(json.loads(bytes(item))) for item in items]


def is_whole(path: Path) -> bool:
    with contextlib.suppress(SaveError):
        return bool(read_slot(path))
    return False


def lived(path: Path, npc: str = "Mira") -> list[tuple[str, str, str]]:
    episodes = read_slot(path).memories.of(npc).episodes.all
    return [(episode.kind, episode.who, episode.text) for episode in episodes]


def test_a_loaded_game_has_its_own_state_and_its_npcs_their_memory(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(done(says("Good evening.")))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        mira.tell("Hello?", by="player")
        frames(bridge, 3)
        saving = bridge.save(tmp_path / "slots" / "auto", b"the world", game_version="7")
        at_once = saving.is_done
        frames(bridge, 1)
    later = ScriptedServer()
    later.answer(done(says("Again?")))
    with bridge_to(later) as bridge:
        mira = meet(bridge)
        loading = bridge.load(saving.path)
        frames(bridge, 1)
        mira.tell("Hello!", by="player")
        frames(bridge, 3)

    assert (at_once, saving.is_done, saving.error) == (False, True, None)
    assert (loading.is_done, loading.error) == (True, None)
    assert (loading.game, loading.game_version) == (b"the world", "7")
    assert told(later.requests[0]) == [
        'player says: "Hello?"',
        "Good evening.",
        'player says: "Hello!"',
    ]
    assert mira.speech == "Again?"


def test_an_npc_that_comes_into_being_after_the_load_remembers_as_well(tmp_path: Path) -> None:
    with bridge_to(ScriptedServer()) as bridge:
        meet(bridge).overhear("I hid the ring.", by="Odile")
        bridge.save(tmp_path / "a")
        frames(bridge, 1)
    server = ScriptedServer()
    server.answer(done(says("She hid it.")))
    with bridge_to(server) as bridge:
        bridge.load(tmp_path / "a")
        frames(bridge, 2)
        mira = meet(bridge)
        mira.tell("Where is the ring?", by="player")
        frames(bridge, 3)

    assert told(server.requests[0])[0] == 'Odile says: "I hid the ring."'
    assert mira.speech == "She hid it."


def test_nothing_of_the_future_is_told_shown_or_done_after_a_load(tmp_path: Path) -> None:
    server = ScriptedServer()
    walk = call("walk_to", '{"place":"well"}', "call_2")
    server.answer(CREATED, delta("I will go to"), added(walk))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        mira.overhear("Before.", by="player")
        bridge.save(tmp_path / "a")
        mira.tell("After.", by="player")
        seen = frames(bridge, 3)
        before = mira.speech
        bridge.load(tmp_path / "a")
        seen_later = frames(bridge, 3)
        server.send(done(says("I will go to the well."), walk))
        seen_later += frames(bridge, 3)
        after = mira.speech
        server.answer(done(says("Yes?"), number=2))
        mira.tell("Anew.", by="player")
        frames(bridge, 3)

    assert [type(one).__name__ for one in seen] == ["Hint"]
    assert (before, after, seen_later) == ("I will go to", "", [])
    assert told(server.requests[-1]) == ['player says: "Before."', 'player says: "Anew."']
    assert "previous_response_id" not in server.requests[-1]
    assert mira.speech == "Yes?"


def test_a_load_voids_what_the_very_same_frame_still_held(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(
        done(
            call("walk_to", '{"place":"well"}'),
            call("walk_to", '{"place":"gate"}', "call_2"),
        )
    )
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        bridge.save(tmp_path / "a")
        mira.tell("Go.", by="player")
        seen: list[Intention] = []
        for _ in range(3):
            for intention in bridge.update(FRAME):
                seen.append(intention)
                bridge.load(tmp_path / "a")
        seen += frames(bridge, 3)

    assert len(seen) == 1
    server.check()


def test_what_a_save_cannot_be_read_from_changes_nothing(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(
        done(says("Gladly."), call("walk_to", '{"place":"well"}')),
    )
    (tmp_path / "notes.txt").write_text("not a save")
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        mira.tell("Go.", by="player")
        seen: list[Intention] = []
        loading = None
        for _ in range(4):
            for intention in bridge.update(FRAME):
                seen.append(intention)
                loading = loading or bridge.load(tmp_path / "notes.txt")
        frames(bridge, 3)
        missing = bridge.load(tmp_path / "missing")
        frames(bridge, 1)

    assert loading is not None
    assert isinstance(loading.error, SaveError)
    assert "not a save" in str(loading.error)
    assert loading.game is None
    assert isinstance(missing.error, SaveError)
    assert [type(one).__name__ for one in seen] == ["Hint", "Prepare", "Commit"]
    assert mira.speech == "Gladly."


def test_what_is_said_while_a_save_is_loaded_is_heard_in_its_past(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(done(says("Yes?")))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        bridge.save(tmp_path / "a")
        mira.overhear("Given up.", by="player")
        bridge.load(tmp_path / "a")
        mira.tell("Anew.", by="player")
        frames(bridge, 4)

    assert told(server.requests[0]) == ['player says: "Anew."']


def test_a_save_holds_what_was_heard_of_a_speech_and_no_more(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("Swords at forty, daggers at twelve"))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        mira.tell("A dagger?", by="player")
        frames(bridge, 3)
        mira.heard(len("Swords at forty, dag"))
        bridge.save(tmp_path / "a")
        frames(bridge, 1)
        mira.heard(len("Swords at forty, daggers at"))
        server.send(done(says("Swords at forty, daggers at twelve.")))
        frames(bridge, 2)
        mira.heard(len("Swords at forty, daggers at twelve."))
        bridge.save(tmp_path / "b")
        frames(bridge, 1)
        stats = bridge.stats

    assert saved(tmp_path / "a") == ['player says: "A dagger?"', "Swords at forty, dag"]
    assert lived(tmp_path / "a")[1:] == [("said", "player", "Swords at forty,")]
    assert saved(tmp_path / "b")[1:] == ["Swords at forty, daggers at twelve."]
    assert lived(tmp_path / "b")[2:] == [("said", "player", "daggers at twelve.")]
    assert (stats.turns_completed, stats.interruptions) == (1, 0)


def test_an_action_that_the_game_has_not_come_to_is_lost_and_one_it_has_is_under_way(
    tmp_path: Path,
) -> None:
    server = ScriptedServer()
    server.answer(
        done(
            call("walk_to", '{"place":"well"}'),
            call("walk_to", '{"place":"gate"}', "call_2"),
        )
    )
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        mira.tell("Go.", by="player")
        commits = 0
        for _ in range(4):
            for intention in bridge.update(FRAME):
                commits += isinstance(intention, Commit)
                if isinstance(intention, Commit) and commits == 1:
                    bridge.save(tmp_path / "a")

    first, second = map(json.loads, saved(tmp_path / "a")[-2:])
    assert commits == 2
    assert first == {"status": "started"}
    assert second["status"] == "dropped"


def test_an_action_of_a_response_that_still_runs_is_in_the_save(tmp_path: Path) -> None:
    server = ScriptedServer()
    walk = call("walk_to", '{"place":"well"}')
    server.answer(CREATED, added(walk), {**added(walk), "type": "response.output_item.done"})
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        mira.tell("Go.", by="player")
        seen = frames(bridge, 3)
        bridge.save(tmp_path / "a")
        frames(bridge, 1)

    assert isinstance(seen[-1], Commit)
    assert saved(tmp_path / "a")[1:] == ["walk_to", '{"status":"started"}']


def test_an_action_that_was_accepted_and_never_reached_the_game_is_lost(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(done(call("walk_to", '{"place":"well"}')))
    server.answer(done(says("I go."), number=2))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        mira.tell("Go.", by="player")
        mira.hold(5_000)
        seen = frames(bridge, 60)
        bridge.save(tmp_path / "a")
        seen += frames(bridge, 1)

    accepted, event = saved(tmp_path / "a")[-2:]
    assert seen == []
    assert json.loads(accepted) == {"status": "accepted"}
    assert json.loads(event)["status"] == "dropped"


def test_an_npc_that_was_interrupted_while_a_save_was_loaded_is_heard_again(
    tmp_path: Path,
) -> None:
    server = ScriptedServer()
    server.answer(done(says("Yes?")))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        bridge.save(tmp_path / "a")
        bridge.load(tmp_path / "a")
        mira.interrupt("the player spoke")
        mira.tell("Anew.", by="player")
        frames(bridge, 4)

    assert mira.speech == "Yes?"
    assert told(server.requests[0]) == ['player says: "Anew."']


def test_a_commit_of_a_future_that_was_given_up_is_over_whatever_the_game_says(
    tmp_path: Path,
) -> None:
    server = ScriptedServer()
    server.answer(done(call("reach", '{"thing":"ring"}')))
    server.answer(done(says("Hm."), number=2))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        bridge.save(tmp_path / "a")
        mira.tell("Take it.", by="player")
        (commit,) = [one for one in frames(bridge, 3) if isinstance(one, Commit)]
        bridge.load(tmp_path / "a")
        frames(bridge, 2)
        commit.succeed("the ring is yours")
        bridge.save(tmp_path / "b")
        frames(bridge, 2)
        requests = len(server.requests)
        frames(bridge, 3)

    assert commit.is_unmade
    assert saved(tmp_path / "b") == []
    assert lived(tmp_path / "b") == []
    assert len(server.requests) == requests


def test_an_npc_remembers_what_it_heard_saw_and_did(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(done(call("walk_to", '{"place":"well"}')))
    server.answer(done(says("There."), number=2))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        mira.notice("a noise", wake=False, where="the gate")
        mira.tell("Go to the well.", by="player", importance=0.9)
        for _ in range(4):
            for intention in bridge.update(FRAME):
                if isinstance(intention, Commit):
                    intention.succeed("you are there")
        bridge.save(tmp_path / "a")
        frames(bridge, 1)

    assert lived(tmp_path / "a") == [
        ("saw", "", 'a noise {"where":"the gate"}'),
        ("heard", "player", "Go to the well."),
        ("did", "", 'walk_to {"place":"well","hurry":false}'),
        ("said", "player", "There."),
    ]


def test_a_mind_recalls_what_its_npc_lived_through_and_what_it_knows(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(done(call("recall", '{"about":"ring","limit":2}')))
    server.answer(done(says("Odile has it."), number=2))
    with bridge_to(server) as bridge:
        bridge.offer_recall()
        bridge.npc("Bram", persona="A smith.").learn("rings", "The ring is cursed.")
        mira = bridge.npc("Mira", persona="A baker.", groups=["town"])
        bridge.learn("rings", "A ring was stolen.", group="town")
        bridge.learn("the bridge", "The bridge is down.")
        mira.overhear("I hid the ring.", by="Odile")
        mira.overhear("Fine weather.", by="Odile")
        frames(bridge, 60)
        mira.tell("What of that jewel?", by="player")
        frames(bridge, 5)

    (answer,) = outputs(server.requests[1])
    assert answer["grade"] == "fresh"
    assert answer["value"]["known"] == ["A ring was stolen."]
    assert answer["value"]["remembered"][0] == {
        "kind": "heard",
        "who": "Odile",
        "text": "I hid the ring.",
        "ago_s": 1,
    }
    assert len(answer["value"]["remembered"]) == 2


def test_what_comes_to_mind_is_never_more_than_an_answer_may_hold() -> None:
    server = ScriptedServer()
    server.answer(done(call("recall", '{"about":"stars","limit":20}')))
    server.answer(done(says("Many."), number=2))
    with bridge_to(server) as bridge:
        bridge.offer_recall()
        mira = meet(bridge)
        for number in range(20):
            mira.overhear(f"{number} stars {'夜' * 1_900}", by="Odile")
            mira.learn(f"star {number}", "夜" * 1_900)
        mira.tell("What of stars?", by="player", importance=0)
        frames(bridge, 3)

    (answer,) = outputs(server.requests[1])
    assert answer["grade"] == "fresh"
    assert answer["value"]["remembered"]


def test_what_is_known_no_longer_is_not_recalled_and_a_save_brings_it_back(tmp_path: Path) -> None:
    server = ScriptedServer()
    for number in range(2):
        server.answer(done(call("recall", '{"about":"bridge"}', f"c{number}"), number=2 * number))
        server.answer(done(says("So."), number=2 * number + 1))
    with bridge_to(server) as bridge:
        bridge.offer_recall()
        mira = meet(bridge)
        bridge.learn("the bridge", "The bridge is down.")
        bridge.save(tmp_path / "a")
        bridge.forget("the bridge")
        mira.tell("And the road?", by="player")
        frames(bridge, 4)
        bridge.load(tmp_path / "a")
        frames(bridge, 2)
        mira.tell("And the road?", by="player")
        frames(bridge, 4)

    before, after = outputs(server.requests[1])[-1], outputs(server.requests[3])[-1]
    assert (before["value"]["known"], after["value"]["known"]) == ([], ["The bridge is down."])


def test_a_memory_is_as_old_as_the_saved_game_says_not_as_this_run(tmp_path: Path) -> None:
    with bridge_to(ScriptedServer()) as bridge:
        mira = meet(bridge)
        bridge.update(1_000)
        mira.overhear("Once.", by="Odile")
        bridge.update(60)
        bridge.save(tmp_path / "a")
        frames(bridge, 1)
    with bridge_to(ScriptedServer()) as bridge:
        meet(bridge)
        bridge.update(5)
        bridge.load(tmp_path / "a")
        bridge.update(0)
        bridge.update(30)
        recalled = bridge._engine.supervisor.remembering.recall("Mira", "", 5)

    assert [one.ago_s for one in recalled.remembered] == [90]


WRONG: list[Callable[[Bridge], object]] = [
    lambda bridge: bridge.save("x", b"g" * (MAX_GAME_BYTES + 1)),
    lambda bridge: bridge.save("x", cast("bytes", "text")),
    lambda bridge: bridge.save("x", game_version="v" * 300),
    lambda bridge: meet(bridge).tell("Hi.", by="player", importance=2),
    lambda bridge: meet(bridge).notice("a noise", importance=-1),
    lambda bridge: bridge.learn("", "nothing"),
    lambda bridge: bridge.learn("s" * 200, "long"),
    lambda bridge: bridge.learn("a", "b", group="no:group"),
    lambda bridge: bridge.npc("Bram", persona="", groups=["no:group"]),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_kept_is_refused_where_the_game_says_it(
    wrong: Callable[[Bridge], object],
) -> None:
    with bridge_to(ScriptedServer()) as bridge, pytest.raises(UsageError):
        wrong(bridge)


def test_saving_and_loading_while_a_save_is_loaded_is_refused_in_the_handle(
    tmp_path: Path,
) -> None:
    with bridge_to(ScriptedServer()) as bridge:
        meet(bridge)
        bridge.save(tmp_path / "a", b"1")
        first = bridge.load(tmp_path / "a")
        handles = [bridge.load(tmp_path / "a"), bridge.save(tmp_path / "a", b"2")]
        frames(bridge, 1)
        again = bridge.load(tmp_path / "a")
        frames(bridge, 1)

    assert (first.error, first.game) == (None, b"1")
    assert all(handle.is_done and "being loaded" in str(handle.error) for handle in handles)
    assert again.game == b"1"


def test_what_was_hinted_at_is_not_taken_back_in_a_world_that_never_had_it(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(CREATED, added(call("reach", "")))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        bridge.save(tmp_path / "a")
        mira.tell("Take it.", by="player")
        hints = frames(bridge, 3)
        bridge.load(tmp_path / "a")
        mira.interrupt("the player spoke")
        seen = frames(bridge, 3)
        mira.interrupt("the player spoke")
        seen += frames(bridge, 2)

    assert len(hints) == 1
    assert not [one for one in seen if isinstance(one, Cancel)]


def test_a_mind_that_lost_its_server_goes_back_all_the_same(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("I am"), None)
    server.answer(done(says("Here."), number=2))
    with bridge_to(server) as bridge:
        mira = meet(bridge)
        bridge.save(tmp_path / "a")
        mira.tell("After.", by="player")
        frames(bridge, 2)
        loading = bridge.load(tmp_path / "a")
        frames(bridge, 2)
        mira.tell("Anew.", by="player")
        for _ in range(20):
            bridge.update(0.5)

    assert loading.error is None
    assert told(server.requests[-1]) == ['player says: "Anew."']
    assert mira.speech == "Here."


@pytest.mark.sockets
def test_files_are_touched_on_a_thread_of_their_own_and_the_frame_never_waits(
    tmp_path: Path,
) -> None:
    with Bridge("off:") as bridge:
        mira = meet(bridge)
        mira.overhear("Before.", by="player")
        saving = bridge.save(tmp_path / "a", b"one")
        mira.overhear("After.", by="player")
        loading = bridge.load(tmp_path / "a")
        wait_until(lambda: loading.is_done, step=lambda: bridge.update(FRAME))
        names = {thread.name for thread in threading.enumerate()}

    assert (saving.is_done, saving.error, loading.error) == (True, None, None)
    assert loading.game == b"one"
    assert saved(tmp_path / "a") == ['player says: "Before."']
    assert any(name.startswith("npcengine-saves") for name in names)


@pytest.mark.sockets
def test_a_save_that_is_under_way_when_the_bridge_closes_is_written(tmp_path: Path) -> None:
    with Bridge("off:") as bridge:
        meet(bridge)
        bridge.save(tmp_path / "a", b"one")

    wait_until(lambda: is_whole(tmp_path / "a"))
    assert read_slot(tmp_path / "a").game == b"one"


def test_a_slot_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with bridge_to(ScriptedServer()) as bridge:
        meet(bridge)
        saving = bridge.save(tmp_path / "file" / "a")
        frames(bridge, 1)

    assert isinstance(saving.error, SaveError)
