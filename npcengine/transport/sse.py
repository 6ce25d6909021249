"""Frames over plain HTTP, for servers and proxies that take no WebSocket.

Every ``response.create`` becomes a POST and every event of its answer a frame, so whoever has the
link does not notice. What a WebSocket does and this has to do itself: a lane is answered in the
order it asks, lanes are answered at once, and what goes wrong on one is no concern of the others.
What it cannot do: a server keeps nothing between two requests that it was not asked to store, and
there is no way to say anything to a response that is running.
"""

import asyncio
from collections import deque
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Raw

from npcengine.errors import ConnectError, LinkLostError
from npcengine.protocol.codec import encode
from npcengine.protocol.incoming import ErrorBody, Steer, SteerFailed
from npcengine.transport.address import Address
from npcengine.transport.asking import Asking, dial_asking
from npcengine.transport.beat import Beat
from npcengine.transport.dial import tls_for
from npcengine.transport.exchange import Exchange, error_frame, http_body
from npcengine.transport.heartbeat import PING_EVERY_S
from npcengine.transport.link import MAX_UNSENT_BYTES, Frame, Meter, Receiver
from npcengine.transport.terms import Terms

__all__ = ["MAX_CONNECTIONS", "SseLink", "dial_sse"]

MAX_CONNECTIONS = 16
"""Requests at once: as many as servers answer at once on one WebSocket (protocol.md section 8)."""


class _Sent(msgspec.Struct):
    type: str
    stream_id: str | None = None
    previous_response_id: str | None = None
    input: Raw = Raw(b"null")


_read = msgspec.json.Decoder(_Sent).decode


async def dial_sse(
    address: Address,
    receiver: Receiver,
    *,
    headers: Mapping[str, str],
    within_ms: float,
    beat: Beat | None = None,
    ping_every_s: float = PING_EVERY_S,
) -> "SseLink":
    """Open a link that speaks HTTP; its first connection is there when this returns.

    That is all that is tried: whether the server knows us and what we want, the first request will
    tell. No proxy is asked and no redirect is followed.

    Args:
        address: Where to; what it says of WebSockets stands for HTTP.
        receiver: Gets what arrives.
        headers: Sent with every request: authorisation and the like.
        within_ms: The time limit for look-up, TCP and TLS, of this and of every later connection.
        beat: Sets the pace of reading.
        ping_every_s: A response that is silent for three times as long is given up.

    Raises:
        ConnectError: Nothing took the connection in time.
    """
    terms = Terms(address, receiver, tls_for(address), headers, beat, ping_every_s, lambda: None)
    link = SseLink(terms, within_ms=within_ms)
    await link.connect()
    return link


