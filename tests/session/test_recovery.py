"""What happens when a response, a connection or a server goes wrong.

:data:`RULES` lists the rules that a client of this wire recovers by, and where each is held.
"""

import ast
from pathlib import Path

import pytest

from npcengine.policy.deadlines import Deadlines
from npcengine.policy.recovery import MAX_ATTEMPTS
from npcengine.protocol.capabilities import GATEWAY, Capabilities
from npcengine.session.inbox import Rerouted
from npcengine.session.outside import TurnOver
from tests.session.harness import (
    Harness,
    Json,
    call,
    item_done,
    outputs_of,
    text_delta,
    words,
)


def texts(request: Json) -> list[str]:
    return [item["content"][0]["text"] for item in request["input"] if item["type"] == "message"]


def one_turn(h: Harness) -> None:
    h.tell_npc("Hello?")
    h.respond(words("Yes?"))


def test_an_id_the_server_has_forgotten_costs_one_full_resend_on_the_same_connection() -> None:
    h = Harness()
    one_turn(h)
    h.tell_npc("The ladder?")
    assert "previous_response_id" in h.last

    h.refuse("previous_response_not_found", status=400)

    assert "previous_response_id" not in h.last
    assert texts(h.last) == ['player says: "Hello?"', "Yes?", 'player says: "The ladder?"']
    assert [connection for connection, _ in h.sent] == [0, 0, 0]


def test_too_many_requests_are_repeated_after_the_time_the_server_asks_for() -> None:
    h = Harness()
    h.tell_npc("Hello?")

    h.refuse("rate_limit_exceeded", status=429, headers={"retry-after": "2"})
    h.pass_ms(1_990)
    early = len(h.sent)
    h.pass_ms(300)

    assert (early, len(h.sent)) == (1, 2)


def test_a_crowd_that_a_server_cannot_take_at_once_waits_and_then_goes_elsewhere() -> None:
    names = [f"npc{n}" for n in range(12)]
    h = Harness(*names, capabilities=Capabilities(lanes=64, running=32))
    for name in names:
        h.tell_npc("Hello?", name)
    first, *others = [request["stream_id"] for _, request in h.sent]
    error = {"type": "rate_limit_error", "code": "rate_limit_exceeded", "message": "too many"}
    refusal = {"type": "error", "status": 429, "error": error}

    for attempt in range(1, MAX_ATTEMPTS + 1):  # the first is being answered all the while
        before = len(h.sent)
        for lane in others:
            h.events(refusal, connection=0, lane=lane)
        h.pass_ms(2_500)
        h.open_all()
        again = h.sent[before:]
        assert len(again) == len(others)
        assert {connection for connection, _ in again} == {int(attempt == MAX_ATTEMPTS)}

    assert first not in {request["stream_id"] for number, request in h.sent[1:] if number == 0}
    assert 0 not in h.disconnected
    assert not [edge for edge in h.edges if isinstance(edge, TurnOver)]


def test_a_request_that_makes_no_sense_is_not_repeated() -> None:
    h = Harness()
    h.tell_npc("Hello?")

    h.refuse("invalid_request", status=400)
    h.pass_ms(60_000)

    assert len(h.sent) == 1
    over = h.edges[-1]
    assert isinstance(over, TurnOver)
    assert over.outcome == "failed"


def test_a_server_that_keeps_failing_is_given_up_after_a_few_attempts() -> None:
    h = Harness()
    h.tell_npc("Hello?")

    for _ in range(10):
        if isinstance(h.edges[-1] if h.edges else None, TurnOver):
            break
        h.refuse("server_error", status=500)
        h.pass_ms(3_000)

    assert len(h.sent) == 4
    assert isinstance(h.edges[-1], TurnOver)


def test_a_connection_at_its_limit_is_replaced_and_the_request_told_again_in_full() -> None:
    h = Harness()
    one_turn(h)
    h.tell_npc("The ladder?")

    h.refuse("websocket_connection_limit_reached", status=400)
    h.pass_ms(1_000)
    h.open_all()

    connection, request = h.sent[-1]
    assert connection == 1
    assert "previous_response_id" not in request


def test_a_connection_lost_before_any_output_is_replaced_and_the_request_told_again() -> None:
    h = Harness()
    h.tell_npc("Hello?")
    h.start()

    h.lose(0)
    assert h.shown["mira"].phase == "offline"
    h.pass_ms(1_000)
    h.open_all()

    assert h.sent[-1][0] == 1
    assert texts(h.last) == ['player says: "Hello?"']


