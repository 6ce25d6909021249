"""A WebSocket as a link, by picows: the same link for a fraction of the CPU (extra ``fast``).

picows parses frames in compiled code and hands them over one by one; what is left to do in Python
is to gather those of one read, to keep the beat, and to join fragments.
"""

import asyncio
import contextlib
from http import HTTPStatus
from socket import AF_INET, AF_INET6, SHUT_RDWR, SOCK_STREAM, socket
from typing import cast

from picows import (
    WSCloseCode,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,  # pyright: ignore[reportUnknownVariableType] - it has bare **kwargs
)
from picows.picows import WSCloseHandshake

from npcengine.errors import ConnectError, HandshakeError, LinkLostError
from npcengine.protocol.codec import MAX_FRAME_BYTES
from npcengine.transport.address import Address
from npcengine.transport.beat import Beat
from npcengine.transport.heartbeat import Heartbeat
from npcengine.transport.link import (
    CLOSE_WITHIN_S,
    MAX_UNSENT_BYTES,
    Frame,
    Meter,
    Receiver,
)
from npcengine.transport.terms import Terms

__all__ = ["PicowsLink", "open_link"]

_TEXT = WSMsgType.TEXT


async def open_link(terms: Terms, host: str, port: int) -> "PicowsLink":
    """See :data:`npcengine.transport.terms.Opener`."""
    address = terms.address
    link = PicowsLink(terms.receiver, beat=terms.beat, ping_every_s=terms.ping_every_s)
    # Connected here, because picows would look the name up in the loop's executor.
    end = socket(AF_INET6 if ":" in host else AF_INET, SOCK_STREAM)
    end.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(end, (host, port))
    except BaseException:
        end.close()
        raise
    terms.reached()
    try:
        await ws_connect(
            lambda: link,
            address.url,
            ssl_context=terms.context,
            socket_factory=lambda _: end,
            extra_headers=terms.headers,
            max_frame_size=MAX_FRAME_BYTES,
            max_redirects=0,
            enable_auto_pong=False,  # a ping may be the last of a read, and so has to reach us
            websocket_handshake_timeout=None,  # `dial` has a deadline for everything
            server_hostname=address.host if terms.context else None,
        )
    except WSHandshakeError as error:
        raise _refusal(address, error) from error
    except BaseException:
        # It is picows that owns the socket by now; it sees the end of the stream, and closes it.
        with contextlib.suppress(OSError):
            end.shutdown(SHUT_RDWR)
        raise
    if not link.is_open:
        raise ConnectError(address.url, "it hung up")  # which picows lets pass for a handshake
    return link


def _refusal(address: Address, error: WSHandshakeError) -> ConnectError | HandshakeError:
    response = error.response
    if response is not None and response.status is not HTTPStatus.SWITCHING_PROTOCOLS:
        return HandshakeError(address.url, response.status, HTTPStatus(response.status).phrase)
    return ConnectError(address.url, "it answered, but not as a WebSocket server")


