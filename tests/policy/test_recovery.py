"""What is done after a response came to a bad end, from the frames of protocol.md section 5."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.recovery import MAX_ATTEMPTS, Recovery, is_servers_fault, recovery_for
from npcengine.protocol.changes import Ended, Outcome, Phase
from npcengine.protocol.codec import decode_server_event
from npcengine.protocol.incoming import ErrorInfo, UnknownServerEvent
from npcengine.protocol.lane import Lane

Json = dict[str, Any]

ERRORS = st.builds(
    ErrorInfo,
    code=st.none() | st.text(max_size=12),
    message=st.text(max_size=8),
    status=st.none() | st.integers(-1, 700),
    param=st.none() | st.text(max_size=8),
    retry_after_s=st.none() | st.floats(0, 86_400),
)
KNOWN_CODES = {
    "previous_response_not_found",
    "rate_limit_exceeded",
    "server_error",
    "server_is_overloaded",
    "websocket_connection_limit_reached",
    "websocket_queue_full",
    "websocket_stream_limit_reached",
}
OUTCOMES = st.builds(
    Outcome,
    phase=st.sampled_from(Phase),
    error=st.none()
    | ERRORS
    | st.builds(ErrorInfo, code=st.sampled_from(sorted(KNOWN_CODES)), status=st.just(400)),
)


def error(code: str | None = None, status: int | None = None, **more: Any) -> Json:
    """An error frame as servers send it over a socket."""
    kind = more.pop("type", "invalid_request_error")
    frame: Json = {"type": "error", "error": {"type": kind, "code": code, "message": "no", **more}}
    return frame if status is None else {**frame, "status": status}


def flat(code: str | None, **more: Any) -> Json:
    """An error event as HTTP streams have it, which some servers send over a socket too."""
    return {"type": "error", "code": code, "message": "no", "param": None, **more}


def failed(code: str | None) -> Json:
    why = None if code is None else {"code": code, "message": "no"}
    return {"type": "response.failed", "response": {"id": "r", "status": "failed", "error": why}}


def incomplete(reason: str) -> Json:
    details = {"reason": reason}
    response: Json = {
        "id": "r",
        "status": "incomplete",
        "output": [],
        "incomplete_details": details,
    }
    return {"type": "response.incomplete", "response": response}


CREATED: Json = {"type": "response.created", "response": {"id": "r", "status": "in_progress"}}


def end_of(lane: Lane, *frames: Json) -> Outcome:
    lane.sent()
    for frame in frames:
        event = decode_server_event(json.dumps(frame).encode())
        assert not isinstance(event, UnknownServerEvent)
        for change in lane.feed(event):
            if isinstance(change, Ended):
                return change.outcome
    raise AssertionError("the response has not ended")


@pytest.mark.parametrize(
    ("frame", "decision"),
    [
        pytest.param(error("previous_response_not_found", 400), Recovery.RESEND, id="forgotten"),
        pytest.param(error("previous_response_not_found"), Recovery.RESEND, id="without status"),
        pytest.param(flat("previous_response_not_found"), Recovery.RESEND, id="forgotten, flat"),
        pytest.param(
            error("websocket_connection_limit_reached", 400), Recovery.RECONNECT, id="too old"
        ),
        pytest.param(
            flat("websocket_connection_limit_reached"), Recovery.RECONNECT, id="too old, flat"
        ),
        pytest.param(
            error("websocket_stream_limit_reached", 400), Recovery.RECONNECT, id="out of lanes"
        ),
        pytest.param(error("rate_limit_exceeded", 429), Recovery.WAIT, id="too fast"),
        pytest.param(error("rate_limit_exceeded"), Recovery.WAIT, id="too fast, without status"),
        pytest.param(flat("rate_limit_exceeded"), Recovery.WAIT, id="too fast, flat"),
        pytest.param(error("usage_limit_reached", 429), Recovery.WAIT, id="another word for it"),
        pytest.param(error(None, 429), Recovery.WAIT, id="too fast, without a code"),
        pytest.param(flat(None, status_code=429), Recovery.WAIT, id="status by its other name"),
        pytest.param(error("websocket_queue_full", 429), Recovery.WAIT, id="queue full"),
        pytest.param(error("server_is_overloaded", 503), Recovery.WAIT, id="overloaded"),
        pytest.param(flat("server_is_overloaded"), Recovery.WAIT, id="overloaded, flat"),
        pytest.param(error("server_error", 400), Recovery.WAIT, id="its fault by its code"),
        pytest.param(error(None, 500, type="server_error"), Recovery.WAIT, id="by its status"),
        pytest.param(error("made_up", 502), Recovery.WAIT, id="its fault with an unknown code"),
        pytest.param(error(type="server_error"), Recovery.WAIT, id="its fault by its type alone"),
        pytest.param(error(type="rate_limit_error"), Recovery.WAIT, id="too fast by its type"),
        pytest.param(error(None, 400, type="server_error"), Recovery.GIVE_UP, id="contradiction"),
        pytest.param(error("invalid_stream_id", 400), Recovery.GIVE_UP, id="bad lane"),
        pytest.param(error(None, 400, param="input"), Recovery.GIVE_UP, id="missing output"),
        pytest.param(error("invalid_json", 400), Recovery.GIVE_UP, id="bad JSON"),
        pytest.param(error("invalid_message_type"), Recovery.GIVE_UP, id="unknown event"),
        pytest.param(error("made_up", 400), Recovery.GIVE_UP, id="unknown code"),
        pytest.param(error("model_not_found", 404), Recovery.GIVE_UP, id="no such model"),
        pytest.param(error(None, 401), Recovery.GIVE_UP, id="bad key"),
        pytest.param({"type": "error"}, Recovery.GIVE_UP, id="nothing said at all"),
    ],
)
def test_a_refused_request_is_gone_on_with_as_its_code_and_status_say(
    frame: Json, decision: Recovery
) -> None:
    outcome = end_of(Lane(), frame)

    assert outcome.phase is Phase.REFUSED
    assert recovery_for(outcome, output_seen=False, attempt=1) is decision


@pytest.mark.parametrize(
    ("end", "decision"),
    [
        pytest.param(failed("server_error"), Recovery.WAIT, id="broke"),
        pytest.param(failed("rate_limit_exceeded"), Recovery.WAIT, id="too fast"),
        pytest.param(failed("invalid_prompt"), Recovery.GIVE_UP, id="would break again"),
        pytest.param(failed("made_up"), Recovery.GIVE_UP, id="unknown code"),
        pytest.param(failed(None), Recovery.GIVE_UP, id="no reason given"),
        pytest.param(error(None, 500), Recovery.WAIT, id="an error frame after the start"),
        pytest.param(incomplete("max_output_tokens"), Recovery.GIVE_UP, id="too long"),
        pytest.param(incomplete("content_filter"), Recovery.GIVE_UP, id="filtered"),
    ],
)
def test_a_response_that_broke_before_it_showed_is_gone_on_with_as_its_end_says(
    end: Json, decision: Recovery
) -> None:
    assert recovery_for(end_of(Lane(), CREATED, end), output_seen=False, attempt=1) is decision


@pytest.mark.parametrize("begun", [False, True])
def test_a_request_lost_with_its_connection_is_told_again_on_another(begun: bool) -> None:
    lane = Lane()
    lane.sent()
    if begun:
        event = decode_server_event(json.dumps(CREATED).encode())
        assert not isinstance(event, UnknownServerEvent)
        lane.feed(event)

    (change,) = lane.lost("gone")

    assert isinstance(change, Ended)
    assert recovery_for(change.outcome, output_seen=False, attempt=1) is Recovery.RECONNECT


TOO_MANY = [
    error("rate_limit_exceeded", 429),
    error("websocket_queue_full"),
    error(type="rate_limit_error"),
    flat("rate_limit_exceeded"),
]


@pytest.mark.parametrize("frame", TOO_MANY)
def test_who_is_crowded_out_by_others_of_ours_waits_as_long_as_it_takes(frame: Json) -> None:
    outcome = end_of(Lane(), frame)

    def decide(attempt: int, *, others_run: bool) -> Recovery:
        return recovery_for(outcome, output_seen=False, attempt=attempt, others_run=others_run)

    assert [decide(n, others_run=True) for n in range(1, 2 * MAX_ATTEMPTS + 1)] == 2 * [
        *[Recovery.WAIT] * (MAX_ATTEMPTS - 1),
        Recovery.RECONNECT,
    ]
    assert decide(MAX_ATTEMPTS, others_run=False) is Recovery.GIVE_UP
    assert not is_servers_fault(outcome, others_run=True)
    assert is_servers_fault(outcome, others_run=False)


@given(OUTCOMES, st.integers(1, MAX_ATTEMPTS - 1), st.booleans())
def test_what_has_begun_to_show_is_never_asked_for_again(
    outcome: Outcome, attempt: int, others_run: bool
) -> None:
    decision = recovery_for(outcome, output_seen=True, attempt=attempt, others_run=others_run)

    assert decision is Recovery.GIVE_UP


@given(st.lists(OUTCOMES, min_size=MAX_ATTEMPTS, max_size=MAX_ATTEMPTS), st.booleans())
def test_no_run_of_bad_ends_is_gone_on_with_for_ever(
    outcomes: list[Outcome], output_seen: bool
) -> None:
    decisions = [
        recovery_for(outcome, output_seen=output_seen, attempt=attempt)
        for attempt, outcome in enumerate(outcomes, start=1)
    ]

    assert decisions[-1] is Recovery.GIVE_UP


@given(ERRORS.filter(lambda info: info.code not in KNOWN_CODES))
def test_an_unknown_code_is_judged_by_its_status_alone(info: ErrorInfo) -> None:
    status = info.status or 0
    worth_waiting = status == 429 or status >= 500

    for phase in (Phase.REFUSED, Phase.FAILED):
        decision = recovery_for(Outcome(phase, error=info), output_seen=False, attempt=1)
        assert decision is (Recovery.WAIT if worth_waiting else Recovery.GIVE_UP)


@pytest.mark.parametrize("phase", Phase)
def test_an_end_without_a_reason_is_never_waited_for(phase: Phase) -> None:
    decision = recovery_for(Outcome(phase), output_seen=False, attempt=1)

    assert decision is (Recovery.RECONNECT if phase is Phase.LOST else Recovery.GIVE_UP)
