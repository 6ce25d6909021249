"""Answers that grow: what a generator has yielded so far, ready to be given at any moment.

Each value is written down when it is yielded, on the thread that yielded it, since the game may
go on changing it. So whoever gives the answer, at the end or at the deadline on the other thread,
has bytes that nobody changes any more.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator

import msgspec
from msgspec import Raw

from npcengine.clock import NS_PER_MS, Clock
from npcengine.session.outside import Asked

__all__ = ["MAX_VALUES", "Growing", "Yielded"]

MAX_VALUES = 1_000
"""Values of one answer after which its generator is stopped. Where time stands still while code
runs, as virtual time does, an endless one would never reach its budget."""


class Yielded(msgspec.Struct, frozen=True):
    """An answer so far."""

    value: Raw
    t_ns: int


class Growing:
    """The answer of one question, while its generator runs.

    Args:
        question: What is asked.
        clock: Says when a value was yielded, and whether the answer is due.
        stopwatch: Keeps the query's budget.
        until_ns: When to stop whatever the budget says; ``None`` for an answer that is due already.
    """

    def __init__(
        self, question: Asked, clock: Clock, stopwatch: Clock, *, until_ns: int | None
    ) -> None:
        self._write = question.query.result.write
        self._clock = clock
        self._stopwatch = stopwatch
        self._until_ns = until_ns
        self._over_ns = stopwatch.now_ns() + round(question.query.budget_ms * NS_PER_MS)
        self._count = 0
        self.newest: Yielded | None = None
        """Replaced whole, so any thread may read it."""
        self.task: asyncio.Task[object] | None = None
        """What runs it, on the loop: to be ended when its answer has been given."""
        self.ended = False
        """Whether the generator came to its own end: then the newest value is the answer."""

    def run(self, generator: Generator[object]) -> None:
        """Take values until the end or the budget; whatever the generator raises comes through."""
        try:
            for value in generator:
                if self._is_enough(value):
                    return
        finally:
            generator.close()
        self.ended = True

    async def run_async(self, generator: AsyncGenerator[object]) -> None:
        """The same on the loop; what it waits for is cut off by whoever runs this."""
        try:
            async for value in generator:
                if self._is_enough(value):
                    return
        finally:
            await generator.aclose()
        self.ended = True

    def _is_enough(self, value: object) -> bool:
        now_ns = self._clock.now_ns()
        self.newest = Yielded(self._write(value), now_ns)
        self._count += 1
        return (
            self._count == MAX_VALUES
            or self._stopwatch.now_ns() >= self._over_ns
            or (self._until_ns is not None and now_ns >= self._until_ns)
        )