class PicowsLink(WSListener):
    """One WebSocket. Loop thread only.

    Args:
        receiver: Gets what arrives.
        beat: Sets the pace of reading; ``None`` reads everything at once.
        ping_every_s: See :data:`npcengine.transport.heartbeat.PING_EVERY_S`.
    """

    keeps_contexts = True

    def __init__(self, receiver: Receiver, *, beat: Beat | None, ping_every_s: float) -> None:
        self._receiver = receiver
        self._beat = beat
        self._ping_every_s = ping_every_s
        self._loop = asyncio.get_running_loop()
        self._frames: list[Frame] = []
        self._fragments: list[bytes] = []
        self._fragments_bytes = 0
        self._skipping = False
        self._at_once = False
        self._held = False
        self._closing = False
        self.is_open = False
        """Whether the handshake is done; stays true."""
        self._writable = asyncio.Event()
        self._writable.set()
        self.meter = Meter()

    # --- what the link's owner calls ----------------------------------------------------------

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        if self._closing or self._transport.is_disconnected:
            return
        self._transport.send(_TEXT, frame)
        self.meter.frames_sent += 1
        self.meter.bytes_sent += len(frame)
        if self._transport.underlying_transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self._cut()

    def send_binary(self, frame: bytes) -> None:
        if not (self._closing or self._transport.is_disconnected):
            self._transport.send(WSMsgType.BINARY, frame)

    def read_at_once(self, wanted: bool) -> None:
        self._at_once = wanted

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self._closing or self._transport.is_disconnected:
            return
        self._closing = True
        self._transport.send_close(WSCloseCode(code), reason.encode())
        self._loop.call_later(CLOSE_WITHIN_S, self._cut)

    async def writable(self) -> None:
        await self._writable.wait()

    # --- what picows calls --------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.is_open = True
        self._heartbeat = Heartbeat(
            every_s=self._ping_every_s, ping=transport.send_ping, give_up=self._cut
        )

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is _TEXT and frame.fin:
            self._frames.append(frame.get_payload_as_bytes())
        else:
            self._take_rarity(frame)
        if frame.last_in_buffer:
            self._read_is_over()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._heartbeat.stop()
        self._deliver()  # what came in the same read as a frame that picows refused
        self._closing = True
        self._writable.set()
        self._settling = self._loop.create_task(self._settle())
        self._receiver.link_lost(self._why_lost())

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # --- what the beat calls ------------------------------------------------------------------

    def resume_reading(self) -> None:
        self._held = False
        if not self._transport.is_disconnected:
            self._transport.underlying_transport.resume_reading()

    # --- inside -------------------------------------------------------------------------------

    def _read_is_over(self) -> None:
        self._heartbeat.heard = True
        self.meter.reads += 1
        self._deliver()
        if self._beat is not None and not (self._at_once or self._held or self._closing):
            self._held = True
            self._transport.underlying_transport.pause_reading()
            self._beat.hold(self)

    def _deliver(self) -> None:
        if not self._frames:
            return
        frames, self._frames = self._frames, []
        self.meter.frames_received += len(frames)
        self.meter.bytes_received += sum(map(len, frames))
        self._receiver.frames_arrived(frames)

    def _take_rarity(self, frame: WSFrame) -> None:
        match frame.msg_type:
            case WSMsgType.PING:
                self._transport.send_pong(frame.get_payload_as_bytes())
            case WSMsgType.CLOSE:
                self._finish(frame)
            case WSMsgType.BINARY:
                self._skipping = not frame.fin
                self._receiver.binary_arrived()
            case WSMsgType.CONTINUATION if self._skipping:
                self._skipping = not frame.fin
            case WSMsgType.CONTINUATION | WSMsgType.TEXT:
                self._join(frame)
            case _:
                pass  # a pong: that something came is all it says

    def _join(self, frame: WSFrame) -> None:
        self._fragments.append(frame.get_payload_as_bytes())
        self._fragments_bytes += frame.payload_size
        if self._fragments_bytes > MAX_FRAME_BYTES:
            self._fragments.clear()
            self.close(WSCloseCode.MESSAGE_TOO_BIG.value, "the fragments make too large a frame")
        elif frame.fin:
            self._frames.append(b"".join(self._fragments))
            self._fragments, self._fragments_bytes = [], 0

    def _finish(self, frame: WSFrame) -> None:
        """Answer the other end's close, or see it answer ours."""
        if not self._transport.is_close_frame_sent:
            self._transport.send_close(frame.get_close_code(), frame.get_close_message())
        self._closing = True
        self._transport.disconnect()
        self._loop.call_later(CLOSE_WITHIN_S, self._cut)

    def _cut(self) -> None:
        self._transport.disconnect(graceful=False)

    async def _settle(self) -> None:
        """Take the failure that picows keeps for whoever asks, or asyncio logs it as lost."""
        with contextlib.suppress(Exception):
            await self._transport.wait_disconnected()

    def _why_lost(self) -> LinkLostError:
        if self._heartbeat.is_dead:
            return LinkLostError("no sign of life from the other end")
        closed = cast("WSCloseHandshake | None", self._transport.close_handshake)
        if closed is None:
            return LinkLostError("the other end is gone")
        if closed.recv is not None and (closed.sent is None or closed.recv_then_sent):
            reason = closed.recv.reason or "the other end closed it"
            return LinkLostError(reason, code=cast(int, closed.recv.code))
        assert closed.sent is not None
        return LinkLostError(closed.sent.reason or "we closed it", code=cast(int, closed.sent.code))
