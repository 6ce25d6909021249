"""The metrics that are a share or a sum: of a whole recording, one number each."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from npcengine.clock import NS_PER_MS, NS_PER_S
from npcengine.policy.prices import PER_UNIT, Prices
from npcengine.replay.analysis.misses import Slos, goodput_of, misses_of
from npcengine.replay.analysis.model import UNREADABLE, Analysis, Exchange, Intended
from npcengine.replay.analysis.statistics import Share

__all__ = ["SHARES", "STALE", "Cost", "Totals", "totals_of"]

STALE = ("stale", "required", "interrupted")
"""Fates of a commit that came too late: its time to live was over, the world had moved on, or the
NPC had been interrupted. What a guardrail refused is no question of time."""

_NOT_FOUND = "previous_response_not_found"
_S_PER_HOUR = 3_600


class Cost(msgspec.Struct, frozen=True):
    """What minds cost."""

    currency: str
    amount: float
    """Of all responses that said what they used, interrupted ones too."""
    per_hour: float | None
    """Of playing; ``None`` where nothing was played."""
    unknown: int
    """Responses that did not say, or whose model has no price: not counted."""


class Totals(msgspec.Struct, frozen=True):
    """All of them; shares of nothing are ``None`` where they are printed."""

    played_s: float
    turns: int
    requests: int
    goodput: Share
    """Turns that kept to all SLOs."""
    wasted_partials: Share
    """Intentions that the game saw hinted, and that never were committed."""
    stale_drops: Share
    """Commits that came too late to be carried out."""
    other_drops: dict[str, int]
    """Commits dropped for other reasons, by reason."""
    continuation_hits: Share
    """Requests that were continued from an id, of those that had something to continue."""
    full_resends: int
    not_found: int
    """Continuations that the server had nothing of any more."""
    query_misses: Share
    """Queries that were not answered when they were due."""
    frame_overruns: Share | None
    """Frames whose ``update`` took longer than its budget; ``None``: not measured."""
    miss_causes: dict[str, int]
    """Misses of turns and queries by their cause."""
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    sent_bytes: int
    read_bytes: int
    cost: Cost
    marks: dict[str, int]
    """Turns by their validity mark."""


SHARES = (
    "goodput",
    "wasted_partials",
    "stale_drops",
    "continuation_hits",
    "query_misses",
    "frame_overruns",
)
"""Those that are shares."""


def totals_of(analysis: Analysis, slos: Slos) -> Totals:
    """Return the totals of a recording."""
    all_exchanges = [*analysis.exchanges, *analysis.others]
    usages = [e.usage for e in all_exchanges if e.usage is not None]
    details = [usage.input_tokens_details for usage in usages]
    asked = [e for e in analysis.exchanges if e.kind in ("continued", "resent")]
    not_found = sum(e.error == _NOT_FOUND for e in asked)
    continued = sum(e.kind == "continued" and e.error != _NOT_FOUND for e in asked)
    misses = misses_of(analysis, slos)
    questions = [q for turn in analysis.turns for q in turn.questions if q.answered_ns is not None]
    intentions = [one for turn in analysis.turns for one in turn.intentions]
    return Totals(
        played_s=analysis.played_ns / NS_PER_S,
        turns=len(analysis.turns),
        requests=len(analysis.exchanges),
        goodput=goodput_of(analysis, slos),
        wasted_partials=_wasted(intentions),
        stale_drops=_stale(intentions),
        other_drops=_other_drops(intentions),
        continuation_hits=Share(continued, len(asked)),
        full_resends=sum(e.kind == "resent" for e in asked),
        not_found=not_found,
        query_misses=Share(sum(miss.what == "query" for miss in misses), len(questions)),
        frame_overruns=_overruns(analysis, slos),
        miss_causes=_counted(miss.cause for miss in misses if miss.cause is not None),
        input_tokens=sum(usage.input_tokens for usage in usages),
        cached_tokens=sum(one.cached_tokens for one in details if one is not None),
        output_tokens=sum(usage.output_tokens for usage in usages),
        sent_bytes=sum(e.sent_bytes for e in all_exchanges),
        read_bytes=sum(e.read_bytes for e in all_exchanges),
        cost=_cost(analysis, all_exchanges),
        marks=_counted(turn.mark for turn in analysis.turns),
    )


def _wasted(intentions: list[Intended]) -> Share:
    partial = [one for one in intentions if one.taken("hint", "prepare") is not None]
    return Share(sum(one.taken("commit") is None for one in partial), len(partial))


def _fates(intentions: list[Intended]) -> list[str]:
    """Return what became of every commit that a frame had; what is held back is not over."""
    steps = [step for one in intentions for step in one.steps if step.step == "commit"]
    return [step.fate for step in steps if step.fate not in ("", "held")]


def _stale(intentions: list[Intended]) -> Share:
    fates = _fates(intentions)
    return Share(sum(fate in STALE for fate in fates), len(fates))


def _other_drops(intentions: list[Intended]) -> dict[str, int]:
    return _counted(fate for fate in _fates(intentions) if fate not in (*STALE, "delivered"))


def _overruns(analysis: Analysis, slos: Slos) -> Share | None:
    frames, limit_ms = analysis.frames, slos.update_ms
    if limit_ms is None or not any(frame.took_ns for frame in frames):
        return None
    return Share(sum(frame.took_ns / NS_PER_MS > limit_ms for frame in frames), len(frames))


def _cost(analysis: Analysis, exchanges: list[Exchange]) -> Cost:
    try:
        prices = msgspec.json.decode(analysis.header.prices, type=Prices)
    except UNREADABLE:
        prices = Prices()  # nothing has a price: all of it is unknown
    billionths, unknown = 0, 0
    for exchange in exchanges:
        price = prices.of(exchange.model or analysis.header.model)
        if price is None or exchange.usage is None:
            unknown += exchange.end != "refused"
        else:
            billionths += price.cost(exchange.usage)
    amount = billionths / PER_UNIT
    hours = analysis.played_ns / NS_PER_S / _S_PER_HOUR
    return Cost(prices.currency, amount, amount / hours if hours > 0 else None, unknown)


def _counted(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(values)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