class SseLink:
    """See the top of this file. Loop thread only."""

    keeps_contexts = False

    def __init__(self, terms: Terms, *, within_ms: float) -> None:
        self._terms = terms
        self._within_ms = within_ms
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Exchange] = deque()
        """Requests that are not with a connection yet, oldest first."""
        self._waiting_bytes = 0
        self._running: dict[str | None, Exchange] = {}
        """By lane."""
        self._connections: set[Asking[Exchange]] = set()
        self._idle: list[Asking[Exchange]] = []
        """Those that can take a request, the one used last at the end."""
        self._dials: set[asyncio.Task[None]] = set()
        self._ending: LinkLostError | None = None
        self._lost = False
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.at_once = False
        self.meter = Meter()

    async def connect(self) -> None:
        """Open a connection for the first request to come.

        Raises:
            ConnectError: Nothing took it in time.
        """
        (await self._dial()).rest()

    # --- what the link's owner calls ----------------------------------------------------------

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        if self._ending is not None:
            return
        self.meter.frames_sent += 1
        self.meter.bytes_sent += len(frame)
        try:
            sent = _read(frame)
            match sent.type:
                case "response.create":
                    self._wait(Exchange(sent.stream_id, http_body(frame)))
                case "response.steer":
                    self._answer(self._refused_steer(sent))
                case other:
                    self._answer(_refused(sent.stream_id, f"{other!r} does not go over HTTP"))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            self._answer(_refused(None, str(error)))

    def read_at_once(self, wanted: bool) -> None:
        self.at_once = wanted

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._end(LinkLostError(reason or "we closed it", code=code))

    async def writable(self) -> None:
        await self._has_room.wait()

    # --- what connections call: see asking.py -------------------------------------------------

    def made(self, connection: Asking[Exchange]) -> None:
        self._connections.add(connection)

    def idle(self, connection: Asking[Exchange]) -> None:
        self._idle.append(connection)
        self._go_on()

    def came(self, exchange: Exchange) -> None:
        frames = exchange.take()
        if exchange.is_over and self._running.get(exchange.stream_id) is exchange:
            del self._running[exchange.stream_id]
        if frames:
            self.meter.frames_received += len(frames)
            self.meter.bytes_received += sum(map(len, frames))
            self._deliver(frames)
        self._go_on()

    def unsent(self, exchange: Exchange) -> None:
        del self._running[exchange.stream_id]
        self._wait(exchange, first=True)

    def gone(self, connection: Asking[Exchange]) -> None:
        self._connections.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._go_on()

    # --- requests -----------------------------------------------------------------------------

    def _wait(self, exchange: Exchange, *, first: bool = False) -> None:
        (self._waiting.appendleft if first else self._waiting.append)(exchange)
        self._waiting_bytes += len(exchange.body)
        self._go_on()
        if self._waiting_bytes > MAX_UNSENT_BYTES:
            self._end(LinkLostError("the other end does not take what is sent"))
        elif self._waiting:
            self._has_room.clear()

    def _go_on(self) -> None:
        """Begin what can be begun; and when the link is ending, see whether it has ended."""
        if self._ending is not None:
            self._maybe_lost()
            return
        awaited = sum(connection.is_finishing for connection in self._connections)
        busy = set(self._running)
        for exchange in [*self._waiting]:
            if exchange.stream_id in busy:
                continue
            busy.add(exchange.stream_id)
            if self._idle:
                self._begin(exchange)
                self._idle.pop().ask(exchange)
            elif awaited:
                awaited -= 1  # it gets that one in a moment
            elif len(self._connections) + len(self._dials) < MAX_CONNECTIONS:
                self._begin(exchange)
                task = self._loop.create_task(self._ask_anew(exchange))
                self._dials.add(task)
                task.add_done_callback(self._dialled)
            else:
                return
        if not self._waiting:
            self._has_room.set()

    def _begin(self, exchange: Exchange) -> None:
        self._waiting.remove(exchange)
        self._waiting_bytes -= len(exchange.body)
        self._running[exchange.stream_id] = exchange

    async def _ask_anew(self, exchange: Exchange) -> None:
        """Ask on a new connection; nobody has been asked yet, so failing is safe."""
        try:
            connection = await self._dial()
        except ConnectError as error:
            if len(self._connections) == len(self._idle):
                self._end(LinkLostError(error.reason))
            else:  # others are being answered, so it is not the server that is gone
                exchange.lose(error.reason)
                self.came(exchange)
        else:
            connection.ask(exchange)

    async def _dial(self) -> Asking[Exchange]:
        terms = self._terms
        return await dial_asking(terms, self, context=terms.context, within_ms=self._within_ms)

    def _dialled(self, task: asyncio.Task[None]) -> None:
        self._dials.discard(task)
        self._go_on()

    # --- inside -------------------------------------------------------------------------------

    def _answer(self, frame: Frame) -> None:
        """Say what a server would say, and when it would: not while it is being asked."""
        self._loop.call_soon(self._deliver, [frame])

    def _deliver(self, frames: list[Frame]) -> None:
        if self._ending is None:
            self._terms.receiver.frames_arrived(frames)

    def _refused_steer(self, sent: _Sent) -> bytes:
        """Answer a steer as a server does that cannot steer (protocol.md section 5f)."""
        target = sent.previous_response_id
        lane = next((e.stream_id for e in self._running.values() if e.response_id == target), None)
        text = "there is no steering over HTTP"
        return encode(
            SteerFailed(
                stream_id=UNSET if lane is None else lane,
                steer=Steer(target, input=sent.input),
                error=ErrorBody(text, "invalid_request_error", "steering_not_supported"),
            )
        )

    def _end(self, error: LinkLostError) -> None:
        if self._ending is not None:
            return
        self._ending = error
        self._waiting.clear()
        self._has_room.set()
        for task in self._dials:
            task.cancel()
        for connection in [*self._connections]:
            connection.cut()
        self._loop.call_soon(self._maybe_lost)

    def _maybe_lost(self) -> None:
        if self._lost or self._connections or self._dials:
            return
        assert self._ending is not None
        self._lost = True
        self._terms.receiver.link_lost(self._ending)


def _refused(stream_id: str | None, reason: str) -> bytes:
    body = ErrorBody(reason, "invalid_request_error", "invalid_request_error")
    return error_frame(stream_id, body, status=400)
