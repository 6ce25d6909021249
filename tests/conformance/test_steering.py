"""Words in the middle of a response: STEER."""

from typing import Any

import pytest

from tests.conformance.asking import REPORT, WEATHER, long_input, need_lanes, need_steering
from tests.conformance.plain import request
from tests.conformance.talk import TERMINALS, Json, Socket, output_of
from tests.conformance.target import Target, not_tried


@pytest.fixture
def steers(target: Target) -> None:
    need_steering(target)


needs_steering = pytest.mark.usefixtures("steers")


def is_about_a_steer(event: Json) -> bool:
    kind: str = event["type"]
    return kind.startswith("response.steer.") or kind == "error"


def steered(socket: Socket, words: Any = "Stop, and say goodbye.", **more: Any) -> tuple[str, Json]:
    """Steer a long response; return its id and what was said to the steer."""
    socket.create(long_input(), **more)
    response_id = socket.begun(more.get("stream_id"))
    socket.until(lambda e: e["type"] == "response.output_text.delta")  # it has begun to speak
    socket.steer(response_id, words)
    return response_id, socket.until(is_about_a_steer)


def failure(said: Json) -> str:
    assert said["type"] == "response.steer.failed", f"it was not refused: {said}"
    return str(said["error"]["code"])


def test_steer_01_every_steer_is_answered_and_never_by_an_error(socket: Socket) -> None:
    socket.steer("resp_nobody_made", "Hello?")
    said = socket.until(is_about_a_steer)

    assert said["type"] == "response.steer.failed", f"the answer is {said['type']}"
    assert said["steer"]["previous_response_id"] == "resp_nobody_made"
    assert said["error"]["code"] in ("response_not_found", "steering_not_supported")


@needs_steering
def test_steer_02_a_steer_is_accepted_in_its_responses_series(socket: Socket) -> None:
    response_id, said = steered(socket)

    assert said["type"] == "response.steer.accepted"
    assert said["steer"]["previous_response_id"] == response_id
    assert said["steer"]["id"]
    numbers = [event["sequence_number"] for event in socket.events]
    assert numbers == list(range(len(numbers)))


@needs_steering
def test_steer_03_a_successor_follows_by_itself(socket: Socket) -> None:
    response_id, _ = steered(socket)
    first, second = socket.answers(2)

    assert first.end["type"] in ("response.completed", "response.incomplete")
    if first.end["type"] == "response.incomplete":
        assert first.response["incomplete_details"] == {"reason": "steered"}
    assert second.completed["previous_response_id"] == response_id
    assert second.events[0]["sequence_number"] == 0


@needs_steering
def test_steer_04_the_successor_has_the_same_settings(target: Target, socket: Socket) -> None:
    steered(socket, instructions="Be brief.", tools=[WEATHER], tool_choice="none")
    _, second = socket.answers(2)

    assert second.completed["model"] == target.model
    assert second.completed["instructions"] == "Be brief."
    assert [tool["name"] for tool in second.completed["tools"]] == ["get_weather"]


@needs_steering
def test_steer_05_words_wait_for_outputs(target: Target, socket: Socket) -> None:
    report = {"tools": [REPORT], "tool_choice": "required"}
    socket.create("Write the report.", store=True, **report)
    response_id = socket.begun()
    socket.until(lambda e: e["type"] == "response.function_call_arguments.delta")
    socket.steer(response_id, "The words in between.")
    accepted = socket.until(is_about_a_steer)
    (first,) = socket.answers(1)
    if accepted["type"] != "response.steer.accepted" or not first.calls:
        not_tried(f"the call was over too soon: {accepted['type']}")
    pending = socket.until(is_about_a_steer)
    second = socket.ask(
        [output_of(call) for call in first.calls], previous_response_id=response_id, store=True
    )

    assert pending["type"] == "response.steer.pending"
    assert pending["steer"]["id"] == accepted["steer"]["id"]
    assert pending["reason"] == "waiting_for_required_input"
    assert [(need["type"], need["call_id"]) for need in pending["required_input"]] == [
        ("function_call_output", call["call_id"]) for call in first.calls
    ]
    assert second.completed
    reply = request(target, "GET", f"/responses/{second.id}/input_items?order=asc")
    kinds = [item["type"] for item in reply.good["data"]]
    brought = len(first.calls)
    assert kinds[-brought - 1 :] == ["message", *["function_call_output"] * brought]


@needs_steering
def test_steer_06_a_steer_with_a_lane_is_refused(socket: Socket) -> None:
    socket.create(long_input())
    socket.steer(socket.begun(), "Hello?", stream_id="a")

    assert failure(socket.until(is_about_a_steer)) == "invalid_input"


@needs_steering
@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="nothing"),
        pytest.param(7, id="a number"),
        pytest.param([{"role": "assistant", "content": "x"}], id="the assistants words"),
        pytest.param([{"role": "developer", "content": "x"}], id="the developers words"),
        pytest.param([output_of({"call_id": "call_1"})], id="an output"),
    ],
)
def test_steer_07_anything_but_the_users_words_is_given_back(socket: Socket, words: Any) -> None:
    _, said = steered(socket, words)

    assert failure(said) == "invalid_input"
    assert said["steer"]["input"] == words


@needs_steering
def test_steer_08_after_the_end_it_is_too_late(socket: Socket) -> None:
    first = socket.ask()
    socket.steer(first.id, "Hello?")

    assert failure(socket.until(is_about_a_steer)) == "response_already_completed"


@needs_steering
def test_steer_09_a_response_of_elsewhere_is_not_found(target: Target, socket: Socket) -> None:
    with Socket(target) as other:
        other.create(long_input())
        socket.steer(other.begun(), "Hello?")

        assert failure(socket.until(is_about_a_steer)) == "response_not_found"


@needs_steering
def test_steer_10_steer_events_carry_the_lane(target: Target, socket: Socket) -> None:
    need_lanes(target)
    _, accepted = steered(socket, stream_id="a")
    _, second = socket.answers(2)
    socket.steer(second.id, "Too late?")

    assert accepted["stream_id"] == "a"
    assert second.lane == "a"
    assert socket.until(is_about_a_steer)["stream_id"] == "a"


@needs_steering
def test_steer_11_steers_that_wait_are_bounded(socket: Socket) -> None:
    socket.create(long_input())
    response_id = socket.begun()
    socket.until(lambda e: e["type"] == "response.output_text.delta")
    for n in range(64):
        socket.steer(response_id, f"Word {n}.")
    said = [socket.until(is_about_a_steer) for _ in range(64)]

    refused = [event for event in said if event["type"] == "response.steer.failed"]
    assert refused, "64 steers were all taken"
    assert {failure(event) for event in refused} <= {
        "too_many_pending_steers",
        "response_already_completed",
    }


@needs_steering
def test_steer_12_what_can_be_brought_nowhere_is_given_back(socket: Socket) -> None:
    response_id, accepted = steered(socket)
    socket.send({"type": "response.cancel", "response_id": response_id})
    said = socket.until(lambda e: is_about_a_steer(e) or e["type"] in TERMINALS)
    if said["type"] in ("response.completed", "error"):
        not_tried("no response could be ended with a steer waiting on it")
    if said["type"] in TERMINALS:
        said = socket.until(is_about_a_steer)

    assert said["type"] == "response.steer.failed"
    assert said["steer"]["id"] == accepted["steer"]["id"]
