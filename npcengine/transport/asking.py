"""A connection of ours that speaks HTTP: one request after another, for as long as both ends like.

Whether a request may be sent again by itself hangs on whether it can have been started
(protocol.md section 9). What was written may have been read, whatever came back, so the answer is:
only if not one byte of it was written. A server that hangs up between two requests is therefore
looked for once more right before the next one is written, by letting the loop read first.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar, cast
from urllib.parse import quote

import h11
from websockets.headers import build_host

from npcengine.transport.address import Address
from npcengine.transport.beat import Beat
from npcengine.transport.dial import reach
from npcengine.transport.heartbeat import Heartbeat
from npcengine.transport.link import Meter

__all__ = ["FINISH_WITHIN_S", "Asking", "Caller", "Errand", "Server", "dial_asking"]

MAX_HEAD_BYTES = 64 * 1024
"""The largest head of an answer: proxies add to it."""

FINISH_WITHIN_S = 0.05
"""How long an answer may go on after its last event, before opening another connection is quicker:
what is left of it, ``[DONE]`` and the end of the last chunk, comes with the next segment."""

IDLE_S = 60.0
"""How long a connection is kept for the next request: under the 75 s of our gateway and of others,
so that it is mostly we who hang up."""


class Server(Protocol):
    """What a connection knows of its other end; a link's ``Terms`` are one."""

    @property
    def address(self) -> Address: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Sent with every request."""
        ...

    @property
    def beat(self) -> Beat | None:
        """Sets the pace of reading; ``None`` reads everything at once."""
        ...

    @property
    def ping_every_s(self) -> float:
        """An answer that is silent for three times as long is given up."""
        ...


class Errand(Protocol):
    """One request, and what is to be told of its answer (loop thread)."""

    method: str
    path: str | None
    """Where on the server; ``None`` is where its address points."""
    body: bytes
    is_over: bool
    """Whether nothing more is expected of the answer."""

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Take the answer's head; names of headers are in lower case."""
        ...

    def feed(self, data: bytes | bytearray) -> None:
        """Take some of the answer's body."""
        ...

    def end(self) -> None:
        """The answer is whole."""
        ...

    def lose(self, reason: str) -> None:
        """There will be no more of the answer."""
        ...


E = TypeVar("E", bound=Errand)


class Caller(Protocol[E]):
    """Who connections belong to (loop thread)."""

    meter: Meter
    at_once: bool
    """Whether somebody waits for what comes next; otherwise reads keep the beat."""

    def made(self, connection: "Asking[E]") -> None:
        """A connection is there."""
        ...

    def idle(self, connection: "Asking[E]") -> None:
        """It can take a request."""
        ...

    def came(self, errand: E, /) -> None:
        """One read brought something of an errand, or it is over."""
        ...

    def unsent(self, errand: E, /) -> None:
        """An errand was given to a connection that had died while it was idle."""
        ...

    def gone(self, connection: "Asking[E]") -> None:
        """A connection is over; called once, and last."""
        ...


