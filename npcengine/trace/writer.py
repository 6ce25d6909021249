"""Writes a recording beside the game: nobody who has something to record ever waits for the disk.

Records are put on a queue from any thread and written by a thread of its own, a batch every 50 ms,
so a process that is killed loses at most what has come since the last one.
"""

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from npcengine.errors import TraceError
from npcengine.trace.records import End, Record
from npcengine.trace.scrub import Scrubber
from npcengine.trace.sink import Sink

__all__ = ["BATCH_MS", "TraceWriter"]

BATCH_MS = 50.0
"""How often what has gathered is written: half of what a recording may lose at the most."""

MAX_QUEUED = 200_000
"""Records that wait for a disk that does not come; beyond that they are lost, and counted."""


class TraceWriter:
    """Takes records from any thread. Nothing here blocks but :meth:`close`."""

    def __init__(
        self,
        sink: Sink,
        convert: Callable[[object], Record],
        *,
        scrubber: Scrubber,
        now_ns: Callable[[], int],
    ) -> None:
        """Begin to write.

        Args:
            sink: Where lines go; the writer's own from now on.
            convert: Makes a record of whatever was put, on the writer's thread.
            scrubber: Takes secrets out of every line.
            now_ns: The clock, for the last line.
        """
        self._sink = sink
        self._convert = convert
        self._scrubber = scrubber
        self._now_ns = now_ns
        self._queue: deque[object] = deque()
        self._encoder = msgspec.json.Encoder()
        self._stop = threading.Event()
        self.records = 0
        """Lines written so far."""
        self.lost = 0
        """Records that could not be written."""
        self.error: str | None = None
        """Why the last of those could not, or why there is no file."""
        self._thread = threading.Thread(target=self._run, name="npcengine-trace", daemon=True)
        self._thread.start()

    def put(self, record: object) -> None:
        """Record something; it must not change any more. Any thread; never blocks, never raises."""
        if len(self._queue) < MAX_QUEUED:
            self._queue.append(record)
        else:
            self.lost += 1

    def keep(self, path: Path) -> None:
        """Make a file of all there is and write on there, soon; :attr:`error` says if it failed."""
        self.put(_Keep(path))

    def release(self) -> None:
        """End the file, soon."""
        self.put(_Release())

    def close(self, within_s: float = 1.0) -> bool:
        """Write the rest and end the file; return whether that was done in time."""
        self._stop.set()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.wait(BATCH_MS / 1_000):
            self._write_queue()
        self._write_queue()
        self._end()

    def _write_queue(self) -> None:
        lines = bytearray()
        count = 0
        # Bounded by the length on entry: a fast producer gets its batch written all the same.
        for _ in range(len(self._queue)):
            record = self._queue.popleft()
            if isinstance(record, _Keep | _Release):
                self._write(lines, count)
                lines, count = bytearray(), 0
                self._obey(record)
                continue
            try:
                lines += self._scrubber.scrub(self._encoder.encode(self._convert(record)))
            except Exception as error:  # noqa: BLE001 - one bad record must not cost all others
                self.lost += 1
                self.error = f"{type(record).__name__}: {error}"
                continue
            lines += b"\n"
            count += 1
        self._write(lines, count)

    def _write(self, lines: bytearray, count: int) -> None:
        if not lines:
            return
        try:
            self._sink.write(bytes(lines))
        except OSError as error:
            self.lost += count
            self.error = error.strerror or str(error)
        else:
            self.records += count

    def _obey(self, wish: "_Keep | _Release") -> None:
        if isinstance(wish, _Release):
            self._end()
            return
        self._end()  # of the file before it, if there is one
        try:
            self._sink.keep(wish.path)
        except (TraceError, OSError) as error:
            self.error = str(error)

    def _end(self) -> None:
        end = End(self._now_ns(), self.records, self.lost)
        try:
            self._sink.release(self._encoder.encode(end) + b"\n")
        except OSError as error:
            self.error = error.strerror or str(error)


class _Keep(msgspec.Struct, frozen=True):
    path: Path


class _Release(msgspec.Struct, frozen=True):
    pass
