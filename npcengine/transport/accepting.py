"""A connection that came in: HTTP, until it ends or becomes a WebSocket.

``h11`` reads every request head and all of HTTP. A head that asks for an upgrade is then handed,
byte for byte, to the websockets library, and the connection goes over to a link (ADR 0003).
"""

import asyncio
import logging
from typing import cast

import h11
import msgspec
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from npcengine.protocol.codec import MAX_FRAME_BYTES
from npcengine.transport.answering import HttpAnswers
from npcengine.transport.bounds import Bounds
from npcengine.transport.http import Host, HttpReply, HttpRequest, json_error
from npcengine.transport.portions import Portioned, Share
from npcengine.transport.websocket import ServedLink

__all__ = ["MAX_BODY_BYTES", "Accepting", "Crowd"]

log = logging.getLogger("npcengine")

MAX_HEAD_BYTES = 32 * 1024
"""The largest request head; Codex's, the longest known, is under 4 kB."""

MAX_BODY_BYTES = MAX_FRAME_BYTES

SMALL_BODY_BYTES = 64 * 1024
"""A body of this length is taken however many others there are."""

MAX_AHEAD_BYTES = 64 * 1024
"""Requests that a client may send ahead of the answer to the one before; then it is not read."""

LINGER_S = 1.0
"""How long a client that was refused may go on sending: cut at once, it might miss the reason."""

WRITE_EVERY_S = 0.002
"""Tokens of this long leave in one write (performance.md section 2)."""


