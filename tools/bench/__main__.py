"""Measure what the engine costs: ``python -m tools.bench``."""

import argparse
import sys
from collections.abc import Callable
from typing import TypeVar

from rich.console import Console

from tools.bench.arguments import read_arguments
from tools.bench.cache.figures import ClientName
from tools.bench.cache.measure import measure_cache
from tools.bench.cache.report import show_cache
from tools.bench.cache.steps import LONGER, ROUNDS, RTTS_MS, CachePlan
from tools.bench.events import EventsPlan, everybody_but, measure_events
from tools.bench.line import print_json
from tools.bench.processes import BenchError
from tools.bench.record import RecordPlan, measure_record, show_record
from tools.bench.report import progress_bar, show_events
from tools.bench.sockets.measure import SocketsPlan, measure_sockets
from tools.bench.sockets.report import show_sockets
from tools.bench.turns.intervals import measure_intervals, show_intervals
from tools.bench.turns.measure import TurnsPlan, measure_turns
from tools.bench.turns.report import show_turns

R = TypeVar("R")


def _events(chosen: argparse.Namespace) -> None:
    plan = EventsPlan(
        clients=everybody_but(chosen.without),
        rounds=1 if chosen.quick else chosen.rounds,
        seconds=0.6 if chosen.quick else chosen.seconds,
        warm_up_s=0.3 if chosen.quick else 1.0,
        npcs=chosen.npcs,
        tokens_per_s=chosen.tokens_per_s,
    )
    _measure(lambda progress: measure_events(plan, progress), show_events, as_json=chosen.json)


def _turns(chosen: argparse.Namespace) -> None:
    plan = TurnsPlan(turns=16 if chosen.quick else chosen.turns, npcs=chosen.npcs)
    _measure(lambda progress: measure_turns(plan, progress), show_turns, as_json=chosen.json)


def _intervals(chosen: argparse.Namespace) -> None:
    plan = TurnsPlan(turns=16 if chosen.quick else chosen.turns, npcs=chosen.npcs)
    rounds = 1 if chosen.quick else chosen.rounds
    _measure(
        lambda progress: measure_intervals(plan, chosen.ms, rounds, progress),
        show_intervals,
        as_json=chosen.json,
    )


def _cache(chosen: argparse.Namespace) -> None:
    clients: tuple[ClientName, ...] = ("npcengine", "openai")
    plan = CachePlan(
        clients=tuple(client for client in clients if client not in chosen.without),
        rounds=3 if chosen.quick else ROUNDS,
        repetitions=1 if chosen.quick else chosen.repeat,
        rtts_ms=(20, 50) if chosen.quick else RTTS_MS,
        longer=() if chosen.quick else LONGER,
    )
    _measure(lambda progress: measure_cache(plan, progress), show_cache, as_json=chosen.json)


def _sockets(chosen: argparse.Namespace) -> None:
    share = 10 if chosen.quick else 1
    plan = SocketsPlan(-(-chosen.sockets // share), -(-chosen.lanes // share))
    _measure(lambda progress: measure_sockets(plan, progress), show_sockets, as_json=chosen.json)


def _record(chosen: argparse.Namespace) -> None:
    rounds, seconds = (1, 1.0) if chosen.quick else (chosen.rounds, chosen.seconds)
    plan = RecordPlan(rounds, seconds, chosen.events_per_s)
    _measure(lambda progress: measure_record(plan, progress), show_record, as_json=chosen.json)


def _measure(
    measure: Callable[[Callable[[str, float], None]], R],
    show: Callable[[R, Console], None],
    *,
    as_json: bool,
) -> None:
    """Measure, under a bar, and print what came of it."""
    with progress_bar() as progress:
        result = measure(progress)
    if as_json:
        print_json(result)
    else:
        show(result, Console())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    chosen = read_arguments(arguments)
    commands = {
        "events": _events,
        "turns": _turns,
        "intervals": _intervals,
        "cache": _cache,
        "sockets": _sockets,
        "record": _record,
    }
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
