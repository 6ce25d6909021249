"""What live runs come to: differences with intervals, and whether they can be believed at all.

Turns of one NPC are not independent: they have one persona, one history, and are of like length. So
the bootstrap draws NPCs, not turns. And a client that cannot keep its own schedule measures itself:
its lag is in every time. If more than one request in a hundred goes out over a frame late, there is
no verdict; a median would hide just those requests whose times the tail is made of.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from random import Random
from statistics import fmean
from typing import TypeAlias

import msgspec

from npcengine.replay.live.arm import Taken
from npcengine.replay.percentile import percentile

__all__ = ["ArmFigures", "Difference", "LiveFigures", "live_figures"]

LAG_PERCENTILE = 0.99
RESAMPLES = 4_000
LEAST_NPCS = 3
"""Fewer cannot say how much NPCs differ."""

_Turns: TypeAlias = Mapping[tuple[str, int], tuple[float, float]]
"""First token and total, by NPC and turn."""


class ArmFigures(msgspec.Struct, frozen=True):
    """One arm, over all of its runs."""

    name: str
    requests: int
    continued: int
    """Those whose conversation the server had been told ahead."""
    failed: int
    faults: list[str]
    """Why, each once."""
    turns: int
    first_token_p50_ms: float | None
    first_token_p95_ms: float | None
    total_p50_ms: float | None
    total_p95_ms: float | None
    lag_p50_ms: float
    lag_p99_ms: float


class Difference(msgspec.Struct, frozen=True):
    """How much longer the second arm takes than the first, on average over turns that both have."""

    mean_ms: float
    low_ms: float
    high_ms: float
    """An interval of 95 %."""


class LiveFigures(msgspec.Struct, frozen=True):
    """All of it."""

    arms: list[ArmFigures]
    pairs: int
    first_token: Difference | None
    total: Difference | None
    verdict: str
    is_refused: bool


def live_figures(
    names: Sequence[str], runs: Sequence[Sequence[Sequence[Taken]]], *, frame_ms: float
) -> LiveFigures:
    """Return what runs come to.

    Args:
        names: Of the arms, one or two.
        runs: Of each arm, one list for each of its runs.
        frame_ms: The recorded game's frame: the most that may pass for on time.
    """
    arms = [_arm(name, mine) for name, mine in zip(names, runs, strict=True)]
    first = total = None
    if len(runs) == 2:
        pairs = [(_turns(one), _turns(other)) for one, other in zip(*runs, strict=True)]
        first, total = _difference(pairs, 0), _difference(pairs, 1)
    refusal = _refusal(arms, pairs=len(runs[0]), frame_ms=frame_ms, npcs=_npcs(runs))
    verdict = refusal or _verdict(names, first, total)
    return LiveFigures(arms, len(runs[0]), first, total, verdict, bool(refusal))


def _arm(name: str, runs: Sequence[Sequence[Taken]]) -> ArmFigures:
    every = [taken for run in runs for taken in run]
    turns = [turn for run in runs for turn in _turns(run).values()]
    firsts, totals = [first for first, _ in turns], [total for _, total in turns]
    lags = [taken.lag_ms for taken in every if not taken.fault]
    faults = [taken.fault for taken in every if taken.fault]
    return ArmFigures(
        name,
        len(every),
        sum(taken.is_continued for taken in every),
        len(faults),
        list(dict.fromkeys(faults)),
        len(turns),
        percentile(firsts, 0.5),
        percentile(firsts, 0.95),
        percentile(totals, 0.5),
        percentile(totals, 0.95),
        percentile(lags, 0.5) or 0.0,
        percentile(lags, LAG_PERCENTILE) or 0.0,
    )


def _turns(run: Sequence[Taken]) -> _Turns:
    """Return each turn's first token and the sum of its answers; one with a fault is left out."""
    of_turn: dict[tuple[str, int], list[Taken]] = defaultdict(list)
    for taken in run:
        of_turn[taken.npc, taken.turn].append(taken)
    return {
        whose: (requests[0].first_token_ms, sum(one.total_ms or 0.0 for one in requests))
        for whose, requests in of_turn.items()
        if not any(one.fault for one in requests) and requests[0].first_token_ms is not None
    }


def _difference(pairs: Sequence[tuple[_Turns, _Turns]], which: int) -> Difference | None:
    by_npc: dict[str, list[float]] = defaultdict(list)
    for one, other in pairs:
        for whose in one.keys() & other.keys():
            by_npc[whose[0]].append(other[whose][which] - one[whose][which])
    clusters = [by_npc[npc] for npc in sorted(by_npc)]
    if not clusters:
        return None
    random = Random(0)  # noqa: S311 - the same runs give the same interval
    means = sorted(
        fmean(value for cluster in random.choices(clusters, k=len(clusters)) for value in cluster)
        for _ in range(RESAMPLES)
    )
    low, high = means[ceil(0.025 * RESAMPLES)], means[ceil(0.975 * RESAMPLES) - 1]
    return Difference(fmean(value for cluster in clusters for value in cluster), low, high)


def _refusal(arms: Sequence[ArmFigures], *, pairs: int, frame_ms: float, npcs: int) -> str:
    """Return why there can be no verdict; empty if there can."""
    late = max(arms, key=lambda arm: arm.lag_p99_ms)
    if late.lag_p99_ms > frame_ms:
        return (
            f"no verdict: one request in a hundred of {late.name} went out {late.lag_p99_ms:.1f} "
            f"ms late or more (lag p99), over a frame of {frame_ms:.1f} ms; this machine is too "
            "busy to measure with, and the lag is in every time"
        )
    if len(arms) < 2:
        return "no verdict: there is one arm, so nothing to compare it with"
    if npcs < LEAST_NPCS:
        return (
            f"no verdict: {npcs} NPCs cannot say how much NPCs differ, {LEAST_NPCS} are the least"
        )
    if pairs < 2:
        return "no verdict: one pair of runs cannot say how much runs differ"
    return ""


def _verdict(names: Sequence[str], first: Difference | None, total: Difference | None) -> str:
    parts: list[str] = []
    for what, difference in (("first token", first), ("whole turn", total)):
        if difference is None:
            continue
        if difference.low_ms > 0:
            parts.append(f"{what}: {names[0]} is faster")
        elif difference.high_ms < 0:
            parts.append(f"{what}: {names[1]} is faster")
        else:
            parts.append(f"{what}: no difference was shown")
    return "; ".join(parts)


def _npcs(runs: Sequence[Sequence[Sequence[Taken]]]) -> int:
    return len({taken.npc for mine in runs for run in mine for taken in run if not taken.fault})
