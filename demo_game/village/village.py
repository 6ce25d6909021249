"""The whole village: everybody, everything, and what happens in one tick."""

import hashlib
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import msgspec

from demo_game.village.acts import Act, Failed, Succeeded
from demo_game.village.ground import Ground
from demo_game.village.items import Item
from demo_game.village.people import Person
from demo_game.village.senses import Sighting, look_around
from demo_game.village.tiled import MapFile
from demo_game.village.units import Cell, Facing, Spot, spot_at_px

__all__ = ["HandOver", "Village"]

PLAYER = "player"

LOOK_EVERY_TICKS = 10
"""How often people look around."""

_LABELS = {
    "player": "the apprentice",
    "mira": "Mira",
    "tomas": "Tomas",
    "pip": "Pip",
    "bram": "Bram",
    "odile": "Odile",
    "aldous": "Reeve Aldous",
}

Ended = Callable[[Succeeded | Failed], None]


class HandOver(NamedTuple):
    """Somebody gave somebody something."""

    item: str
    giver: str
    taker: str


class Village:
    """A village. Its only clock is :attr:`tick`, its only luck :attr:`random`."""

    def __init__(self, chart: MapFile, *, seed: int, cast: tuple[str, ...]) -> None:
        """Set everybody in their place.

        Args:
            chart: The map.
            seed: Decides everything that is left to luck.
            cast: Who is there besides the player, by name.
        """
        self.tick = 0
        self.random = Random(seed)  # noqa: S311 - a game's luck
        self.ground = Ground(chart)
        self.people: dict[str, Person] = {}
        for o in chart.objects("people"):
            if o.name in cast or o.name == PLAYER:
                facing: Facing = msgspec.convert(o.get("facing", "down"), Facing)
                label = _LABELS.get(o.name, o.name.title())
                self.people[o.name] = Person(o.name, label, spot_at_px(o.x, o.y), facing)
        self.items: dict[str, Item] = {}
        for o in chart.objects("items"):
            spot = spot_at_px(o.x, o.y)
            self.items[o.name] = Item(o.name, spot, self.ground.nearest_place(spot).name)
        self.sightings: dict[str, dict[str, Sighting]] = {name: {} for name in self.people}
        self.said: dict[str, str] = {}
        """What each person said last, as far as it has been heard."""
        self.hand_overs: list[HandOver] = []
        """What was handed over in this tick."""
        self._acts: dict[str, tuple[Act, Ended | None]] = {}

    @property
    def player(self) -> Person:
        """The player's own figure."""
        return self.people[PLAYER]

    # --- doing --------------------------------------------------------------------------------

    def begin(self, name: str, act: Act, ended: Ended | None = None) -> None:
        """Let somebody do something; what they were doing is broken off.

        Args:
            name: Who.
            act: What.
            ended: Told once how it ended, also when it is broken off.
        """
        self.break_off(name, "you began to do something else")
        self._acts[name] = (act, ended)

    def break_off(self, name: str, reason: str) -> None:
        """Stop what somebody is doing, if anything."""
        act = self._acts.pop(name, None)
        self.people[name].way = []
        if act is not None and act[1] is not None:
            act[1](Failed(reason))

    def doing(self, name: str) -> str:
        """Return what somebody is doing, in words; empty when nothing."""
        act = self._acts.get(name)
        return act[0].name if act is not None else ""

    def step(self) -> None:
        """Let one tick pass."""
        self.tick += 1
        self.hand_overs = []
        for name, person in self.people.items():
            if person.mark is not None and self.tick >= person.mark_until:
                person.mark = None
            if name != PLAYER:
                person.walk()
            if (under_way := self._acts.get(name)) is not None:
                act, ended = under_way
                outcome = act.go_on(self, person)
                if outcome is not None:
                    del self._acts[name]
                    if ended is not None:
                        ended(outcome)
        if self.tick % LOOK_EVERY_TICKS == 0:
            for name, person in self.people.items():
                known = self.sightings[name]
                self.sightings[name] = look_around(person, self.items.values(), known, self.tick)

    def handed_over(self, item: Item, giver: Person, taker: Person) -> None:
        """Note that something changed hands."""
        self.hand_overs.append(HandOver(item.name, giver.name, taker.name))

    # --- asking -------------------------------------------------------------------------------

    def spot_of(self, name: str) -> Spot | None:
        """Return where a place, a person, a door or a thing that lies about is."""
        if name in self.people:
            return self.people[name].spot
        if name in self.ground.places:
            return self.ground.places[name].spot
        if name in self.ground.doors:
            return self.ground.doors[name].spot
        item = self.items.get(name)
        return None if item is None or item.holder is not None else item.spot

    def name_of(self, words: str) -> str:
        """Return the name of what somebody calls ``the gate key``; other words as they are."""
        wanted = words.strip().lower()
        plain = wanted.removeprefix("the ").replace("'s", "").replace(" ", "_")
        if plain in self._labels() or plain in self.ground.doors:
            return plain
        called = (name for name, label in self._labels().items() if label.lower() == wanted)
        return next(called, plain)

    def label_of(self, name: str) -> str:
        """Return what people call a place, a person or a thing."""
        return self._labels().get(name, f"the {name.replace('_', ' ')}")

    def _labels(self) -> dict[str, str]:
        return {
            **{name: place.label for name, place in self.ground.places.items()},
            **{name: item.label for name, item in self.items.items()},
            **{name: person.label for name, person in self.people.items()},
        }

    def free_cell_near(self, spot: Spot, person: Person) -> Cell | None:
        """Return the cell nearest to a point that is free and that nobody else stands in."""
        taken = {other.spot.cell for other in self.people.values() if other is not person}
        home = spot.cell
        best: tuple[int, int, Cell] | None = None
        for row in range(home.row - 3, home.row + 4):
            for column in range(home.column - 3, home.column + 4):
                cell = Cell(column, row)
                if cell in taken or not self.ground.is_free(cell):
                    continue
                there = abs(column - home.column) + abs(row - home.row)
                here = abs(column - person.spot.cell.column) + abs(row - person.spot.cell.row)
                if best is None or (there, here, cell) < best:
                    best = (there, here, cell)
        return None if best is None else best[2]

    def world_hash(self) -> str:
        """Return a digest of everything that is so, the same on every machine."""
        state = {
            "tick": self.tick,
            "people": [
                (p.name, *p.spot, p.facing, p.pose, p.steps, p.mark, self.doing(p.name))
                for p in self.people.values()
            ],
            "items": [(i.name, *i.spot, i.place, i.holder) for i in self.items.values()],
            "doors": [(d.name, d.is_locked, d.is_open) for d in self.ground.doors.values()],
            "sightings": self.sightings,
            "said": self.said,
            "luck": repr(self.random.getstate()),
        }
        return hashlib.sha256(msgspec.json.encode(state, order="sorted")).hexdigest()
