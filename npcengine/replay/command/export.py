"""``npc-replay export``: a recording for other programs to show."""

import argparse
from collections.abc import Callable
from pathlib import Path

from npcengine.errors import UsageError
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.command.reading import read_shown
from npcengine.replay.command.verb import FINE, Verb, print_json
from npcengine.replay.export.chrome import chrome_of
from npcengine.replay.export.otlp import otlp_of
from npcengine.replay.export.perfetto import perfetto_of

__all__ = ["EXPORT", "written"]

_FORMATS: dict[str, Callable[[Analysis], bytes]] = {
    "chrome": chrome_of,
    "perfetto": perfetto_of,
    "otlp": otlp_of,
}


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=list(_FORMATS), help="what to write")
    parser.add_argument("file", type=Path, help="a recording")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    data = _FORMATS[options.format](read_shown(options.file))
    written(options.out, data)
    if options.json:
        print_json({"out": str(options.out), "bytes": len(data), "format": options.format})
    else:
        print(f"{options.out}: {len(data):,} bytes")
    return FINE


def written(path: Path, data: bytes) -> None:
    """Write a file.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error


EXPORT = Verb(
    "export",
    "write a recording for Chrome's viewer, Perfetto or OpenTelemetry",
    "  npc-replay export chrome evening.npctrace -o evening.json\n"
    "  npc-replay export perfetto evening.npctrace -o evening.pftrace\n"
    "  npc-replay export otlp evening.npctrace -o evening.otlp.json\n",
    _add_options,
    _run,
)
