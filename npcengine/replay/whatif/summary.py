"""What a what-if comes to, in a few lines; reports of everything are made of its recording."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from npcengine.replay.percentile import percentile
from npcengine.replay.whatif.turn_times import Span, TurnTimes
from npcengine.replay.whatif.what_if import WhatIf

__all__ = ["Summary", "summarised", "summary_text"]


class Times(msgspec.Struct, frozen=True):
    """The middle and the worst of some times, in milliseconds, before and after."""

    turns: int
    recorded_p50_ms: float | None
    recorded_p95_ms: float | None
    p50_ms: float | None
    p95_ms: float | None


class Summary(msgspec.Struct, frozen=True):
    """The whole of it. Times are of turns that are not void and that both runs have."""

    parent: str
    seed: int
    changes: dict[str, str]
    valid: int
    suspect: int
    void: int
    first_token: Times
    whole_turn: Times
    turns: list[TurnTimes]


def summarised(run: WhatIf) -> Summary:
    """Return what a what-if comes to."""
    retimed = run.header.retimed
    assert retimed is not None, "it is a what-if"
    marks = Counter(turn.mark for turn in run.turns)
    return Summary(
        retimed.parent,
        retimed.seed,
        retimed.changes,
        marks["valid"],
        marks["suspect"],
        marks["void"],
        _times(run.turns, lambda span: span.first_token_ms),
        _times(run.turns, lambda span: span.total_ms),
        run.turns,
    )


def summary_text(summary: Summary) -> str:
    """Return a summary for people."""
    changes = ", ".join(f"{name}={value}" for name, value in summary.changes.items())
    count = len(summary.turns)
    lines = [
        f"{summary.parent}, what if {changes or 'nothing is changed'} (seed {summary.seed})",
        f"{count} turns: {summary.valid} valid, {summary.suspect} suspect, {summary.void} void",
        "",
        f"{'':12} {'turns':>6}   {'recorded p50':>12} {'p95':>8}   {'what-if p50':>12} {'p95':>8}",
        _row("first token", summary.first_token),
        _row("whole turn", summary.whole_turn),
    ]
    lines += ["", "where worlds part:"] if summary.suspect + summary.void else []
    seen: set[tuple[str, str]] = set()
    for turn in summary.turns:
        if turn.mark != "valid" and (turn.npc, turn.reason) not in seen:
            seen.add((turn.npc, turn.reason))
            lines.append(f"  {turn.npc}, from turn {turn.turn} on {turn.mark}: {turn.reason}")
    return "\n".join(lines)


def _row(name: str, times: Times) -> str:
    before = f"{_ms(times.recorded_p50_ms):>12} {_ms(times.recorded_p95_ms):>8}"
    after = f"{_ms(times.p50_ms):>12} {_ms(times.p95_ms):>8}"
    return f"{name:12} {times.turns:>6}   {before}   {after}"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f} ms"


def _times(turns: Sequence[TurnTimes], of: Callable[[Span], float | None]) -> Times:
    pairs = [
        (before, after)
        for turn in turns
        if turn.mark != "void" and turn.recorded is not None
        for before, after in [(of(turn.recorded), of(turn.now))]
        if before is not None and after is not None
    ]
    recorded, now = [before for before, _ in pairs], [after for _, after in pairs]
    return Times(
        len(pairs),
        percentile(recorded, 0.5),
        percentile(recorded, 0.95),
        percentile(now, 0.5),
        percentile(now, 0.95),
    )
