"""Frames to events and back: the one place where bytes become types.

Sizes are bounded by the link that delivers a frame, before it comes here.
"""

from typing import TypeVar

import msgspec

from npcengine.protocol import incoming, outgoing
from npcengine.protocol.refusal import refused

__all__ = [
    "MAX_FRAME_BYTES",
    "ClientPeek",
    "decode_client_event",
    "decode_server_event",
    "encode",
    "given",
    "peek_client_event",
    "read_as",
]

MAX_FRAME_BYTES = 16 * 1024 * 1024
"""The largest frame either end takes. Full resends of a long session are the largest real ones;
Codex's first frame alone is 32 kB (protocol.md section 2), and nothing official states a limit."""


class _Peek(msgspec.Struct):
    type: str
    stream_id: str | None = None


class ClientPeek(msgspec.Struct):
    """As much of a client's event as an answer to it needs; nothing of it has been checked."""

    type: str
    stream_id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    previous_response_id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_T = TypeVar("_T")

_peek = msgspec.json.Decoder(_Peek)
_client_peek = msgspec.json.Decoder(ClientPeek)
_server_event: msgspec.json.Decoder[incoming.ServerEvent] = msgspec.json.Decoder(
    incoming.ServerEvent
)
_client_event: msgspec.json.Decoder[outgoing.ClientEvent] = msgspec.json.Decoder(
    outgoing.ClientEvent
)
_encoder = msgspec.json.Encoder()


def _tags(*structs: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(str(struct.__struct_config__.tag) for struct in structs)


SERVER_TYPES = _tags(*incoming.ServerEvent.__args__)
CLIENT_TYPES = _tags(*outgoing.ClientEvent.__args__)


def decode_server_event(
    frame: bytes | bytearray,
) -> incoming.ServerEvent | incoming.UnknownServerEvent:
    """Return the event in a frame from a server.

    Raises:
        RemoteProtocolError: The frame is not a JSON object with a ``type``, or it is of a known
            type and a field is not what that type says. The error carries the field's path.
    """
    try:
        return _server_event.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        peek = _peek_or_raise(frame, known=SERVER_TYPES, error=error)
    return incoming.UnknownServerEvent(peek.type, peek.stream_id)


def decode_client_event(
    frame: bytes | bytearray,
) -> outgoing.ClientEvent | outgoing.UnknownClientEvent:
    """Return the event in a frame from a client; raises as :func:`decode_server_event` does."""
    try:
        return _client_event.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        peek = _peek_or_raise(frame, known=CLIENT_TYPES, error=error)
    return outgoing.UnknownClientEvent(peek.type)


def peek_client_event(frame: bytes | bytearray) -> ClientPeek | None:
    """Return what can be told of a client's event that cannot be read, ``None`` if it is none."""
    try:
        return _client_peek.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _peek_or_raise(frame: bytes | bytearray, *, known: frozenset[str], error: Exception) -> _Peek:
    """Tell an event that is only new to us from one that is wrong."""
    with refused():
        peek = _peek.decode(frame)
        if peek.type not in known:
            return peek
        raise error
    raise AssertionError("unreachable")


def encode(event: msgspec.Struct) -> bytes:
    """Return the frame for an event."""
    return _encoder.encode(event)


def given(raw: msgspec.Raw | msgspec.UnsetType) -> bytes | None:
    """Return the JSON of a raw field, or ``None`` when it was left out or is null."""
    if raw is msgspec.UNSET:
        return None
    value = bytes(raw)
    return None if value == b"null" else value


def read_as(decoder: msgspec.json.Decoder[_T], raw: msgspec.Raw | bytes, *, path: str) -> _T:
    """Decode a nested value, refusing it at ``path``.

    Raises:
        RemoteProtocolError: As :func:`decode_server_event`.
    """
    with refused(path):
        return decoder.decode(raw)