def test_a_request_whose_answer_has_begun_to_show_is_never_repeated() -> None:
    h = Harness()
    h.tell_npc("Hello?")
    h.start()
    h.events(text_delta("Good eve"))

    h.lose(0)
    h.pass_ms(1_000)
    h.open_all()
    over = h.edges[-1]
    h.tell_npc("What?")

    assert isinstance(over, TurnOver)
    assert (over.outcome, over.speech) == ("lost", "Good eve")
    assert texts(h.last) == ['player says: "Hello?"', "Good eve", 'player says: "What?"']


def test_what_was_done_before_a_loss_is_told_with_its_outcome_and_not_done_again() -> None:
    h = Harness()
    h.tell_npc("Go.")
    h.start()
    h.events(text_delta("Going."), item_done(call("walk_to", {"place": "well"}), 1))

    h.lose(0)
    h.settle("succeeded", "there")
    h.pass_ms(1_000)
    h.open_all()

    kinds = [item["type"] for item in h.last["input"]]
    assert kinds == ["message", "message", "function_call", "function_call_output"]
    assert outputs_of(h.last) == [("call_1", {"status": "succeeded", "detail": "there"})]
    h.respond(words("Here I am."))
    assert len(h.commits) == 1
    assert h.shown["mira"].speech == "Going. Here I am."


def test_a_response_that_breaks_the_contract_costs_the_connection() -> None:
    h = Harness()
    h.tell_npc("Hello?")
    h.start()

    h.events(item_done({"type": "function_call", "name": 3}))
    h.pass_ms(1_000)

    assert len(h.connecting) == 1
    assert isinstance(h.edges[-1], TurnOver)


def test_a_frame_that_cannot_be_read_is_counted_and_harms_nobody() -> None:
    h = Harness()
    h.tell_npc("Hello?")
    response_id = h.start()

    h.events({"type": "response.output_text.delta", "delta": 7})
    h.finish(response_id, words("Yes."))

    assert h.supervisor.frames_refused == 1
    assert "$.delta" in h.supervisor.last_refusal
    assert h.shown["mira"].speech == "Yes."


def test_a_lane_that_falls_silent_is_left_and_its_late_events_concern_nobody() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Hello?", "mira")
    h.tell_npc("Halt?", "tomas")

    h.pass_ms(10_000)
    h.respond(words("Who is there?"))  # Tomas's lane is well, and so is the connection
    h.pass_ms(5_000)
    lanes = [request["stream_id"] for _, request in h.sent]
    h.events(text_delta("Too late."), connection=0, lane="s0")

    assert lanes == ["s0", "s1", "s2"]
    assert h.shown["mira"].speech == ""
    assert h.supervisor.strays == 1


def test_a_connection_on_which_everything_is_silent_is_replaced() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Hello?", "mira")
    h.tell_npc("Halt?", "tomas")

    h.pass_ms(16_000)
    h.open_all()

    assert [connection for connection, _ in h.sent] == [0, 0, 1, 1]


def test_a_server_that_dies_as_soon_as_it_has_a_connection_is_tried_later_and_later() -> None:
    h = Harness()
    waits: list[float] = []

    for connection in range(5):
        h.lose(connection)
        before = h.clock.now_ns()
        while not h.connecting:
            h.pass_ms(25)
        waits.append((h.clock.now_ns() - before) / 1e6)
        h.open_all()

    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]


def test_a_connection_that_lasted_is_replaced_without_delay_however_often() -> None:
    h = Harness()

    for connection in range(6):
        h.pass_ms(60_000)
        h.lose(connection)
        h.pass_ms(600)
        h.open_all()

    h.tell_npc("Hello?")
    assert h.sent[-1][0] == 6


def test_a_connection_is_replaced_before_it_is_too_old_and_nothing_on_it_is_cut_off() -> None:
    h = Harness("mira", "tomas", capabilities=Capabilities(lanes=32, running=16, age_limit_s=100))
    h.tell_npc("Hello?", "tomas")
    h.respond(words("Halt."))
    h.pass_ms(89_000)
    h.tell_npc("Tell me a story.", "mira")
    response_id = h.start()
    story = h.last["stream_id"]

    h.pass_ms(1_500)
    h.open_all()
    h.tell_npc("Hello again?", "tomas")
    moved = h.sent[-1]
    h.events(text_delta("Once."), connection=0, lane=story)
    h.finish(response_id, words("Once."), connection=0, lane=story)
    h.tell_npc("And then?", "mira")

    assert moved[0] == 1
    assert texts(moved[1]) == ['player says: "Hello?"', "Halt.", 'player says: "Hello again?"']
    assert h.shown["mira"].speech == "Once."
    connection, request = h.sent[-1]
    assert connection == 1
    assert texts(request)[1] == "Once."
    assert [edge.outcome for edge in h.edges if isinstance(edge, TurnOver)] == ["completed"] * 2
    h.pass_ms(61_000)
    assert 0 in h.disconnected


