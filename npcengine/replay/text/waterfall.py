"""A turn as lines of text: its legs as bars under each other, then its queries and intentions."""

from collections.abc import Sequence

from npcengine.clock import NS_PER_MS, NS_PER_S
from npcengine.replay.analysis.legs import Leg, legs_of
from npcengine.replay.analysis.misses import Miss
from npcengine.replay.analysis.model import Analysis, Intended, Question, Turn
from npcengine.replay.text.plain import ms, one_line

__all__ = ["headline", "waterfall"]

WIDTH = 48


def headline(miss: Miss, analysis: Analysis) -> str:
    """Return one line that says what was missed."""
    at_s = (miss.at_ns - analysis.begin_ns) / NS_PER_S
    of = "" if miss.question is None else f" {one_line(miss.question.query)}"
    if miss.value_ms is None:
        what = f"the turn was {one_line(miss.what)}"
    else:
        over = f", {miss.times_over:.1f}x" if miss.limit_ms else ""
        what = f"{miss.what}{of} {ms(miss.value_ms)} ms, limit {ms(miss.limit_ms)} ms{over}"
    whose = f"frame {miss.tick}" if miss.turn is None else _name(miss.turn)
    cause = f", mostly {_spoken(miss.cause)}" if miss.cause is not None else ""
    return f"{whose} at {at_s:.3f} s: {what}{cause}"


def waterfall(turn: Turn, analysis: Analysis, legs: Sequence[Leg] | None = None) -> str:
    """Return a turn as text.

    Args:
        turn: The turn.
        analysis: What it is of.
        legs: The legs to show; by default all to the turn's end.
    """
    if legs is None:
        legs = legs_of(turn, analysis.connections, until_ns=analysis.end_ns)
    lines = [_about(turn)]
    begin_ns = turn.start_ns
    span_ns = max(legs[-1].end_ns - legs[0].begin_ns, 1) if legs else 1
    begin_ns = legs[0].begin_ns if legs else begin_ns
    for leg in legs:
        bar = _bar(leg, begin_ns, span_ns)
        what = f"  {one_line(leg.what, 24)}" if leg.what else ""
        lines.append(f"  {_spoken(leg.kind):<10} |{bar}| {ms(leg.ms):>8} ms{what}")
    lines += [_question(question) for question in turn.questions]
    lines += [_intended(one, turn) for one in turn.intentions]
    if turn.words:
        lines.append(f'  says "{one_line(turn.words, 72)}"')
    return "\n".join(lines)


def _name(turn: Turn) -> str:
    return f"{one_line(turn.npc)}, turn {turn.ordinal}"


def _spoken(kind: str) -> str:
    return kind.replace("_", " ")


def _about(turn: Turn) -> str:
    why = "cause not known" if turn.stimulus is None else f'"{one_line(turn.stimulus.what, 60)}"'
    end = one_line(turn.outcome) if turn.outcome else "still running at the end"
    took = (
        ""
        if turn.ended_ns is None
        else f" after {ms((turn.ended_ns - turn.start_ns) / NS_PER_MS)} ms"
    )
    mark = "" if turn.mark == "valid" else f" [{turn.mark}: {one_line(turn.mark_reason)}]"
    reason = f" ({one_line(turn.reason)})" if turn.reason else ""
    return f"{_name(turn)}: {why}, {end}{took}{reason}{mark}"


def _bar(leg: Leg, begin_ns: int, span_ns: int) -> str:
    first = min((leg.begin_ns - begin_ns) * WIDTH // span_ns, WIDTH - 1)
    last = max(-(-(leg.end_ns - begin_ns) * WIDTH // span_ns), first + 1)
    return " " * first + "#" * (last - first) + " " * (WIDTH - last)


def _question(question: Question) -> str:
    def part(name: str, begin_ns: int | None, end_ns: int | None) -> str:
        if begin_ns is None or end_ns is None:
            return f"{name} -"
        return f"{name} {ms(max(end_ns - begin_ns, 0) / NS_PER_MS)}"

    began_ns = question.frame_ns if question.where == "frame" else None
    since_ns = question.asked_ns if began_ns is None else max(began_ns, question.asked_ns)
    parts = [
        part("frame wait", question.asked_ns, began_ns)
        if question.where == "frame"
        else "no frame wait",
        part("answer", since_ns, question.answered_ns),
        part("write", question.answered_ns, question.written_ns),
        part("next token", question.written_ns, question.next_token_ns),
    ]
    overdue = ", overdue" if question.is_overdue else ""
    grade = one_line(question.grade) or "no answer"
    return f"  query {one_line(question.query)}: {' | '.join(parts)} ms, {grade}{overdue}"


def _intended(intended: Intended, turn: Turn) -> str:
    steps: list[str] = []
    for step in intended.steps:
        when = step.made_ns if step.seen_ns is None else step.seen_ns
        frame = "" if step.tick is None else f" frame {step.tick}"
        fate = "" if step.fate == "delivered" else f" {one_line(step.fate) or 'no frame had it'}"
        steps.append(f"{step.step} +{ms((when - turn.start_ns) / NS_PER_MS)}{frame}{fate}")
    end = f", {one_line(intended.settled[-1][1])}" if intended.settled else ""
    return f"  intention {one_line(intended.action)}: {' | '.join(steps)}{end}"
