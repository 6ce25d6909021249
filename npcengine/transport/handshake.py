"""The client's half of a WebSocket's opening handshake, by the websockets library."""

import asyncio
from typing import cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.protocol import CONNECTING
from websockets.uri import WebSocketURI

from npcengine.errors import ConnectError, HandshakeError
from npcengine.protocol.codec import MAX_FRAME_BYTES
from npcengine.transport.terms import Terms
from npcengine.transport.websocket import WebSocketLink

__all__ = ["open_link"]


async def open_link(terms: Terms, host: str, port: int) -> WebSocketLink:
    """See :data:`npcengine.transport.terms.Opener`."""
    loop = asyncio.get_running_loop()
    handshake = _Handshake(terms)
    transport, _ = await loop.create_connection(
        lambda: handshake,
        host,
        port,
        ssl=terms.context,
        server_hostname=terms.address.host if terms.context else None,
    )
    terms.reached()
    try:
        return await handshake.link
    except BaseException:
        transport.abort()
        raise


class _Handshake(asyncio.Protocol):
    """Lasts until the server has agreed; then the connection goes over to a link."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        address = terms.address
        path, _, query = address.path.partition("?")
        uri = WebSocketURI(address.secure, address.host, address.port, path, query)
        self._ws = ClientProtocol(uri, max_size=MAX_FRAME_BYTES)
        self.link: asyncio.Future[WebSocketLink] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        request = self._ws.connect()
        request.headers.update(self._terms.headers)
        self._ws.send_request(request)
        self._transport.writelines(self._ws.data_to_send())

    def data_received(self, data: bytes) -> None:
        self._ws.receive_data(data)
        # A server may agree and close in the same breath; then it was open, and is no longer.
        if self._ws.handshake_exc is None and self._ws.state is not CONNECTING:
            _, *events = self._ws.events_received()  # the first is the handshake's response
            terms = self._terms
            link = WebSocketLink(
                self._ws, terms.receiver, beat=terms.beat, ping_every_s=terms.ping_every_s
            )
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
        error, url = self._ws.handshake_exc, self._terms.address.url
        if isinstance(error, InvalidStatus):
            response = error.response
            reason = response.reason_phrase
            self.link.set_exception(HandshakeError(url, response.status_code, reason))
        else:
            reason = "it answered, but not as a WebSocket server" if error else "it hung up"
            self.link.set_exception(ConnectError(url, reason))