def test_lanes_of_a_connection_at_its_limit_all_move_to_another() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Hello?", "mira")
    h.refuse("websocket_connection_limit_reached", status=400)
    h.tell_npc("Halt?", "tomas")
    h.refuse("websocket_connection_limit_reached", status=400)
    h.open_all()

    assert [connection for connection, _ in h.sent] == [0, 0, 1, 1]
    assert len(h.connecting) == 0


def test_any_event_keeps_a_slow_response_alive() -> None:
    h = Harness(deadlines=Deadlines(first_event_ms=1_000, between_events_ms=1_000))
    h.tell_npc("Think hard.")
    response_id = h.start()

    for _ in range(5):
        h.pass_ms(900)
        h.events({"type": "response.reasoning_text.delta", "delta": "hm"})
    h.finish(response_id, words("So."))

    assert h.shown["mira"].speech == "So."
    assert len(h.sent) == 1


def test_a_turn_that_takes_too_long_is_ended_and_the_next_one_can_begin() -> None:
    h = Harness(deadlines=Deadlines(turn_ms=5_000))
    h.tell_npc("Talk.")
    h.start()
    h.events(text_delta("Once upon"), item_done(call("where_is", {"thing": "x"}), 1))

    h.pass_ms(5_000)
    over = h.edges[-1]
    h.open_all()
    h.pass_ms(1_000)
    h.open_all()
    h.tell_npc("Stop.")

    assert isinstance(over, TurnOver)
    assert over.outcome == "overdue"
    kinds = [item["type"] for item in h.last["input"]]
    assert kinds == ["message", "message", "function_call", "function_call_output", "message"]


def test_a_server_that_is_not_there_is_tried_again_later_and_later() -> None:
    h = Harness(connect=False)
    waits: list[float] = []

    for _ in range(4):
        h.fail_connect("refused")
        before = h.clock.now_ns()
        while not h.connecting:
            h.pass_ms(25)
        waits.append((h.clock.now_ns() - before) / 1e6)

    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]
    assert h.link.detail == "refused"


def test_a_wrong_key_is_not_tried_again() -> None:
    h = Harness(connect=False)

    h.fail_connect("HTTP 401", retryable=False)
    h.pass_ms(100_000)

    assert h.connecting == []
    assert h.link.refused


def test_an_error_of_the_connection_itself_moves_everybody() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Hello?", "mira")

    h.events(
        {"type": "error", "status": 400, "error": {"code": "websocket_connection_limit_reached"}},
        connection=0,
    )
    h.pass_ms(1_000)
    h.open_all()

    assert h.sent[-1][0] == 1


@pytest.mark.parametrize("status", ["failed", "incomplete"])
def test_a_response_that_ends_badly_is_not_continued_from(status: str) -> None:
    h = Harness()
    h.tell_npc("Hello?")
    response_id = h.start()
    h.events(text_delta("Well,"))
    h.finish(response_id, status=status, error={"code": "server_error", "message": "oops"})

    h.tell_npc("Yes?")

    assert "previous_response_id" not in h.last
    assert texts(h.last) == ['player says: "Hello?"', "Well,", 'player says: "Yes?"']


def test_where_there_is_another_way_everybody_takes_it_and_nothing_is_cut_off() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Hello?")
    h.start()
    lane = h.last["stream_id"]

    h.put(Rerouted())
    h.open_all()
    h.tell_npc("Hello?", "tomas")
    h.events(text_delta("Yes?"), connection=0, lane=lane)
    h.finish("resp_1", words("Yes?"), connection=0, lane=lane)
    h.tell_npc("And?")

    assert [connection for connection, _ in h.sent] == [0, 1, 1]
    assert h.disconnected == {}
    assert h.shown["mira"].speech == "Yes?"


def test_a_connection_that_was_on_its_way_before_there_was_another_is_replaced_as_well() -> None:
    h = Harness(connect=False)

    h.put(Rerouted())
    h.open_all()
    h.tell_npc("Hello?")

    assert [connection for connection, _ in h.sent] == [1]


def test_a_server_that_refused_one_way_is_tried_another_way() -> None:
    h = Harness(connect=False)
    h.fail_connect("426", retryable=False)
    refused = h.link.refused

    h.put(Rerouted())
    h.open_all()
    h.tell_npc("Hello?")

    assert (refused, h.link.refused) == (True, False)
    assert [connection for connection, _ in h.sent] == [1]


