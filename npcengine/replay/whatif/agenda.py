"""What is going to happen, in order: a heap, and the only clock of a what-if."""

import heapq
from bisect import bisect_right
from collections.abc import Callable, Sequence
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
    BEHIND = 7
    """What the game said behind a frame, where that is the same nanosecond."""


_OF_THE_GAME = frozenset({Rank.GAME, Rank.FRAME, Rank.BEHIND})


def _begins(stall: tuple[int, int]) -> int:
    return stall[0]


class Agenda:
    """Things to do, by time; two at one time by rank."""

    def __init__(self, start_ns: int, stalls: Sequence[tuple[int, int]] = ()) -> None:
        """Begin with nothing to do.

        Args:
            start_ns: The time.
            stalls: From when until when the loop thread does nothing, in order.
        """
        self._now_ns = start_ns
        self._stalls = stalls
        self._heap: list[tuple[int, int, int, int, Callable[..., object], tuple[Any, ...]]] = []
        self._numbers = count()

    def now_ns(self) -> int:
        """Return the time; as a :class:`~npcengine.clock.Clock`."""
        return self._now_ns

    def at(
        self, t_ns: int, rank: Rank, do: Callable[..., object], *arguments: Any, order: int = 0
    ) -> None:
        """Do something at a time; at once, if that has passed.

        What falls into a stall waits for its end, but for what the game does on its own thread.

        Args:
            t_ns: When.
            rank: Before or after what else happens then.
            do: What.
            *arguments: With what.
            order: Among its like, what is lower comes first; otherwise what was put first.
        """
        t_ns = max(t_ns, self._now_ns)
        if rank not in _OF_THE_GAME:
            place = bisect_right(self._stalls, t_ns, key=_begins) - 1
            if place >= 0:
                t_ns = max(t_ns, self._stalls[place][1])
        entry = t_ns, rank, order, next(self._numbers), do, arguments
        heapq.heappush(self._heap, entry)

    def run(self, until_ns: int, *, progress: Callable[[int], object]) -> None:
        """Do everything up to a time, and stand still there."""
        done = 0
        while self._heap and self._heap[0][0] <= until_ns:
            self._now_ns, _, _, _, do, arguments = heapq.heappop(self._heap)
            do(*arguments)
            done += 1
            if not done % 1_000:
                progress(done)
        self._now_ns = until_ns
