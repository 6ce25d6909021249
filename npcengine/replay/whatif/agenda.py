"""What is going to happen, in order: a heap, and the only clock of a what-if."""

import heapq
from collections.abc import Callable
from enum import IntEnum
from itertools import count
from typing import Any

__all__ = ["Agenda", "Rank"]


class Rank(IntEnum):
    """What comes first of what happens at one nanosecond: most things do, in virtual recordings.

    It is the order of a frame: what the game still said after the last one, what it says now, what
    the network brings, what is due; and then the frame sees all of it.
    """

    ANSWER = 0
    SETTLE = 1
    GAME = 2
    WIRE = 3
    READ = 4
    TIMER = 5
    FRAME = 6


class Agenda:
    """Things to do, by time; two at one time by rank, and then as they were put."""

    def __init__(self, start_ns: int) -> None:
        self._now_ns = start_ns
        self._heap: list[tuple[int, int, int, Callable[..., object], tuple[Any, ...]]] = []
        self._numbers = count()

    def now_ns(self) -> int:
        """Return the time; as a :class:`~npcengine.clock.Clock`."""
        return self._now_ns

    def at(self, t_ns: int, rank: Rank, do: Callable[..., object], *arguments: Any) -> None:
        """Do something at a time; at once, if that has passed."""
        entry = max(t_ns, self._now_ns), rank, next(self._numbers), do, arguments
        heapq.heappush(self._heap, entry)

    def run(self, until_ns: int, *, progress: Callable[[int], object]) -> None:
        """Do everything up to a time, and stand still there."""
        done = 0
        while self._heap and self._heap[0][0] <= until_ns:
            self._now_ns, _, _, do, arguments = heapq.heappop(self._heap)
            do(*arguments)
            done += 1
            if not done % 1_000:
                progress(done)
        self._now_ns = until_ns
