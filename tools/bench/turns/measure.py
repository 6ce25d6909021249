"""Runs the gateway and the game of ``turns``, and measures what both noted."""

import sys
from collections.abc import Callable
from statistics import mean

import msgspec

from npcengine.bridge.bridge import SWITCH_INTERVAL_MS
from tools.bench.machine import Machine, this_machine
from tools.bench.processes import START_WITHIN_S, BenchError, feed_one, read_report
from tools.bench.turns.figures import TurnsFigures, turns_figures
from tools.bench.turns.marks import GameReport, GatewayReport
from tools.bench.turns.mind import CALL_TOKENS, ROUNDS, TEXT_AFTER_TOKENS

__all__ = ["TOKENS_PER_S", "TurnsPlan", "TurnsResult", "measure_turns"]

TOKENS_PER_S = 80.0

_TURN_S = mean(
    rounds * {"act": CALL_TOKENS, "overlap": TEXT_AFTER_TOKENS}.get(kind, 0) / TOKENS_PER_S
    + (rounds + 1) * (4 / TOKENS_PER_S + 0.07)
    for kind, rounds in ROUNDS.items()
)
"""About how long a turn takes, for the progress bar and the limit."""


class TurnsPlan(msgspec.Struct, frozen=True):
    """What to measure."""

    turns: int
    """After the warm-up; at least one of every kind."""
    npcs: int
    """Side by side, on one connection."""
    switch_interval_ms: float = SWITCH_INTERVAL_MS
    """The interpreter's, in the game."""


class TurnsResult(TurnsFigures, frozen=True, kw_only=True):
    """What was measured, and under which conditions."""

    turns: int
    npcs: int
    tokens_per_s: float
    frame_ms: dict[str, float]
    """What a frame took, ``p50``, ``p95`` and ``p99``: 8 ms of Python, and its waits for the
    interpreter."""
    query_grades: dict[str, int]
    gateway_late_ms: dict[str, float]
    """How long after its time a token left the mind, ``p50`` and ``p99``."""
    core_share: dict[str, float]
    """Of the processes ``game`` and ``gateway``."""
    facts: dict[str, str]
    machine: Machine


def measure_turns(plan: TurnsPlan, progress: Callable[[str, float], None]) -> TurnsResult:
    """Measure all turns in one run.

    Raises:
        BenchError: One of the processes failed.
    """
    machine = this_machine({})
    lasts_s = _TURN_S * (plan.turns / plan.npcs + 1)
    limit_s = 3 * lasts_s + START_WITHIN_S

    def ask(port: int) -> list[str]:
        return ["tools.bench.turns.game", "--port", str(port), "--npcs", str(plan.npcs),
                "--turns", str(plan.turns), "--interval-ms", str(plan.switch_interval_ms),
                "--limit-s", str(limit_s)]  # fmt: skip

    said, heard = feed_one(
        serve=["tools.bench.turns.gateway", "--tokens-per-s", str(TOKENS_PER_S),
               "--limit-s", str(limit_s)],
        ask=ask,
        python=sys.executable,
        environment={},
        limit_s=limit_s,
        tick=lambda passed_s: progress(f"{plan.turns} turns", min(passed_s / lasts_s, 1.0)),
    )  # fmt: skip
    game = read_report(said, GameReport, "the game")
    gateway = read_report(heard, GatewayReport, "the gateway")
    try:
        figures = turns_figures(game, gateway)
    except ValueError as error:
        raise BenchError(str(error)) from error
    return TurnsResult(
        **msgspec.structs.asdict(figures),
        turns=game.turns,
        npcs=plan.npcs,
        tokens_per_s=TOKENS_PER_S,
        frame_ms={"p50": game.frame_p50_ms, "p95": game.frame_p95_ms, "p99": game.frame_p99_ms},
        query_grades=game.query_grades,
        gateway_late_ms={"p50": gateway.late_p50_ms, "p99": gateway.late_p99_ms},
        core_share={"game": game.core_share, "gateway": gateway.core_share},
        facts=game.facts,
        machine=machine,
    )
