"""Things that can be carried, and where they are."""

from typing import NamedTuple

from demo_game.village.units import Spot

__all__ = ["HUNG", "LABELS", "PLAIN_TO_SEE", "SMALL", "HandOver", "Item"]

PLAIN_TO_SEE = frozenset(("bread", "ladder", "lamp_oil", "sword"))
"""Things that are carried in both hands; the others go into a pocket."""

HUNG = frozenset(("sword", "dagger", "ring"))
"""Things that hang on pegs while nobody has them, and look smaller there."""

SMALL = frozenset(("ring",))
"""Those of them that look as small in a hand."""

LABELS = {
    "gate_key": "the gate key",
    "ladder": "the ladder",
    "lamp_oil": "the lamp oil",
    "bread": "a loaf of bread",
    "lantern_hook": "the lantern's hook",
    "wick": "the wick",
    "permit": "the festival permit",
    "dagger": "the dagger",
    "sword": "the sword",
    "ring": "the lamplighter's ring",
}


class Item:
    """One thing: it lies somewhere, or somebody has it."""

    __slots__ = ("against", "holder", "label", "name", "owner", "place", "spot")

    def __init__(
        self, name: str, spot: Spot, place: str, *, owner: str | None = None, against: str = ""
    ) -> None:
        self.name = name
        self.label = LABELS.get(name, f"the {name.replace('_', ' ')}")
        self.spot = spot
        """Where it lies; where it was picked up, while somebody has it."""
        self.place = place
        """Name of the place it lies at."""
        self.holder: str | None = None
        """Who has it; what is in a pocket cannot be seen."""
        self.owner = owner
        """Whose it is; ``None`` for what anybody may take."""
        self.against = against
        """What somebody has to show before the owner can give it to them; empty for nothing."""

    @property
    def is_plain_to_see(self) -> bool:
        """Whether it shows when somebody has it."""
        return self.name in PLAIN_TO_SEE


class HandOver(NamedTuple):
    """Somebody gave somebody something."""

    item: str
    giver: str
    taker: str
