"""Where a turn's time went: its way from the cause to a moment, cut into legs without gaps.

==============  ===========================================================================
``queue``       we had a reason and did not ask: gathering, staggering, room, back-off, a pause
``connect``     there was no connection to ask on
``network``     from the request's being written to the first event of its response; this is
                also what a server takes to begin
``prefill``     from there to the first token
``decode``      from the first token to what ends the leg
``frame_wait``  something was there for the game, and its next frame had not begun
``query``       the game's code answered a question, and its answer came back
``game``        an action had not been taken up by the game
==============  ===========================================================================

A recording tells the network from the server no better than this: see docs/reference/metrics.md.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.replay.analysis.model import Connection, Exchange, Question, Turn

__all__ = ["LEG_KINDS", "Leg", "LegKind", "cause_of", "legs_of", "way_to"]

LegKind: TypeAlias = Literal[
    "queue", "connect", "network", "prefill", "decode", "frame_wait", "query", "game"
]
LEG_KINDS: tuple[LegKind, ...] = (
    "queue",
    "connect",
    "network",
    "prefill",
    "decode",
    "frame_wait",
    "query",
    "game",
)


class Leg(msgspec.Struct, frozen=True):
    """A piece of a turn's way."""

    kind: LegKind
    begin_ns: int
    end_ns: int
    what: str = ""
    """Of what, such as a query's name."""

    @property
    def ms(self) -> float:
        """How long it is."""
        return (self.end_ns - self.begin_ns) / NS_PER_MS


def legs_of(turn: Turn, connections: Sequence[Connection], *, until_ns: int) -> list[Leg]:
    """Return the legs of a turn from its cause to its end, or to ``until_ns`` if it has none."""
    end_ns = until_ns if turn.ended_ns is None else turn.ended_ns
    path = _Path(turn.start_ns, end_ns)
    by_number = {connection.number: connection for connection in connections}
    before: Exchange | None = None
    for exchange in turn.exchanges:
        _add_gap(path, turn, before, exchange.sent_ns, by_number.get(exchange.connection))
        _add_exchange(path, exchange)
        before = exchange
    _add_gap(path, turn, before, end_ns, None)
    return path.legs


def way_to(
    turn: Turn, connections: Sequence[Connection], *, made_ns: int, seen_ns: int
) -> list[Leg]:
    """Return the legs of a turn to something that was made and then seen in a frame."""
    made_ns = min(made_ns, seen_ns)
    legs = legs_of(turn, connections, until_ns=seen_ns)
    before = [leg for leg in legs if leg.begin_ns < made_ns]
    if before and before[-1].end_ns > made_ns:
        before[-1] = msgspec.structs.replace(before[-1], end_ns=made_ns)
    begin_ns = before[-1].end_ns if before else made_ns
    return [*before, *([Leg("frame_wait", begin_ns, seen_ns)] if seen_ns > begin_ns else [])]


def cause_of(legs: Sequence[Leg]) -> LegKind | None:
    """Return what kind of leg took most of the time."""
    took: dict[LegKind, int] = {}
    for leg in legs:
        took[leg.kind] = took.get(leg.kind, 0) + leg.end_ns - leg.begin_ns
    return max(took, key=lambda kind: took[kind], default=None)


class _Path:
    """Legs that follow each other without a gap."""

    def __init__(self, begin_ns: int, end_ns: int) -> None:
        self.legs: list[Leg] = []
        self._at_ns = begin_ns
        self._end_ns = end_ns

    def to(self, t_ns: int | None, kind: LegKind, what: str = "") -> None:
        """Go on to a moment, if it lies ahead and before the end."""
        if t_ns is None or (t_ns := min(t_ns, self._end_ns)) <= self._at_ns:
            return
        self.legs.append(Leg(kind, self._at_ns, t_ns, what))
        self._at_ns = t_ns


def _add_exchange(path: _Path, exchange: Exchange) -> None:
    ended_ns = exchange.ended_ns
    path.to(exchange.created_ns if exchange.created_ns is not None else ended_ns, "network")
    if exchange.created_ns is None:
        return
    path.to(exchange.first_token_ns if exchange.first_token_ns is not None else ended_ns, "prefill")
    path.to(ended_ns, "decode")


def _add_gap(
    path: _Path,
    turn: Turn,
    before: Exchange | None,
    until_ns: int,
    connection: Connection | None,
) -> None:
    """Add what lies between two requests, or before the first or behind the last."""
    if before is not None and before.ended_ns is None:
        path.to(until_ns, _unfinished(before))
        return
    if before is not None:
        _add_answers(path, turn, before, until_ns)
    if connection is not None and connection.opened_ns is not None:
        path.to(min(connection.asked_ns, until_ns), "queue")
        path.to(min(connection.opened_ns, until_ns), "connect")
    path.to(until_ns, "queue")


def _unfinished(exchange: Exchange) -> LegKind:
    if exchange.created_ns is None:
        return "network"
    return "prefill" if exchange.first_token_ns is None else "decode"


def _add_answers(path: _Path, turn: Turn, before: Exchange, until_ns: int) -> None:
    """Add the wait for the answers to a response's calls; what came before its end cost nothing."""
    questions = [q for q in turn.questions if before.sent_ns <= q.asked_ns <= until_ns]
    for question in sorted(questions, key=_answered_ns):
        path.to(question.frame_ns, "frame_wait", question.query)
        path.to(question.answered_ns, "query", question.query)
    for intended in turn.intentions:
        commit = next((s for s in intended.steps if s.step == "commit"), None)
        if commit is None or not before.sent_ns <= commit.made_ns <= until_ns:
            continue
        seen_ns = until_ns if commit.seen_ns is None else commit.seen_ns
        path.to(min(seen_ns, until_ns), "frame_wait", intended.action)
        settled_ns = min((t_ns for t_ns, _ in intended.settled), default=until_ns)
        path.to(min(settled_ns, until_ns), "game", intended.action)


def _answered_ns(question: Question) -> int:
    return question.asked_ns if question.answered_ns is None else question.answered_ns
