"""What a process of a benchmark tells the one that started it: JSON, a line at a time."""

import io
import sys

import msgspec

__all__ = ["print_line"]


def print_line(report: object) -> None:
    """Print a line, all of it and at once.

    Where Python does not buffer its output (``PYTHONUNBUFFERED``), ``print`` makes one raw write of
    it, and one that fills a pipe and is interrupted ends there: the rest is lost without an error.
    After uvloop has run every one does. The writer here goes on until everything is out.
    """
    with io.BufferedWriter(io.FileIO(sys.stdout.fileno(), "w", closefd=False)) as out:
        out.write(msgspec.json.encode(report) + b"\n")
