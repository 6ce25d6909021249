"""Whether what a mind waits for is still alive: by how long nothing has been heard of it."""

from npcengine.clock import NS_PER_MS
from npcengine.policy.deadlines import Deadlines
from npcengine.protocol.changes import Phase as LanePhase
from npcengine.session.line import Line
from npcengine.session.seat import Seating
from npcengine.session.timers import EARLY_NS, Timers

__all__ = ["Watch"]


class Watch:
    """Watches one mind's lane; one timer serves all of its events (loop thread)."""

    def __init__(self, line: Line, seating: Seating, timers: Timers, deadlines: Deadlines) -> None:
        self._line = line
        self._seating = seating
        self._timers = timers
        self._deadlines = deadlines

    def begin(self, now_ns: int, *, asked: bool) -> None:
        """Wait for an answer, or, if nothing could be ``asked`` yet, for a way to ask."""
        if asked:
            self._line.heard_ns = now_ns
        self._timers.set("watch", now_ns, self._deadlines.first_event_ms)

    def look(self, now_ns: int, *, request_due: bool) -> None:
        """Give the lane up if it has been silent for too long."""
        if not (self._line.lane.phase.is_running or request_due):
            return
        opened = self._line.lane.phase is LanePhase.OPEN
        limit_ms = self._deadlines.between_events_ms if opened else self._deadlines.first_event_ms
        heard_ns = self._line.heard_ns
        silent_ms = (now_ns - heard_ns) / NS_PER_MS
        if silent_ms < limit_ms - EARLY_NS / NS_PER_MS:
            self._timers.set("watch", heard_ns, limit_ms)
            return
        self.leave(f"no event for {silent_ms:.0f} ms", now_ns, silent_since_ns=heard_ns)

    def leave(self, reason: str, now_ns: int, *, silent_since_ns: int | None = None) -> None:
        """Give up the lane that the mind speaks on, if there is one."""
        if (seat := self._line.seats.live) is not None:
            self._seating.leave(seat, reason, now_ns, silent_since_ns=silent_since_ns)
