"""What people know of where things and others are: what they saw, and when, and what is gone."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from demo_game.village.ground import Ground
from demo_game.village.items import Item
from demo_game.village.people import Person
from demo_game.village.units import SUB, Spot, distance_px

__all__ = ["EARSHOT_PX", "Sighting", "look_around", "sees", "sighting_of"]

SIGHT_PX = 150
"""How far one sees a thing that lies in front."""

NEAR_PX = 24
"""How near a thing is seen wherever one looks."""

EARSHOT_PX = 130
"""How far an ordinary voice carries."""


class Sighting(NamedTuple):
    """What somebody knows of where a thing or a person is."""

    place: str
    """Name of the place it was at, or of who had it in their hands."""
    spot: Spot
    """Where exactly."""
    tick: int
    """When it was last seen there."""
    is_gone: bool = False
    """Whether they have since looked, and it was not there any more; never so of people."""


def sighting_of(what: Item | Person, ground: Ground, tick: int) -> Sighting:
    """Return what somebody knows who sees a person, or a thing where it lies, now."""
    place = what.place if isinstance(what, Item) else ground.nearest_place(what.spot).name
    return Sighting(place, what.spot, tick)


def look_around(
    person: Person,
    items: Iterable[Item],
    people: Mapping[str, Person],
    ground: Ground,
    known: Mapping[str, Sighting],
    tick: int,
) -> dict[str, Sighting]:
    """Return what a person knows after a look around; what cannot be seen is known as before."""
    after = dict(known)
    for other in people.values():
        if sees(person, other.spot):
            after[other.name] = sighting_of(other, ground, tick)
    for item in items:
        if item.holder is None:
            if sees(person, item.spot):
                after[item.name] = sighting_of(item, ground, tick)
            continue
        holder = people[item.holder]
        is_open = item.is_plain_to_see or holder.shows == item.name
        if holder is person or (is_open and sees(person, holder.spot)):
            after[item.name] = Sighting(holder.name, holder.spot, tick)
        elif sees(person, item.spot):
            # Somebody pocketed it: what one sees is the empty place where it was.
            last = known.get(item.name)
            if last is not None and last.place == item.place:
                after[item.name] = last._replace(is_gone=True)
    return after


def sees(person: Person, spot: Spot) -> bool:
    """Whether somebody sees what is at a point: near, or not too far in front of them."""
    distance = distance_px(person.spot, spot)
    if distance <= NEAR_PX:
        return True
    if distance > SIGHT_PX:
        return False
    dx, dy = (spot.x - person.spot.x) // SUB, (spot.y - person.spot.y) // SUB
    ahead = {"down": dy, "up": -dy, "right": dx, "left": -dx}[person.facing]
    # In front: within 60 degrees to either side of where one looks.
    return ahead > 0 and 2 * ahead >= distance
