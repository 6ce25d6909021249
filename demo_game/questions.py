"""What villagers can ask about the world."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from demo_game.actions import Name
from demo_game.village.people import Person
from demo_game.village.units import TICKS_PER_S, distance_px
from demo_game.village.view import VillageView
from demo_game.village.village import Village
from npcengine import Bridge, Npc, QueryFailed

__all__ = ["register_queries"]

MAX_RADIUS_PX = 240


class Near(msgspec.Struct, frozen=True):
    """Something one sees around oneself."""

    name: str
    what: str
    distance_px: int
    doing: str = ""


class Whereabouts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one knows of where something is."""

    known: bool
    place: str = ""
    where: str = ""
    seen_ms_ago: int = 0
    is_gone: bool = False
    """One has looked since, and it was not there any more."""


class Taken(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one knows of a thing that was taken by somebody whose it is not."""

    known: bool
    by: str = ""
    owner: str = ""
    seen_by: list[str] = []
    ms_ago: int = 0
    is_settled: bool = False
    """It was paid for, or brought back."""


class Way(msgspec.Struct, frozen=True):
    """How to get somewhere."""

    exists: bool
    steps: int
    label: str


class DoorState(msgspec.Struct, frozen=True):
    """How a door is."""

    is_locked: bool
    is_open: bool


def register_queries(bridge: Bridge, village: Village, people: Mapping[str, str]) -> None:
    """Let every mind of a bridge ask about a village.

    Args:
        bridge: Whose minds.
        village: The live world, for queries that run in the frame.
        people: The villager's name for each NPC's.
    """

    @bridge.query
    def nearby(
        npc: Npc, radius_px: Annotated[int, msgspec.Meta(ge=8, le=MAX_RADIUS_PX)] = 160
    ) -> list[Near]:
        """Who and what you see around you now, nearest first."""
        me = village.people[people[npc.name]]
        near = _nearby(village, me, radius_px)
        for what in near:
            if what.name in village.people or what.name in village.items:
                village.saw(me.name, what.name)
        return near

    @bridge.query
    def has_item(npc: Npc, person: Name, item: Name) -> bool:
        """Whether you can see that somebody has a thing: yourself, or somebody within sight."""
        me = village.people[people[npc.name]]
        other = village.people.get(village.names.find(person, among=village.people) or "")
        thing = village.items.get(village.names.find(item, among=village.items) or "")
        if other is None or thing is None:
            raise QueryFailed(f"you know of no {person if other is None else item!r}")
        if distance_px(me.spot, other.spot) > MAX_RADIUS_PX:
            raise QueryFailed(f"{other.label} is too far away to tell")
        is_open = thing.is_plain_to_see or other.shows == thing.name
        if other is not me and thing.holder is not None and not is_open:
            where = "in a pocket, where you cannot see it: ask to be shown"
            raise QueryFailed(f"{thing.label} would be {where}")
        return thing.holder == other.name

    @bridge.query(where="snapshot")
    def where_is(npc: Npc, view: VillageView, thing: Name) -> Whereabouts:
        """Where you last saw a thing or a person, and how long ago; or where a place is."""
        name = view.names.find(thing)
        if name is None:
            return Whereabouts(known=False)
        return _whereabouts(view, people[npc.name], name)

    @bridge.query(where="snapshot", budget_ms=12)
    def path_to(npc: Npc, view: VillageView, place: Name) -> Way:
        """Whether there is a way to a place, or to where you last saw somebody, and its steps."""
        name = view.names.find(place)
        if name is None:
            raise QueryFailed(f"you know of no place called {place!r}")
        label, spot = view.names.label(name), view.spot_known_to(people[npc.name], name)
        if spot is None:
            raise QueryFailed(f"you have not seen {label}, so you know no way there")
        way = view.way(people[npc.name], spot)
        return Way(False, 0, label) if way is None else Way(True, len(way), label)

    @bridge.query(where="snapshot")
    def who_saw(npc: Npc, view: VillageView, thing: Name) -> Taken:
        """Who was last seen taking a thing that is not theirs, as far as you saw or were told."""
        me, name = people[npc.name], view.names.find(thing)
        for theft in reversed(view.thefts):
            if theft.item == name and me in (*theft.witnesses, *theft.told):
                label = view.names.label
                return Taken(
                    True,
                    by=label(theft.thief),
                    owner=label(theft.owner),
                    seen_by=[label(witness) for witness in theft.witnesses],
                    ms_ago=(view.tick - theft.tick) * 1_000 // TICKS_PER_S,
                    is_settled=theft.is_settled,
                )
        return Taken(False)

    @bridge.query(where="snapshot")
    def door_state(view: VillageView, door: Name) -> DoorState:
        """Whether a door is locked, and whether it is open."""
        state = view.doors.get(view.names.find(door, among=view.doors) or "")
        if state is None:
            raise QueryFailed(f"you know of no door called {door!r}")
        return DoorState(state.is_locked, state.is_open)


def _whereabouts(view: VillageView, who: str, name: str) -> Whereabouts:
    if (fixed := view.ground.spot_of(name)) is not None:
        beside = view.ground.nearest_place(fixed, but=name)
        return Whereabouts(True, name, f"near {beside.label}")
    seen = view.sightings[who].get(name)
    if seen is None:
        return Whereabouts(known=False)
    is_carried = seen.place in view.people
    how = "with" if is_carried else "near" if name in view.people else "at"
    return Whereabouts(
        True,
        seen.place,
        f"{how} {view.names.label(seen.place)}",
        (view.tick - seen.tick) * 1_000 // TICKS_PER_S,
        seen.is_gone,
    )


def _nearby(village: Village, me: Person, radius_px: int) -> list[Near]:
    found = [
        Near(p.name, p.label, distance_px(me.spot, p.spot), village.doing(p.name))
        for p in village.people.values()
        if p is not me
    ]
    found += [
        Near(i.name, i.label, distance_px(me.spot, i.spot))
        for i in village.items.values()
        if i.holder is None
    ]
    found += [
        Near(d.name, f"the {d.name}", distance_px(me.spot, d.spot), "open" if d.is_open else "shut")
        for d in village.ground.doors.values()
    ]
    within = [near for near in found if near.distance_px <= radius_px]
    return sorted(within, key=lambda near: (near.distance_px, near.name))[:12]
