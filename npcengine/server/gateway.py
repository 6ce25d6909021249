"""The server: one mind, and everybody who is connected to it."""

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import Callable

from npcengine.clock import wall_epoch_s
from npcengine.server.connection import Connection
from npcengine.server.http import routes
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.minds.mind import Mind
from npcengine.server.seal import Seal
from npcengine.server.services import Services
from npcengine.server.store import Store
from npcengine.server.tally import ServerTally
from npcengine.server.tokens import load_vocabulary
from npcengine.server.workshop import Workshop
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
        workshop: Workshop | None = None,
    ) -> None:
        """Prepare to serve.

        Args:
            mind: What answers.
            token: What clients have to bring as ``Authorization: Bearer``; ``None`` lets in
                everybody who can reach us, for links that are not sockets.
            limits: Bounds on what one client may ask.
            ids: Makes ids; by default ones that nobody can guess.
            epoch_s: Returns seconds since 1970, for ``created_at``.
            store: Where responses are kept; in memory by default. The gateway closes it.
            workshop: Where large requests are read; by default on the loop. The gateway closes it.
        """
        load_vocabulary()  # now, not while the loop has others to serve
        limits = limits or Limits()
        store = store or Store(limits)
        workshop = workshop or Workshop()
        self._services = Services(mind, limits, ids or Ids(), epoch_s, store, Seal(token), workshop)
        self._token = token
        # A store may be read by others: it gets to know who owns what, not how to become them.
        self._owner = "" if token is None else hashlib.sha256(token.encode()).hexdigest()

    @property
    def tally(self) -> ServerTally:
        """What has been done so far."""
        return self._services.tally

    @property
    def connections(self) -> int:
        """WebSockets that are open."""
        return len(self._services.connections)

    def connection(self) -> Connection:
        """Return the server's end for a link that is about to open."""
        return Connection(self._services, self._owner)

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
        self._services.workshop.close()
        await self._services.store.close()

    # --- for the listener: see transport/http.py ----------------------------------------------

    def refuse(self, request: HttpRequest) -> HttpReply | None:
        if "origin" in request.headers:
            # A web page could reach a port on this machine; nothing of ours runs in one.
            return json_error(403, "requests from web pages are not served")
        if self._token is not None and not self._is_authorised(request):
            return json_error(
                401, "send the gateway's token as 'Authorization: Bearer …'", code="invalid_api_key"
            )
        if request.headers.get("upgrade", "").lower() != "websocket":
            return routes.refuse(request)
        if not self._services.limits.connections:
            # One widely used client tries seven times on any other status.
            return json_error(
                426, "this gateway takes no WebSockets: use HTTP", headers={"upgrade": "HTTP/1.1"}
            )
        if self.connections >= self._services.limits.connections:
            return json_error(503, "too many connections", code="server_is_overloaded")
        if request.path not in _SOCKET_PATHS:
            return json_error(404, f"there is no endpoint at {request.path}")
        return None

    async def reply(self, request: HttpRequest, stream: HttpStream) -> HttpReply | None:
        return await routes.answer(self._services, self._owner, request, stream)

    def welcome(self, request: HttpRequest) -> tuple[Receiver, Callable[[Link], None]]:
        connection = self.connection()
        return connection, connection.opened

    def _is_authorised(self, request: HttpRequest) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        expected = self._token or ""
        given = token.strip() if scheme.lower() == "bearer" else ""
        return hmac.compare_digest(given.encode(), expected.encode())
