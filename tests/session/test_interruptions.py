"""What an interruption leaves in the transcript, and the three ways to go on after one."""

import json

import pytest

from npcengine.policy.deadlines import Deadlines
from npcengine.protocol.capabilities import GATEWAY, SERIAL, Capabilities
from npcengine.session.inbox import Prewarmed
from npcengine.session.outside import TurnOver
from npcengine.session.seats import MAX_SPARES
from npcengine.world.actions import OnInterrupt
from tests.session.harness import (
    Harness,
    Json,
    call,
    item_added,
    item_done,
    outputs_of,
    text_delta,
    words,
)

NO_STEERING = Capabilities(lanes=32, running=16)
NO_LANES = Capabilities(steering=True)


def lines(items: list[Json]) -> list[str]:
    """Messages in short: who, and what."""
    return [
        f"{item['role']}: {item['content'][0]['text']}"
        if item["type"] == "message"
        else item["type"]
        for item in items
    ]


def transcript(h: Harness) -> list[Json]:
    session = h.supervisor._sessions["mira"]
    chain = session._line.chain
    return [json.loads(bytes(item)) for item in (*chain.transcript, *chain._fresh)]


def event_of(items: list[Json]) -> Json:
    """The event of the newest interruption."""
    texts = [item["content"][0]["text"] for item in items if item["type"] == "message"]
    events = [json.loads(text) for text in texts if text.startswith("{")]
    return next(e for e in reversed(events) if e["event"] == "interrupted")


def speaking(capabilities: Capabilities) -> tuple[Harness, str]:
    """A mind in the middle of its second answer."""
    h = Harness(capabilities=capabilities)
    h.tell_npc("Hello?")
    h.respond(words("Yes?"))
    h.tell_npc("What have you got?")
    response_id = h.start()
    h.events(item_added(words("")), text_delta("Bread, buns and"))
    return h, response_id


def says(text: str) -> str:
    return f'player says: "{text}"'


# --- the transcript -------------------------------------------------------------------------------


@pytest.mark.parametrize("capabilities", [GATEWAY, NO_STEERING, NO_LANES, SERIAL])
def test_only_what_was_heard_stands_as_said_and_the_mind_is_told_the_rest(
    capabilities: Capabilities,
) -> None:
    h, _ = speaking(capabilities)

    h.interrupt(len("Bread, bun"))

    assert lines(transcript(h))[:4] == [
        f"user: {says('Hello?')}",
        "assistant: Yes?",
        f"user: {says('What have you got?')}",
        "assistant: Bread, bun",
    ]
    told = event_of(transcript(h))
    assert (told["heard"], told["was_about_to_say"]) == ("Bread, bun", "s and")
    assert h.shown["mira"].speech == "Bread, bun"
    assert h.edges[-1] == TurnOver("mira", 2, "interrupted", 0, "Bread, bun", "cut off")


def test_a_speech_that_is_over_but_was_not_heard_to_its_end_is_cut_as_well() -> None:
    h = Harness()
    h.tell_npc("What have you got?")
    h.respond(words("Bread, buns and rolls."))

    h.interrupt(5)

    assert lines(transcript(h))[1] == "assistant: Bread"
    assert h.shown["mira"].speech == "Bread"


def test_a_speech_of_which_nothing_was_heard_was_never_made() -> None:
    h = Harness()
    h.tell_npc("What have you got?")
    h.respond(words("Bread."))

    h.interrupt(0)

    assert not [line for line in lines(transcript(h)) if line.startswith("assistant")]
    h.tell_npc("Well?")
    assert h.last["previous_response_id"] == "resp_1", "the server has it all: tell only the rest"
    assert lines(h.last["input"])[1:] == [f"user: {says('Well?')}"]


def test_an_interruption_of_nobody_leaves_no_trace() -> None:
    h = Harness()
    h.tell_npc("Hello?")
    h.respond(words("Yes?"))

    h.interrupt(len("Yes?"))

    assert lines(transcript(h)) == [f"user: {says('Hello?')}", "assistant: Yes?"]
    assert h.edges[-1] == TurnOver("mira", 1, "completed", 0, "Yes?", "")


