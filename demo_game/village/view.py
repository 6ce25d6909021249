"""A picture of the village that nothing changes any more, for questions from another thread."""

from collections.abc import Mapping
from typing import NamedTuple

from demo_game.village.ground import Ground
from demo_game.village.senses import Sighting
from demo_game.village.units import Spot
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
    """What each person knows of where things are; replaced, never changed, by the village."""
    ground: Ground
    """Walls do not move, so the map itself is safe to share."""


def view_of(village: Village) -> VillageView:
    """Return the village as it is now."""
    return VillageView(
        village.tick,
        {p.name: SeenPerson(p.name, p.label, p.spot) for p in village.people.values()},
        {d.name: SeenDoor(d.is_locked, d.is_open) for d in village.ground.doors.values()},
        dict(village.sightings),
        village.ground,
    )
