"""Whether the other end of a quiet connection is still there."""

import asyncio
from collections.abc import Callable

__all__ = ["PING_EVERY_S", "Heartbeat"]

PING_EVERY_S = 20.0
"""Silence after which the other end is asked for a sign of life; two more such silences, and it is
dead. Any inbound frame is a sign. The same 20 s as the official clients (protocol.md section 9)."""


class Heartbeat:
    """Pings after a silence, and gives up after three. Loop thread only.

    A connection that talks never pays for this: reading a frame sets one attribute.
    """

    def __init__(
        self, *, every_s: float, ping: Callable[[], None], give_up: Callable[[], None]
    ) -> None:
        """Begin to listen.

        Args:
            every_s: See :data:`PING_EVERY_S`.
            ping: Asks the other end for a sign of life.
            give_up: Cuts the connection.
        """
        self.heard = True
        """Set by the owner whenever anything arrives."""
        self.is_dead = False
        """Whether the connection was given up."""
        self._every_s = every_s
        self._ping = ping
        self._give_up = give_up
        self._silences = 0
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_later(every_s, self._listen)

    def stop(self) -> None:
        """The connection is over."""
        self._handle.cancel()

    def _listen(self) -> None:
        self._handle = self._loop.call_later(self._every_s, self._listen)
        if self.heard:
            self.heard = False
            self._silences = 0
            return
        self._silences += 1
        if self._silences > 2:
            self.is_dead = True
            self._give_up()
        else:
            self._ping()