def test_where_a_connection_has_no_lane_left_another_is_opened_beside_it() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Hello?", "tomas")
    tomas = (h.start(), h.last["stream_id"])
    h.tell_npc("Hello?")

    h.refuse("websocket_stream_limit_reached", status=400)
    h.open_all()
    h.finish(tomas[0], words("Halt."), connection=0, lane=tomas[1])

    assert [connection for connection, _ in h.sent] == [0, 0, 1]
    assert texts(h.last) == ['player says: "Hello?"']
    assert h.shown["tomas"].speech == "Halt."


def test_a_fork_whose_parent_the_server_has_dropped_is_told_in_full_on_its_lane() -> None:
    h = Harness(capabilities=Capabilities(lanes=32, running=16))
    one_turn(h)
    h.tell_npc("What have you got?")
    h.start()
    h.events(text_delta("Bread, buns"))
    h.interrupt(5)
    h.tell_npc("Buns!")
    forked = h.last

    h.refuse("previous_response_not_found", status=400)

    assert "previous_response_id" in forked
    assert "previous_response_id" not in h.last
    assert h.last["stream_id"] == forked["stream_id"]
    assert texts(h.last)[:2] == ['player says: "Hello?"', "Yes?"]
    assert texts(h.last)[-1] == 'player says: "Buns!"'


def test_between_two_events_there_is_a_deadline_of_its_own() -> None:
    h = Harness(deadlines=Deadlines(first_event_ms=1_000, between_events_ms=5_000))
    h.tell_npc("Hello?")
    h.start()
    h.events(text_delta("Good eve"))

    h.pass_ms(4_900)
    still = h.shown["mira"].phase
    h.pass_ms(200)
    h.open_all()

    assert still == "speaking"
    over = h.edges[-1]
    assert isinstance(over, TurnOver)
    assert (over.outcome, over.speech) == ("lost", "Good eve")
    assert len(h.sent) == 1, "what has begun to show is never asked for again"


# --- the list -------------------------------------------------------------------------------------

_CHAIN, _LANE, _POLICY = "protocol/test_chain", "protocol/test_lane", "policy/test_recovery"
_WIRE, _SSE, _FALLBACK = "transport/test_websocket", "transport/test_sse", "bridge/test_fallback"
_HERE, _READY, _BARGE_IN = (
    f"session/test_{name}" for name in ("recovery", "readiness", "interruptions")
)

