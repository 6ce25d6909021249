"""Many events in a short time become one thing to think about.

Rules:

1. Speech addressed to an NPC wakes it at once, along with whatever was gathered until then.
2. An event waits for others for ``gather_ms``, and each one that comes extends that, up to
   ``longest_ms`` after the first.
3. What is gathered is bounded however much there is of it: equal events are counted, the newest
   are kept whole, and no event is left out of the count.
"""

from collections import deque

import msgspec
from msgspec import Raw

__all__ = ["MAX_DIGEST_BYTES", "Event", "Gathered", "Gathering", "digest"]

GATHER_MS = 60.0
"""Four frames: what one cause brings about arrives within that, and nobody notices the wait."""

LONGEST_MS = 1_000.0
"""After that a mind has to hear of it, whether or not it goes on."""

MAX_KINDS = 32
"""Different events that are counted by name; further ones are counted together."""

MAX_NEWEST = 8
"""Events that are kept whole."""

MAX_WHAT_CHARS = 120
MAX_DIGEST_BYTES = 2_048
"""About five hundred tokens: less than what twenty events would take one by one."""

_encode = msgspec.json.Encoder().encode


class Event(msgspec.Struct, frozen=True):
    """Something that an NPC noticed."""

    what: str
    """What events are counted by."""
    facts: Raw
    """All of it, as a JSON object."""
    at_ms: float


class Gathered(msgspec.Struct, kw_only=True):
    """What has come together. Bounded."""

    total: int = 0
    counts: dict[str, int] = {}
    """Of the first so many kinds, in the order in which they came."""
    others: int = 0
    """Events of further kinds."""
    first_ms: float = 0.0
    last_ms: float = 0.0
    newest: deque[Event] = msgspec.field(default_factory=lambda: deque(maxlen=MAX_NEWEST))

    def add(self, event: Event) -> None:
        """Count an event, and keep it for as long as it is one of the newest."""
        what = _clipped(event.what)
        if not self.total:
            self.first_ms = event.at_ms
        self.last_ms = event.at_ms
        self.total += 1
        if what in self.counts or len(self.counts) < MAX_KINDS:
            self.counts[what] = self.counts.get(what, 0) + 1
        else:
            self.others += 1
        self.newest.append(event)


class Gathering:
    """What waits for an NPC to think about it, and until when. One clock's milliseconds."""

    def __init__(self, *, gather_ms: float = GATHER_MS, longest_ms: float = LONGEST_MS) -> None:
        self._gather_ms = gather_ms
        self._longest_ms = longest_ms
        self._gathered = Gathered()
        self.wake_at_ms: float | None = None
        """When it has to be taken; ``None`` while nothing is there to wake for."""

    def addressed(self, now_ms: float) -> None:
        """Somebody spoke to the NPC."""
        self.wake_at_ms = now_ms

    def noticed(self, event: Event) -> None:
        """Something happened that is a reason to think, though not at once."""
        self._gathered.add(event)
        latest_ms = self._gathered.first_ms + self._longest_ms
        until_ms = min(event.at_ms + self._gather_ms, latest_ms)
        # A wake-up that is due stays due: speech is not put off by what comes behind it.
        is_due = self.wake_at_ms is not None and self.wake_at_ms <= event.at_ms
        if not is_due:
            self.wake_at_ms = until_ms

    def take(self) -> Gathered:
        """Return what has come together and begin anew."""
        taken, self._gathered, self.wake_at_ms = self._gathered, Gathered(), None
        return taken


def digest(gathered: Gathered) -> dict[str, object]:
    """Return what a mind is told of many events, as at most :data:`MAX_DIGEST_BYTES` of JSON.

    The newest event is there whole if it fits at all; then come the counts, the most frequent
    first; then the rest of the newest. ``total`` is the sum of ``counts`` and ``others``, always.
    """
    newest = list(gathered.newest)
    told: dict[str, object] = {
        "total": gathered.total,
        "over_ms": round(gathered.last_ms - gathered.first_ms),
        "first": next(iter(gathered.counts), ""),
        "last": _clipped(newest[-1].what) if newest else "",
        "counts": {},
        "others": gathered.total,
        "newest": [],
    }
    room = MAX_DIGEST_BYTES - len(_encode(told))
    last, room = _fitting(newest[-1:], room)
    counts: dict[str, int] = {}
    for what, count in sorted(gathered.counts.items(), key=lambda kind: -kind[1]):
        size = len(_encode({what: count}))
        if size <= room:
            counts[what] = count
            room -= size
    before, _ = _fitting(newest[-2::-1], room)
    others = gathered.total - sum(counts.values())
    return {**told, "counts": counts, "others": others, "newest": [*reversed(before), *last]}


def _fitting(events: list[Event], room: int) -> tuple[list[Raw], int]:
    """Return the facts of as many events as there is room for, and the room that is left."""
    kept: list[Raw] = []
    for event in events:
        size = len(bytes(event.facts)) + 1
        if size > room:
            break
        kept.append(event.facts)
        room -= size
    return kept, room


def _clipped(what: str) -> str:
    text = what if len(what) <= MAX_WHAT_CHARS else what[: MAX_WHAT_CHARS - 3] + "..."
    return text.encode("utf-8", "replace").decode()
