"""Reads a recording, line by line, and trusts nothing in it."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from npcengine.errors import TraceError
from npcengine.trace.records import VERSION, End, Header, Record

__all__ = ["TraceReader", "read_trace"]

MAX_LINE_BYTES = 64 * 1024 * 1024
"""The longest line: a save may hold that much."""
MAX_BYTES = 4 * 1024 * 1024 * 1024
"""The most that a file may come to when it is unpacked."""
_CHUNK_BYTES = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"

_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


class _Kind(msgspec.Struct):
    k: str
    version: int = 0


_kind = msgspec.json.Decoder(_Kind)


class TraceReader:
    """One recording; iterate to get its records after the header, once."""

    def __init__(self, path: str | Path) -> None:
        """Open a recording and read its header.

        Raises:
            TraceError: It cannot be read, is no recording, or is of a later npcengine.
        """
        self.path = Path(path)
        self._line = 0
        self.end: End | None = None
        """The last line, once it has been reached; ``None`` for a recording that was cut off."""
        self.torn_bytes = 0
        """What was left of a line at the end that never got whole."""
        self._lines = self._read_lines()
        first = next(self._lines, None)
        if first is None:
            raise TraceError(str(path), "there is nothing in it")
        self.header_line = first
        """The first line, as it stands in the file."""
        self.header = self._header(first)

    def raw(self) -> Iterator[tuple[bytes, Record]]:
        """Yield the records behind the header, each with its line as it stands in the file.

        Raises:
            TraceError: See :meth:`__iter__`.
        """
        for line in self._lines:
            yield line, self._record(line)

    def __iter__(self) -> Iterator[Record]:
        """Yield the records behind the header.

        Raises:
            TraceError: A line in the middle is damaged. One at the very end is what a recording
                that was cut off ends in, and is no error.
        """
        return map(self._record, self._lines)

    def _record(self, line: bytes) -> Record:
        try:
            record = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reason = f"the line is damaged: {error}"
            raise TraceError(str(self.path), reason, line=self._line) from error
        if isinstance(record, Header):
            raise TraceError(str(self.path), "a second header", line=self._line)
        if isinstance(record, End):
            self.end = record
        return record

    def _header(self, line: bytes) -> Header:
        name = str(self.path)
        try:
            seen = _kind.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TraceError(name, "this is no recording of npcengine") from error
        if seen.k != "npctrace":
            raise TraceError(name, "this is no recording of npcengine")
        if seen.version > VERSION:
            raise TraceError(
                name,
                f"it is of a later npcengine (format {seen.version}, this one reads up to "
                f"{VERSION}): pip install -U npcengine",
            )
        try:
            header = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TraceError(name, f"its header is damaged: {error}", line=1) from error
        assert isinstance(header, Header)
        return header

    def _read_lines(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                yield from self._split(self._unpacked(file))
        except OSError as error:
            raise TraceError(str(self.path), error.strerror or str(error)) from error

    def _split(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        rest = b""
        for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._line += 1
                yield line
            if len(rest) > MAX_LINE_BYTES:
                raise TraceError(str(self.path), "a line without an end", line=self._line + 1)
        self.torn_bytes = len(rest)

    def _unpacked(self, file: IO[bytes]) -> Iterator[bytes]:
        chunk = file.read(_CHUNK_BYTES)
        unzip = zlib.decompressobj(_GZIP) if chunk.startswith(_GZIP_MAGIC) else None
        total = 0
        while chunk:
            if unzip is None:
                total += len(chunk)
                yield chunk
            else:
                try:
                    data = unzip.decompress(chunk, _CHUNK_BYTES)
                    while data:
                        total += len(data)
                        yield data
                        data = unzip.decompress(unzip.unconsumed_tail, _CHUNK_BYTES)
                except zlib.error as error:
                    raise TraceError(str(self.path), f"it is damaged: {error}") from error
            if total > MAX_BYTES:
                raise TraceError(str(self.path), f"it unpacks to over {MAX_BYTES >> 30} GiB")
            chunk = file.read(_CHUNK_BYTES)


def read_trace(path: str | Path) -> tuple[Header, list[Record]]:
    """Return a whole recording: its header and all that follows.

    Raises:
        TraceError: See :class:`TraceReader`.
    """
    reader = TraceReader(path)
    return reader.header, list(reader)