@pytest.mark.parametrize(
    ("running", "status"),
    [({}, "dropped"), ({"call_1": "cancel"}, "cancelled"), ({"call_1": "finish"}, "started")],
)
def test_every_open_call_is_settled_at_once(running: Json, status: str) -> None:
    h = Harness()
    h.tell_npc("Go, and say where it is.")
    h.start()
    h.events(
        item_done(call("walk_to", {"place": "well"}), 0),
        item_done(call("where_is", {"thing": "key"}, "call_2"), 1),
        item_added(call("walk_to", "", "call_3"), 2),
    )

    h.interrupt(running=running)

    outputs = outputs_of({"input": transcript(h)})
    assert [id for id, _ in outputs] == ["call_1", "call_2"]
    assert (outputs[0][1]["status"], outputs[1][1]["grade"]) == (status, "refused")


def test_an_action_that_goes_on_tells_of_its_end_only_where_that_is_wanted() -> None:
    cases: list[tuple[OnInterrupt, int]] = [("finish", 0), ("finish_and_tell", 1)]
    for policy, told in cases:
        h = Harness()
        h.tell_npc("Go.")
        h.start()
        h.events(item_done(call("walk_to", {"place": "well"}), 0))
        h.interrupt(running={"call_1": policy})

        h.settle("succeeded")

        assert sum("action_ended" in line for line in lines(transcript(h))) == told


def test_an_action_that_waited_for_its_turn_never_begins() -> None:
    h = Harness()
    h.tell_npc("Go and unlock it.")
    h.start()
    h.events(
        item_done(call("walk_to", {"place": "gate"}), 0),
        item_done(call("unlock", {"thing": "gate"}, "call_2"), 1),
    )

    h.interrupt(running={"call_1": "finish_and_tell"})
    h.settle("succeeded", call_id="call_1")

    assert [commit.call_id for commit in h.commits] == ["call_1"]


def test_what_the_game_answers_afterwards_changes_nothing() -> None:
    h = Harness()
    h.tell_npc("Where is the key?")
    h.respond(call("where_is", {"thing": "key"}))
    h.interrupt()
    before = transcript(h)

    h.answer("in the well")

    assert transcript(h) == before
    assert len(h.sent) == 1, "nobody has said anything that would be a reason to think"


# --- fork -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("capabilities", [GATEWAY, NO_STEERING])
def test_in_the_middle_of_a_speech_the_next_turn_forks_at_once(capabilities: Capabilities) -> None:
    h, _ = speaking(capabilities)
    lane = h.last["stream_id"]
    h.interrupt(5)

    h.tell_npc("Buns!")

    assert h.last["type"] == "response.create"
    assert h.last["stream_id"] != lane
    assert h.last["previous_response_id"] == "resp_1", "from before the interrupted request"
    assert lines(h.last["input"])[:2] == [
        f"user: {says('What have you got?')}",
        "assistant: Bread",
    ]
    assert lines(h.last["input"])[-1] == f"user: {says('Buns!')}"


def test_nothing_of_a_tail_is_seen_or_done() -> None:
    h, response_id = speaking(NO_STEERING)
    connection, lane = h.sent[-1][0], h.last["stream_id"]
    h.interrupt(5)
    edges = len(h.edges)

    walk = call("walk_to", {"place": "well"})
    h.events(text_delta(" rolls"), item_done(walk, 1), connection=connection, lane=lane)
    h.finish(response_id, walk, connection=connection, lane=lane)

    assert len(h.edges) == edges
    assert h.shown["mira"].speech == "Bread"


def test_after_a_fork_the_old_lane_is_the_spare_one() -> None:
    h, response_id = speaking(NO_STEERING)
    first = h.last["stream_id"]
    h.interrupt(5)
    h.tell_npc("Buns!")
    second = h.last["stream_id"]
    h.finish(response_id, connection=0, lane=first)
    h.start()
    h.events(item_added(words("")), text_delta("Two a penny"))
    h.interrupt(3)

    h.tell_npc("Dear!")

    assert (h.last["stream_id"], second) == (first, "s1")
    assert "previous_response_id" not in h.last, "the tail has taken its place"


def busy(h: Harness, times: int) -> None:
    """Fall in so many times more, each time into an answer that has just begun."""
    for number in range(times):
        h.tell_npc(f"No, {number}!")
        h.start()
        h.events(item_added(words("")), text_delta("Well, then"))
        h.interrupt(0)


def test_with_both_lanes_busy_a_third_is_taken_and_nobody_waits() -> None:
    h, _ = speaking(NO_STEERING)
    h.interrupt(5)
    busy(h, 1)

    h.tell_npc("Dear!")

    assert (h.last["stream_id"], lines(h.last["input"])[-1]) == ("s2", f"user: {says('Dear!')}")


