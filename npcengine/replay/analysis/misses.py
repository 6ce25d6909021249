"""What was too late, by how much, and why; and which turns were good in every respect."""

from collections.abc import Iterator, Mapping

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.errors import UsageError
from npcengine.policy.deadlines import APPLY_BUDGET_MS
from npcengine.replay.analysis.frames import REACTION
from npcengine.replay.analysis.legs import Leg, LegKind, cause_of, legs_of, way_to
from npcengine.replay.analysis.model import Analysis, Question, Turn
from npcengine.replay.analysis.statistics import Share

__all__ = ["GOOD_ENDS", "Miss", "Slos", "goodput_of", "misses_of", "read_slos"]

GOOD_ENDS = ("completed", "interrupted")
"""Outcomes of turns that nothing is wrong with."""


class Slos(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a good turn keeps to; ``None`` leaves one out. See docs/reference/metrics.md."""

    reaction_ms: float | None = 150.0
    """From being spoken to to the first visible reaction. Asked only of recordings with
    ``reaction`` marks: without them nobody knows what a reflex showed."""
    intention_ms: float | None = 1_500.0
    """From the cause to the first intention, of turns that have one."""
    sign_ms: float | None = 4_000.0
    """From the cause to anything of the turn that can be seen."""
    turn_ms: float | None = None
    """From the cause to the turn's end."""
    query_ms: float | None = None
    """From a call's end to its answer; the deadline that was recorded counts in any case."""
    update_ms: float | None = APPLY_BUDGET_MS
    """Of one ``update``; of frames, not of turns."""


def read_slos(settings: Mapping[str, str]) -> Slos:
    """Return the defaults with some settings over them, such as ``{"intention_ms": "700"}``.

    Raises:
        UsageError: One of them is not known, or no number; ``none`` leaves it out.
    """
    values: dict[str, float | None] = {}
    for name, text in settings.items():
        key = name if name.endswith("_ms") else f"{name}_ms"
        if key not in Slos.__struct_fields__:
            raise UsageError(f"no SLO is called {name!r}; there are: {', '.join(_NAMES)}")
        try:
            values[key] = None if text == "none" else float(text)
        except ValueError:
            raise UsageError(f"{name} takes milliseconds or none, not {text!r}") from None
    return msgspec.convert(values, Slos)


_NAMES = tuple(name.removesuffix("_ms") for name in Slos.__struct_fields__)


class Miss(msgspec.Struct, frozen=True):
    """Something that was too late, or came to nothing."""

    what: str
    """The SLO's name, ``query``, ``run`` (a query's own code), ``update``, or how a turn ended."""
    value_ms: float | None
    """``None``: it never came."""
    limit_ms: float | None
    at_ns: int
    cause: LegKind | None
    """What took most of the time; ``None`` where the recording does not tell."""
    turn: Turn | None = None
    question: Question | None = None
    tick: int | None = None
    legs: list[Leg] = []

    @property
    def times_over(self) -> float:
        """How many times the limit it took; what never came is worst."""
        if self.value_ms is None or not self.limit_ms:
            return float("inf")
        return self.value_ms / self.limit_ms


def misses_of(analysis: Analysis, slos: Slos) -> list[Miss]:
    """Return all misses, the worst first; turns' and queries' before those of frames."""
    misses = [miss for turn in analysis.turns for miss in _of_turn(turn, analysis, slos)]
    misses += _of_frames(analysis, slos)
    return sorted(misses, key=lambda miss: (miss.turn is None, -miss.times_over, miss.at_ns))


def goodput_of(analysis: Analysis, slos: Slos) -> Share:
    """Return the share of ended turns that kept to all SLOs; void turns count as missed."""
    ended = [turn for turn in analysis.turns if turn.ended_ns is not None]
    good = [
        turn for turn in ended if turn.mark != "void" and not any(_of_turn(turn, analysis, slos))
    ]
    return Share(len(good), len(ended))


def _of_turn(turn: Turn, analysis: Analysis, slos: Slos) -> Iterator[Miss]:
    sign, intention = turn.first_sign, turn.first_intention
    marks_reactions = any(mark.name == REACTION for mark in analysis.marks)
    if sign is not None:
        if marks_reactions and turn.stimulus is not None and turn.stimulus.is_address:
            yield from _late(turn, analysis, "reaction", slos.reaction_ms, sign.made_ns, sign.t_ns)
        yield from _late(turn, analysis, "sign", slos.sign_ms, sign.made_ns, sign.t_ns)
    if intention is not None and intention.seen_ns is not None:
        seen_ns = intention.seen_ns
        yield from _late(turn, analysis, "intention", slos.intention_ms, intention.made_ns, seen_ns)
    if turn.ended_ns is not None:
        yield from _late(turn, analysis, "turn", slos.turn_ms, turn.ended_ns, turn.ended_ns)
        if turn.outcome not in GOOD_ENDS:
            legs = legs_of(turn, analysis.connections, until_ns=turn.ended_ns)
            yield Miss(turn.outcome, None, None, turn.start_ns, cause_of(legs), turn, legs=legs)
    for question in turn.questions:
        yield from _of_question(turn, question, slos)


def _late(
    turn: Turn, analysis: Analysis, what: str, limit_ms: float | None, made_ns: int, seen_ns: int
) -> Iterator[Miss]:
    value_ms = (seen_ns - turn.start_ns) / NS_PER_MS
    if limit_ms is None or value_ms <= limit_ms:
        return
    legs = way_to(turn, analysis.connections, made_ns=made_ns, seen_ns=seen_ns)
    yield Miss(what, value_ms, limit_ms, turn.start_ns, cause_of(legs), turn, legs=legs)


def _of_question(turn: Turn, question: Question, slos: Slos) -> Iterator[Miss]:
    if question.answered_ns is None:
        return
    value_ms = (question.answered_ns - question.asked_ns) / NS_PER_MS
    due_ms = (question.due_ns - question.asked_ns) / NS_PER_MS
    limit_ms = due_ms if slos.query_ms is None else min(due_ms, slos.query_ms)
    legs = question_legs(question)
    if question.is_overdue or value_ms > limit_ms:
        yield Miss(
            "query",
            value_ms,
            limit_ms,
            question.asked_ns,
            cause_of(legs),
            turn,
            question,
            None,
            legs,
        )
    budget_ms = question.budget_ms
    if budget_ms is not None and budget_ms < question.took_ms and not question.is_overdue:
        yield Miss(
            "run",
            question.took_ms,
            budget_ms,
            question.asked_ns,
            "query",
            turn,
            question,
            None,
            legs,
        )


def question_legs(question: Question) -> list[Leg]:
    """Return the legs of a query's way to its answer."""
    answered_ns, name = question.answered_ns, question.query
    if answered_ns is None:
        return []
    began_ns = question.asked_ns if question.where != "frame" else question.frame_ns
    began_ns = (
        answered_ns if began_ns is None else min(max(began_ns, question.asked_ns), answered_ns)
    )
    legs = [
        Leg("frame_wait", question.asked_ns, began_ns, name),
        Leg("query", began_ns, answered_ns, name),
    ]
    return [leg for leg in legs if leg.end_ns > leg.begin_ns]


def _of_frames(analysis: Analysis, slos: Slos) -> Iterator[Miss]:
    limit_ms = slos.update_ms
    if limit_ms is None:
        return
    for frame in analysis.frames:
        if (took_ms := frame.took_ns / NS_PER_MS) > limit_ms:
            yield Miss("update", took_ms, limit_ms, frame.t_ns, None, tick=frame.tick)
