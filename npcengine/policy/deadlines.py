"""How long anything may take before something else happens instead.

Sources: design.md sections 7, 8 and 13, from the figures in landscape.md section 4. All are
starting points to be measured; each is an argument wherever it is used.
"""

import msgspec

__all__ = ["APPLY_BUDGET_MS", "ASYNC_BUDGET_MS", "MISSED_MS", "QUERY_BUDGET_MS", "Deadlines"]

APPLY_BUDGET_MS = 2.0
"""What one ``Bridge.update`` may spend on handlers and queries, in milliseconds."""

QUERY_BUDGET_MS = 8.0
"""What one query may take once it runs, in milliseconds; longer is counted as an overrun."""

ASYNC_BUDGET_MS = 150.0
"""The same for a coroutine, whose time is spent waiting: as long as any answer may take."""

MISSED_MS = 20.0
"""How late an answer's own deadline may be kept, in milliseconds, before it counts as missed. A
loop thread beside a busy frame is 11 late at p99 (performance.md section 3); more means that
something held the interpreter lock, as a long call into C does."""


class Deadlines(msgspec.Struct, frozen=True, kw_only=True):
    """The network's and the mind's time limits, in milliseconds of wall time."""

    connect_ms: float = 5_000
    """Name look-up, TCP, TLS and handshake together."""
    first_event_ms: float = 15_000
    """From a request to the first event of its response."""
    between_events_ms: float = 15_000
    """Between two events of one response; any event counts."""
    tail_ms: float = 1_000
    """From a request that waits for the rest of a response that was interrupted, until it goes out
    on another lane or connection."""
    turn_ms: float = 60_000
    """A whole turn with all its tool rounds."""
    idle_ms: float = 300_000
    """From a mind's last turn until it gives its lanes up; on a server without lanes that closes
    its connection."""
    stall_ms: float = 500
    """From the last ``update`` until minds are held; not in virtual time, where nothing stalls."""
    frame_query_ms: float = 30
    """From the call's end to the answer of a ``frame`` query (or two frames, if that is longer)."""
    query_ms: float = 150
    """From the call's end to the answer of any other query."""
    settle_ms: float = 150
    """From a commit to its output, when the game does not take it up: a stalled frame loop."""

    def query_due_ms(self, where: str, frame_ms: float) -> float:
        """Return how long after a call's end its answer is due.

        Args:
            where: Where the query runs, see :data:`npcengine.world.queries.Where`.
            frame_ms: How long the game's frames take.
        """
        if where != "frame":
            return self.query_ms
        return min(max(self.frame_query_ms, 2 * frame_ms), self.query_ms)
