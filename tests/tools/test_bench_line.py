"""A report arrives whole, however long it is and however late somebody reads it."""

import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from npcengine.testing import wait_until

ROOT = Path(__file__).resolve().parents[2]

PIPE_BYTES = 64 * 1024
"""What a pipe of Linux holds."""

WRITER = """
import os, signal
from tools.bench.line import print_line

signal.signal(signal.SIGUSR1, lambda *_: os.write(2, b"!"))
print_line("x" * 200_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks a pipe how full it is")
def test_a_report_longer_than_a_pipe_arrives_whole_although_its_writing_is_interrupted() -> None:
    import fcntl
    import termios

    with subprocess.Popen(
        [sys.executable, "-c", WRITER],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as writer:
        out, complaints = writer.stdout, writer.stderr
        assert out is not None
        assert complaints is not None

        def is_full() -> bool:
            held: bytes = fcntl.ioctl(out, termios.FIONREAD, bytes(4))
            (count,) = struct.unpack("i", held)
            return bool(count == PIPE_BYTES)

        wait_until(is_full)
        writer.send_signal(signal.SIGUSR1)
        assert complaints.read(1) == b"!"
        said = out.read()

    assert said == b'"' + b"x" * 200_000 + b'"\n'
