"""Reads a recording's file into what it shows, and believes nothing that cannot be."""

from collections.abc import Callable, Iterator
from pathlib import Path

from npcengine.errors import TraceError
from npcengine.replay.analysis.analyse import analyse
from npcengine.replay.analysis.model import Analysis
from npcengine.trace.reader import TraceReader
from npcengine.trace.records import Line, Record

__all__ = ["read_analysis"]

_EVERY = 1_000
_MOST = 2**62
"""Beyond what any clock or counter comes to; a file that was damaged may hold more."""


def read_analysis(path: str | Path, *, progress: Callable[[int], object] | None = None) -> Analysis:
    """Return what a recording shows.

    Args:
        path: Its file.
        progress: Called now and then with how many lines have been read.

    Raises:
        TraceError: It cannot be read, or something in it cannot be.
    """
    reader = TraceReader(path)
    _check(reader.header, path, 1)
    return analyse(reader.header, _checked(reader, progress))


def _checked(reader: TraceReader, progress: Callable[[int], object] | None) -> Iterator[Record]:
    for number, line in enumerate(reader, 2):
        _check(line, reader.path, number)
        if progress is not None and number % _EVERY == 0:
            progress(number)
        yield line


def _check(line: Line, path: str | Path, number: int) -> None:
    for field in line.__struct_fields__:
        value = getattr(line, field)
        if isinstance(value, int) and not -_MOST < value < _MOST:
            raise TraceError(str(path), f"the line is damaged: {field} cannot be", line=number)
