"""One port for HTTP and WebSocket, as official clients expect of one base URL.

``h11`` reads every request head and all of HTTP. A head that asks for an upgrade is then handed,
byte for byte, to the websockets library, and the connection goes over to a link (ADR 0003).
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Protocol, cast

import h11
import msgspec
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from npcengine.protocol.codec import MAX_FRAME_BYTES
from npcengine.transport.link import Link, Receiver
from npcengine.transport.websocket import WebSocketLink

__all__ = ["Host", "HttpReply", "HttpRequest", "Listener", "json_error", "listen"]

MAX_HEAD_BYTES = 32 * 1024
"""The largest request head; Codex's, the longest known, is under 4 kB."""

MAX_BODY_BYTES = MAX_FRAME_BYTES

HEAD_WITHIN_S = 10.0
"""How long a client may take over its first request."""

IDLE_S = 75.0
"""How long a connection may wait between two requests."""

WRITE_EVERY_S = 0.002
"""Tokens of this long leave in one write (performance.md section 2)."""


class HttpRequest(msgspec.Struct, frozen=True):
    """One request, whole."""

    method: str
    path: str
    """Without the query."""
    headers: Mapping[str, str]
    """Names in lower case; of a repeated header, the last."""
    body: bytes = b""


class HttpReply(msgspec.Struct, frozen=True):
    """One answer, whole."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    content_type: str = "application/json"


class Host(Protocol):
    """The server behind a listener. Called on the loop thread."""

    def refuse(self, request: HttpRequest) -> HttpReply | None:
        """Return why a request may not go on, or ``None``; asked before a body is read."""
        ...

    def reply(self, request: HttpRequest) -> HttpReply:
        """Answer a plain HTTP request."""
        ...

    def welcome(self, request: HttpRequest) -> tuple[Receiver, Callable[[Link], None]]:
        """Return the owner of a new WebSocket, and what is to be told of its link."""
        ...


def json_error(status: int, message: str, *, code: str | None = None) -> HttpReply:
    """Return an error in the shape of this API."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return HttpReply(status, json.dumps(body).encode())


class Listener:
    """An open port and the connections that came in through it."""

    def __init__(self, server: asyncio.Server, connections: set["_Accepting"]) -> None:
        self._server = server
        self._connections = connections

    @property
    def port(self) -> int:
        """The port that is bound, also when 0 was asked for."""
        return cast(int, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop accepting and cut what has not become a WebSocket."""
        self._server.close()
        for connection in list(self._connections):
            connection.cut()
        await asyncio.sleep(0)  # their ends are noticed with the next turn of the loop
        # Not `wait_closed`: from Python 3.12 on it waits for every WebSocket, and those are closed
        # by their owners.


async def listen(host: Host, address: str, port: int, *, max_connections: int = 4_096) -> Listener:
    """Open a port and serve it until the listener is closed.

    Raises:
        OSError: The port cannot be had.
    """
    connections: set[_Accepting] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Accepting(host, connections, max_connections), address, port
    )
    return Listener(server, connections)


class _Accepting(asyncio.Protocol):
    """A connection until it is a WebSocket, or for as long as it speaks HTTP."""

    def __init__(self, host: Host, peers: set["_Accepting"], max_connections: int) -> None:
        self._host = host
        self._peers = peers
        self._max_connections = max_connections
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._raw = bytearray()
        """Everything since the last request began: a WebSocket handshake is read a second time."""
        self._request: HttpRequest | None = None
        self._body = bytearray()
        self._deadline: asyncio.Handle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._peers.add(self)
        if len(self._peers) > self._max_connections:
            self._send(json_error(503, "too many connections", code="server_is_overloaded"))
            self._transport.close()
            return
        self._expect_within(HEAD_WITHIN_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def cut(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._request is None:
            self._raw += data
        try:
            self._http.receive_data(data)
            self._read_events()
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint or 400
            self._send(json_error(status, f"this is not a valid HTTP request: {error}"))
            self._transport.close()

    def _read_events(self) -> None:
        while True:
            event = self._http.next_event()
            match event:
                case h11.Request():
                    self._request = _request(event)
                    if (refusal := self._host.refuse(self._request)) is not None:
                        self._send(refusal)
                        self._transport.close()
                        return
                    if self._request.headers.get("upgrade", "").lower() == "websocket":
                        self._upgrade(self._request)
                        return
                    if self._http.they_are_waiting_for_100_continue:
                        go_on = h11.InformationalResponse(status_code=100, headers=[])
                        self._transport.write(self._http.send(go_on) or b"")
                case h11.Data():
                    self._body += event.data
                    if len(self._body) > MAX_BODY_BYTES:
                        self._send(json_error(413, f"the body is over {MAX_BODY_BYTES} bytes"))
                        self._transport.close()
                        return
                case h11.EndOfMessage():
                    self._reply()
                case _:  # NEED_DATA, PAUSED or the other end is gone
                    return

    def _reply(self) -> None:
        assert self._request is not None
        self._send(self._host.reply(msgspec.structs.replace(self._request, body=bytes(self._body))))
        self._request = None
        self._raw.clear()
        self._body.clear()
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._expect_within(IDLE_S)
        else:
            self._transport.close()

    def _upgrade(self, request: HttpRequest) -> None:
        ws = ServerProtocol(max_size=MAX_FRAME_BYTES)
        ws.receive_data(bytes(self._raw))
        events = ws.events_received()
        if events:  # none: it was no handshake, and the protocol has its answer ready
            ws.send_response(ws.accept(cast(Request, events.pop(0))))
        if ws.state is not OPEN:
            self._transport.writelines([data for data in ws.data_to_send() if data])
            self._transport.close()
            return
        self._leave()
        receiver, hand_over = self._host.welcome(request)
        link = WebSocketLink(ws, receiver, write_every_s=WRITE_EVERY_S)
        self._transport.set_protocol(link)
        link.connection_made(self._transport)
        hand_over(link)
        link.take(events)

    def _send(self, reply: HttpReply) -> None:
        headers = {
            "content-type": reply.content_type,
            "content-length": str(len(reply.body)),
            **reply.headers,
        }
        with contextlib.suppress(h11.LocalProtocolError):  # too late to answer anything
            for event in (
                h11.Response(status_code=reply.status, headers=list(headers.items())),
                h11.Data(data=reply.body),
                h11.EndOfMessage(),
            ):
                self._transport.write(self._http.send(event) or b"")

    def _expect_within(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(seconds, self._transport.close)

    def _leave(self) -> None:
        self._peers.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()


def _request(event: h11.Request) -> HttpRequest:
    headers = {
        name.decode("ascii").lower(): value.decode("latin-1") for name, value in event.headers
    }
    target = event.target.decode("ascii", "replace")
    return HttpRequest(event.method.decode("ascii"), target.partition("?")[0], headers)
