"""Writes wait for company, but not while somebody waits for what they carry."""

from collections.abc import Iterator

import pytest

from npcengine.testing import VirtualTimeLoop
from npcengine.transport.departures import Departures

EVERY_S = 0.002


class Queue:
    """Counts what is queued and when it was written, in whole milliseconds."""

    def __init__(self) -> None:
        self.loop = VirtualTimeLoop()
        self.departures = Departures(self.loop, EVERY_S, self.write)
        self.queued = 0
        self.written: list[tuple[float, int]] = []

    def put(self, *, at_once: bool = False) -> None:
        self.queued += 1
        self.departures.wanted(at_once=at_once)

    def write(self) -> None:
        self.written.append((round(self.loop.time() * 1_000, 3), self.queued))
        self.queued = 0
        self.departures.departed()


@pytest.fixture
def queue() -> Iterator[Queue]:
    queue = Queue()
    yield queue
    queue.loop.close()


def test_what_comes_after_a_pause_leaves_with_this_turn_of_the_loop(queue: Queue) -> None:
    queue.loop.advance(1.0)

    queue.put()
    queue.put()
    queue.loop.advance(0)

    assert queue.written == [(1_000, 2)]


def test_what_follows_waits_for_company(queue: Queue) -> None:
    queue.loop.advance(1.0)
    queue.put()
    queue.loop.advance(0.000_5)

    queue.put()
    queue.loop.advance(0.001)
    queue.put()
    queue.loop.advance(0.01)

    assert queue.written == [(1_000, 1), (1_002, 2)]


def test_what_somebody_waits_for_takes_along_what_was_waiting_and_leaves(queue: Queue) -> None:
    queue.loop.advance(1.0)
    queue.put()
    queue.loop.advance(0.000_5)
    queue.put()

    queue.put(at_once=True)
    queue.put()
    queue.loop.advance(0.01)

    assert queue.written == [(1_000, 1), (1_000.5, 3)]


def test_nothing_leaves_after_the_end(queue: Queue) -> None:
    queue.put()

    queue.departures.stop()
    queue.loop.advance(1.0)

    assert queue.written == []
