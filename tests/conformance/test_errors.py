"""How requests are refused and responses break: ERR."""

from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.conformance.asking import WEATHER
from tests.conformance.talk import Answer, Json, Socket, user
from tests.conformance.target import Target, not_applicable, not_tried

UNKNOWN: Json = {"previous_response_id": "resp_nobody_made"}

# No value fits this: a mind that has to call the tool breaks while it answers.
IMPOSSIBLE: Json = {
    **WEATHER,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "minLength": 3, "maxLength": 2}},
        "required": ["city"],
    },
}


def broken(socket: Socket) -> Answer:
    answer = socket.ask(
        "What is the weather? Call the tool.", tools=[IMPOSSIBLE], tool_choice="required"
    )
    if answer.end["type"] == "error" and "response.created" not in answer.types:
        not_tried("nothing that could be sent breaks a response after it has begun")
    if answer.end["type"] == "response.completed":
        not_tried("the mind made the best of a tool that cannot be called")
    return answer


def refusal(socket: Socket) -> Answer:
    """How something is refused: an id that nobody made, or else what is no JSON."""
    answer = socket.ask(**UNKNOWN)
    if answer.end["type"] != "error":
        answer = socket.refused("{")
    return answer


def test_err_01_an_error_is_wrapped_and_has_a_status(socket: Socket) -> None:
    answer = refusal(socket)

    assert isinstance(answer.end.get("error"), dict), f"not wrapped: {sorted(answer.end)}"
    assert isinstance(answer.end.get("status"), int), "there is no status"
    assert isinstance(answer.error.get("type"), str)
    assert isinstance(answer.error.get("message"), str)
    assert "code" in answer.error


def test_err_02_an_unknown_id_is_not_found(socket: Socket) -> None:
    answer = socket.ask(**UNKNOWN)

    assert answer.code == "previous_response_not_found"
    assert answer.end.get("status") == 400
    assert answer.error.get("param") == "previous_response_id"


def test_err_03_an_error_is_the_only_end_of_its_request(socket: Socket) -> None:
    assert refusal(socket).types == ["error"]
    assert socket.is_silent_for(0.3), f"something came after the error: {socket.events[-1]}"


def test_err_04_after_a_refusal_the_socket_goes_on(socket: Socket) -> None:
    assert refusal(socket).error
    assert socket.ask().completed


@pytest.mark.parametrize("text", ["{", "hello", '["response.create"]', ""], ids=repr)
def test_err_05_what_is_no_json_is_refused(socket: Socket, text: str) -> None:
    answer = socket.refused(text)

    assert answer.error
    assert socket.ask().completed


@pytest.mark.parametrize("kind", ["response.append", "session.update", ""])
def test_err_06_an_unknown_type_is_refused(socket: Socket, kind: str) -> None:
    answer = socket.refused({"type": kind})

    assert answer.error
    assert socket.ask().completed


def test_err_07_a_binary_frame_costs_no_socket(socket: Socket) -> None:
    socket.send(b'{"type":"response.create"}')
    try:
        answer = socket.ask()
        if answer.end["type"] == "error":  # the binary frame's
            (answer,) = socket.answers(1)
    except ConnectionClosed as closed:
        pytest.fail(f"it cost the socket: {closed}")
    assert answer.completed


def test_err_08_types_are_openais(socket: Socket) -> None:
    refusals = [refusal(socket), socket.refused("{"), socket.refused({"type": "nothing"})]

    others = {answer.error.get("type") for answer in refusals} - {"invalid_request_error"}
    assert not others, f"there are other types: {others}"


def test_err_09_a_429_says_when_to_come_back(target: Target, flooded: list[Answer]) -> None:
    errors = [answer.end for answer in flooded if answer.end.get("status") == 429]
    if not errors:
        not_applicable("nothing is refused with 429")
    headers: list[Any] = [errors[0].get("headers"), errors[0]["error"].get("headers")]

    for place, found in zip(("the frame", "error"), headers, strict=True):
        assert found, f"there are no headers in {place}"
        assert float({k.lower(): v for k, v in found.items()}["retry-after"]) >= 0


def test_err_10_what_breaks_after_its_beginning_fails(socket: Socket) -> None:
    answer = broken(socket)

    assert answer.end["type"] == "response.failed"
    assert answer.response["status"] == "failed", f"status is {answer.response['status']!r}"
    assert isinstance(answer.response["error"]["code"], str)
    assert isinstance(answer.response["error"]["message"], str)


def test_err_11_a_failed_response_cannot_be_continued(socket: Socket) -> None:
    failed = broken(socket)
    if failed.end["type"] == "error":
        not_applicable("what breaks ends with an error, without a response")
    answer = socket.ask([user("Again.")], previous_response_id=failed.id)

    assert answer.end["type"] == "error"
