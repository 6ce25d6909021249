"""Reading in portions: however much somebody sends, the others have their turn in between.

A connection is read little at a time. When what came took long to work on, it is not read again
for some multiple of that, and whoever belongs together waits together: what comes in from one of
them, over however many connections, takes no more than its share of the loop.
"""

import asyncio
from abc import ABC, abstractmethod

from npcengine.clock import NS_PER_S, ThreadCpuClock

__all__ = ["PORTION_BYTES", "Portioned", "Share"]

PORTION_BYTES = 8 * 1024
"""Read at once from one connection, and worked on in one go: some hundred small frames. Left to
itself, uvloop reads up to 8 MB from a connection before it looks at the next."""

QUICK_S = 0.001
"""Work that nobody notices: a request of a game takes a tenth of it."""

WAIT_FACTOR = 4
"""How many times as long as the work took there is no more of it: a share is a quarter."""

_clock = ThreadCpuClock()


class Share:
    """A part of the loop, for all connections that belong together (loop thread only)."""

    def __init__(self) -> None:
        self._free_at_s = 0.0

    def wait_s(self, worked_s: float) -> float:
        """Return how long somebody who made us work has to wait."""
        now_s = asyncio.get_running_loop().time()
        self._free_at_s = max(now_s, self._free_at_s) + WAIT_FACTOR * worked_s
        return self._free_at_s - now_s


class Portioned(asyncio.BufferedProtocol, ABC):
    """A protocol that gets ``data_received`` like any other, but little at a time.

    Not an ``asyncio.Protocol``: uvloop would take it for one that wants all there is.
    """

    share: Share
    """What its work is counted under."""

    _portion = bytearray()

    @abstractmethod
    def data_received(self, data: bytes) -> None:
        """Take what was read."""

    @abstractmethod
    def reading_from(self) -> asyncio.Transport | None:
        """Return the transport, if there still is one."""

    def get_buffer(self, sizehint: int) -> bytearray:
        # Made for each read: a connection that waits, as most do, keeps none.
        self._portion = bytearray(PORTION_BYTES)
        return self._portion

    def buffer_updated(self, nbytes: int) -> None:
        data, self._portion = bytes(memoryview(self._portion)[:nbytes]), bytearray()
        transport = self.reading_from()
        begun_ns = _clock.now_ns()
        self.data_received(data)
        worked_s = (_clock.now_ns() - begun_ns) / NS_PER_S
        if transport is None or not transport.is_reading():
            return
        loop = asyncio.get_running_loop()
        if worked_s > QUICK_S:
            transport.pause_reading()
            loop.call_later(self.share.wait_s(worked_s), _go_on, transport)
        elif nbytes == PORTION_BYTES:
            transport.pause_reading()
            loop.call_soon(_go_on, transport)


def _go_on(transport: asyncio.Transport) -> None:
    if not transport.is_closing():
        transport.resume_reading()