def test_of_all_the_lanes_that_a_mind_has_the_first_to_be_free_is_taken() -> None:
    h, response_id = speaking(NO_STEERING)
    h.interrupt(5)
    busy(h, MAX_SPARES)
    sent = len(h.sent)

    h.tell_npc("Dear!")
    waited = len(h.sent) == sent
    h.finish(response_id, connection=0, lane="s0")

    assert waited
    assert (h.last["stream_id"], lines(h.last["input"])[-1]) == ("s0", f"user: {says('Dear!')}")


def test_with_all_lanes_busy_the_next_turn_waits_for_a_tail_and_not_for_long() -> None:
    h, _ = speaking(NO_STEERING)
    h.interrupt(5)
    busy(h, MAX_SPARES)
    h.tell_npc("Dear!")
    sent = len(h.sent)

    h.pass_ms(Deadlines().tail_ms - 1)
    waited = len(h.sent) == sent
    h.pass_ms(2)

    assert waited
    assert (h.sent[-1][0], h.last["stream_id"]) == (0, f"s{MAX_SPARES + 1}")
    assert lines(h.last["input"])[-1] == f"user: {says('Dear!')}"
    assert h.disconnected == {}


def test_where_the_names_of_lanes_are_spent_a_connection_is_opened_beside_the_busy_one() -> None:
    few = Capabilities(lanes=4, running=2)
    h = Harness("mira", "tomas", capabilities=few)
    h.tell_npc("Hello?", "tomas")
    tomas = (h.start(), h.last["stream_id"])
    h.tell_npc("Hello?")
    h.start()
    h.events(item_added(words("")), text_delta("Well,"))
    h.interrupt(0)
    busy(h, 2)
    h.tell_npc("Dear!")
    sent = len(h.sent)

    h.pass_ms(Deadlines().tail_ms + 1)
    h.open_all()

    assert len(h.sent) == sent + 1
    assert (h.sent[-1][0], lines(h.last["input"])[-1]) == (1, f"user: {says('Dear!')}")
    h.finish(tomas[0], words("Yes?"), connection=0, lane=tomas[1])
    assert h.shown["tomas"].speech == "Yes?", "nobody else is disturbed"
    assert h.disconnected == {}


# --- drain ----------------------------------------------------------------------------------------


def test_on_a_serial_server_the_next_turn_continues_the_tail_and_answers_its_calls() -> None:
    h, response_id = speaking(SERIAL)
    h.interrupt(5)
    h.tell_npc("Buns!")
    waited = h.last["input"][-1]["content"][0]["text"] == says("What have you got?")

    walk = call("walk_to", {"place": "well"})
    h.events(item_done(walk, 1))
    h.finish(response_id, words("Bread, buns and rolls."), walk)

    assert waited
    assert h.last["previous_response_id"] == response_id
    ((call_id, output),) = outputs_of(h.last)
    assert (call_id, output["status"]) == ("call_1", "dropped")
    assert lines(h.last["input"])[-1] == f"user: {says('Buns!')}"
    assert "assistant: Bread" not in lines(h.last["input"]), "the server has the whole of it"
    assert "function_call" not in lines(transcript(h)), "it was never made, as far as we know"


def test_a_tail_that_fails_is_forgotten_and_everything_told_anew() -> None:
    h, response_id = speaking(SERIAL)
    h.interrupt(5)
    h.tell_npc("Buns!")

    h.finish(response_id, status="failed")

    assert "previous_response_id" not in h.last
    assert lines(h.last["input"])[3] == "assistant: Bread"


def test_a_tail_that_goes_on_for_long_is_left_for_another_connection() -> None:
    h, _ = speaking(SERIAL)
    h.interrupt(5)
    h.tell_npc("Buns!")
    for _ in range(11):
        h.pass_ms(100)
        h.events(text_delta(" and rolls"), connection=0)

    h.open_all()

    assert lines(h.last["input"])[-1] == f"user: {says('Buns!')}"
    assert (h.sent[-1][0], "previous_response_id" in h.last) == (1, False)
    assert 0 in h.disconnected, "nobody is left there who would listen"
    assert lines(h.last["input"])[3] == "assistant: Bread"


def test_a_server_that_still_reads_ahead_is_waited_for() -> None:
    h = Harness()
    h.put(Prewarmed("mira"))
    h.tell_npc("Hello?")

    h.pass_ms(10 * Deadlines().tail_ms)

    assert [request.get("generate") for _, request in h.sent] == [False]
    assert h.disconnected == {}


# --- steer ----------------------------------------------------------------------------------------


def steered(h: Harness, response_id: str) -> Json:
    """Interrupt and say something; return the steer that follows."""
    h.interrupt(5)
    h.tell_npc("Buns!")
    assert (h.last["type"], h.last["previous_response_id"]) == ("response.steer", response_id)
    return h.last


