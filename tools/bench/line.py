"""What a process of a benchmark tells the one that started it: JSON, all of it."""

import io
import sys

import msgspec

__all__ = ["print_json", "print_line"]


def print_line(report: object) -> None:
    """Print a report as one line."""
    _print_whole(msgspec.json.encode(report))


def print_json(report: object) -> None:
    """Print a report as people read it."""
    _print_whole(msgspec.json.format(msgspec.json.encode(report), indent=2))


def _print_whole(text: bytes) -> None:
    """Print a text and the end of its line, all of it and at once.

    Where Python does not buffer its output (``PYTHONUNBUFFERED``), ``print`` makes one raw write of
    it, and one that fills a pipe and is interrupted ends there: the rest is lost without an error.
    After uvloop has run every one does. The writer here goes on until everything is out.
    """
    with io.BufferedWriter(io.FileIO(sys.stdout.fileno(), "w", closefd=False)) as out:
        out.write(text + b"\n")
