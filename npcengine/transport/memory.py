"""Two links in one process, joined: the wire without a socket, on whatever loop is running."""

import asyncio
from collections import deque

from npcengine.errors import LinkLostError
from npcengine.transport.link import Frame, Meter, Receiver

__all__ = ["MemoryLink", "pair"]


class MemoryLink:
    """One end of a pair; what is sent here arrives there, in order, after ``delay_s``.

    Everything sent within one turn of the loop arrives as one read, as it would on a fast socket.
    """

    keeps_contexts = True

    def __init__(self, loop: asyncio.AbstractEventLoop, receiver: Receiver, delay_s: float) -> None:
        self._loop = loop
        self._receiver = receiver
        self._delay_s = delay_s
        self._other: MemoryLink | None = None
        self._outbox: list[Frame] = []
        self._in_flight: deque[list[Frame]] = deque()
        self._closed = False
        self._lost = False
        self.meter = Meter()

    def join(self, other: "MemoryLink") -> None:
        """Make ``other`` the far end."""
        self._other = other

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        if self._closed:
            return
        if not self._outbox:
            self._loop.call_soon(self._depart)
        self._outbox.append(frame)
        self.meter.frames_sent += 1
        self.meter.bytes_sent += len(frame)

    def read_at_once(self, wanted: bool) -> None:
        """Do nothing: there is no beat here."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self._closed:
            return
        self._depart()
        self._closed = True
        error = LinkLostError(reason or "closed", code=code)
        self._loop.call_later(self._delay_s, self._hang_up, error)

    async def writable(self) -> None:
        return

    def _depart(self) -> None:
        frames, self._outbox = self._outbox, []
        if frames and self._other is not None:
            self._in_flight.append(frames)
            # Departures of one delay stay in order: equal timers could be swapped by the loop's
            # heap, so each arrival takes whatever is next, not a batch of its own.
            if self._delay_s:
                self._loop.call_later(self._delay_s, self._arrive)
            else:
                self._arrive()

    def _arrive(self) -> None:
        frames = self._in_flight.popleft()
        if self._other is not None:
            self._other.take(frames)

    def take(self, frames: list[Frame]) -> None:
        """Receive what the far end sent."""
        if self._lost:
            return
        self.meter.reads += 1
        self.meter.frames_received += len(frames)
        self.meter.bytes_received += sum(map(len, frames))
        self._receiver.frames_arrived(frames)

    def _hang_up(self, error: LinkLostError) -> None:
        for end in (self._other, self):
            if end is not None:
                end.end(error)

    def end(self, error: LinkLostError) -> None:
        """Lose the link, once."""
        if not self._lost:
            self._closed = self._lost = True
            self._receiver.link_lost(error)


def pair(
    loop: asyncio.AbstractEventLoop, near: Receiver, far: Receiver, *, delay_s: float = 0.0
) -> tuple[MemoryLink, MemoryLink]:
    """Return two joined links, the first owned by ``near``, the second by ``far``.

    Args:
        loop: Whose turns and time they keep.
        near: Receives what the second link sends.
        far: Receives what the first link sends.
        delay_s: One-way delay in seconds.
    """
    here, there = MemoryLink(loop, near, delay_s), MemoryLink(loop, far, delay_s)
    here.join(there)
    there.join(here)
    return here, there
