"""Records as fast as it is told to, and says on the side what it has put, and when."""

import sys
import time
from pathlib import Path

from npcengine.clock import SystemClock
from npcengine.trace import records
from npcengine.trace.scrub import Scrubber
from npcengine.trace.sink import Sink
from npcengine.trace.writer import TraceWriter
from tests.trace.test_files import HEADER, as_it_is


def main(path: Path, notes: Path, per_s: int) -> None:
    clock = SystemClock()
    writer = TraceWriter(
        Sink(path),
        as_it_is,
        scrubber=Scrubber(),
        now_ns=clock.now_ns,
    )
    writer.put(HEADER)
    start_ns, number = clock.now_ns(), 0
    # Unbuffered: what is noted is noted when this process is killed.
    with notes.open("wb", buffering=0) as side:
        while True:
            due = (clock.now_ns() - start_ns) * per_s // 10**9
            if due > number:
                for one in range(number, due):
                    writer.put(records.Sent(one, "x" * 200))
                number = due
                side.write(f"{number} {clock.now_ns()}\n".encode())
            time.sleep(0.001)  # noqa: TID251 - a program of its own, which ends by being killed


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
