"""When what is queued is written: together with what comes within a moment of it.

A write costs both ends a wake-up, and a stream of tokens needs only so many of them. So after a
write the next one waits until there may be more to take along. What comes after a pause waits for
nobody, nor does what somebody waits for.
"""

import asyncio
from collections.abc import Callable

__all__ = ["Departures"]


class Departures:
    """Paces the writes of one connection (loop thread only).

    Args:
        loop: Keeps the time.
        every_s: How far apart writes are at least; 0 lets all leave with the turn of the loop.
        depart: Writes what is queued, and says :meth:`departed`.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, every_s: float, depart: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._every_s = every_s
        self._depart = depart
        self._last_s = 0.0
        self._handle: asyncio.Handle | None = None
        self._is_soon = False
        """Whether the next write comes with this turn of the loop."""

    def wanted(self, *, at_once: bool) -> None:
        """Something is queued; ``at_once`` if somebody waits for it."""
        if self._handle is not None and (self._is_soon or not at_once):
            return
        due_s = self._last_s + self._every_s
        self._cancel()
        self._is_soon = at_once or due_s <= self._loop.time()
        self._handle = (
            self._loop.call_soon(self._depart)
            if self._is_soon
            else self._loop.call_at(due_s, self._depart)
        )

    def departed(self) -> None:
        """Everything that was queued has been written."""
        self._cancel()
        self._last_s = self._loop.time()

    def stop(self) -> None:
        """Nothing leaves any more."""
        self._cancel()

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