RULES = {
    # What a server keeps (section 6 of the protocol page)
    "an id that is not kept any more: everything, without an id": (
        _HERE, "an_id_the_server_has_forgotten_costs_one_full_resend_on_the_same_connection"),
    "one response is kept a lane, and none of another connection": (
        _CHAIN, "everything_is_told_again_where_the_context_is_not_kept"),
    "a failed continuation evicts its parent: not the same id again": (
        _HERE, "a_response_that_ends_badly_is_not_continued_from"),
    "a fork may find its parent gone": (
        _HERE, "a_fork_whose_parent_the_server_has_dropped_is_told_in_full_on_its_lane"),
    "a closed socket takes all lanes' contexts along": (
        _HERE, "a_connection_lost_before_any_output_is_replaced_and_the_request_told_again"),
    "a delta only where the request is the same but for its input": (
        _CHAIN, "the_first_request_tells_everything_and_the_next_only_what_is_new"),
    "a warm-up is a context like any other": (
        _READY, "the_turn_after_a_prewarming_carries_only_what_is_new"),
    "a warm-up that fails costs nothing but itself": (
        _READY, "a_prewarming_that_fails_is_ignored_and_everything_sent"),
    # What a server says (section 5, its errors)
    "wrapped and flat errors are one thing": (
        _LANE, "an_error_frame_of_either_shape_ends_the_request"),
    "a limit of age: another connection, and everything again": (
        _HERE, "a_connection_at_its_limit_is_replaced_and_the_request_told_again_in_full"),
    "a limit of age is everybody's on that connection": (
        _HERE, "lanes_of_a_connection_at_its_limit_all_move_to_another"),
    "a limit of lanes: another connection": (
        _HERE, "where_a_connection_has_no_lane_left_another_is_opened_beside_it"),
    "429: wait for as long as it says": (
        _HERE, "too_many_requests_are_repeated_after_the_time_the_server_asks_for"),
    "retry-after stands in either of two places": (
        _LANE, "a_retry_after_header_is_found_in_both_places"),
    "5xx and overload: again, later and not for ever": (
        _HERE, "a_server_that_keeps_failing_is_given_up_after_a_few_attempts"),
    "any other 400 is not repeated": (
        _HERE, "a_request_that_makes_no_sense_is_not_repeated"),
    "a code that nobody knows is judged by its status": (
        _POLICY, "an_unknown_code_is_judged_by_its_status_alone"),
    "an error of no lane concerns the whole connection": (
        _HERE, "an_error_of_the_connection_itself_moves_everybody"),
    "a frame that cannot be read harms nobody": (
        _HERE, "a_frame_that_cannot_be_read_is_counted_and_harms_nobody"),
    "a response that breaks the contract is left": (
        _HERE, "a_response_that_breaks_the_contract_costs_the_connection"),
    # Liveness, closing, reconnecting (section 9)
    "any event is a sign of life": (
        _HERE, "any_event_keeps_a_slow_response_alive"),
    "no pong is the end of a connection": (
        _WIRE, "an_end_that_gives_no_sign_of_life_is_given_up"),
    "no event yet: safe to send again": (
        _POLICY, "a_request_lost_with_its_connection_is_told_again_on_another"),
    "output seen: never blindly again": (
        _HERE, "a_request_whose_answer_has_begun_to_show_is_never_repeated"),
    "what was done is told with its outcome and not done again": (
        _HERE, "what_was_done_before_a_loss_is_told_with_its_outcome_and_not_done_again"),
    "waits grow, with full jitter": (
        "policy/test_backoff", "a_wait_is_anything_from_nothing_to_a_ceiling_that_doubles"),
    "a server that dies at once is tried later and later": (
        _HERE, "a_server_that_dies_as_soon_as_it_has_a_connection_is_tried_later_and_later"),
    "when nobody gets through, one tries for all": (
        _READY, "when_nobody_can_connect_one_finds_out_for_all"),
    "a key that is refused is not tried again": (
        _HERE, "a_wrong_key_is_not_tried_again"),
    # What others do badly (section 12)
    "a deadline for connecting": (
        _WIRE, "a_server_that_never_answers_is_given_up_in_time"),
    "a deadline for the first event": (
        _HERE, "a_lane_that_falls_silent_is_left_and_its_late_events_concern_nobody"),
    "a deadline between events": (
        _HERE, "between_two_events_there_is_a_deadline_of_its_own"),
    "a deadline for the whole turn": (
        _HERE, "a_turn_that_takes_too_long_is_ended_and_the_next_one_can_begin"),
    "a half-dead socket is replaced as a whole": (
        _HERE, "a_connection_on_which_everything_is_silent_is_replaced"),
    "rotation before the age limit, at the end of a turn": (
        _HERE, "a_connection_is_replaced_before_it_is_too_old_and_nothing_on_it_is_cut_off"),
    "a server without lanes gets a connection for each NPC": (
        _READY, "a_server_that_answers_without_a_lanes_name_gets_one_npc_a_connection"),
    "426: HTTP at once, and a WebSocket again later": (
        _FALLBACK, "a_server_that_says_426_is_talked_to_over_http_at_once_and_asked_again_later"),
    "upgrades that fail again and again: HTTP, and back after a while": (
        _FALLBACK, "http_is_taken_when_upgrades_fail_and_a_websocket_tried_again_after_a_while"),
    "over HTTP nothing is kept, so everything is told": (
        _READY, "where_no_contexts_are_kept_everything_is_told_each_time"),
    "over HTTP what was written is not sent again": (
        _SSE, "what_was_written_is_not_sent_again_but_said_to_be_lost"),
    # Steering and interruptions (sections 3.4 and 3.5)
    "a steer that waits for outputs gets them and is not repeated": (
        _BARGE_IN, "a_steer_that_waits_for_outputs_gets_them_and_is_not_repeated"),
    "a steer that comes too late is said another way": (
        _BARGE_IN, "a_steer_that_is_refused_is_said_when_the_tail_has_ended"),
    "a steered response that fails loses no words": (
        _BARGE_IN, "a_steered_response_that_fails_is_no_reason_to_lose_the_words"),
    "nothing of a tail is seen or done": (
        _BARGE_IN, "nothing_of_a_tail_is_seen_or_done"),
    "a tail is not waited for for long": (
        _BARGE_IN, "a_tail_that_goes_on_for_long_is_left_for_another_connection"),
}  # fmt: skip
"""A rule, the module that holds it, and the name of its test."""


@pytest.mark.parametrize(("module", "name"), RULES.values(), ids=RULES.keys())
def test_every_rule_of_recovery_has_a_test_of_its_name(module: str, name: str) -> None:
    tree = ast.parse((Path(__file__).parents[1] / f"{module}.py").read_text())

    assert f"test_{name}" in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
