"""Reads recordings for the verbs that report on them, and the options that these share."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from npcengine.errors import UsageError
from npcengine.replay.analysis.analyse import analyse
from npcengine.replay.analysis.misses import Slos, read_slos
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.command.progress import progress
from npcengine.trace.reader import TraceReader
from npcengine.trace.records import Record

__all__ = ["add_slos", "caption", "read_analysis", "slos_of"]

_EVERY = 1_000


def read_analysis(path: Path) -> Analysis:
    """Return what a recording shows.

    Raises:
        TraceError: It cannot be read.
    """
    reader = TraceReader(path)
    with progress(f"reading {path.name}", None, "lines") as done:
        return analyse(reader.header, _counted(reader, done))


def _counted(lines: Iterable[Record], done: Callable[[int], object]) -> Iterator[Record]:
    for number, line in enumerate(lines):
        if number % _EVERY == 0:
            done(number)
        yield line


def add_slos(parser: argparse.ArgumentParser) -> None:
    """Let SLOs be set."""
    parser.add_argument(
        "--slo",
        action="append",
        default=[],
        metavar="NAME=MS",
        help="what a good turn keeps to: reaction, intention, sign, turn, query, update; or none",
    )


def slos_of(options: argparse.Namespace) -> Slos:
    """Return the SLOs that the options ask for.

    Raises:
        UsageError: One cannot be read.
    """
    settings: dict[str, str] = {}
    for text in options.slo:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--slo takes NAME=MS, not {text!r}")
        settings[name] = value
    return read_slos(settings)


def caption(analysis: Analysis) -> str:
    """Return one line that says how far what is shown can be believed."""
    counts = {
        mark: sum(t.mark == mark for t in analysis.turns) for mark in ("valid", "suspect", "void")
    }
    parts = [", ".join(f"{number} {mark}" for mark, number in counts.items())]
    if counts["void"]:
        parts.append("void turns are left out of times and count as missed")
    if analysis.is_torn:
        parts.append("the recording was cut off")
    if analysis.lost:
        parts.append(f"{analysis.lost:,} lines could not be written")
    if analysis.unread:
        parts.append(f"{analysis.unread:,} frames of the wire could not be read")
    return f"turns: {'; '.join(parts)}"
