"""Counts and times of one bridge, cheap enough to keep always."""

from collections import deque
from collections.abc import Collection

import msgspec

__all__ = ["BridgeStats", "Percentiles", "Samples"]


class Percentiles(msgspec.Struct, frozen=True):
    """A distribution, in milliseconds; zeros when nothing was measured."""

    count: int = 0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0

    @classmethod
    def of(cls, samples: Collection[float]) -> "Percentiles":
        """Return the distribution of some measurements, by nearest rank."""
        if not samples:
            return cls()
        ranked = sorted(samples)

        def at(percent: int) -> float:
            return round(ranked[-(-percent * len(ranked) // 100) - 1], 3)

        return cls(len(ranked), at(50), at(95), at(99), at(100))


class Samples:
    """The newest few thousand measurements of one time."""

    def __init__(self, capacity: int = 8_192) -> None:
        self._ms: deque[float] = deque(maxlen=capacity)

    def add(self, ms: float) -> None:
        """Add one, in milliseconds."""
        self._ms.append(ms)

    def percentiles(self) -> Percentiles:
        """Return the distribution."""
        return Percentiles.of(self._ms)


class BridgeStats(msgspec.Struct, frozen=True):
    """What a bridge has done since it was made."""

    ticks: int
    turns_completed: int
    turns_interrupted: int
    """Turns that were broken off by an interruption."""
    interruptions: int
    """Times that NPCs were interrupted, in the middle of a turn or not."""
    turns_failed: int
    last_failure: str
    """Why the last of those failed."""
    max_tool_rounds_in_a_turn: int
    world_queries: int
    """Questions that minds asked and that were handed to a query."""
    query_grades: dict[str, int]
    """Answers by grade."""
    query_overruns: dict[str, int]
    """How often each query took longer than its budget, by the name that minds know."""
    told_ahead: int
    """Answers that were told along with a stimulus (``Policy.prefetch``)."""
    told_ahead_hit_rate: float
    """Share of those that were not asked for all the same; 1.0 while there are none."""
    late_answers: int
    """Questions that the game answered, or came to, when the mind had its answer for being due."""
    deadlines_missed: int
    """Answers that were over 20 ms late even so: something held the interpreter lock."""
    hints: int
    prepares: int
    commits: int
    cancels: int
    drops: dict[str, int]
    """Commits that did not reach the game: ``stale`` ones, and those it ``required`` more of."""
    speech_chars: int
    """Characters that NPCs said, in turns that are over."""
    edges_dropped: int
    """Announcements lost while the game had stalled."""
    update_overruns: int
    """Updates that left work for the next one because their budget was spent."""
    update_ms: Percentiles
    """Time inside ``Bridge.update``, the game's own queries and handlers included."""
    time_to_first_intention_ms: Percentiles
    """From a stimulus to the first intention it led to, seen by ``update``."""
    connections: int
    """Connections opened."""
    bytes_sent: int
    bytes_received: int
    frames_received: int
    reads: int
    frames_refused: int
    """Frames from the server that could not be read."""
    last_refusal: str
    """Why the last of them could not be read, with the path of the field."""
    loop: str
    """``uvloop``, ``asyncio`` or ``virtual``."""
    loop_cpu_ms: float
    """CPU time of the loop thread; 0 where it shares the frame thread."""
    switch_interval_ms: float
