"""Measure what the engine costs: ``python -m tools.bench``."""

import argparse
import sys

import msgspec
from rich.console import Console

from tools.bench.arguments import read_arguments
from tools.bench.cache.figures import ClientName
from tools.bench.cache.measure import measure_cache
from tools.bench.cache.report import show_cache
from tools.bench.cache.result import CacheResult
from tools.bench.cache.steps import LONGER, ROUNDS, RTTS_MS, CachePlan
from tools.bench.events import EventsPlan, EventsResult, everybody_but, measure_events
from tools.bench.processes import BenchError
from tools.bench.report import progress_bar, show_events
from tools.bench.sockets.measure import SocketsPlan, SocketsResult, measure_sockets
from tools.bench.sockets.report import show_sockets
from tools.bench.turns.measure import TurnsPlan, TurnsResult, measure_turns
from tools.bench.turns.report import show_turns


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


def _cache(chosen: argparse.Namespace) -> None:
    clients: tuple[ClientName, ...] = ("npcengine", "openai")
    plan = CachePlan(
        clients=tuple(client for client in clients if client not in chosen.without),
        rounds=3 if chosen.quick else ROUNDS,
        repetitions=1 if chosen.quick else chosen.repeat,
        rtts_ms=(20, 50) if chosen.quick else RTTS_MS,
        longer=() if chosen.quick else LONGER,
    )
    with progress_bar() as progress:
        result = measure_cache(plan, progress)
    if chosen.json:
        _print_json(result)
    else:
        show_cache(result, Console())


def _sockets(chosen: argparse.Namespace) -> None:
    share = 10 if chosen.quick else 1
    plan = SocketsPlan(-(-chosen.sockets // share), -(-chosen.lanes // share))
    with progress_bar() as progress:
        result = measure_sockets(plan, progress)
    if chosen.json:
        _print_json(result)
    else:
        show_sockets(result, Console())


def _print_json(result: EventsResult | TurnsResult | CacheResult | SocketsResult) -> None:
    print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    chosen = read_arguments(arguments)
    commands = {"events": _events, "turns": _turns, "cache": _cache, "sockets": _sockets}
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