class Crowd:
    """Everybody who has come in and is not a WebSocket."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.members: dict[Accepting, None] = {}
        """In the order in which they began to wait for their next request."""
        self.bodies_bytes = 0
        """Of what they have sent so far and is not answered."""
        self.strangers = Share()
        """Of all who have not said who they are."""
        self._shares: dict[str, Share] = {}

    def admit(self, newcomer: "Accepting") -> bool:
        """Add a member, and cut off who has waited longest if there are too many.

        Returns:
            Whether there is room: there is none while all others are being served.
        """
        self.members[newcomer] = None
        if len(self.members) <= self.bounds.tcp_connections:
            return True
        longest = next(member for member in self.members if member.is_waiting)
        if longest is not newcomer:
            del self.members[longest]
            longest.cut()
        return longest is not newcomer

    def share(self, name: str) -> Share:
        """Return the share of those whom the host gives one name."""
        return self._shares.setdefault(name, Share())

    def put_last(self, member: "Accepting") -> None:
        """Count from now on how long a member has waited."""
        if member in self.members:
            del self.members[member]
            self.members[member] = None


class Accepting(Portioned):
    """A connection until it is a WebSocket, or for as long as it speaks HTTP."""

    def __init__(self, host: Host, crowd: Crowd) -> None:
        self._host = host
        self._crowd = crowd
        self._bounds = crowd.bounds
        self.share = crowd.strangers
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._raw = bytearray()
        """Everything since the last request began: a WebSocket handshake is read a second time."""
        self._request: HttpRequest | None = None
        self._body = bytearray()
        self._answering: asyncio.Task[None] | None = None
        self._ahead_bytes = 0
        """Of later requests, while one is being answered."""
        self._dismissed = False
        self._deadline: asyncio.Handle | None = None

    # --- what asyncio calls -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._answers = HttpAnswers(
            self._http,
            self._transport,
            write_every_s=WRITE_EVERY_S,
            stalled_after_s=self._bounds.stalled_after_s,
        )
        if self._crowd.admit(self):
            self._expect_within(self._bounds.head_within_s)
        else:
            self._dismiss(_overloaded("too many connections"))

    def data_received(self, data: bytes) -> None:
        if self._dismissed:
            return
        if self._request is None:
            self._raw += data
        self._http.receive_data(data)
        if self._answering is None:
            self._read()
            return
        self._ahead_bytes += len(data)
        if self._ahead_bytes > MAX_AHEAD_BYTES:
            self._transport.pause_reading()

    def reading_from(self) -> asyncio.Transport | None:
        return self._transport

    def eof_received(self) -> None:
        # Whoever does not wait for the answer does not get one: asyncio closes the transport.
        self._stop_answering()

    def connection_lost(self, exc: Exception | None) -> None:
        self._answers.lose()
        self._stop_answering()
        self._leave()

    def pause_writing(self) -> None:
        self._answers.pause()

    def resume_writing(self) -> None:
        self._answers.resume()

    # --- what the listener calls --------------------------------------------------------------

    @property
    def is_waiting(self) -> bool:
        """Whether the client has not come to the end of a request's head."""
        return self._request is None

    def cut(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    # --- reading ------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            while self._read_event():
                pass
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint or 400
            self._dismiss(json_error(status, f"this is not a valid HTTP request: {error}"))

    def _read_event(self) -> bool:
        """Act on the next event; return whether there may be another to act on."""
        event = self._http.next_event()
        match event:
            case h11.Request():
                return self._take_head(_request(event))
            case h11.Data():
                self._body += event.data
                self._crowd.bodies_bytes += len(event.data)
                return not self._is_too_long(len(self._body))
            case h11.EndOfMessage():
                assert self._request is not None
                self._expect_within(None)
                whole = msgspec.structs.replace(self._request, body=bytes(self._body))
                self._answering = asyncio.get_running_loop().create_task(self._answer(whole))
                return False
            case _:  # NEED_DATA, PAUSED or the other end is gone
                return False

    def _take_head(self, request: HttpRequest) -> bool:
        self._request = request
        if (refusal := self._host.refuse(request)) is not None:
            self._dismiss(refusal)
            return False
        self.share = self._crowd.share(self._host.whose(request))
        if request.headers.get("upgrade", "").lower() == "websocket":
            self._upgrade(request)
            return False
        if {"content-length", "transfer-encoding"} <= request.headers.keys():
            # A proxy in front of us may believe the other one, and take the rest for a request.
            self._dismiss(json_error(400, "a body has a length or comes in chunks, not both"))
            return False
        if self._is_too_long(int(request.headers.get("content-length", "0"))):
            return False
        if self._http.they_are_waiting_for_100_continue:
            self._answers.go_on()
        self._expect_within(self._bounds.body_within_s)
        return True

    def _is_too_long(self, size: int) -> bool:
        if size > MAX_BODY_BYTES:
            self._dismiss(json_error(413, f"the body is over {MAX_BODY_BYTES} bytes"))
        elif size > SMALL_BODY_BYTES and self._crowd.bodies_bytes > self._bounds.bodies_bytes:
            self._dismiss(_overloaded("too many large requests at once"))
        return self._dismissed

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
        link = ServedLink(
            ws,
            receiver,
            write_every_s=WRITE_EVERY_S,
            ping_every_s=self._bounds.ping_every_s,
            bounds=self._bounds,
        )
        link.share = self.share
        self._transport.set_protocol(link)
        link.connection_made(self._transport)
        hand_over(link)
        link.take(events)

    # --- answering ----------------------------------------------------------------------------

    async def _answer(self, request: HttpRequest) -> None:
        try:
            reply = await self._host.reply(request, self._answers)
        except Exception:
            log.exception("a request failed in a way that nobody thought of")
            if self._answers.has_begun:
                self.cut()
                return
            reply = json_error(500, "the server broke")
        if reply is None:
            self._answers.end()
        else:
            self._answers.reply(reply, bodiless=request.method == "HEAD")
        await self._answers.writable()  # or answers that nobody reads would pile up
        self._go_on()

    def _go_on(self) -> None:
        """Read the next request, of which something may have come already."""
        self._answering = self._request = None
        self._forget_body()
        self._crowd.put_last(self)
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            self._transport.close()
            return
        self._http.start_next_cycle()
        self._raw[:] = self._http.trailing_data[0]
        self._ahead_bytes = len(self._raw)
        self._expect_within(self._bounds.idle_s)
        self._read()
        if self._answering is None or self._ahead_bytes <= MAX_AHEAD_BYTES:
            self._transport.resume_reading()

    def _stop_answering(self) -> None:
        if self._answering is not None:
            self._answering.cancel()

    def _dismiss(self, reply: HttpReply) -> None:
        """Give the last answer of this connection, whatever else the client is sending."""
        self._dismissed = True
        self._forget_body()
        bodiless = self._request is not None and self._request.method == "HEAD"
        self._answers.reply(reply, bodiless=bodiless, last=True)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._expect_within(LINGER_S)

    def _expect_within(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(seconds, self._transport.close)

    def _forget_body(self) -> None:
        self._crowd.bodies_bytes -= len(self._body)
        self._body.clear()

    def _leave(self) -> None:
        self._crowd.members.pop(self, None)
        self._forget_body()
        self._expect_within(None)


def _overloaded(message: str) -> HttpReply:
    later = {"retry-after": "1"}
    return json_error(503, message, code="server_is_overloaded", headers=later)


def _request(event: h11.Request) -> HttpRequest:
    headers = {
        name.decode("ascii").lower(): value.decode("latin-1") for name, value in event.headers
    }
    path, _, query = event.target.decode("ascii", "replace").partition("?")
    return HttpRequest(event.method.decode("ascii"), path, headers, query=query)
