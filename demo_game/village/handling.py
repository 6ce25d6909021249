"""What people do with things: take, fetch, put back, hand over, and turn keys."""

from typing import TYPE_CHECKING

from demo_game.village.acts import REACH_PX, Act, Failed, GoTo, Succeeded
from demo_game.village.units import TICKS_PER_S, distance_px

if TYPE_CHECKING:
    from demo_game.village.people import Person
    from demo_game.village.village import Village

__all__ = ["Fetch", "Give", "PutBack", "Take", "TurnKey"]

HAND_OVER_TICKS = TICKS_PER_S // 2
TURN_KEY_TICKS = TICKS_PER_S

FETCH_TICKS = TICKS_PER_S * 3 // 2
"""How long a hand is on its way to a thing that is fetched: long enough to be called off."""

HOLD_OUT_TICKS = TICKS_PER_S * 10
"""How long somebody holds out what they have fetched."""


class Take(Act):
    """Pick up a thing within reach."""

    item: str
    ticks: int = 0

    @property
    def name(self) -> str:
        return f"taking {self.item}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        item = village.items.get(self.item)
        if item is None:
            return Failed(f"there is no such thing as {self.item!r}")
        if item.holder == person.name:
            return Succeeded(f"you have {item.label}")
        if distance_px(person.spot, item.spot) > REACH_PX + 10:
            return Failed(f"{item.label} is not within reach: walk there first")
        person.look_at(item.spot)
        if item.holder is not None:
            return Failed(f"{item.label} is not there")
        self.ticks += 1
        if self.ticks < HAND_OVER_TICKS:
            return None
        village.pick_up(item, person)
        return Succeeded(f"you have {item.label}")


class Fetch(Act):
    """Go to a thing, stretch out a hand for it, take it, and hold it out."""

    item: str
    walk: GoTo | None = None
    ticks: int = 0

    @property
    def name(self) -> str:
        return f"{'reaching for' if self.ticks else 'fetching'} {self.item}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        item = village.items.get(self.item)
        if item is None:
            return Failed(f"there is no such thing as {self.item!r}")
        if item.holder == person.name:
            person.hold_out(item.name, village.tick + HOLD_OUT_TICKS)
            return Succeeded(f"you have {item.label} in your hand")
        if self.walk is None:
            self.walk = GoTo(self.item, hurries=False)
        if self.ticks == 0:
            end = self.walk.go_on(village, person)
            if not isinstance(end, Succeeded):
                return end
        if distance_px(person.spot, item.spot) > REACH_PX + 10:
            return Failed(f"{item.label} hangs where you cannot get at it")
        person.look_at(item.spot)
        if item.holder is not None:
            person.rest()
            return Failed(f"{item.label} is not there")
        person.pose = "reach"
        self.ticks += 1
        if self.ticks < FETCH_TICKS:
            return None
        person.rest()
        village.pick_up(item, person)
        person.hold_out(item.name, village.tick + HOLD_OUT_TICKS)
        return Succeeded(f"you have {item.label} in your hand")


class PutBack(Act):
    """Bring a thing back to where it was."""

    item: str
    walk: GoTo | None = None
    ticks: int = 0

    @property
    def name(self) -> str:
        return f"putting back {self.item}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        item = village.items.get(self.item)
        if item is None or item.holder != person.name:
            return Failed(f"you do not have {self.item.replace('_', ' ')!r}")
        if self.walk is None:
            self.walk = GoTo(item.place, hurries=False)
        near = distance_px(person.spot, item.spot) <= REACH_PX + 10
        if not near and self.ticks == 0:
            end = self.walk.go_on(village, person)
            return end if isinstance(end, Failed) else self._cut_short(end, item.label)
        person.way = []
        person.look_at(item.spot)
        person.pose = "reach"
        self.ticks += 1
        if self.ticks < HAND_OVER_TICKS:
            return None
        person.rest()
        village.put_down(item)
        return Succeeded(f"{item.label} is back in its place")

    def _cut_short(self, end: Succeeded | None, label: str) -> Failed | None:
        """Return why a walk that is over did not lead there."""
        return None if end is None else Failed(f"you cannot get to where {label} belongs")


class Give(Act):
    """Hand a thing to somebody within reach."""

    item: str
    to: str
    ticks: int = 0

    @property
    def name(self) -> str:
        return f"giving {self.item}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        item, other = village.items.get(self.item), village.people.get(self.to)
        if item is None or item.holder != person.name:
            return Failed(f"you do not have {self.item.replace('_', ' ')!r}")
        if other is None or other is person:
            return Failed(f"there is nobody called {self.to!r} to give it to")
        if distance_px(person.spot, other.spot) > REACH_PX + 12:
            return Failed(f"{other.label} is not within reach: walk there first")
        if item.against and item.holder == item.owner and other.shows != item.against:
            proof = village.label_of(item.against)
            return Failed(f"{item.label} goes only to who shows {proof}, and they do not")
        person.look_at(other.spot)
        self.ticks += 1
        if self.ticks == 1:
            other.look_at(person.spot)
            person.show_mark("hand", village.tick + HAND_OVER_TICKS)
        if self.ticks < HAND_OVER_TICKS:
            return None
        village.hand_over(item, person, other)
        return Succeeded(f"{other.label} has {item.label} now")


class TurnKey(Act):
    """Lock or unlock a door."""

    door: str
    locks: bool
    ticks: int = 0

    @property
    def name(self) -> str:
        return f"{'locking' if self.locks else 'unlocking'} {self.door}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        door = village.ground.doors.get(self.door)
        if door is None:
            return Failed(f"there is no door called {self.door!r}")
        key = village.items.get(f"{self.door}_key")
        if key is not None and key.holder != person.name:
            return Failed(f"you do not have {key.label}")
        if distance_px(person.spot, door.spot) > REACH_PX + 10:
            return Failed(f"the {self.door} is not within reach: walk there first")
        person.look_at(door.spot)
        person.pose = "work"
        self.ticks += 1
        if self.ticks < TURN_KEY_TICKS:
            return None
        door.is_locked = self.locks
        if self.locks:
            door.is_open = False
        person.rest()
        person.show_mark("lock", village.tick + TICKS_PER_S)
        return Succeeded(f"the {self.door} is {'locked' if self.locks else 'unlocked'}")
