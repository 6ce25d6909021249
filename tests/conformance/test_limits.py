"""How much a connection takes: LIMIT."""

import contextlib
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from tests.conformance.asking import long_input, need_lanes
from tests.conformance.talk import TERMINALS, Answer, Json, Socket
from tests.conformance.target import Target, not_applicable, not_tried

MAX_RUNNING, MAX_LANES = 16, 32
LARGE_MB = 20


@pytest.fixture(scope="module")
def crowded(target: Target) -> list[Json]:
    """All events of a connection on which more lanes were asked than may run at once."""
    need_lanes(target)
    with Socket(target) as socket:
        for n in range(MAX_RUNNING + 4):
            socket.create(long_input(), stream_id=f"lane-{n}")
        socket.answers(MAX_RUNNING + 4)
        return socket.events


def test_limit_01_what_is_too_much_at_once_waits(crowded: list[Json]) -> None:
    ends = [event["type"] for event in crowded if event["type"] in (*TERMINALS, "error")]

    assert ends == ["response.completed"] * (MAX_RUNNING + 4)


def test_limit_02_at_most_16_run_at_once(crowded: list[Json]) -> None:
    running, most = 0, 0
    for event in crowded:
        running += event["type"] == "response.created"
        running -= event["type"] == "response.completed"
        most = max(most, running)

    assert most <= MAX_RUNNING, f"{most} ran at once"
    assert most > 1


def test_limit_03_a_connection_has_32_named_lanes_in_its_life(
    target: Target, socket: Socket
) -> None:
    need_lanes(target)
    for n in range(MAX_LANES + 1):
        socket.create(stream_id=f"lane-{n}")
    ends = {answer.lane: answer for answer in socket.answers(MAX_LANES + 1)}
    last = ends[f"lane-{MAX_LANES}"]

    assert last.end["type"] == "error", "a 33rd lane was opened"
    assert (last.code, last.end.get("status")) == ("websocket_stream_limit_reached", 400)
    assert socket.ask(stream_id="lane-0").completed
    assert socket.ask().completed


def test_limit_04_the_queue_has_an_end(flooded: list[Answer]) -> None:
    statuses = {answer.end.get("status") for answer in flooded if answer.end["type"] == "error"}

    assert statuses, "300 requests on one lane were all taken"
    assert statuses == {429}


class Aged(NamedTuple):
    """What became of a connection that was held until it was closed."""

    ends: list[Answer]
    close: Close | None

    @property
    def refusal(self) -> Answer:
        for answer in self.ends:
            if answer.end["type"] == "error":
                return answer
        raise AssertionError("nothing was refused, however old the connection")


@pytest.fixture(scope="module")
def aged(ageing: Target) -> Aged:
    """Hold a connection until it is closed, with something long under way at its age limit."""
    assert ageing.age_s is not None
    ends: list[Answer] = []
    close = None
    with Socket(ageing) as socket:
        socket.create(long_input())
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            while not any(answer.end["type"] == "error" for answer in ends):
                socket.create(stream_id="short")
                ends += socket.answers(1)
                socket.is_silent_for(ageing.age_s / 30)
        with contextlib.suppress(TimeoutError):
            close = socket.end()
        ends += socket.left()
    return Aged(ends, close)


def test_limit_05_a_connection_that_is_too_old_takes_nothing(aged: Aged) -> None:
    assert aged.refusal.code == "websocket_connection_limit_reached"
    assert aged.refusal.end.get("status") == 400


def test_limit_06_what_runs_by_then_may_end(aged: Aged) -> None:
    later = aged.ends[aged.ends.index(aged.refusal) + 1 :]
    if not later and aged.close is None:
        not_tried("nothing was running when the connection was too old")

    assert [answer.end["type"] for answer in later] == ["response.completed"]


def test_limit_07_then_it_is_closed_with_1001(aged: Aged) -> None:
    assert aged.close is not None, "it was not closed"
    assert aged.close.code == 1001


def test_limit_08_a_frame_beyond_the_bound_costs_its_own_connection(target: Target) -> None:
    with Socket(target) as other, Socket(target) as socket:
        try:
            socket.create(client_metadata={"padding": "x" * (LARGE_MB * 1024 * 1024)})
            socket.answers(1)
        except (ConnectionClosed, ConnectionError):
            close = socket.end()
            assert close is not None, "it was cut off without a close"
            assert close.code == 1009, f"it was closed with {int(close.code)}"
        except TimeoutError:
            not_tried(f"a frame of {LARGE_MB} MB was neither answered nor refused in time")
        else:
            not_applicable(f"a frame of {LARGE_MB} MB is taken")
        assert other.ask().completed
