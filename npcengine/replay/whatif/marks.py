"""How far each turn can be believed: the rules of ADR 0017.

*valid*: the mind was told what it had been told, in the same order, and met the world within a
second of when it had. *suspect*: it was told the same at another point, was cut off at another
word, or met a world that had moved on. *void*: it was told what it never was, its turn ended
otherwise, or a deadline came that had not. Later turns of an NPC are no better than earlier ones.
"""

from typing import Literal, TypeAlias

import msgspec

from npcengine.trace.records import Validity

__all__ = ["MOVED_MS", "Mark", "Marks"]

MOVED_MS = 1_000.0
"""How far the world may have come between the moment in which a mind met it, and the one in which
it had: somebody walks a few steps in a second."""

Mark: TypeAlias = Literal["valid", "suspect", "void"]

_ORDER: tuple[Mark, ...] = ("valid", "suspect", "void")


class _Standing(msgspec.Struct):
    mark: Mark = "valid"
    reason: str = ""

    def worsen(self, mark: Mark, reason: str) -> None:
        """Get worse, for the first reason that there is."""
        if _ORDER.index(mark) > _ORDER.index(self.mark):
            self.mark, self.reason = mark, reason


class Marks:
    """The marks of one run."""

    def __init__(self) -> None:
        self._npcs: dict[str, _Standing] = {}
        """What an NPC's next turn inherits."""
        self._turns: dict[tuple[str, int], _Standing] = {}
        """Turns that are under way."""
        self.given: list[Validity] = []
        """Of turns that are over, in order."""

    def begin(self, npc: str, epoch: int) -> None:
        """A turn has come up; more than once is as good as once."""
        if (npc, epoch) not in self._turns:
            standing = self._npcs.setdefault(npc, _Standing())
            self._turns[npc, epoch] = _Standing(standing.mark, standing.reason)

    def worsen(self, npc: str, epoch: int, mark: Mark, reason: str) -> None:
        """Something about a turn is not as it was, for it and all turns behind it."""
        self.begin(npc, epoch)
        self._turns[npc, epoch].worsen(mark, f"{reason} (turn {epoch})")
        self._npcs[npc].worsen(mark, f"{reason} (turn {epoch})")

    def worsen_all(self, npc: str, mark: Mark, reason: str) -> None:
        """Something about an NPC is not as it was, whether or not it is in a turn."""
        self._npcs.setdefault(npc, _Standing()).worsen(mark, reason)
        for whose, standing in self._turns.items():
            if whose[0] == npc:
                standing.worsen(mark, reason)

    def end(self, npc: str, epoch: int) -> Validity:
        """A turn is over; return its mark."""
        self.begin(npc, epoch)
        standing = self._turns.pop((npc, epoch))
        validity = Validity(npc, epoch, standing.mark, standing.reason)
        self.given.append(validity)
        return validity

    def end_all(self, reason: str) -> list[Validity]:
        """The run is over; return the marks of turns that are not."""
        for standing in self._turns.values():
            standing.worsen("suspect", reason)
        return [self.end(*whose) for whose in list(self._turns)]

    def load(self) -> None:
        """A save was loaded, the recorded one: minds and world are again what they were."""
        self._npcs.clear()
