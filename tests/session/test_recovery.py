"""What happens when a response, a connection or a server goes wrong."""

import pytest

from npcengine.policy.deadlines import Deadlines
from npcengine.policy.recovery import MAX_ATTEMPTS
from npcengine.protocol.capabilities import GATEWAY, Capabilities
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
