"""Which turn of one run is which turn of another: they are counted, NPC by NPC, since a load."""

from typing import TypeAlias

__all__ = ["Course", "TurnKey"]

TurnKey: TypeAlias = tuple[str, int, int]
"""An NPC, how often a save was loaded before, and the how-manieth turn since; negative for turns
that no recording has."""


class Course:
    """Numbers turns as they come up. A ``turn_epoch`` counts loads as well, so it is no number."""

    def __init__(self) -> None:
        self.loads = 0
        self._count: dict[str, int] = {}
        self._uncounted = 0
        self._keys: dict[tuple[str, int], TurnKey] = {}
        self._epochs: dict[TurnKey, int] = {}

    def key(self, npc: str, epoch: int) -> TurnKey:
        """Return which turn an NPC's ``turn_epoch`` is; if it is new, the next one."""
        key = self._keys.get((npc, epoch))
        if key is None:
            self._count[npc] = self._count.get(npc, 0) + 1
            key = self._keys[npc, epoch] = npc, self.loads, self._count[npc]
            self._epochs[key] = epoch
        return key

    def epoch(self, key: TurnKey) -> int | None:
        """Return a turn's ``turn_epoch``; ``None`` if it has not come up."""
        return self._epochs.get(key)

    def knows(self, npc: str, epoch: int) -> bool:
        """Whether the turn has come up before."""
        return (npc, epoch) in self._keys

    def add_uncounted(self, npc: str, epoch: int) -> TurnKey:
        """Return the key of a new turn that has no counterpart."""
        self._uncounted += 1
        key = self._keys[npc, epoch] = npc, self.loads, -self._uncounted
        return key

    def newest(self, npc: str) -> int:
        """Return how many turns an NPC has had since the last load."""
        return self._count.get(npc, 0)

    def load(self) -> None:
        """A save was loaded: what comes now is counted anew."""
        self.loads += 1
        self._count.clear()
