"""Things that can be carried, and where they are."""

from demo_game.village.units import Spot

__all__ = ["LABELS", "PLAIN_TO_SEE", "Item"]

PLAIN_TO_SEE = frozenset(("bread", "ladder", "lamp_oil"))
"""Things that are carried in both hands; the others go into a pocket."""

LABELS = {
    "gate_key": "the gate key",
    "ladder": "the ladder",
    "lamp_oil": "the lamp oil",
    "bread": "a loaf of bread",
    "lantern_hook": "the lantern's hook",
    "wick": "the wick",
    "permit": "the festival permit",
    "dagger": "a dagger",
}


class Item:
    """One thing: it lies somewhere, or somebody has it."""

    __slots__ = ("holder", "label", "name", "place", "spot")

    def __init__(self, name: str, spot: Spot, place: str) -> None:
        self.name = name
        self.label = LABELS.get(name, f"the {name.replace('_', ' ')}")
        self.spot = spot
        """Where it lies; where it was picked up, while somebody has it."""
        self.place = place
        """Name of the place it lies at."""
        self.holder: str | None = None
        """Who has it; what is in a pocket cannot be seen."""

    @property
    def is_plain_to_see(self) -> bool:
        """Whether it shows when somebody has it."""
        return self.name in PLAIN_TO_SEE
