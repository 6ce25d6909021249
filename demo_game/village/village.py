"""The whole village: everybody, everything, and what happens in one tick."""

import hashlib
from random import Random

import msgspec

from demo_game.village.acts import Act
from demo_game.village.doings import Doings, Ended
from demo_game.village.ground import Ground
from demo_game.village.items import HandOver, Item
from demo_game.village.names import Names
from demo_game.village.people import Person
from demo_game.village.senses import Sighting, look_around, sighting_of
from demo_game.village.state import state_of
from demo_game.village.thefts import Thefts, theft_of
from demo_game.village.tiled import MapFile
from demo_game.village.units import TICKS_PER_S, Cell, Facing, Spot, spot_at_px

__all__ = ["PLAYER", "Village"]

PLAYER = "player"

PURSE_PENNIES = 5
"""What the player begins with."""

SHOW_TICKS = 10 * TICKS_PER_S
"""How long somebody holds out what they want to be seen."""

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
        self.player.pennies = PURSE_PENNIES
        self.items: dict[str, Item] = {}
        for o in chart.objects("items"):
            spot, owner = spot_at_px(o.x, o.y), str(o.get("owner", ""))
            item = Item(
                o.name,
                spot,
                self.ground.nearest_place(spot).name,
                owner=owner or None,
                against=str(o.get("against", "")),
            )
            holder = str(o.get("holder", ""))
            item.holder = holder if holder in self.people else None
            self.items[o.name] = item
        self.sightings: dict[str, dict[str, Sighting]] = {name: {} for name in self.people}
        self.said: dict[str, str] = {}
        """What each person said last, as far as it has been heard."""
        self.thefts = Thefts()
        self.hand_overs: list[HandOver] = []
        """What has changed hands and nobody has been told of yet."""
        self.doings = {name: Doings(person) for name, person in self.people.items()}
        self.names = _names_of(self)
        neighbours = self.people.keys() - {PLAYER}
        for name in neighbours:  # they have met today; the player has only just come
            for other in neighbours:
                self.saw(name, other)

    @property
    def player(self) -> Person:
        """The player's own figure."""
        return self.people[PLAYER]

    # --- doing --------------------------------------------------------------------------------

    def begin(self, name: str, act: Act, ended: Ended | None = None) -> None:
        """Let somebody do something of themselves; what they were doing is broken off.

        It is dropped in turn for the first thing that they are asked to do.

        Args:
            name: Who.
            act: What.
            ended: Told once how it ended, also when it is broken off.
        """
        self.doings[name].begin(act, ended)

    def queue(self, name: str, act: Act, ended: Ended | None = None, *, key: str = "") -> None:
        """Let somebody do something after all they were asked to do before; gestures at once.

        Args:
            name: Who.
            act: What; it fails at once if there is too much in line already.
            ended: Told once how it ended, also when it is broken off.
            key: What to call it by when it is to be cancelled.
        """
        self.doings[name].queue(act, ended, key)

    def cancel(self, name: str, key: str, reason: str) -> bool:
        """Let somebody give up what was asked for under a key; return whether there was such."""
        return self.doings[name].cancel(key, reason)

    def drop(self, name: str, kind: type[Act], reason: str) -> bool:
        """Let somebody give up all acts of a kind; return whether there were any."""
        return self.doings[name].drop(lambda doing: isinstance(doing.act, kind), reason)

    def break_off(self, name: str, reason: str) -> None:
        """Stop what somebody is doing and drop what they have in line, if anything."""
        self.doings[name].break_off(reason)

    def doing(self, name: str) -> str:
        """Return what somebody is doing, in words; empty when nothing."""
        return self.doings[name].words

    def is_busy(self, name: str) -> bool:
        """Whether somebody has anything but a gesture in hand or in line."""
        return self.doings[name].is_busy

    def is_gesturing(self, name: str) -> bool:
        """Whether somebody is saying something without words."""
        return self.doings[name].is_gesturing

    def step(self) -> None:
        """Let one tick pass."""
        self.tick += 1
        for name, person in self.people.items():
            if person.mark is not None and self.tick >= person.mark_until:
                person.mark = None
            if person.shows is not None and not self._still_shows(person, person.shows):
                person.shows = None
            if name != PLAYER:
                person.walk()
            self.doings[name].go_on(self)
        if self.tick % LOOK_EVERY_TICKS == 0:
            items = self.items.values()
            for name, person in self.people.items():
                known = self.sightings[name]
                self.sightings[name] = look_around(
                    person, items, self.people, self.ground, known, self.tick
                )

    def pick_up(self, item: Item, taker: Person) -> None:
        """Let somebody take a thing from its place; if it is not theirs, they may be seen."""
        item.holder = taker.name
        theft = theft_of(item, taker, self.people, self.tick)
        if theft is not None:
            self.thefts.add(theft)
            for name in theft.witnesses:
                self.people[name].show_mark("exclaim", self.tick + TICKS_PER_S)

    def put_down(self, item: Item) -> None:
        """Let a thing be where it belongs again."""
        if item.holder is not None:
            self.thefts.brought_back(item, item.holder)
        item.holder = None

    def hand_over(self, item: Item, giver: Person, taker: Person) -> None:
        """Let something change hands; an owner who gives a thing away owns it no more."""
        if item.owner == taker.name:
            self.thefts.brought_back(item, giver.name)
        elif item.owner == giver.name:
            item.owner = taker.name
        item.holder = taker.name
        self.hand_overs.append(HandOver(item.name, giver.name, taker.name))

    def hold_out(self, item: Item, person: Person) -> None:
        """Let somebody hold out a thing they have, for whoever looks."""
        person.hold_out(item.name, self.tick + SHOW_TICKS)

    def take_hand_overs(self) -> list[HandOver]:
        """Return what has changed hands since this was last asked, oldest first."""
        taken, self.hand_overs = self.hand_overs, []
        return taken

    def saw(self, who: str, what: str) -> None:
        """Let somebody know where a person, or a thing that lies about, is now."""
        seen = sighting_of(self.people.get(what) or self.items[what], self.ground, self.tick)
        self.sightings[who] = {**self.sightings[who], what: seen}

    def _still_shows(self, person: Person, item: str) -> bool:
        return self.tick < person.shows_until and self.items[item].holder == person.name

    # --- asking -------------------------------------------------------------------------------

    def spot_of(self, name: str) -> Spot | None:
        """Return where a place, a person, a door or a thing that lies about is."""
        if name in self.people:
            return self.people[name].spot
        if (fixed := self.ground.spot_of(name)) is not None:
            return fixed
        item = self.items.get(name)
        return None if item is None or item.holder is not None else item.spot

    def spot_known_to(self, who: str, name: str) -> Spot | None:
        """Return where somebody would look for a place, a person, a door or a thing.

        People are where they are: one asks one's way to them. Things are where one last saw them.
        """
        if name in self.items:
            seen = self.sightings[who].get(name)
            return None if seen is None else seen.spot
        return self.spot_of(name)

    def name_of(self, words: str) -> str:
        """Return the name of what somebody calls ``the gate key``; other words as they are."""
        return self.names.find(words) or words.strip()

    def label_of(self, name: str) -> str:
        """Return what people call a place, a person or a thing."""
        return self.names.label(name)

    def free_cell_near(self, spot: Spot, person: Person) -> Cell | None:
        """Return the cell nearest to a point that is free and that nobody else stands in."""
        taken = {other.spot.cell for other in self.people.values() if other is not person}
        return self.ground.free_cell_near(spot, person.spot.cell, taken)

    def world_hash(self) -> str:
        """Return a digest of everything that is so, the same on every machine."""
        return hashlib.sha256(msgspec.json.encode(state_of(self), order="sorted")).hexdigest()


def _names_of(village: Village) -> Names:
    labels = {
        **{name: place.label for name, place in village.ground.places.items()},
        **{name: item.label for name, item in village.items.items()},
        **{name: person.label for name, person in village.people.items()},
    }
    # A door may share its name with a place, which is then what is meant unless a door must be.
    return Names(labels, also=[(door, f"the {door} door") for door in village.ground.doors])
