"""Opens WebSocket connections, and says in our words why one did not come about."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

import msgspec
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.protocol import OPEN
from websockets.uri import WebSocketURI

from npcengine.errors import ConnectError, HandshakeError, UsageError
from npcengine.protocol.codec import MAX_FRAME_BYTES
from npcengine.transport.beat import Beat
from npcengine.transport.link import Receiver
from npcengine.transport.resolve import resolve
from npcengine.transport.websocket import WebSocketLink

__all__ = ["Address", "dial", "parse_address"]


class Address(msgspec.Struct, frozen=True):
    """Where a WebSocket endpoint is."""

    host: str
    port: int
    path: str
    secure: bool

    @property
    def url(self) -> str:
        """The address as people write it, without anything secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'wss' if self.secure else 'ws'}://{host}:{self.port}{self.path}"


def parse_address(url: str) -> Address:
    """Read a ``ws://``, ``wss://``, ``http://`` or ``https://`` URL of a Responses endpoint.

    Raises:
        UsageError: It is not one; the text says what is missing.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in ("ws", "wss", "http", "https"):
        raise UsageError(f"{url!r} needs to begin with ws://, wss://, http:// or https://")
    if not parts.hostname:
        raise UsageError(f"{url!r} names no host")
    if parts.username is not None or parts.password is not None:
        raise UsageError("a key does not belong in a URL: give it in an environment variable")
    secure = parts.scheme in ("wss", "https")
    path = parts.path if parts.path not in ("", "/") else "/v1/responses"
    if path.rstrip("/").endswith("/v1"):
        path = path.rstrip("/") + "/responses"  # a base URL, as the official clients take it
    if parts.query:
        path += "?" + parts.query
    return Address(parts.hostname, port or (443 if secure else 80), path, secure)


async def dial(
    address: Address,
    receiver: Receiver,
    *,
    headers: Mapping[str, str],
    within_ms: float,
    beat: Beat | None = None,
) -> WebSocketLink:
    """Open a connection and return it, its handshake done.

    No compression is offered, since it costs more than it saves here (performance.md section 1),
    and no proxy is asked. Once this has returned, ``receiver`` hears of the link until it is lost.

    Args:
        address: Where to.
        receiver: Gets what arrives.
        headers: Sent with the upgrade request: authorisation and the like.
        within_ms: The time limit for look-up, TCP, TLS and handshake together.
        beat: Sets the pace of reading.

    Raises:
        ConnectError: Nothing answered in time.
        HandshakeError: Something answered, and it was not a WebSocket for us.
    """
    try:
        async with asyncio.timeout(within_ms / 1_000):
            return await _dial(address, receiver, headers, beat)
    except TimeoutError as error:
        raise ConnectError(address.url, f"nothing within {within_ms:.0f} ms") from error
    except ssl.SSLCertVerificationError as error:
        reason = f"its certificate is not trusted: {error.verify_message}"
        raise ConnectError(address.url, reason, retryable=False) from error
    except ConnectionRefusedError as error:
        raise ConnectError(address.url, "refused, no server is listening there") from error
    except OSError as error:
        raise ConnectError(address.url, error.strerror or str(error)) from error


async def _dial(
    address: Address, receiver: Receiver, headers: Mapping[str, str], beat: Beat | None
) -> WebSocketLink:
    loop = asyncio.get_running_loop()
    context = ssl.create_default_context() if address.secure else None
    failure = OSError(f"no address for {address.host}")
    for host, port in await resolve(address.host, address.port):
        dialling = _Dialling(address, receiver, headers, beat)
        try:
            transport, _ = await loop.create_connection(
                lambda dialling=dialling: dialling,
                host,
                port,
                ssl=context,
                server_hostname=address.host if context else None,
            )
        except OSError as error:
            failure = error
            continue
        try:
            return await dialling.link
        except BaseException:
            transport.abort()
            raise
    raise failure


class _Dialling(asyncio.Protocol):
    """The client's half of the opening handshake; then the connection goes over to a link."""

    def __init__(
        self, address: Address, receiver: Receiver, headers: Mapping[str, str], beat: Beat | None
    ) -> None:
        self._address = address
        self._receiver = receiver
        self._headers = headers
        self._beat = beat
        path, _, query = address.path.partition("?")
        uri = WebSocketURI(address.secure, address.host, address.port, path, query)
        self._ws = ClientProtocol(uri, max_size=MAX_FRAME_BYTES)
        self.link: asyncio.Future[WebSocketLink] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        request = self._ws.connect()
        request.headers.update(self._headers)
        self._ws.send_request(request)
        self._transport.writelines(self._ws.data_to_send())

    def data_received(self, data: bytes) -> None:
        self._ws.receive_data(data)
        if self._ws.state is OPEN:
            _, *events = self._ws.events_received()  # the first is the handshake's response
            link = WebSocketLink(self._ws, self._receiver, beat=self._beat)
            self._transport.set_protocol(link)
            link.connection_made(self._transport)
            if not self.link.done():
                self.link.set_result(link)
            link.take(events)
        elif self._ws.handshake_exc is not None:
            self._fail()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ws.receive_eof()
        self._fail()

    def _fail(self) -> None:
        if self.link.done():
            return
        error = self._ws.handshake_exc
        if isinstance(error, InvalidStatus):
            response = error.response
            reason = response.reason_phrase
            self.link.set_exception(HandshakeError(self._address.url, response.status_code, reason))
        else:
            reason = "it answered, but not as a WebSocket server" if error else "it hung up"
            self.link.set_exception(ConnectError(self._address.url, reason))
