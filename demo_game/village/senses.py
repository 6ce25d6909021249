"""What people know of things: what they saw, when they saw it, and whether it was still there."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from demo_game.village.items import Item
from demo_game.village.people import Person
from demo_game.village.units import SUB, Spot, distance_px

__all__ = ["EARSHOT_PX", "Sighting", "look_around"]

SIGHT_PX = 150
"""How far one sees a thing that lies in front."""

NEAR_PX = 24
"""How near a thing is seen wherever one looks."""

EARSHOT_PX = 130
"""How far an ordinary voice carries."""


class Sighting(NamedTuple):
    """What somebody knows of where a thing is."""

    place: str
    tick: int
    """When it was last seen there."""
    is_gone: bool = False
    """Whether they have since looked, and it was not there any more."""


def look_around(
    person: Person, items: Iterable[Item], known: Mapping[str, Sighting], tick: int
) -> dict[str, Sighting]:
    """Return what a person knows after a look around; what cannot be seen is known as before."""
    after = dict(known)
    for item in items:
        if item.holder == person.name:
            after[item.name] = Sighting(f"with {person.name}", tick)
        elif item.holder is None and _sees(person, item.spot):
            after[item.name] = Sighting(item.place, tick)
        elif item.holder is not None and _sees(person, item.spot):
            # Somebody pocketed it: what one sees is the empty place where it was.
            last = known.get(item.name)
            if last is not None and last.place == item.place:
                after[item.name] = last._replace(is_gone=True)
    return after


def _sees(person: Person, spot: Spot) -> bool:
    distance = distance_px(person.spot, spot)
    if distance <= NEAR_PX:
        return True
    if distance > SIGHT_PX:
        return False
    dx, dy = (spot.x - person.spot.x) // SUB, (spot.y - person.spot.y) // SUB
    ahead = {"down": dy, "up": -dy, "right": dx, "left": -dx}[person.facing]
    # In front: within 60 degrees to either side of where one looks.
    return ahead > 0 and 2 * ahead >= distance
