"""Measure what the engine costs: ``python -m tools.bench``."""

import argparse
import sys
from collections.abc import Callable

import msgspec
from rich.console import Console

from tools.bench.events import EventsPlan, EventsResult, everybody_but, measure_events
from tools.bench.processes import BenchError
from tools.bench.record import RecordPlan, RecordResult, measure_record, show_record
from tools.bench.report import progress_bar, show_events
from tools.bench.turns.marks import KINDS
from tools.bench.turns.measure import TurnsPlan, TurnsResult, measure_turns
from tools.bench.turns.report import show_turns

_EXAMPLES = """examples:
  python -m tools.bench events                    CPU per received event, three clients, 3 minutes
  python -m tools.bench events --json > now.json  the same, as one JSON object
  python -m tools.bench events --without openai   nothing to install, no ratio to the SDK
  python -m tools.bench events --npcs 32 --seconds 5
"""

_TURNS_EXAMPLES = """examples:
  python -m tools.bench turns                     leads and latencies of 200 turns, half a minute
  python -m tools.bench turns --json > now.json   the same, as one JSON object
  python -m tools.bench turns --npcs 1 --turns 40 one NPC at a time, with nobody beside it
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
        epilog=_EXAMPLES + _TURNS_EXAMPLES.partition("\n")[2],
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
    turns = commands.add_parser(
        "turns",
        help="how early an action is seen, how soon a query is answered",
        description="Scripted turns against the local gateway, a process of its own, at 80 tokens "
        "a second and NPC: how much earlier than the end of the response an action is seen, and "
        "how soon queries are answered beside 8 ms of Python a frame at 60 Hz.",
        epilog=_TURNS_EXAMPLES,
        formatter_class=form,
    )
    turns.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object, and nothing else, on the standard output",
    )
    turns.add_argument(
        "--quick",
        action="store_true",
        help="sixteen turns, to see that it works; its percentiles mean little",
    )
    turns.add_argument(
        "--turns",
        type=_ranged(int, len(KINDS), 10_000),
        default=200,
        help="a quarter of them of each kind, besides one of each NPC to warm up (200)",
    )
    turns.add_argument(
        "--npcs",
        type=_ranged(int, 1, 16),
        default=8,
        help="NPCs side by side, on one connection (8)",
    )
    record = commands.add_parser(
        "record",
        help="what recording costs",
        description="CPU time of a whole process that plays against a server in memory, recorded "
        "and not, in turns.",
        epilog="examples:\n  python -m tools.bench record\n  python -m tools.bench record --json\n",
        formatter_class=form,
    )
    record.add_argument("--json", action="store_true", help="print one JSON object")
    record.add_argument("--rounds", type=_ranged(int, 1, 50), default=5, help="of either kind (5)")
    record.add_argument(
        "--seconds", type=_ranged(float, 0.5, 60), default=4.0, help="each takes (4)"
    )
    record.add_argument(
        "--events-per-s", type=_ranged(float, 1, 100_000), default=2_000.0, help="from all (2000)"
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
        _print_json(result)
    else:
        show_events(result, Console())


def _turns(chosen: argparse.Namespace) -> None:
    plan = TurnsPlan(turns=16 if chosen.quick else chosen.turns, npcs=chosen.npcs)
    with progress_bar() as progress:
        result = measure_turns(plan, progress)
    if chosen.json:
        _print_json(result)
    else:
        show_turns(result, Console())


def _record(chosen: argparse.Namespace) -> None:
    plan = RecordPlan(chosen.rounds, chosen.seconds, chosen.events_per_s)
    with progress_bar() as progress:
        result = measure_record(plan, progress)
    if chosen.json:
        _print_json(result)
    else:
        show_record(result, Console())


def _print_json(result: EventsResult | TurnsResult | RecordResult) -> None:
    print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    chosen = _parser().parse_args(arguments)
    commands = {"events": _events, "record": _record, "turns": _turns}
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
