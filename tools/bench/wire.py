"""As much of WebSocket (RFC 6455) as the bench needs, without I/O.

The generator's end writes whole unmasked text frames and reads masked ones of any length; the
floor's end does the reverse. Neither the engine nor its WebSocket library has a part in this, so
neither can flatter the comparison.
"""

import base64
import hashlib

__all__ = ["ClientFrames", "FrameCutter", "accept", "masked_frame", "text_frame", "upgrade"]

TEXT, CLOSE = 0x1, 0x8
_FIN, _MASKED = 0x80, 0x80
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def text_frame(payload: bytes) -> bytes:
    """Return a server's text message as one frame."""
    return _header(len(payload), masked=False) + payload


def masked_frame(payload: bytes) -> bytes:
    """Return a client's text message as one frame, under a mask of zeros."""
    return _header(len(payload), masked=True) + bytes(4) + payload


def _header(length: int, *, masked: bool) -> bytes:
    mask = _MASKED if masked else 0
    if length < 126:
        return bytes((_FIN | TEXT, mask | length))
    if length < 1 << 16:
        return bytes((_FIN | TEXT, mask | 126)) + length.to_bytes(2, "big")
    return bytes((_FIN | TEXT, mask | 127)) + length.to_bytes(8, "big")


def upgrade(host: str, path: str) -> bytes:
    """Return a client's opening handshake."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: bnBjZW5naW5lIGJlbmNoIQ==",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join((*lines, "", "")).encode()


def accept(request: bytes) -> bytes:
    """Return a server's answer to an opening handshake; no extension is agreed to.

    Raises:
        ValueError: The request has no key.
    """
    for line in request.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"sec-websocket-key":
            digest = hashlib.sha1(value.strip() + _GUID, usedforsecurity=False).digest()
            return (
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
            )
    raise ValueError(f"not a WebSocket handshake: {request[:80]!r}")


class FrameCutter:
    """The floor's parser: cuts what was read into messages, and can do no more than that."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that ``data`` completes, oldest first.

        Raises:
            ValueError: A frame is not a whole, unmasked text message. The generator sends no other.
        """
        if self._rest:
            data = self._rest + data
        messages: list[bytes] = []
        at, end = 0, len(data)
        while end - at >= 2:
            if data[at] != _FIN | TEXT:
                raise ValueError(f"a frame of a kind that the floor does not know: {data[at]:#x}")
            length, start = data[at + 1], at + 2
            if length == 126:
                start = at + 4
                length = int.from_bytes(data[at + 2 : start], "big")
            elif length > 126:
                start = at + 10
                length = int.from_bytes(data[at + 2 : start], "big")
            stop = start + length
            # A length that was cut off itself reads as too small, so look at `start` as well.
            if stop > end or start > end:
                break
            messages.append(data[start:stop])
            at = stop
        self._rest = data[at:]
        return messages


class ClientFrames:
    """The generator's parser: masked frames of any length, in any number of reads."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return the frames that ``data`` completes as (opcode, payload), oldest first."""
        self._buffer += data
        frames: list[tuple[int, bytes]] = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, size = buffer[1] & 0x7F, {126: 2, 127: 8}.get(buffer[1] & 0x7F, 0)
        if size:
            length = int.from_bytes(buffer[2 : 2 + size], "big")
        start = 2 + size + 4
        if len(buffer) < start or len(buffer) < start + length:
            return None
        payload = _unmask(buffer[start : start + length], bytes(buffer[start - 4 : start]))
        opcode = buffer[0] & 0x0F
        del buffer[: start + length]
        return opcode, payload


def _unmask(payload: bytearray, mask: bytes) -> bytes:
    # One operation on big integers: a request may be tens of kB, and the generator has a schedule.
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    plain = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return plain.to_bytes(len(payload), "big")
