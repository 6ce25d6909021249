"""Two recordings side by side: the same turns, how much longer each took, and which part of it.

Turns are paired by NPC and ordinal: an NPC's third turn with its third. Both recordings have to be
of the same play, as those are that what-if makes of one; turns that have no partner are counted.
"""

from collections.abc import Sequence

import msgspec

from npcengine.replay.analysis.legs import LEG_KINDS, legs_of
from npcengine.replay.analysis.metrics import METRICS, Sample, samples_of
from npcengine.replay.analysis.model import Analysis, Turn
from npcengine.replay.analysis.statistics import Interval, bootstrap

__all__ = ["Comparison", "Difference", "Part", "compared"]

PER_TURN = ("first_reaction", "first_intention", "turn")


class Difference(msgspec.Struct, frozen=True):
    """A metric of both, over the turns that both have it of."""

    name: str
    unit: str
    pairs: int
    a: float
    """The mean."""
    b: float
    delta: float
    """B less A."""
    interval: Interval | None
    """Of the difference; ``None`` of too few NPCs."""


class Part(msgspec.Struct, frozen=True):
    """A part of the loop, summed over all paired turns."""

    name: str
    unit: str
    a: float
    b: float

    @property
    def delta(self) -> float:
        """B less A."""
        return self.b - self.a


class Comparison(msgspec.Struct, frozen=True):
    """What differs."""

    pairs: int
    only_a: int
    only_b: int
    differences: list[Difference]
    parts: list[Part]
    """Of the loop: they add up to the turns' whole time; then what went over the wire."""
    speed_up: float | None
    """How many times as long as B's the turns of A took, altogether."""
    speed_up_interval: Interval | None
    marks: dict[str, int]
    """Paired turns by the worse of their two validity marks; void ones are left out above."""


_Pair = tuple[Turn, Turn]


def compared(a: Analysis, b: Analysis, *, seed: int) -> Comparison:
    """Return how B differs from A.

    Args:
        a: What was.
        b: What is, or would be.
        seed: Of the draws for the intervals.
    """
    mates = {(turn.npc, turn.ordinal): turn for turn in b.turns}
    both = [(turn, mates[turn.npc, turn.ordinal]) for turn in a.turns if _key(turn) in mates]
    pairs = [pair for pair in both if _worse(pair) != "void" and _has_ended(pair)]
    marks: dict[str, int] = {}
    for pair in both:
        marks[_worse(pair)] = marks.get(_worse(pair), 0) + 1
    return Comparison(
        pairs=len(pairs),
        only_a=len(a.turns) - len(both),
        only_b=len(b.turns) - len(both),
        differences=_differences(a, b, pairs, seed),
        parts=_parts(a, b, pairs),
        speed_up=_ratio(_took(pairs)),
        speed_up_interval=bootstrap(_by_npc(pairs, _took(pairs)), _ratio_or_1, seed=seed),
        marks=marks,
    )


def _key(turn: Turn) -> tuple[str, int]:
    return turn.npc, turn.ordinal


def _worse(pair: _Pair) -> str:
    marks = {turn.mark for turn in pair}
    return next(mark for mark in ("void", "suspect", "valid") if mark in marks)


def _has_ended(pair: _Pair) -> bool:
    return all(turn.ended_ns is not None for turn in pair)


def _took(pairs: Sequence[_Pair]) -> list[tuple[float, float]]:
    return [
        (float((a.ended_ns or 0) - a.start_ns), float((b.ended_ns or 0) - b.start_ns))
        for a, b in pairs
    ]


def _ratio(took: Sequence[tuple[float, float]]) -> float | None:
    whole = sum(b for _, b in took)
    return sum(a for a, _ in took) / whole if whole else None


def _ratio_or_1(took: Sequence[tuple[float, float]]) -> float:
    return _ratio(took) or 1.0


def _by_npc(
    pairs: Sequence[_Pair], values: Sequence[tuple[float, float]]
) -> dict[str, list[tuple[float, float]]]:
    grouped: dict[str, list[tuple[float, float]]] = {}
    for (turn, _), value in zip(pairs, values, strict=True):
        grouped.setdefault(turn.npc, []).append(value)
    return grouped


def _differences(a: Analysis, b: Analysis, pairs: Sequence[_Pair], seed: int) -> list[Difference]:
    found: list[Difference] = []
    for name, metric in METRICS.items():
        values_a, values_b = _means(samples_of(a, name)), _means(samples_of(b, name))
        with_both = [p for p in pairs if _key(p[0]) in values_a and _key(p[1]) in values_b]
        if not with_both:
            continue
        values = [(values_a[_key(one)], values_b[_key(two)]) for one, two in with_both]
        interval = bootstrap(_by_npc(with_both, values), _mean_delta, seed=seed)
        mean_a = sum(one for one, _ in values) / len(values)
        mean_b = sum(two for _, two in values) / len(values)
        delta = mean_b - mean_a
        found.append(Difference(name, metric.unit, len(values), mean_a, mean_b, delta, interval))
    return found


def _means(samples: Sequence[Sample]) -> dict[tuple[str, int], float]:
    """Return the mean of each turn: one that asks much counts no more than another."""
    by_turn: dict[tuple[str, int], list[float]] = {}
    for sample in samples:
        if sample.turn is not None:
            by_turn.setdefault(_key(sample.turn), []).append(sample.value)
    return {key: sum(values) / len(values) for key, values in by_turn.items()}


def _mean_delta(values: Sequence[tuple[float, float]]) -> float:
    return sum(two - one for one, two in values) / len(values)


def _parts(a: Analysis, b: Analysis, pairs: Sequence[_Pair]) -> list[Part]:
    sums_a = _leg_sums(a, [one for one, _ in pairs])
    sums_b = _leg_sums(b, [two for _, two in pairs])
    legs = [Part(kind, "ms", sums_a[kind], sums_b[kind]) for kind in LEG_KINDS]
    return [
        *legs,
        Part("whole", "ms", sum(sums_a.values()), sum(sums_b.values())),
        Part("requests", "", *(_count(pairs, side) for side in (0, 1))),
        Part("sent", "bytes", *(_bytes(pairs, side, "sent_bytes") for side in (0, 1))),
        Part("read", "bytes", *(_bytes(pairs, side, "read_bytes") for side in (0, 1))),
        Part("connections", "", float(len(a.connections)), float(len(b.connections))),
    ]


def _leg_sums(analysis: Analysis, turns: Sequence[Turn]) -> dict[str, float]:
    sums = dict.fromkeys(LEG_KINDS, 0.0)
    for turn in turns:
        for leg in legs_of(turn, analysis.connections, until_ns=analysis.end_ns):
            sums[leg.kind] += leg.ms
    return {str(kind): value for kind, value in sums.items()}


def _count(pairs: Sequence[_Pair], side: int) -> float:
    return float(sum(len(pair[side].exchanges) for pair in pairs))


def _bytes(pairs: Sequence[_Pair], side: int, field: str) -> float:
    exchanges = [exchange for pair in pairs for exchange in pair[side].exchanges]
    return float(sum(getattr(exchange, field) for exchange in exchanges))
