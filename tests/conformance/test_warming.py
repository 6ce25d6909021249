"""Requests that get no answer: WARM."""

import pytest

from tests.conformance.asking import FILLER, context_tokens
from tests.conformance.talk import Answer, Json, Socket, user

WARM_UP: Json = {"generate": False}


def warmed(socket: Socket, how: Json = WARM_UP) -> Answer:
    answer = socket.ask([user(FILLER)], **how)
    if answer.end["type"] != "error" and answer.response["output"]:
        pytest.fail("it generated an answer")
    return answer


def test_warm_01_it_yields_a_response_and_no_output(socket: Socket) -> None:
    answer = warmed(socket)

    assert answer.completed["output"] == []
    kinds = [kind for kind in answer.types if kind != "response.in_progress"]
    assert kinds == ["response.created", "response.completed"]


def test_warm_02_its_input_is_part_of_the_history(socket: Socket) -> None:
    alone = socket.ask("And now?")
    after = socket.ask("And now?", previous_response_id=warmed(socket).id)

    assert context_tokens(after) > context_tokens(alone) + 100


def test_warm_03_it_is_the_newest_response_of_its_lane(socket: Socket) -> None:
    first = socket.ask()
    warm = socket.ask("More.", previous_response_id=first.id, **WARM_UP)

    assert socket.ask("And now?", previous_response_id=warm.id).completed


def test_warm_04_prewarm_is_a_warm_up(socket: Socket) -> None:
    answer = warmed(socket, {"prompt_cache_options": {"prewarm": True}})

    assert answer.completed["output"] == []
