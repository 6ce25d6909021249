"""Several ordered channels on one connection: LANE."""

from itertools import pairwise
from typing import Any

import pytest

from tests.conformance.asking import FILLER, context_tokens, long_input, need_lanes
from tests.conformance.talk import TERMINALS, Socket, user
from tests.conformance.target import Target


@pytest.fixture(autouse=True, scope="module")
def with_lanes(target: Target) -> None:
    need_lanes(target)


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "x" * 256], ids=["short", "all signs", "long"])
def test_lane_01_a_name_has_1_to_256_characters(socket: Socket, name: str) -> None:
    answer = socket.ask(stream_id=name)

    assert answer.completed
    assert answer.lane == name


@pytest.mark.parametrize("name", ["", "x" * 257, "a b", "é", "a/b", 7, ["a"]], ids=repr)
def test_lane_02_any_other_is_refused(socket: Socket, name: Any) -> None:
    answer = socket.ask(stream_id=name)

    assert answer.code == "invalid_stream_id", f"code is {answer.code!r}"
    assert answer.end.get("status") == 400
    assert answer.error.get("param") == "stream_id"
    assert "stream_id" not in answer.end


@pytest.mark.parametrize("lane", [{}, {"stream_id": "a"}], ids=["default", "named"])
def test_lane_03_a_lane_answers_one_after_the_other(socket: Socket, lane: dict[str, str]) -> None:
    for n in range(3):
        socket.create([user(FILLER * (n + 1))], **lane)
    answers = socket.answers(3)

    sizes = [context_tokens(answer) for answer in answers]
    assert sizes == sorted(set(sizes)), f"not in the order of the requests: {sizes}"
    edges = [e["type"] for e in socket.events if e["type"] in ("response.created", *TERMINALS)]
    assert edges == ["response.created", "response.completed"] * 3


def test_lane_04_lanes_run_side_by_side(socket: Socket) -> None:
    for lane in ("a", "b"):
        socket.create(long_input(), stream_id=lane)
    socket.answers(2)

    switches = sum(a["stream_id"] != b["stream_id"] for a, b in pairwise(socket.events))
    assert switches > 2, "one lane waited for the other"


def test_lane_05_events_carry_their_lanes_name(socket: Socket) -> None:
    named, plain = socket.ask(stream_id="a"), socket.ask()

    assert all(event.get("stream_id") == "a" for event in named.events)
    assert all("stream_id" not in event for event in plain.events)


def test_lane_06_an_error_stays_on_its_lane(socket: Socket) -> None:
    socket.create(long_input(), stream_id="a")
    socket.create(stream_id="b", previous_response_id="resp_nobody_made")
    ends = {answer.lane: answer for answer in socket.answers(2)}

    assert ends["b"].code == "previous_response_not_found"
    assert ends["a"].completed


@pytest.mark.parametrize("more", [{"previous_response_id": "resp_no"}, {"store": "perhaps"}])
def test_lane_07_refusals_wait_for_their_turn(socket: Socket, more: dict[str, str]) -> None:
    socket.create(long_input(), stream_id="a")
    socket.create(stream_id="a", **more)
    first, second = socket.answers(2)

    assert (first.end["type"], second.end["type"]) == ("response.completed", "error")
    assert second.lane == "a"


def test_lane_08_lanes_and_chains_have_nothing_to_do_with_each_other(socket: Socket) -> None:
    first = socket.ask(stream_id="a")
    anew = socket.ask(stream_id="a")
    crossed = socket.ask("Go on.", stream_id="b", previous_response_id=anew.id)

    assert anew.completed["previous_response_id"] is None
    assert crossed.completed["previous_response_id"] == anew.id != first.id
