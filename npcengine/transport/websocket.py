"""A WebSocket as a link: the websockets library's Sans-I/O protocol under our ``asyncio.Protocol``.

The library's own asyncio connection pauses and resumes reading by itself, which a beat from
outside would fight; its Sans-I/O layer leaves reading to us and costs less (ADR 0002). Both ends
use this class: what differs is which protocol object they bring and who they are.
"""

import asyncio
from collections.abc import Sequence
from typing import cast

from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.protocol import CLOSING, OPEN, Event, Protocol

from npcengine.errors import LinkLostError
from npcengine.transport.beat import Beat
from npcengine.transport.bounds import Bounds
from npcengine.transport.departures import Departures
from npcengine.transport.heartbeat import PING_EVERY_S, Heartbeat
from npcengine.transport.link import (
    CLOSE_WITHIN_S,
    Frame,
    Meter,
    Receiver,
)
from npcengine.transport.portions import Portioned
from npcengine.transport.stall import Stall

__all__ = ["ServedLink", "WebSocketLink"]

_BOUNDS = Bounds()


class WebSocketLink(asyncio.BaseProtocol):
    """One WebSocket, from after its handshake on. Loop thread only.

    Args:
        protocol: The Sans-I/O protocol, its handshake done.
        receiver: Gets what arrives.
        beat: Sets the pace of reading; ``None`` reads everything at once.
        write_every_s: Frames wait up to this long to leave together; 0 writes each at once.
        ping_every_s: See :data:`npcengine.transport.heartbeat.PING_EVERY_S`.
        bounds: What may wait for the other end, and for how long.
    """

    keeps_contexts = True

    def __init__(
        self,
        protocol: Protocol,
        receiver: Receiver,
        *,
        beat: Beat | None = None,
        write_every_s: float = 0.0,
        ping_every_s: float = PING_EVERY_S,
        bounds: Bounds = _BOUNDS,
    ) -> None:
        self._ws = protocol
        self._receiver = receiver
        self._beat = beat
        self._bounds = bounds
        self._stall: Stall | None = None
        self._loop = asyncio.get_running_loop()
        self._departures = (
            Departures(self._loop, write_every_s, self._flush) if write_every_s else None
        )
        self._transport: asyncio.Transport | None = None
        self._at_once = False
        self._held = False
        self._fragments = bytearray()
        self._skipping = False
        self._writable = asyncio.Event()
        self._writable.set()
        self._heartbeat = Heartbeat(every_s=ping_every_s, ping=self._ping, give_up=self._cut)
        self._lost = False
        self.meter = Meter()

    # --- what the link's owner calls ----------------------------------------------------------

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        if self._transport is None or self._ws.state is not OPEN:
            return
        self._ws.send_text(frame)
        self.meter.frames_sent += 1
        self.meter.bytes_sent += len(frame)
        if self._departures is None:
            self._flush()
        else:
            self._departures.wanted(at_once=at_once)

    def send_binary(self, frame: bytes) -> None:
        if self._transport is not None and self._ws.state is OPEN:
            self._ws.send_binary(frame)
            self._flush()

    def read_at_once(self, wanted: bool) -> None:
        self._at_once = wanted

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self._transport is None or self._ws.state is CLOSING:
            return
        if self._ws.state is not OPEN:
            self._transport.abort()  # there was no handshake yet that could be closed
            return
        self._ws.send_close(code, reason)
        self._flush()
        self._loop.call_later(CLOSE_WITHIN_S, self._transport.abort)

    async def writable(self) -> None:
        await self._writable.wait()

    # --- what asyncio calls -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._stall = Stall(self._transport, self._bounds.stalled_after_s)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self.meter.reads += 1
        self._heartbeat.heard = True
        self._ws.receive_data(data)
        self.take(self._ws.events_received())

    def take(self, events: Sequence[Event]) -> None:
        """Act on what the protocol has read; for whoever did the handshake, and for ourselves."""
        if self._ws.writes:
            self._flush()  # pongs, and our half of a close
        frames = self._collect(events)
        if frames:
            self._receiver.frames_arrived(frames)
        if self._ws.close_expected() and self._transport is not None:
            self._loop.call_later(CLOSE_WITHIN_S, self._transport.abort)
        elif self._beat is not None and not self._at_once and not self._held:
            self._hold(self._beat)

    def _hold(self, beat: Beat) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._held = True
            self._transport.pause_reading()
            beat.hold(self)

    def eof_received(self) -> bool:
        self._ws.receive_eof()
        self._flush()
        return False  # asyncio closes the transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._lost:
            return
        self._lost = True
        self._heartbeat.stop()
        if self._stall is not None:
            self._stall.end()
        if self._departures is not None:
            self._departures.stop()
        self._transport = None
        self._writable.set()
        self._ws.receive_eof()
        self._receiver.link_lost(self._why_lost(exc))

    def pause_writing(self) -> None:
        self._writable.clear()
        if self._stall is not None:
            self._stall.begin()

    def resume_writing(self) -> None:
        self._writable.set()
        if self._stall is not None:
            self._stall.end()

    # --- what the beat calls ------------------------------------------------------------------

    def resume_reading(self) -> None:
        self._held = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # --- inside -------------------------------------------------------------------------------

    def _collect(self, events: Sequence[Event]) -> list[Frame]:
        """Return the whole text messages among the events, fragments joined."""
        frames: list[Frame] = []
        meter = self.meter
        for event in cast(Sequence[WireFrame], events):  # after the handshake there is nothing else
            if event.opcode is Opcode.TEXT and event.fin:
                data = cast(Frame, event.data)
                meter.bytes_received += len(data)
                frames.append(data)
            elif event.opcode is Opcode.BINARY:
                self._skipping = not event.fin
                self._receiver.binary_arrived()
            elif event.opcode is Opcode.CONT and self._skipping:
                self._skipping = not event.fin
            elif event.opcode in (Opcode.TEXT, Opcode.CONT):
                # One buffer: a list would grow with fragments that are empty.
                self._fragments += cast(Frame, event.data)
                if event.fin:
                    whole, self._fragments = self._fragments, bytearray()
                    meter.bytes_received += len(whole)
                    frames.append(whole)
        meter.frames_received += len(frames)
        return frames

    def _flush(self) -> None:
        if self._departures is not None:
            self._departures.departed()
        if self._transport is None:
            return
        data = self._ws.data_to_send()
        eof = bool(data) and data[-1] == b""
        if eof:
            data.pop()
        if data:
            # Not `writelines`: in Python 3.12 and 3.13 it never tells a writer to wait.
            self._transport.write(b"".join(data))
        if eof and self._transport.can_write_eof():
            self._transport.write_eof()
        if self._transport.get_write_buffer_size() > self._bounds.unsent_bytes:
            self._transport.abort()

    def _ping(self) -> None:
        if self._ws.state is OPEN:
            self._ws.send_ping(b"")
            self._flush()

    def _cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _why_lost(self, exc: Exception | None) -> LinkLostError:
        if self._heartbeat.is_dead:
            return LinkLostError("no sign of life from the other end")
        if exc is not None:
            return LinkLostError(str(exc) or type(exc).__name__)
        if (close := self._ws.close_rcvd) is not None:
            return LinkLostError(close.reason or "the other end closed it", code=close.code)
        if (error := self._ws.parser_exc) is not None and self._ws.close_sent is not None:
            return LinkLostError(str(error), code=self._ws.close_sent.code)
        if (close := self._ws.close_sent) is not None:
            return LinkLostError("we closed it", code=close.code)
        return LinkLostError("the other end is gone")


class ServedLink(WebSocketLink, Portioned):
    """A server's end: one of many, which share a loop."""

    def reading_from(self) -> asyncio.Transport | None:
        return self._transport
