"""``intervals``: what the interpreter's switch interval does to questions, and what to frames.

The loop thread needs the interpreter back after every wait, and a busy frame holds it for up to one
interval; a frame that the loop thread interrupts waits for as long in its turn. Every interval is
measured once in every round, so that a machine that gets busier does so for all of them.
"""

from collections.abc import Callable, Sequence
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table

from npcengine.bridge.stats import Percentiles
from tools.bench.machine import Machine
from tools.bench.turns.game import BUSY_MS
from tools.bench.turns.measure import TurnsPlan, TurnsResult, measure_turns

__all__ = [
    "INTERVALS_MS",
    "IntervalFigures",
    "IntervalsResult",
    "measure_intervals",
    "show_intervals",
]

INTERVALS_MS = (5.0, 1.0, 0.5, 0.2, 0.1, 0.05)
"""The interpreter's own default, and what could be put in its place."""


class IntervalFigures(msgspec.Struct, frozen=True):
    """Medians over the rounds, in milliseconds."""

    switch_interval_ms: float
    """As the game had it."""
    snapshot_ms: dict[str, float]
    """From a snapshot query's end to its answer written, ``p50``, ``p95`` and ``p99``."""
    inflation_ms: dict[str, float]
    """What a frame took beyond its 8 ms of Python, ``p50``, ``p95`` and ``p99``."""
    snapshot_p99_rounds_ms: list[float]


class IntervalsResult(msgspec.Struct, frozen=True):
    """What was measured."""

    intervals: list[IntervalFigures]
    rounds: int
    turns: int
    npcs: int
    machine: Machine


def measure_intervals(
    plan: TurnsPlan,
    intervals_ms: Sequence[float],
    rounds: int,
    progress: Callable[[str, float], None],
) -> IntervalsResult:
    """Measure the turns of a plan with every interval, round by round.

    Raises:
        BenchError: One of the processes failed.
    """
    found: dict[float, list[TurnsResult]] = {interval_ms: [] for interval_ms in intervals_ms}
    steps = [each for _ in range(rounds) for each in intervals_ms]
    for done, interval_ms in enumerate(steps):

        def tick(_: str, share: float, done: int = done, ms: float = interval_ms) -> None:
            progress(f"switch interval {ms:g} ms", (done + share) / len(steps))

        with_it = msgspec.structs.replace(plan, switch_interval_ms=interval_ms)
        found[interval_ms].append(measure_turns(with_it, tick))
    machine = found[intervals_ms[0]][0].machine
    figures = [_figures(results) for results in found.values()]
    return IntervalsResult(figures, rounds, plan.turns, plan.npcs, machine)


def _figures(results: list[TurnsResult]) -> IntervalFigures:
    queries = [result.query_ms.snapshot for result in results]
    return IntervalFigures(
        round(results[0].switch_interval_ms, 6),
        snapshot_ms={name: median(getattr(one, name) for one in queries) for name in _SHARES},
        inflation_ms={
            name: median(result.frame_ms[name] for result in results) - BUSY_MS for name in _SHARES
        },
        snapshot_p99_rounds_ms=[one.p99 for one in queries],
    )


_SHARES = tuple(name for name in Percentiles.__struct_fields__ if name.startswith("p"))


def show_intervals(result: IntervalsResult, console: Console) -> None:
    """Print a table with a row for each interval."""
    table = Table(
        title="The switch interval: a snapshot query, and what a frame takes beyond its 8 ms",
        title_justify="left",
        caption_justify="left",
    )
    for column in ("ms", *(f"query {name}" for name in _SHARES), "p99 by round",
                   *(f"frame {name}" for name in _SHARES)):  # fmt: skip
        table.add_column(column, justify="right")
    for one in result.intervals:
        table.add_row(
            f"{one.switch_interval_ms:g}",
            *(f"{one.snapshot_ms[name]:.2f}" for name in _SHARES),
            " ".join(f"{ms:.1f}" for ms in one.snapshot_p99_rounds_ms),
            *(f"{one.inflation_ms[name]:+.2f}" for name in _SHARES),
        )
    machine = result.machine
    table.caption = (
        f"medians of {result.rounds} rounds of {result.turns} turns of {result.npcs} NPCs; "
        f"{machine.processor}, {machine.cores} cores"
    )
    console.print(table)
