"""Where the lines of a recording go: a file, or memory until somebody wants the file."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from npcengine.errors import TraceError

__all__ = ["MAX_JOURNAL_BYTES", "Sink", "write_whole"]

MAX_JOURNAL_BYTES = 64 * 1024 * 1024
"""Compressed bytes up to which a recording is kept in memory."""

_GZIP = 16 + zlib.MAX_WBITS


class _Plain:
    """Stands for a compressor where none is wanted."""

    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self, mode: int = zlib.Z_FINISH) -> bytes:
        return b""

    def copy(self) -> "_Plain":
        return self


class Sink:
    """Takes batches of lines; compressed, unless the file's name ends in ``.jsonl``.

    Each batch is flushed through the compressor and handed to the operating system whole, so what
    a process that is killed leaves behind can be read up to its last batch. For one thread.
    """

    def __init__(self, path: Path | None) -> None:
        """Begin.

        Args:
            path: The file, which is replaced; ``None`` to keep everything in memory until
                :meth:`keep` says where it goes.

        Raises:
            TraceError: It cannot be created.
        """
        is_plain = path is not None and path.suffix == ".jsonl"
        self._codec = _Plain() if is_plain else zlib.compressobj(1, wbits=_GZIP)
        self._file = None if path is None else _create(path)
        self._failure: OSError | None = None
        """Why the file takes nothing more."""
        self._journal: list[bytes] | None = [] if path is None else None
        self._journal_bytes = 0

    @property
    def is_whole(self) -> bool:
        """Whether :meth:`keep` would still have everything from the beginning."""
        return self._journal is not None

    def write(self, lines: bytes) -> None:
        """Take a batch of whole lines.

        Raises:
            OSError: The file did not take it.
        """
        batch = self._codec.compress(lines) + self._codec.flush(zlib.Z_SYNC_FLUSH)
        if self._journal is not None:
            self._journal.append(batch)
            self._journal_bytes += len(batch)
            if self._journal_bytes > MAX_JOURNAL_BYTES:
                self._journal = None
        self._put(batch)

    def keep(self, path: Path) -> None:
        """Make a file of all that came since the beginning, and write on there.

        Raises:
            TraceError: It cannot be created, or too much has come.
            OSError: It did not take what there is.
        """
        if self._journal is None:
            raise TraceError(
                str(path), "too much has happened to begin now: record from the beginning"
            )
        self._file, self._failure = _create(path), None
        for batch in self._journal:
            self._put(batch)

    def release(self, last: bytes) -> None:
        """End the file with a last line; what is in memory goes on.

        Raises:
            OSError: The file did not take it.
        """
        file, failure = self._file, self._failure
        self._file = self._failure = None
        if file is not None:
            # A copy ends the file; the stream itself may be wanted again from its beginning.
            codec = self._codec.copy()
            with file:
                if failure is None:
                    _write(file, codec.compress(last) + codec.flush(zlib.Z_FINISH))

    def _put(self, batch: bytes) -> None:
        """Write to the file, if there is one, and never again after it has not taken something.

        What it has can be read up to there; behind a gap nothing could.
        """
        if self._file is None:
            return
        if self._failure is not None:
            raise self._failure
        try:
            _write(self._file, batch)
        except OSError as error:
            self._failure = error
            raise


def write_whole(path: Path, lines: Sequence[bytes]) -> None:
    """Write a recording that is there whole; the same lines make the same file.

    Args:
        path: The file, which is replaced.
        lines: All of it, without the ends of lines.

    Raises:
        TraceError: It cannot be written.
    """
    sink = Sink(path)
    try:
        sink.write(b"".join(line + b"\n" for line in lines[:-1]))
        sink.release(lines[-1] + b"\n")
    except OSError as error:
        raise TraceError(str(path), error.strerror or str(error)) from error


def _create(path: Path) -> IO[bytes]:
    try:
        # Unbuffered: what has been written has left the process.
        return path.open("wb", buffering=0)
    except OSError as error:
        raise TraceError(str(path), error.strerror or str(error)) from error


def _write(file: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
