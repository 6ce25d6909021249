"""Who was seen taking what is not theirs, and who knows of it.

A theft that nobody sees is none: nothing knows of it but the thief and the empty peg.
"""

from collections.abc import Iterable, Mapping

import msgspec

from demo_game.village.items import Item
from demo_game.village.people import Person
from demo_game.village.senses import sees
from demo_game.village.units import distance_px

__all__ = ["CRY_PX", "Theft", "Thefts", "theft_of"]

CRY_PX = 240
"""How far "stop, thief" carries: farther than talk does."""


class Theft(msgspec.Struct, frozen=True):
    """Somebody was seen taking somebody else's thing."""

    thief: str
    item: str
    owner: str
    tick: int
    witnesses: tuple[str, ...]
    """Who saw it, the nearest first; the nearest cries out."""
    told: tuple[str, ...]
    """Who heard the cry without having seen it."""
    is_settled: bool = False
    """Whether it was paid for, or the thing brought back."""


class Thefts:
    """All of an evening, in the order in which they happened."""

    def __init__(self, known: Iterable[Theft] = (), untold: int = 0) -> None:
        self.known = tuple(known)
        self._untold = untold

    @property
    def untold(self) -> int:
        """How many of the newest ones minds have not been told of yet."""
        return self._untold

    def add(self, theft: Theft) -> None:
        """Put one on record."""
        self.known = (*self.known, theft)
        self._untold += 1

    def take_untold(self) -> tuple[Theft, ...]:
        """Return those that have come up since this was last asked, oldest first."""
        untold, self._untold = self.known[max(0, len(self.known) - self._untold) :], 0
        return untold

    def open_for(self, thief: str, *, known_to: str) -> Theft | None:
        """Return the oldest theft of somebody's that is not settled, and that another knows of."""
        return next(
            (
                theft
                for theft in self.known
                if theft.thief == thief
                and not theft.is_settled
                and known_to in (*theft.witnesses, *theft.told)
            ),
            None,
        )

    def settle(self, theft: Theft) -> None:
        """Note that one has been made good."""
        settled = msgspec.structs.replace(theft, is_settled=True)
        self.known = tuple(settled if known is theft else known for known in self.known)

    def brought_back(self, item: Item, by: str) -> None:
        """Note that somebody has brought a thing back to its owner."""
        for theft in self.known:
            if (theft.thief, theft.item, theft.is_settled) == (by, item.name, False):
                self.settle(theft)


def theft_of(item: Item, taker: Person, people: Mapping[str, Person], tick: int) -> Theft | None:
    """Return the theft that it is when somebody takes a thing; ``None`` if it is none."""
    if item.owner is None or item.owner == taker.name:
        return None
    near = sorted(
        (other for other in people.values() if other is not taker and sees(other, taker.spot)),
        key=lambda other: (distance_px(other.spot, taker.spot), other.name),
    )
    if not near:
        return None
    crier = near[0]
    witnesses = tuple(other.name for other in near)
    told = tuple(
        other.name
        for other in people.values()
        if other is not taker
        and other.name not in witnesses
        and distance_px(other.spot, crier.spot) <= CRY_PX
    )
    return Theft(taker.name, item.name, item.owner, tick, witnesses, told)
