"""One request over HTTP, and the frames that a WebSocket would have brought for it.

What differs between the two wires ends here: a request has no type and no lane, events come as a
stream of their own, and a refusal is a status and a body. Rules:

1. Every exchange ends with exactly one terminal event or ``error``, whatever the server does, and
   nothing of it comes after that: a second end would be taken for that of the lane's next request.
2. Every frame carries the lane that the request was sent on, whatever it says itself.
"""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.codec import MAX_FRAME_BYTES, encode
from npcengine.protocol.incoming import TERMINALS, ErrorBody, ErrorEvent
from npcengine.transport.event_stream import EventReader
from npcengine.transport.link import Frame

__all__ = ["Exchange", "error_frame", "http_body"]

MAX_REFUSAL_BYTES = 64 * 1024
"""As much of a refusal's body as is read: an error in JSON is a few hundred bytes."""

_DONE = b"[DONE]"
"""Ends a stream at many servers; what ends a response is its terminal event."""

_ENDS = frozenset(str(event.__struct_config__.tag) for event in (*TERMINALS, ErrorEvent))


class _Seen(msgspec.Struct):
    type: str = ""
    response: Raw | UnsetType = UNSET


class _Named(msgspec.Struct):
    id: str


class _Refusal(msgspec.Struct):
    error: ErrorBody


_see = msgspec.json.Decoder(_Seen).decode
_name = msgspec.json.Decoder(_Named).decode
_refusal = msgspec.json.Decoder(_Refusal).decode
_fields = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.Encoder().encode


def http_body(frame: Frame) -> bytes:
    """Return what is posted for the frame of a ``response.create``."""
    fields = _fields(frame)
    fields.pop("type", None)
    fields.pop("stream_id", None)
    fields["stream"] = Raw(b"true")
    return _encode(fields)


def error_frame(
    stream_id: str | None, body: ErrorBody, *, status: int | None, retry_after: str | None = None
) -> bytes:
    """Return an error as a WebSocket brings it (protocol.md section 5d)."""
    headers = None if retry_after is None else {"retry-after": retry_after}
    return encode(
        ErrorEvent(
            stream_id=UNSET if stream_id is None else stream_id,
            status=UNSET if status is None else status,
            headers=headers or UNSET,
            error=msgspec.structs.replace(body, headers=headers),
        )
    )


class Exchange:
    """See the top of this file.

    Args:
        stream_id: The lane it belongs to, ``None`` for the default one.
        body: What is posted.
    """

    method = "POST"
    path: str | None = None

    def __init__(self, stream_id: str | None, body: bytes) -> None:
        self.stream_id = stream_id
        self.body = body
        self.response_id: str | None = None
        """Known from the first event on that says it."""
        self.is_over = False
        """Whether the last frame is there."""
        self._frames: list[Frame] = []
        self._lane = b"}" if stream_id is None else b',"stream_id":%b}' % _encode(stream_id)
        self._events = EventReader(MAX_FRAME_BYTES)
        self._status = 0
        self._headers: Mapping[str, str] = {}
        self._refusal: bytearray | None = None
        """The body of an answer that is no stream of events."""

    def take(self) -> list[Frame]:
        """Return the frames that have come since the last time."""
        frames, self._frames = self._frames, []
        return frames

    # --- what the connection brings -----------------------------------------------------------

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Take the answer's head; names of headers are in lower case."""
        self._status, self._headers = status, headers
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if not (self._is_good and kind == "text/event-stream"):
            self._refusal = bytearray()

    def feed(self, data: bytes | bytearray) -> None:
        """Take some of the answer's body."""
        if self.is_over:
            return
        if self._refusal is not None:
            self._refusal += data[: MAX_REFUSAL_BYTES - len(self._refusal)]
            if len(self._refusal) == MAX_REFUSAL_BYTES:
                self.end()
            return
        try:
            for event in self._events.feed(data):
                self._take(event)
        except RemoteProtocolError as error:
            self._fail(ErrorBody(str(error), "server_error", "event_too_large"), status=None)

    def end(self) -> None:
        """The answer is whole."""
        if self._refusal is None:
            self.lose("the stream ended before the response did")
        elif not self.is_over:
            self._refuse(bytes(self._refusal))

    def lose(self, reason: str) -> None:
        """There will be no more of the answer."""
        if self.is_over:
            return
        if self._refusal is not None:
            self._refuse(bytes(self._refusal))
        else:
            self._fail(ErrorBody(reason, "server_error", "stream_lost"), status=503)

    # --- inside -------------------------------------------------------------------------------

    @property
    def _is_good(self) -> bool:
        return 200 <= self._status < 300

    def _take(self, event: bytes) -> None:
        if self.is_over or event == _DONE:
            return
        try:
            seen = _see(event)
            self.is_over = seen.type in _ENDS
            if self.response_id is None and seen.response is not UNSET:
                self.response_id = _name(seen.response).id
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            pass  # it goes up as it is: refusing frames is done, and counted, in one place
        self._frames.append(self._on_lane(event))

    def _on_lane(self, event: bytes) -> bytes:
        """Put the lane into an event, last, where it stands against another."""
        whole = event.rstrip()
        return whole[:-1] + self._lane if whole.endswith(b"}") else event

    def _refuse(self, body: bytes) -> None:
        if self._is_good:
            text = "it answered, but not with a stream of events"
            self._fail(ErrorBody(text, "server_error", "not_an_event_stream"), status=None)
            return
        try:
            error = _refusal(body).error
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            error = _by_status(self._status)
        self._fail(error, status=self._status, retry_after=self._headers.get("retry-after"))

    def _fail(
        self, error: ErrorBody, *, status: int | None, retry_after: str | None = None
    ) -> None:
        self.is_over = True
        self._frames.append(
            error_frame(self.stream_id, error, status=status, retry_after=retry_after)
        )


def _by_status(status: int) -> ErrorBody:
    """Return an error for a server, or a proxy before it, that does not say what is wrong."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "no reason given"
    kind = "invalid_request_error" if status < 500 else "server_error"
    return ErrorBody(f"HTTP {status}: {reason}", kind)
