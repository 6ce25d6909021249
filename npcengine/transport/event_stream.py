"""Server-sent events, read from pieces that are cut anywhere."""

from npcengine.errors import RemoteProtocolError

__all__ = ["EventReader"]

_BLANK = 1
"""What a line costs towards the limit besides its text, so that empty ones are no way around it."""


class EventReader:
    """Joins pieces of a stream to lines, and lines to events.

    Lines end with LF or CRLF. Of an event only its data counts: on this wire the name of an event
    repeats the data's ``type``. An event that the stream ends in is none.

    Args:
        max_bytes: The largest event that is taken.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._line = bytearray()
        """The beginning of a line whose end has not come."""
        self._data: list[bytes] = []
        """The data lines of an event whose end has not come."""
        self._data_bytes = 0

    def feed(self, piece: bytes | bytearray) -> list[bytes]:
        """Return the data of the events that end in a piece, oldest first.

        Raises:
            RemoteProtocolError: An event is too large; there is no reading on after that.
        """
        first, *rest = piece.split(b"\n")
        self._line += first
        events: list[bytes] = []
        for begun in rest:
            self._take(bytes(self._line), events)
            self._line[:] = begun
        self._check(len(self._line))
        return events

    def _take(self, line: bytes, events: list[bytes]) -> None:
        if line.endswith(b"\r"):
            line = line[:-1]
        if not line:
            if data := b"\n".join(self._data):
                events.append(data)
            self._data.clear()
            self._data_bytes = 0
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            value = value.removeprefix(b" ")
            self._data.append(value)
            self._data_bytes += len(value) + _BLANK
            self._check(0)

    def _check(self, unread_bytes: int) -> None:
        if self._data_bytes + unread_bytes > self._max_bytes:
            raise RemoteProtocolError(f"an event of more than {self._max_bytes} bytes")
