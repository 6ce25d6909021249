"""``npc-replay live``: the recorded evening, asked again of real servers."""

import argparse
import asyncio
import sys

from npcengine.bridge.fallback import Transport
from npcengine.errors import UsageError
from npcengine.replay.command.progress import progress
from npcengine.replay.command.verb import FINE, Verb, print_json
from npcengine.replay.live.figures import ArmFigures, Difference, LiveFigures, live_figures
from npcengine.replay.live.plan import plan_of
from npcengine.replay.live.runs import Arm, Cost, cost_of, is_loopback, run_live

__all__ = ["LIVE"]

MAX_PAIRS = 100


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a recording")
    parser.add_argument("--endpoint", required=True, metavar="URL", help="whom to ask")
    parser.add_argument("--b", metavar="URL", help="whom to compare with (the same)")
    transports = ("websocket", "http")
    parser.add_argument(
        "--transport", choices=transports, default="websocket", help="of --endpoint (websocket)"
    )
    parser.add_argument("--transport-b", choices=transports, help="of --b (websocket)")
    parser.add_argument("--model", help="instead of the recorded one")
    parser.add_argument(
        "--pairs", type=int, default=5, help="how often each is asked everything, in turns (5)"
    )
    parser.add_argument(
        "--seconds", type=float, help="how much of the recording, from its first request (all)"
    )
    parser.add_argument(
        "--yes", action="store_true", help="spend what it costs at a server that is not here"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    if not 1 <= options.pairs <= MAX_PAIRS:
        raise UsageError(f"--pairs {options.pairs}: say 1 to {MAX_PAIRS}")
    arms = _arms(options)
    plan = plan_of(options.file, seconds=options.seconds, model=options.model)
    cost = cost_of(plan, arms, pairs=options.pairs)
    sys.stderr.write(f"{_cost(cost)}\n")
    away = [arm.url for arm in arms if not is_loopback(arm.url)]
    if away and not options.yes:
        raise UsageError(f"{away[0]} is not on this machine: say --yes to spend that")
    for arm in arms:
        arm.endpoint()  # a key that cannot be used is said before anything is asked
    with progress("asking", options.pairs * len(arms), "runs") as done:
        runs = asyncio.run(run_live(plan, arms, pairs=options.pairs, progress=done))
    figures = live_figures([arm.name for arm in arms], runs, frame_ms=plan.frame_ms)
    for came in figures.arms:
        if not came.turns:
            raise UsageError(f"{came.name} answers nothing: {'; '.join(came.faults)}")
    if options.json:
        print_json(figures)
    else:
        print(_text(figures))
    return FINE


def _arms(options: argparse.Namespace) -> list[Arm]:
    first = Arm(f"A {options.transport}", options.endpoint, options.transport)
    if options.b is None and options.transport_b is None:
        return [first]
    transport: Transport = options.transport_b or "websocket"
    return [first, Arm(f"B {transport}", options.b or options.endpoint, transport)]


def _cost(cost: Cost) -> str:
    return (
        f"it takes {cost.requests:,} requests, about {cost.input_tokens:,} tokens in and "
        f"{cost.output_tokens:,} out, and {cost.seconds:,.0f} s"
    )


def _text(figures: LiveFigures) -> str:
    columns = ("turns", "first token p50", "p95", "whole turn p50", "p95", "lag p99", "failed")
    lines = [f"{'':14}" + "".join(f"{column:>17}" for column in columns)]
    lines += [_arm(arm) for arm in figures.arms]
    for what, difference in (("first token", figures.first_token), ("whole turn", figures.total)):
        if difference is not None:
            lines.append(f"B - A, {what}: {_difference(difference)}")
    faults = [f"{arm.name}: {fault}" for arm in figures.arms for fault in arm.faults]
    return "\n".join([*lines, *faults, figures.verdict])


def _arm(arm: ArmFigures) -> str:
    times = (arm.first_token_p50_ms, arm.first_token_p95_ms, arm.total_p50_ms, arm.total_p95_ms)
    cells = [str(arm.turns), *map(_ms, times), _ms(arm.lag_p99_ms), str(arm.failed)]
    return f"{arm.name:14}" + "".join(f"{cell:>17}" for cell in cells)


def _difference(difference: Difference) -> str:
    return (
        f"{difference.mean_ms:+.1f} ms, 95 % from {difference.low_ms:+.1f} to "
        f"{difference.high_ms:+.1f} (bootstrap by NPC)"
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f} ms"


LIVE = Verb(
    "live",
    "ask a real server what was asked, when it was asked, and compare two",
    "  npc-replay live evening.npctrace --endpoint ws://127.0.0.1:8080 --transport-b http\n"
    "  npc-replay live evening.npctrace --endpoint wss://api.openai.com/v1 --seconds 30 --pairs 2 "
    "--yes\n",
    _add_options,
    _run,
)
