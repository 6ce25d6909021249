"""``npc-replay scrub``: a recording that can be shown to others."""

import argparse
from pathlib import Path

from npcengine.errors import TraceError
from npcengine.replay.command.verb import FINE, Verb, print_json
from npcengine.replay.scrubbing import scrub_recording

__all__ = ["SCRUB"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a recording")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="the file to be written"
    )
    parser.add_argument(
        "--value",
        action="append",
        default=[],
        metavar="TEXT",
        help="a text to overwrite wherever it stands, also where a mind spells it out",
    )
    parser.add_argument(
        "--pattern",
        action="append",
        default=[],
        metavar="REGEX",
        help="a regular expression to overwrite; what looks like a key always is",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    output: Path = options.output
    if output.exists() and output.samefile(options.file):
        raise TraceError(str(output), "that is the recording itself: write to another file")
    scrubbed = scrub_recording(options.file, output, values=options.value, patterns=options.pattern)
    if options.json:
        print_json(scrubbed)
    else:
        print(
            f"{output}: {scrubbed.lines:,} lines, {scrubbed.found:,} places overwritten, "
            f"{scrubbed.spelled_out:,} secrets that minds spell out"
        )
    return FINE


SCRUB = Verb(
    "scrub",
    "overwrite secrets with stars; what is left still runs again, bit for bit",
    "  npc-replay scrub evening.npctrace -o public.npctrace --value 'Ada Lovelace'\n"
    "  npc-replay scrub evening.npctrace -o public.npctrace --pattern '[a-z]+@example[.]org'\n",
    _add_options,
    _run,
)
