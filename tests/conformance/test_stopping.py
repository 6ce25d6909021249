"""Responses that nobody wants any more: CANCEL."""

import pytest

from tests.conformance.asking import long_input
from tests.conformance.plain import request
from tests.conformance.talk import TERMINALS, Answer, Socket
from tests.conformance.target import Target, not_applicable, not_tried


def test_cancel_01_a_client_that_is_gone_stops_its_response(target: Target) -> None:
    with Socket(target) as socket:
        heard = socket.ask(store=True)
        if request(target, "GET", f"/responses/{heard.id}").status != 200:
            not_tried("stored responses cannot be looked at, so the end of one does not show")
        socket.create(long_input(), store=True)
        response_id = socket.begun()
        socket.until(lambda e: e["type"] == "response.output_text.delta")
        socket.link.socket.close()  # no close frame
    with Socket(target) as other:
        other.ask(long_input())  # takes as long as the one that was left

    reply = request(target, "GET", f"/responses/{response_id}")
    assert reply.status == 404 or reply.json["status"] != "completed", "it was made to its end"


def cancelled(socket: Socket) -> Answer:
    """How a response ends that was cancelled in the middle."""
    socket.create(long_input())
    response_id = socket.begun()
    socket.until(lambda e: e["type"] == "response.output_text.delta")
    socket.send({"type": "response.cancel", "response_id": response_id})
    (answer,) = socket.answers(1)
    if answer.end["type"] not in ("response.incomplete", "response.failed"):
        not_applicable(f"it knows no response.cancel: the response ended {answer.end['type']}")
    return answer


def test_cancel_02_a_cancel_ends_the_response_early(socket: Socket) -> None:
    whole = socket.ask(long_input())
    cut = cancelled(socket)

    assert len(cut.text) < len(whole.text)
    assert socket.ask().completed


@pytest.mark.parametrize("response_id", ["its own", "resp_nobody_made"])
def test_cancel_03_a_cancel_that_is_too_late_says_nothing(socket: Socket, response_id: str) -> None:
    first = cancelled(socket)
    named = first.id if response_id == "its own" else response_id
    socket.send({"type": "response.cancel", "response_id": named})
    answer = socket.ask()

    assert answer.end["type"] in TERMINALS, f"it was answered by {answer.end}"
