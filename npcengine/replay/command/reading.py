"""Reads recordings for the verbs that report on them, and the options that these share."""

import argparse
from pathlib import Path

from npcengine.errors import UsageError
from npcengine.replay.analysis.misses import Slos, read_slos
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.analysis.reading import read_analysis
from npcengine.replay.command.progress import progress

__all__ = ["add_slos", "caption", "read_shown", "slos_of"]


def read_shown(path: Path) -> Analysis:
    """Return what a recording shows, with a bar while it is read.

    Raises:
        TraceError: It cannot be read.
    """
    with progress(f"reading {path.name}", None, "lines") as done:
        return read_analysis(path, progress=done)


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
