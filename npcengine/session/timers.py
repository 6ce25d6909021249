"""The timers of one NPC."""

from npcengine.clock import NS_PER_MS
from npcengine.session.inbox import TimerKey
from npcengine.session.outside import Outside

__all__ = ["EARLY_NS", "Timers"]

EARLY_NS = 1_000
"""How early a timer may go off: loops round. Whoever waited for a time takes it as come then."""


class Timers:
    """One of a kind at most (loop thread)."""

    def __init__(self, npc: str, outside: Outside) -> None:
        self._npc = npc
        self._outside = outside

    def set(self, kind: str, now_ns: int, in_ms: float) -> None:
        """Let a timer go off in so many milliseconds; if it was set, it moves."""
        due_ns = now_ns + round(in_ms * NS_PER_MS)
        self._outside.set_timer(TimerKey(kind, self._npc), due_ns)

    def drop(self, *kinds: str) -> None:
        """Let timers not go off."""
        for kind in kinds:
            self._outside.drop_timer(TimerKey(kind, self._npc))
