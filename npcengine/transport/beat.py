"""When sockets are read: on a beat, all together.

A token that arrives alone costs a wake-up of the loop, and the wake-up costs ten times what the
token does (performance.md section 2). So after a read a link stops reading, and one timer lets all
of them go on every few milliseconds: a quarter of a frame of latency at most, for five to eight
times less of the interpreter. A link that is idle is not held, so a first frame is read at once.
"""

import asyncio
from typing import Protocol

__all__ = ["BEAT_MS", "Beat"]

BEAT_MS = 3.0
"""Between the 2 and 4 ms that were measured in performance.md section 2."""


class Held(Protocol):
    """A link that has stopped reading until the next beat."""

    def resume_reading(self) -> None: ...


class Beat:
    """One timer for all the links of a loop; runs only while any of them is held."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, beat_ms: float = BEAT_MS) -> None:
        self._loop = loop
        self._beat_s = beat_ms / 1_000
        self._held: list[Held] = []
        self._next = 0.0

    def hold(self, link: Held) -> None:
        """Resume ``link`` at the next beat."""
        if not self._held:
            # A fixed grid, so that links which begin to stream at different moments fall into step.
            now = self._loop.time()
            self._next = max(self._next + self._beat_s, now)
            if self._next - now > self._beat_s:
                self._next = now + self._beat_s
            self._loop.call_at(self._next, self._strike)
        self._held.append(link)

    def _strike(self) -> None:
        held, self._held = self._held, []
        for link in held:
            link.resume_reading()
