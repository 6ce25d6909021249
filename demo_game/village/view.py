"""A picture of the village that nothing changes any more, for questions from another thread."""

from collections.abc import Mapping
from typing import NamedTuple

from demo_game.village.ground import Ground
from demo_game.village.names import Names
from demo_game.village.senses import Sighting
from demo_game.village.thefts import Theft
from demo_game.village.units import Cell, Spot
from demo_game.village.village import Village

__all__ = ["SeenDoor", "SeenPerson", "VillageView", "view_of"]


class SeenPerson(NamedTuple):
    """Somebody, at one moment."""

    name: str
    label: str
    spot: Spot


class SeenDoor(NamedTuple):
    """A door, at one moment."""

    is_locked: bool
    is_open: bool


class VillageView(NamedTuple):
    """The village at one tick."""

    tick: int
    people: Mapping[str, SeenPerson]
    doors: Mapping[str, SeenDoor]
    sightings: Mapping[str, Mapping[str, Sighting]]
    """What each person knows of where things and others are; replaced, never changed, by the
    village."""
    thefts: tuple[Theft, ...]
    names: Names
    ground: Ground
    """Walls do not move, so the map itself is safe to share."""

    def spot_known_to(self, who: str, name: str) -> Spot | None:
        """Return where somebody believes a place, a person, a door or a thing to be."""
        if (fixed := self.ground.spot_of(name)) is not None:
            return fixed
        seen = self.sightings[who].get(name)
        return None if seen is None else seen.spot

    def way(self, who: str, spot: Spot) -> list[Cell] | None:
        """Return the way that somebody would walk to a point, as far as one gets."""
        here = self.people[who].spot.cell
        # Who stands there now is not known from here.
        goal = self.ground.free_cell_near(spot, here, taken=())
        return None if goal is None else self.ground.path(here, goal)


def view_of(village: Village) -> VillageView:
    """Return the village as it is now."""
    return VillageView(
        village.tick,
        {p.name: SeenPerson(p.name, p.label, p.spot) for p in village.people.values()},
        {d.name: SeenDoor(d.is_locked, d.is_open) for d in village.ground.doors.values()},
        dict(village.sightings),
        village.thefts.known,
        village.names,
        village.ground,
    )
