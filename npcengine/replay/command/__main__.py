"""The command itself: finds the verb, and says in one line what cannot be done."""

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from npcengine.errors import NpcEngineError
from npcengine.replay.command.compare import COMPARE
from npcengine.replay.command.exact import EXACT
from npcengine.replay.command.export import EXPORT
from npcengine.replay.command.gate import GATE
from npcengine.replay.command.html import HTML
from npcengine.replay.command.inspect import INSPECT
from npcengine.replay.command.live import LIVE
from npcengine.replay.command.record import RECORD
from npcengine.replay.command.scrub import SCRUB
from npcengine.replay.command.table import TABLE
from npcengine.replay.command.verb import UNUSABLE, Verb
from npcengine.replay.command.what_if import WHAT_IF

__all__ = ["VERBS", "main"]

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C has ended."""

VERBS: tuple[Verb, ...] = (
    RECORD,
    EXACT,
    WHAT_IF,
    LIVE,
    INSPECT,
    TABLE,
    COMPARE,
    GATE,
    EXPORT,
    HTML,
    SCRUB,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 good, 1 the answer is no, 2 it cannot be done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What a recording says may be in letters that a terminal does not have.
            stream.reconfigure(errors="replace")
    parser = _parser()
    options = parser.parse_args(arguments)
    verb = next((verb for verb in VERBS if verb.name == options.verb), None)
    if verb is None:
        parser.print_help()
        return UNUSABLE
    try:
        return verb.run(options)
    except NpcEngineError as error:
        sys.stderr.write(f"npc-replay: {error}\n")
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has seen enough; the interpreter must not try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npc-replay",
        description="Recordings of minds and frames: run again, re-timed, measured, compared.",
        epilog="examples:\n" + "".join(verb.examples for verb in VERBS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for verb in VERBS:
        sub = verbs.add_parser(
            verb.name,
            help=verb.help,
            description=verb.help,
            epilog=f"examples:\n{verb.examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_options(sub)
    return parser


if __name__ == "__main__":
    sys.exit(main())
