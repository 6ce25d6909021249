"""Whether the other end takes what waits for it."""

import asyncio

__all__ = ["Stall"]


class Stall:
    """Cuts a connection off whose other end has taken not one byte for too long (loop thread only).

    A connection that is read never pays for this: it watches while the transport says that too
    much is waiting.
    """

    def __init__(self, transport: asyncio.Transport, after_s: float) -> None:
        self._transport = transport
        self._after_s = after_s
        self._handle: asyncio.Handle | None = None

    def begin(self) -> None:
        """Something waits: watch."""
        self.end()
        waiting_bytes = self._transport.get_write_buffer_size()

        def look() -> None:
            if self._transport.get_write_buffer_size() >= waiting_bytes:
                self._transport.abort()
            else:
                self.begin()

        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(self._after_s, look)

    def end(self) -> None:
        """Enough was taken, or the connection is over."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
