"""How long turns take, before and after."""

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.replay.whatif.recorded import Turn

__all__ = ["Span", "TurnTimes", "recorded_span", "span"]


class Span(msgspec.Struct, frozen=True):
    """How long one turn took, in milliseconds from its first request."""

    first_token_ms: float | None = None
    total_ms: float | None = None
    """``None`` for one that had not ended when its run did."""


class TurnTimes(msgspec.Struct, frozen=True):
    """A turn of a what-if, and what it was."""

    npc: str
    turn: int
    mark: str
    reason: str
    now: Span
    recorded: Span | None
    """``None`` for one that the recording does not have."""


def recorded_span(turn: Turn | None) -> Span | None:
    """Return how long a recorded turn took."""
    if turn is None or not turn.exchanges:
        return None
    began_ns = turn.exchanges[0].sent_ns
    firsts = (
        exchange.sent_ns + first.after_ns
        for exchange in turn.exchanges
        if (first := exchange.first_output()) is not None
    )
    first_ns = next(firsts, None)
    return span(began_ns, first_ns, turn.over_ns if turn.outcome else None)


def span(began_ns: int, first_ns: int | None, over_ns: int | None) -> Span:
    """Return a span from times."""
    return Span(
        None if first_ns is None else (first_ns - began_ns) / NS_PER_MS,
        None if over_ns is None else (over_ns - began_ns) / NS_PER_MS,
    )
