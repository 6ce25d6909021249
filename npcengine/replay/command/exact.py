"""``npc-replay exact``: does the code still do what the recording says?"""

import argparse
from pathlib import Path

from npcengine.replay.command.progress import progress
from npcengine.replay.command.verb import DIFFERENT, FINE, Verb, print_json
from npcengine.replay.exact import run_exactly
from npcengine.replay.game import factory_at, run_game_exactly
from npcengine.trace.reader import TraceReader

__all__ = ["EXACT"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a recording")
    parser.add_argument(
        "--game",
        metavar="MODULE:FACTORY",
        help="run the game as well: a function that sets it up on a bridge, and returns one that "
        "plays a frame",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    reader = TraceReader(options.file)
    unit = "frames" if options.game else "entries"
    with progress("running it again", None, unit) as done:
        if options.game:
            run = run_game_exactly(reader, factory_at(options.game), progress=done)
        else:
            run = run_exactly(reader, progress=done)
    if options.json:
        print_json(run)
    elif run.divergence is not None:
        print(run.divergence)
    else:
        cut = ", cut off at its end" if run.is_torn else ""
        worlds = f"{run.checkpoints:,} world hashes, " if options.game else ""
        print(
            f"{options.file}: the same, bit for bit: {run.entries:,} entries, {run.effects:,} "
            f"effects, {run.frames:,} frames, {worlds}{run.seconds:.1f} s{cut}"
        )
    return FINE if run.divergence is None else DIFFERENT


EXACT = Verb(
    "exact",
    "run the recorded sessions again, bit for bit, or name the first difference",
    "  npc-replay exact evening.npctrace\n"
    "  npc-replay exact evening.npctrace --game demo_game.replayed:lanternwick\n",
    _add_options,
    _run,
)
