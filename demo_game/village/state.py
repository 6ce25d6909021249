"""All that is so in a village, as plain data, and back."""

from random import Random
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

from demo_game.village.doings import MAX_IN_LINE, SavedDoing
from demo_game.village.items import HandOver
from demo_game.village.people import Mark, Person, Pose
from demo_game.village.senses import Sighting
from demo_game.village.thefts import Theft, Thefts
from demo_game.village.units import Cell, Facing, Spot

if TYPE_CHECKING:
    from demo_game.village.village import Village

__all__ = ["VillageState", "state_of", "take_state"]

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_FEW = msgspec.Meta(max_length=200)
_ONE_LINE = msgspec.Meta(max_length=2 * MAX_IN_LINE)

Luck: TypeAlias = tuple[int, Annotated[tuple[int, ...], msgspec.Meta(max_length=700)], float | None]
"""What ``Random.getstate`` returns."""


class PersonState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person; what the fields are is said in :mod:`people`."""

    spot: Spot
    facing: Facing
    pose: Pose
    way: Annotated[list[Cell], msgspec.Meta(max_length=4_000)]
    hurries: bool
    steps: Count
    mark: Mark | None
    mark_until: Count
    shows: str | None
    shows_until: Count
    pennies: Count
    said: str | None
    doings: Annotated[list[SavedDoing], _ONE_LINE]
    sightings: Annotated[dict[str, Sighting], _FEW]


class ItemState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who has a thing, and whose it is."""

    holder: str | None
    owner: str | None


class DoorState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a door is."""

    is_locked: bool
    is_open: bool


class VillageState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything of a village that its map does not say."""

    tick: Count
    luck: Luck
    people: dict[str, PersonState]
    items: dict[str, ItemState]
    doors: dict[str, DoorState]
    thefts: Annotated[tuple[Theft, ...], _FEW]
    untold_thefts: Count
    hand_overs: Annotated[tuple[HandOver, ...], _FEW]


def state_of(village: "Village") -> VillageState:
    """Return a village's state; it shares nothing with the village."""
    return VillageState(
        tick=village.tick,
        luck=village.random.getstate(),
        people={name: _of_person(village, person) for name, person in village.people.items()},
        items={item.name: ItemState(item.holder, item.owner) for item in village.items.values()},
        doors={d.name: DoorState(d.is_locked, d.is_open) for d in village.ground.doors.values()},
        thefts=village.thefts.known,
        untold_thefts=village.thefts.untold,
        hand_overs=tuple(village.hand_overs),
    )


def _of_person(village: "Village", person: Person) -> PersonState:
    return PersonState(
        spot=person.spot,
        facing=person.facing,
        pose=person.pose,
        way=list(person.way),
        hurries=person.hurries,
        steps=person.steps,
        mark=person.mark,
        mark_until=person.mark_until,
        shows=person.shows,
        shows_until=person.shows_until,
        pennies=person.pennies,
        said=village.said.get(person.name),
        doings=village.doings[person.name].saved(),
        sightings=dict(village.sightings[person.name]),
    )


def take_state(village: "Village", state: VillageState) -> None:
    """Make a village what a state says.

    What is under way goes on; whoever asked for it is not told how it ends.

    Raises:
        ValueError: The state is of another village, or names what is not there. The village is as
            it was before.
    """
    _check(village, state)
    village.random.setstate(state.luck)
    village.tick = state.tick
    for name, saved in state.people.items():
        _take_person(village, village.people[name], saved)
    village.said = {n: p.said for n, p in state.people.items() if p.said is not None}
    village.sightings = {name: dict(saved.sightings) for name, saved in state.people.items()}
    for name, item in state.items.items():
        village.items[name].holder, village.items[name].owner = item.holder, item.owner
    for name, door in state.doors.items():
        village.ground.doors[name].is_locked = door.is_locked
        village.ground.doors[name].is_open = door.is_open
    village.thefts = Thefts(state.thefts, state.untold_thefts)
    village.hand_overs = list(state.hand_overs)


def _take_person(village: "Village", person: Person, saved: PersonState) -> None:
    village.doings[person.name].restore(saved.doings)
    person.spot, person.facing, person.pose = saved.spot, saved.facing, saved.pose
    person.way, person.hurries, person.steps = list(saved.way), saved.hurries, saved.steps
    person.mark, person.mark_until = saved.mark, saved.mark_until
    person.shows, person.shows_until = saved.shows, saved.shows_until
    person.pennies = saved.pennies


def _check(village: "Village", state: VillageState) -> None:
    ground = village.ground
    for what, there, named in (
        ("people", village.people.keys(), state.people.keys()),
        ("items", village.items.keys(), state.items.keys()),
        ("doors", ground.doors.keys(), state.doors.keys()),
    ):
        if there != named:
            raise ValueError(f"{what}: {min(there ^ named)!r} is only in one of the two")
    for name, person in state.people.items():
        column, row = person.spot.cell
        if not (0 <= column < ground.width and 0 <= row < ground.height):
            raise ValueError(f"people.{name}.spot: {tuple(person.spot)} is not on the map")
        if person.shows is not None and person.shows not in village.items:
            raise ValueError(f"people.{name}.shows: there is no {person.shows!r}")
    for name, item in state.items.items():
        if item.holder is not None and item.holder not in village.people:
            raise ValueError(f"items.{name}.holder: there is no {item.holder!r}")
    things = [theft.item for theft in state.thefts] + [told.item for told in state.hand_overs]
    for thing in things:
        if thing not in village.items:
            raise ValueError(f"thefts or hand_overs: there is no {thing!r}")
    _check_luck(state.luck)


def _check_luck(luck: Luck) -> None:
    try:
        Random(0).setstate(luck)  # noqa: S311 - a game's luck
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"luck: {error}") from error
