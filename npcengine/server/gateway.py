"""The server: one mind, and everybody who is connected to it."""

import asyncio
import contextlib
from collections.abc import Callable

from npcengine.clock import Clock, SystemClock, wall_epoch_s
from npcengine.server.connection import Connection
from npcengine.server.guests import Guest, Guests
from npcengine.server.http import routes
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.minds.mind import Mind, RemoteMind
from npcengine.server.services import Services
from npcengine.server.store import Store
from npcengine.server.tally import ServerTally
from npcengine.server.tokens import load_vocabulary
from npcengine.transport.http import HttpReply, HttpRequest, HttpStream, json_error
from npcengine.transport.link import CLOSE_WITHIN_S, Link, Receiver

__all__ = ["Gateway"]

_SOCKET_PATHS = ("/v1/responses", "/responses")


class Gateway:
    """Serves one mind to any number of clients (loop thread only)."""

    def __init__(
        self,
        mind: Mind,
        *,
        token: str | None = None,
        limits: Limits | None = None,
        ids: Ids | None = None,
        epoch_s: Callable[[], int] = wall_epoch_s,
        store: Store | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Prepare to serve.

        Args:
            mind: What answers.
            token: What clients have to bring as ``Authorization: Bearer``, or several such, parted
                by spaces: whoever brings another has other responses and other limits. ``None``
                lets in everybody who can reach us, for links that are not sockets.
            limits: Bounds on what one client may ask.
            ids: Makes ids; by default ones that nobody can guess.
            epoch_s: Returns seconds since 1970, for ``created_at``.
            store: Where responses are kept; in memory by default. The gateway closes it.
            clock: Says what took how long; the machine's by default.
        """
        load_vocabulary()  # now, not while the loop has others to serve
        limits = limits or Limits()
        store = store or Store(limits)
        self._services = Services(
            mind, limits, ids or Ids(), epoch_s, store, clock or SystemClock()
        )
        self._guests = Guests(token, limits)

    @property
    def tally(self) -> ServerTally:
        """What has been done so far."""
        return self._services.tally

    @property
    def connections(self) -> int:
        """WebSockets that are open."""
        return len(self._services.connections)

    def connection(self, guest: Guest | None = None) -> Connection:
        """Return the server's end for a link that is about to open, by default one in memory."""
        return Connection(self._services, guest or self._guests.first())

    async def open(self) -> str | None:
        """Let a mind that has somebody else to ask look for them; return what it says of them.

        Without this it does so when it is asked for the first time.

        Raises:
            UsageError: That cannot work, whatever happens later.
        """
        mind = self._services.mind
        return await mind.open() if isinstance(mind, RemoteMind) else None

    async def close(self) -> None:
        """Send everybody away, and return when they have gone."""
        for connection in list(self._services.connections):
            connection.close(1001, "the server is going down")
        # Links cut those off who do not answer; this only waits for that.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * CLOSE_WITHIN_S):
                while self._services.connections:
                    self._services.left.clear()
                    await self._services.left.wait()
        await self._services.store.close()
        if isinstance(self._services.mind, RemoteMind):
            await self._services.mind.close()

    # --- for the listener: see transport/http.py ----------------------------------------------

    def refuse(self, request: HttpRequest) -> HttpReply | None:
        if "origin" in request.headers:
            # A web page could reach a port on this machine; nothing of ours runs in one.
            return json_error(403, "requests from web pages are not served")
        guest = self._guest(request)
        if guest is None:
            return json_error(
                401, "send the gateway's token as 'Authorization: Bearer …'", code="invalid_api_key"
            )
        if request.headers.get("upgrade", "").lower() != "websocket":
            return routes.refuse(request)
        limits = self._services.limits
        if not limits.connections:
            # One widely used client tries seven times on any other status.
            return json_error(
                426, "this gateway takes no WebSockets: use HTTP", headers={"upgrade": "HTTP/1.1"}
            )
        if not guest.has_room():
            return json_error(
                429,
                "too many connections with this token",
                code="rate_limit_exceeded",
                kind="rate_limit_error",
                headers={"retry-after": "1"},
            )
        if request.path not in _SOCKET_PATHS:
            return json_error(404, f"there is no endpoint at {request.path}")
        return None

    def whose(self, request: HttpRequest) -> str:
        guest = self._guest(request)
        return guest.owner if guest is not None else ""

    async def reply(self, request: HttpRequest, stream: HttpStream) -> HttpReply | None:
        guest = self._guest(request)
        assert guest is not None  # see `refuse`
        return await routes.answer(self._services, guest, request, stream)

    def welcome(self, request: HttpRequest) -> tuple[Receiver, Callable[[Link], None]]:
        connection = self.connection(self._guest(request))
        return connection, connection.opened

    def _guest(self, request: HttpRequest) -> Guest | None:
        return self._guests.find(request.headers.get("authorization", ""))