class Asking(asyncio.Protocol, Generic[E]):
    """One connection (loop thread only).

    Args:
        server: Where to, and how fast it is read.
        caller: Whom it belongs to.
    """

    def __init__(self, server: Server, caller: Caller[E]) -> None:
        self._server = server
        self._caller = caller
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._errand: E | None = None
        self._is_written = False
        """Whether the errand's request is out."""
        self._was_idle = False
        self._held = False
        self._heartbeat: Heartbeat | None = None
        """Of the answer: HTTP has no pings, so all it does is to give up after three silences."""
        self._deadline: asyncio.TimerHandle | None = None
        self.is_finishing = False
        """Whether the last event of its answer has come, but not the answer's end."""
        self._is_gone = False
        """Whether the other end has hung up."""
        self._is_lost = False
        """Whether there is no connection any more."""

    # --- what the caller calls ----------------------------------------------------------------

    def ask(self, errand: E) -> None:
        """Send a request; to be called when there is none, and then once."""
        if self._is_lost:  # as soon as it was made: there is no use in trying that again at once
            errand.lose("the other end hung up")
            self._caller.came(errand)
            return
        self._errand, self._is_written = errand, False
        self._stop_timers()
        if self._was_idle:
            # Two turns of the loop have a read between them, whoever called us in the first.
            self._loop.call_soon(self._loop.call_soon, self._write)
        else:
            self._write()

    def rest(self) -> None:
        """Wait for the next request."""
        self._was_idle = True
        if not self._is_gone:
            self._expect_within(IDLE_S)
            self._caller.idle(self)

    def hold(self) -> bool:
        """Read no more until ``resume_reading``; return whether that was to be done."""
        if self._held or self._transport.is_closing():
            return False
        self._held = True
        self._transport.pause_reading()
        return True

    def cut(self) -> None:
        """End it at once."""
        self._transport.abort()

    # --- what asyncio calls -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._caller.made(self)

    def data_received(self, data: bytes) -> None:
        self._caller.meter.reads += 1
        errand = self._errand
        if errand is None or not self._is_written:
            self.cut()  # nothing was asked: it can only be a goodbye, such as a 408
            return
        if self._heartbeat is not None:
            self._heartbeat.heard = True
        self._http.receive_data(data)
        self._read(errand)
        self._caller.came(errand)
        beat = self._server.beat
        if beat is None or errand.is_over or self._caller.at_once:
            return
        if self.hold():
            beat.hold(self)

    def eof_received(self) -> None:
        self._is_gone = True  # asyncio closes the transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_gone = self._is_lost = True
        self._stop_timers()
        errand, self._errand = self._errand, None
        self._caller.gone(self)
        if errand is None:
            return
        if self._was_idle and not self._is_written:
            self._caller.unsent(errand)
            return
        errand.lose(self._why_lost(exc))
        self._caller.came(errand)

    # --- what the beat calls ------------------------------------------------------------------

    def resume_reading(self) -> None:
        self._held = False
        if not self._transport.is_closing():
            self._transport.resume_reading()

    # --- inside -------------------------------------------------------------------------------

    def _write(self) -> None:
        errand = self._errand
        if errand is None or self._is_gone or self._transport.is_closing():
            return  # `connection_lost` tells, or has told
        self._is_written = True
        self._heartbeat = Heartbeat(
            every_s=self._server.ping_every_s, ping=_nothing, give_up=self.cut
        )
        address = self._server.address
        host = address.host.encode("idna").decode("ascii")
        headers = {
            "host": build_host(host, address.port, address.secure),
            "user-agent": "npcengine",
            **self._server.headers,
            "accept": "text/event-stream",
            "content-type": "application/json",
            "content-length": str(len(errand.body)),
        }
        target = quote(errand.path or address.path, safe="/?%:@!$&'()*+,;=~")
        events = (
            h11.Request(method=errand.method, target=target, headers=list(headers.items())),
            h11.Data(data=errand.body),
            h11.EndOfMessage(),
        )
        self._transport.write(b"".join(self._http.send(event) or b"" for event in events))

    def _read(self, errand: E) -> None:
        try:
            while self._read_event(errand):
                pass
        except h11.RemoteProtocolError as error:
            errand.lose(str(error))
            self.cut()
            return
        if errand.is_over and self._errand is errand and not self.is_finishing:
            self.is_finishing = True
            self._expect_within(FINISH_WITHIN_S)

    def _read_event(self, errand: E) -> bool:
        """Act on the next event; return whether there may be another to act on."""
        event = self._http.next_event()
        match event:
            case h11.InformationalResponse():
                return True
            case h11.Response():
                errand.begin(event.status_code, _headers(event))
                return True
            case h11.Data():
                errand.feed(event.data)
                return True
            case h11.EndOfMessage():
                errand.end()
                self._finish()
                return False
            case _:  # NEED_DATA, or the other end is gone
                return False

    def _finish(self) -> None:
        """The answer is whole: get ready for another request, if the server takes more."""
        self._errand, self.is_finishing = None, False
        self._stop_timers()
        is_clean = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not is_clean or self._http.trailing_data[0] or self._is_gone:
            self._transport.close()
            return
        self._http.start_next_cycle()
        self.rest()

    def _expect_within(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(seconds, self.cut)

    def _stop_timers(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._heartbeat is not None:
            self._heartbeat.stop()

    def _why_lost(self, exc: Exception | None) -> str:
        if self._heartbeat is not None and self._heartbeat.is_dead:
            return "no sign of life from the other end"
        if exc is not None:
            return str(exc) or type(exc).__name__
        return "the other end hung up"


async def dial_asking(
    server: Server, caller: Caller[E], *, context: ssl.SSLContext | None, within_ms: float
) -> Asking[E]:
    """Return a new connection.

    Args:
        server: Where to.
        caller: Whom it belongs to.
        context: For TLS; ``None`` for a plain one.
        within_ms: The time limit for look-up, TCP and TLS together.

    Raises:
        ConnectError: Nothing took it in time.
    """
    loop = asyncio.get_running_loop()

    async def connect(host: str, port: int) -> Asking[E]:
        _, connection = await loop.create_connection(
            lambda: Asking(server, caller),
            host,
            port,
            ssl=context,
            server_hostname=server.address.host if context else None,
        )
        return connection

    return await reach(server.address, connect, within_ms=within_ms)


def _headers(head: h11.Response) -> dict[str, str]:
    return {name.decode("ascii"): text.decode("latin-1") for name, text in head.headers}


def _nothing() -> None:
    """What there is to do about a silence that is not the last."""
