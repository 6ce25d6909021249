"""The two ways to one server, and which of them is taken.

A WebSocket is tried first. Where it is the upgrade that fails, at a server that knows none or a
proxy that lets none through, requests go over plain HTTP instead, and after a while a WebSocket is
tried again. Rules:

1. A 426 says "use HTTP": the fallback is at once (protocol.md section 2).
2. Any other upgrade that fails may be a mishap: only a few in a row say that it never succeeds.
   Attempts that ran side by side count as one.
3. Whoever is refused for their credentials would be refused over HTTP as well, and a host that
   cannot be reached has no other door. Neither counts.
4. Where HTTP was taken, one failed upgrade is enough to stay with it for another while.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from npcengine.clock import NS_PER_S, Clock, SystemClock
from npcengine.errors import ConnectError, HandshakeError, LinkError, UsageError
from npcengine.transport.address import Address
from npcengine.transport.beat import Beat
from npcengine.transport.dial import dial, opener
from npcengine.transport.link import Link, Receiver
from npcengine.transport.sse import dial_sse

__all__ = ["BACK_AFTER_S", "MAX_FAILED_UPGRADES", "HasWays", "Transport", "Ways", "check_transport"]

Transport: TypeAlias = Literal["auto", "websocket", "http"]
"""Which way to take: ``auto`` finds out, the others are taken whatever comes of it."""

MAX_FAILED_UPGRADES = 3
BACK_AFTER_S = 5 * 60
"""How long a fallback lasts at least. Clients that never return stay slow for a whole evening
because of one bad minute (protocol.md section 12)."""

_UPGRADE_REQUIRED = 426
_REFUSED = (401, 403)


class Ways:
    """See the top of this file (loop thread; :attr:`transport` from any)."""

    def __init__(self, transport: Transport = "auto", *, clock: Clock | None = None) -> None:
        """Begin with nothing known of the server.

        Raises:
            UsageError: There is no such transport, or no library for WebSockets.
        """
        self._clock = clock or SystemClock()
        self._open_link = opener()
        self._failed = 0
        """Upgrades that failed in a row."""
        self._fell_back_ns: int | None = None
        self.prefer(transport)

    @property
    def transport(self) -> Literal["websocket", "http"]:
        """The way that is taken now."""
        if self._wanted != "auto":
            return self._wanted
        return "websocket" if self._fell_back_ns is None else "http"

    def prefer(self, transport: Transport) -> None:
        """Take this way from the next link on; what is known of the server is forgotten.

        Raises:
            UsageError: There is no such transport.
        """
        self._wanted: Transport = check_transport(transport)
        self._failed, self._fell_back_ns = 0, None

    async def open(
        self,
        address: Address,
        receiver: Receiver,
        *,
        headers: Mapping[str, str],
        within_ms: float,
        beat: Beat | None = None,
    ) -> Link:
        """Open a link; arguments and errors are those of :func:`npcengine.transport.dial.dial`.

        When a fallback is due the time limit begins anew.
        """
        failed_before = self._failed
        if self._tries_websocket():
            try:
                link = await dial(
                    address,
                    receiver,
                    open_link=self._open_link,
                    headers=headers,
                    within_ms=within_ms,
                    beat=beat,
                )
            except LinkError as error:
                if self._wanted != "auto" or not self._falls_back(error, failed_before):
                    raise
            else:
                self._failed, self._fell_back_ns = 0, None
                return link
        return await dial_sse(address, receiver, headers=headers, within_ms=within_ms, beat=beat)

    def _tries_websocket(self) -> bool:
        if self._wanted != "auto" or self._fell_back_ns is None:
            return self._wanted != "http"
        return self._clock.now_ns() - self._fell_back_ns >= BACK_AFTER_S * NS_PER_S

    def _falls_back(self, error: LinkError, failed_before: int) -> bool:
        """Count a failure, if it is one of the upgrade; return whether HTTP is to be tried."""
        match error:
            case HandshakeError() if error.status == _UPGRADE_REQUIRED:
                failed_before = MAX_FAILED_UPGRADES
            case HandshakeError() if error.status not in _REFUSED:
                pass
            case ConnectError() if error.was_reached and error.retryable:
                pass
            case _:
                return False
        self._failed = max(self._failed, failed_before + 1)
        if self._failed < MAX_FAILED_UPGRADES:
            error.retryable = True  # even where this way is closed for good: there is another
            return False
        self._fell_back_ns = self._clock.now_ns()
        return True


class HasWays:
    """An endpoint that can be reached over a WebSocket and over HTTP."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways

    @property
    def transport(self) -> str:
        return self._ways.transport

    def prefer(self, transport: Transport) -> None:
        """Take another way from the next link on (loop thread)."""
        self._ways.prefer(transport)


def check_transport(transport: Transport) -> Transport:
    """Return a transport that there is.

    Raises:
        UsageError: There is no such one.
    """
    if transport not in get_args(Transport):
        raise UsageError(f"transport is {transport!r}: say auto, websocket or http")
    return transport
