"""What the page is told of a recording; its times are microseconds from the beginning."""

from collections.abc import Sequence

from npcengine.bridge.stats import Percentiles
from npcengine.replay.analysis.legs import Leg, legs_of
from npcengine.replay.analysis.metrics import METRICS, samples_of
from npcengine.replay.analysis.misses import Miss, Slos, misses_of
from npcengine.replay.analysis.model import Analysis, Intended, Question, Turn
from npcengine.replay.analysis.totals import SHARES, totals_of

__all__ = ["data_of"]

_NS_PER_US = 1_000
_MAX_MISSES = 500
_MAX_WORDS = 400


def data_of(name: str, analysis: Analysis, slos: Slos) -> dict[str, object]:
    """Return the page's data of one recording."""
    when = _When(analysis.begin_ns)
    misses = misses_of(analysis, slos)
    header, totals = analysis.header, totals_of(analysis, slos)
    shares = {share: getattr(totals, share) for share in SHARES}
    return {
        "name": name,
        "about": {
            "recorded": header.started,
            "endpoint": header.endpoint,
            "model": header.model,
            "transport": header.transport,
            "loop": header.loop,
            "torn": analysis.is_torn,
        },
        "end": when(analysis.end_ns),
        "npcs": analysis.npcs,
        "turns": [_turn(turn, analysis, when) for turn in analysis.turns],
        "frames": {
            "t": _deltas([when(frame.t_ns) or 0 for frame in analysis.frames]),
            "took": [frame.took_ns // _NS_PER_US for frame in analysis.frames],
            "tick": analysis.frames[0].tick if analysis.frames else 0,
            "limit": slos.update_ms,
        },
        "marks": [
            {"name": m.name, "npc": m.npc, "t": when(m.t_ns), "tick": m.tick, "text": m.text}
            for m in analysis.marks
        ],
        "misses": [_miss(miss, when) for miss in misses[:_MAX_MISSES]],
        "missed": len(misses),
        "metrics": _metrics(analysis),
        "shares": {
            name: [share.part, share.whole] for name, share in shares.items() if share is not None
        },
        "cost": [totals.cost.per_hour, totals.cost.currency, totals.cost.unknown],
        "validity": totals.marks,
    }


class _When:
    """Turns the recording's clock into the page's."""

    def __init__(self, zero_ns: int) -> None:
        self._zero_ns = zero_ns

    def __call__(self, t_ns: int | None) -> int | None:
        return None if t_ns is None else (t_ns - self._zero_ns) // _NS_PER_US


def _deltas(times: Sequence[int]) -> list[int]:
    return [now - before for before, now in zip([0, *times], times, strict=False)]


def _turn(turn: Turn, analysis: Analysis, when: _When) -> dict[str, object]:
    sign = turn.first_sign
    return {
        "npc": turn.npc,
        "n": turn.ordinal,
        "epoch": turn.number,
        "s": when(turn.start_ns),
        "b": when(turn.began_ns),
        "e": when(analysis.end_ns if turn.ended_ns is None else turn.ended_ns),
        "tick": None if turn.stimulus is None else turn.stimulus.tick,
        "why": None if turn.stimulus is None else turn.stimulus.what,
        "outcome": turn.outcome,
        "reason": turn.reason,
        "words": turn.words[:_MAX_WORDS],
        "mark": turn.mark,
        "markWhy": turn.mark_reason,
        "legs": _legs(legs_of(turn, analysis.connections, until_ns=analysis.end_ns), when),
        "sign": None if sign is None else [sign.kind, when(sign.t_ns), sign.tick],
        "speech": [[when(t_ns), chars] for _, t_ns, chars in turn.speech],
        "rs": [
            [e.kind, when(e.sent_ns), when(e.created_ns), when(e.first_token_ns), when(e.ended_ns)]
            for e in turn.exchanges
        ],
        "qs": [_question(question, when) for question in turn.questions],
        "is": [_intended(intended, when) for intended in turn.intentions],
    }


def _legs(legs: Sequence[Leg], when: _When) -> list[list[object]]:
    return [[leg.kind, when(leg.begin_ns), when(leg.end_ns), leg.what] for leg in legs]


def _question(question: Question, when: _When) -> dict[str, object]:
    return {
        "name": question.query,
        "where": question.where,
        "asked": when(question.asked_ns),
        "frame": when(question.frame_ns),
        "tick": question.tick,
        "answered": when(question.answered_ns),
        "due": when(question.due_ns),
        "written": when(question.written_ns),
        "next": when(question.next_token_ns),
        "grade": question.grade,
        "overdue": question.is_overdue,
    }


def _intended(intended: Intended, when: _When) -> dict[str, object]:
    return {
        "name": intended.action,
        "steps": [
            [step.step, when(step.made_ns), when(step.seen_ns), step.tick, step.fate, step.reason]
            for step in intended.steps
        ],
        "settled": [[when(t_ns), status] for t_ns, status in intended.settled],
    }


def _miss(miss: Miss, when: _When) -> dict[str, object]:
    return {
        "what": miss.what,
        "ms": miss.value_ms,
        "limit": miss.limit_ms,
        "t": when(miss.at_ns),
        "cause": miss.cause,
        "npc": None if miss.turn is None else miss.turn.npc,
        "n": None if miss.turn is None else miss.turn.ordinal,
        "query": None if miss.question is None else miss.question.query,
        "tick": miss.tick,
    }


def _metrics(analysis: Analysis) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, metric in METRICS.items():
        if samples := samples_of(analysis, name):
            found = Percentiles.of([sample.value for sample in samples])
            figures = [found.p50, found.p95, found.p99, found.max]
            about = {"name": name, "title": metric.title, "unit": metric.unit}
            rows.append({**about, "n": found.count, "p": figures})
    return rows
