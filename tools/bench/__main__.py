"""Measure what the engine costs: ``python -m tools.bench``."""

import argparse
import sys
from collections.abc import Callable

import msgspec
from rich.console import Console

from tools.bench.events import EventsPlan, everybody_but, measure_events
from tools.bench.processes import BenchError
from tools.bench.report import progress_bar, show_events

_EXAMPLES = """examples:
  python -m tools.bench events                    CPU per received event, three clients, 3 minutes
  python -m tools.bench events --json > now.json  the same, as one JSON object
  python -m tools.bench events --without openai   nothing to install, no ratio to the SDK
  python -m tools.bench events --npcs 32 --seconds 5
"""

MAX_SECONDS = 12.0
"""Longer than this a client's keep-alive pings would begin, which the generator does not answer."""


def _ranged(kind: Callable[[str], float], low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
        return value

    read.__name__ = kind.__name__  # argparse names it when the text is no number at all
    return read


def _parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench",
        description="Measure what npcengine costs, beside what it could cost and what others do.",
        epilog=_EXAMPLES,
        formatter_class=form,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    events = commands.add_parser(
        "events",
        help="client CPU per received event: a raw floor, npcengine, the official SDK",
        description="Client CPU per received event, fed by a generator process over loopback: "
        "saturated (as fast as the socket takes) and paced (every token a segment of its own).",
        epilog=_EXAMPLES,
        formatter_class=form,
    )
    events.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object, and nothing else, on the standard output",
    )
    events.add_argument(
        "--quick",
        action="store_true",
        help="one short round, to see that it works; its numbers mean little",
    )
    events.add_argument(
        "--rounds",
        type=_ranged(int, 1, 50),
        default=5,
        help="how often each client is measured in each mode (5)",
    )
    events.add_argument(
        "--seconds",
        type=_ranged(float, 0.2, MAX_SECONDS),
        default=2.5,
        help="how long a measurement takes, after its warm-up (2.5)",
    )
    events.add_argument(
        "--npcs",
        type=_ranged(int, 1, 64),
        default=8,
        help="NPCs, each with a connection of its own (8)",
    )
    events.add_argument(
        "--tokens-per-s",
        type=_ranged(float, 1, 10_000),
        default=1_000.0,
        help="for each NPC, in the paced mode (1000)",
    )
    events.add_argument(
        "--without", action="append", choices=["openai"], default=[], help="leave a client out"
    )
    return parser


def _events(chosen: argparse.Namespace) -> None:
    plan = EventsPlan(
        clients=everybody_but(chosen.without),
        rounds=1 if chosen.quick else chosen.rounds,
        seconds=0.6 if chosen.quick else chosen.seconds,
        warm_up_s=0.3 if chosen.quick else 1.0,
        npcs=chosen.npcs,
        tokens_per_s=chosen.tokens_per_s,
    )
    with progress_bar() as progress:
        result = measure_events(plan, progress)
    if chosen.json:
        print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    else:
        show_events(result, Console())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    chosen = _parser().parse_args(arguments)
    commands = {"events": _events}
    try:
        commands[chosen.command](chosen)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
