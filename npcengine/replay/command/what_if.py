"""``npc-replay what-if``: the same evening on another network, with another server."""

import argparse
from pathlib import Path

from npcengine.errors import TraceError
from npcengine.replay.command.progress import progress
from npcengine.replay.command.verb import FINE, Verb, print_json
from npcengine.replay.whatif.changes import CHANGES, read_changes
from npcengine.replay.whatif.summary import summarised, summary_text
from npcengine.replay.whatif.what_if import what_if

__all__ = ["WHAT_IF"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a recording")
    changes = "; ".join(f"{name}={how}" for name, how in CHANGES.items())
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"what is changed, as often as you like: {changes}",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT",
        help="write it down, as a recording that every report takes (.npctrace, or .jsonl)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the draws (0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    changes = read_changes(options.set)
    output: Path | None = options.output
    if output is not None and output.exists() and output.samefile(options.file):
        raise TraceError(str(output), "that is the recording itself: write to another file")
    with progress("running it again", None, "steps") as done:
        run = what_if(options.file, changes, seed=options.seed, progress=done)
    if output is not None:
        run.write(output)
    summary = summarised(run)
    if options.json:
        print_json(summary)
        return FINE
    print(summary_text(summary))
    if output is not None:
        print(f"\nwritten to {output}: {len(run.lines) + 1:,} lines")
    return FINE


WHAT_IF = Verb(
    "what-if",
    "run the recorded sessions again in virtual time, with something changed",
    "  npc-replay what-if evening.npctrace --set ttft=x2 --set link=mobile -o slow.npctrace\n"
    "  npc-replay what-if evening.npctrace --set transport=http --set link=home\n"
    "  npc-replay what-if evening.npctrace --set slow_query=nearby:+200 --set drop_at=12.5\n"
    "  npc-replay what-if evening.npctrace --set rate_limit=429@10..12 --set storm=8 --json\n",
    _add_options,
    _run,
)
