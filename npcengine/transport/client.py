"""Requests over HTTP to one server, whose answers are read while they come.

For programs of ours that are a client of some other server in the middle of their work, as the
gateway is of a model's server; a link's requests are :mod:`npcengine.transport.sse`. Connections
are kept for the next request. What is asked by itself a second time is only what was not sent at
all: see :mod:`npcengine.transport.asking`.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping

import msgspec

from npcengine.errors import LinkLostError
from npcengine.transport.address import Address
from npcengine.transport.asking import FINISH_WITHIN_S, Asking, dial_asking
from npcengine.transport.dial import tls_for
from npcengine.transport.link import Meter

__all__ = ["HttpAnswer", "HttpClient"]

HOLD_BYTES = 256 * 1024
"""What may lie unread of an answer before no more of it is taken from its connection."""


class HttpAnswer:
    """What came back for one request (loop thread only)."""

    def __init__(self, method: str, path: str, body: bytes) -> None:
        self.method = method
        self.path: str | None = path
        self.body = body
        self.is_over = False
        self.status = 0
        self.headers: Mapping[str, str] = {}
        """Names in lower case."""
        self.lost: str | None = None
        """Why there is no more of it, when it is not whole."""
        self.is_unsent = False
        self.connection: Asking[HttpAnswer] | None = None
        self._unread: list[bytes | bytearray] = []
        self._unread_bytes = 0
        self._is_held = False
        self._changed = asyncio.Event()

    async def pieces(self, *, within_s: float) -> AsyncGenerator[bytes | bytearray]:
        """Yield the body as it comes; what is missing of it at the end is told by ``lost``.

        Args:
            within_s: How long nothing may come.

        Raises:
            TimeoutError: Nothing came for that long.
        """
        while True:
            unread, self._unread, self._unread_bytes = self._unread, [], 0
            if self._is_held and self.connection is not None:
                self._is_held = False
                self.connection.resume_reading()
            for piece in unread:
                yield piece
            if self._unread:
                continue
            if self.is_over:
                return
            async with asyncio.timeout(within_s):
                await self.change()

    async def whole(self, *, within_s: float, most_bytes: int) -> bytes:
        """Return the body, or as much of it as there is; raises as :meth:`pieces` does."""
        body = bytearray()
        async for piece in self.pieces(within_s=within_s):
            body += piece
            if len(body) >= most_bytes:
                break
        return bytes(body[:most_bytes])

    async def finish(self) -> None:
        """Wait a moment for its end, once what means it was read: it comes with the next segment.

        Otherwise the connection could not be used again.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_WITHIN_S):
                while not self.is_over:
                    await self.change()

    async def change(self) -> None:
        """Return when something has come, or will not."""
        self._changed.clear()
        await self._changed.wait()

    # --- what the connection brings: see asking.py ---------------------------------------------

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.status, self.headers = status, headers
        self._changed.set()

    def feed(self, data: bytes | bytearray) -> None:
        self._unread.append(data)
        self._unread_bytes += len(data)
        if self._unread_bytes > HOLD_BYTES and self.connection is not None:
            self._is_held = self.connection.hold() or self._is_held
        self._changed.set()

    def end(self) -> None:
        self.is_over = True
        self._changed.set()

    def lose(self, reason: str) -> None:
        if not self.is_over:
            self.lost = reason
        self.end()


class _Server(msgspec.Struct, frozen=True):
    """What connections know of the server: see ``asking.Server``."""

    address: Address
    headers: Mapping[str, str]
    ping_every_s: float
    beat: None = None


class HttpClient:
    """Asks one server (loop thread only).

    Args:
        address: Where it is; its path is not looked at.
        headers: Sent with every request: authorisation and the like.
        connect_within_ms: The time limit for look-up, TCP and TLS of each connection.
        silence_s: The longest that an answer may be silent before its connection is cut, whoever
            waits for it; who waits usually gives up sooner.
    """

    at_once = True

    def __init__(
        self,
        address: Address,
        *,
        headers: Mapping[str, str],
        connect_within_ms: float = 5_000,
        silence_s: float,
    ) -> None:
        self._server = _Server(address, headers, silence_s / 3)
        self._context = tls_for(address)
        self._within_ms = connect_within_ms
        self._connections: set[Asking[HttpAnswer]] = set()
        self._idle: list[Asking[HttpAnswer]] = []
        self._left = asyncio.Event()
        self.meter = Meter()

    @contextlib.asynccontextmanager
    async def ask(
        self, method: str, path: str, body: bytes = b"", *, within_s: float
    ) -> AsyncGenerator[HttpAnswer]:
        """Send a request, and hand out its answer once its head has come.

        Who leaves before the answer is whole hangs up, so the server can stop working on it.

        Args:
            method: ``GET`` or ``POST``.
            path: Where on the server.
            body: JSON.
            within_s: How long the head may take, connecting not counted.

        Raises:
            ConnectError: Nothing took the connection in time.
            LinkLostError: The connection was lost before the head came.
            TimeoutError: The head did not come in time.
        """
        answer, connection = await self._begin(method, path, body, within_s)
        try:
            yield answer
        finally:
            if not answer.is_over:
                connection.cut()

    async def close(self) -> None:
        """Hang up on everything."""
        for connection in [*self._connections]:
            connection.cut()
        while self._connections:
            self._left.clear()
            await self._left.wait()

    # --- what connections call: see asking.py -------------------------------------------------

    def made(self, connection: Asking[HttpAnswer]) -> None:
        self._connections.add(connection)

    def idle(self, connection: Asking[HttpAnswer]) -> None:
        connection.resume_reading()  # whoever had it may have left the end of an answer unread
        self._idle.append(connection)

    def came(self, errand: HttpAnswer) -> None:
        return  # whoever waits has been told by the answer itself

    def unsent(self, errand: HttpAnswer) -> None:
        errand.is_unsent = True
        errand.end()

    def gone(self, connection: Asking[HttpAnswer]) -> None:
        self._connections.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._left.set()

    # --- inside -------------------------------------------------------------------------------

    async def _begin(
        self, method: str, path: str, body: bytes, within_s: float
    ) -> tuple[HttpAnswer, Asking[HttpAnswer]]:
        while True:
            connection = self._idle.pop() if self._idle else await self._dial()
            answer = HttpAnswer(method, path, body)
            answer.connection = connection
            connection.ask(answer)
            try:
                async with asyncio.timeout(within_s):
                    while not answer.status and not answer.is_over:
                        await answer.change()
            except BaseException:
                connection.cut()
                raise
            if answer.is_unsent:
                continue
            if not answer.status:
                raise LinkLostError(answer.lost or "it ended")
            return answer, connection

    async def _dial(self) -> Asking[HttpAnswer]:
        return await dial_asking(
            self._server, self, context=self._context, within_ms=self._within_ms
        )