def test_where_there_is_no_spare_lane_the_words_are_steered_into_the_tail() -> None:
    h, response_id = speaking(NO_LANES)

    steer = steered(h, response_id)

    assert {item["role"] for item in steer["input"]} == {"user"}
    assert steer["input"][-1]["content"][0]["text"] == says("Buns!")
    assert "stream_id" not in steer
    assert event_of(steer["input"])["heard"] == "Bread"


def test_a_tail_that_is_not_speaking_is_steered_rather_than_forked() -> None:
    h = Harness(capabilities=GATEWAY)
    h.tell_npc("Hello?")
    h.start()
    h.interrupt()

    h.tell_npc("Well?")

    assert h.last["type"] == "response.steer"


def test_a_steer_that_is_taken_goes_on_in_the_response_that_follows() -> None:
    h, response_id = speaking(NO_LANES)
    steered(h, response_id)
    h.events({"type": "response.steer.accepted", "steer": {"id": "steer_1"}})
    details: Json = {"incomplete_details": {"reason": "steered"}}
    h.finish(response_id, words("Bread, buns and"), status="incomplete", **details)

    h.respond(words("Buns, then."))
    h.tell_npc("Two.")

    assert h.edges[-1] == TurnOver("mira", 3, "completed", 0, "Buns, then.", "")
    assert h.last["previous_response_id"] == "resp_3"
    assert lines(h.last["input"]) == [f"user: {says('Two.')}"]


def test_a_steer_that_waits_for_outputs_gets_them_and_is_not_repeated() -> None:
    h, response_id = speaking(NO_LANES)
    steered(h, response_id)
    walk = call("walk_to", {"place": "well"})

    h.finish(response_id, words("Bread, buns and"), walk)

    assert h.last["type"] == "response.create"
    assert h.last["previous_response_id"] == response_id
    assert lines(h.last["input"]) == ["function_call_output"]


@pytest.mark.parametrize("ended", [False, True])
def test_a_steer_that_is_refused_is_said_when_the_tail_has_ended(ended: bool) -> None:
    h, response_id = speaking(NO_LANES)
    steered(h, response_id)
    refusal = {
        "type": "response.steer.failed",
        "steer": {"previous_response_id": response_id},
        "error": {"code": "response_already_completed", "message": "no"},
    }

    for what in ("end", "refuse") if ended else ("refuse", "end"):
        if what == "end":
            h.finish(response_id, words("Bread, buns and rolls."))
        else:
            h.events(refusal)

    assert h.last["type"] == "response.create"
    assert h.last["previous_response_id"] == response_id
    assert lines(h.last["input"])[-1] == f"user: {says('Buns!')}"
    assert lines(transcript(h)).count(f"user: {says('Buns!')}") == 1


def test_a_steered_response_that_fails_is_no_reason_to_lose_the_words() -> None:
    h, response_id = speaking(NO_LANES)
    steered(h, response_id)

    h.finish(response_id, status="failed")

    assert "previous_response_id" not in h.last
    assert lines(h.last["input"])[-1] == f"user: {says('Buns!')}"


@pytest.mark.parametrize("capabilities", [GATEWAY, NO_LANES])
def test_a_steer_that_has_to_wait_for_long_is_said_elsewhere(capabilities: Capabilities) -> None:
    h = Harness(capabilities=capabilities)
    h.tell_npc("Hello?")
    h.start()
    h.interrupt()
    h.tell_npc("Well?")
    assert h.last["type"] == "response.steer"

    h.pass_ms(Deadlines().tail_ms + 1)
    h.open_all()

    assert h.last["type"] == "response.create"
    assert lines(h.last["input"])[-1] == f"user: {says('Well?')}"
    assert h.sent[-1][0] == (0 if capabilities.lanes else 1)
    h.respond(words("Yes?"))
    assert h.shown["mira"].speech == "Yes?"


def test_interrupted_again_before_the_steer_has_begun_the_lane_is_given_up() -> None:
    h, response_id = speaking(NO_LANES)
    steered(h, response_id)

    h.interrupt(0)
    h.tell_npc("Oh, never mind.")
    h.open_all()
    h.pass_ms(1_000)
    h.open_all()

    assert "previous_response_id" not in h.last
    assert [line for line in lines(h.last["input"]) if "says" in line] == [
        f"user: {says(text)}"
        for text in ("Hello?", "What have you got?", "Buns!", "Oh, never mind.")
    ]
