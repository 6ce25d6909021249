"""Things people are in the middle of doing. Each goes on tick by tick and ends one way or other."""

from typing import TYPE_CHECKING, Literal, Protocol

from demo_game.village.units import TICKS_PER_S, Cell, Spot, distance_px

if TYPE_CHECKING:
    from demo_game.village.people import Mark, Person
    from demo_game.village.village import Village

__all__ = [
    "Act",
    "Failed",
    "Follow",
    "Gesture",
    "Give",
    "GoTo",
    "Look",
    "Succeeded",
    "Take",
    "TurnKey",
]

REACH_PX = 30
"""How far an arm reaches: two cells, less a little."""

HAND_OVER_TICKS = TICKS_PER_S // 2
TURN_KEY_TICKS = TICKS_PER_S
GESTURE_TICKS = TICKS_PER_S


_GESTURE_MARKS: dict[str, "Mark"] = {
    "nod": "heart",
    "shrug": "question",
    "wave": "hand",
    "point": "exclaim",
}


class Succeeded:
    """An act is done; ``detail`` says what came of it."""

    def __init__(self, detail: str) -> None:
        self.detail = detail


class Failed:
    """An act cannot be done, or not any more; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Act(Protocol):
    """Something under way."""

    name: str
    is_beside: bool
    """Whether it goes on beside whatever else one does."""

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        """Go on for one tick; return how it ended, ``None`` while it has not."""
        ...


class GoTo:
    """Walk to a place, to a person, or to where a thing lies."""

    is_beside = False

    def __init__(self, target: str, *, hurries: bool) -> None:
        self.name = f"going to {target}"
        self._target = target
        self._hurries = hurries
        self._goal: Cell | None = None
        self._label = target
        self._replans = 0

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        if self._goal is None or self._has_moved(village):
            failure = self._set_out(village, person)
            if failure is not None:
                return failure
        if person.is_walking:
            return None
        if (spot := village.spot_known_to(person.name, self._target)) is not None:
            person.look_at(spot)
        return Succeeded(f"you are at {self._label}")

    def _has_moved(self, village: "Village") -> bool:
        """Whether a person that is walked to has gone on; chased for a while, not for ever."""
        spot = village.spot_of(self._target)
        if self._target not in village.people or spot is None or self._goal is None:
            return False
        return self._replans < 20 and village.tick % 15 == 0 and _far(spot, self._goal)

    def _set_out(self, village: "Village", person: "Person") -> Failed | None:
        self._label = village.label_of(self._target)
        spot = village.spot_known_to(person.name, self._target)
        if spot is None and self._target in village.items:
            return Failed(f"you do not know where {self._label} is")
        if spot is None:
            return Failed(f"there is no place or person called {self._target!r} that you know of")
        self._replans += 1
        goal = village.free_cell_near(spot, person)
        way = None if goal is None else village.ground.path(person.spot.cell, goal)
        if goal is None or way is None:
            return Failed(f"there is no way to {self._label}")
        self._goal = goal
        person.way, person.hurries = way, self._hurries
        return None


def _far(spot: Spot, cell: Cell) -> bool:
    return abs(spot.cell.column - cell.column) + abs(spot.cell.row - cell.row) > 2


class Follow:
    """Walk after somebody for some seconds."""

    is_beside = False

    def __init__(self, target: str, seconds: int) -> None:
        self.name = f"following {target}"
        self._target = target
        self._ticks = max(1, min(seconds, 60)) * TICKS_PER_S

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        leader = village.people.get(self._target)
        if leader is None or leader is person:
            return Failed(f"there is nobody called {self._target!r} to follow")
        self._ticks -= 1
        if self._ticks <= 0:
            person.way = []
            return Succeeded(f"you followed {leader.label} for a while")
        if village.tick % 12 == 0 and distance_px(person.spot, leader.spot) > 40:
            goal = village.free_cell_near(leader.spot, person)
            way = None if goal is None else village.ground.path(person.spot.cell, goal)
            person.way, person.hurries = way or [], True
        elif not person.is_walking:
            person.look_at(leader.spot)
        return None


class Take:
    """Pick a thing up."""

    is_beside = False

    def __init__(self, item: str) -> None:
        self.name = f"taking {item}"
        self._item = item
        self._ticks = 0

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        item = village.items.get(self._item)
        if item is None:
            return Failed(f"there is no such thing as {self._item!r}")
        if item.holder == person.name:
            return Succeeded(f"you have {item.label}")
        if distance_px(person.spot, item.spot) > REACH_PX + 10:
            return Failed(f"{item.label} is not within reach: walk there first")
        person.look_at(item.spot)
        if item.holder is not None:
            return Failed(f"{item.label} is not there")
        self._ticks += 1
        if self._ticks < HAND_OVER_TICKS:
            return None
        item.holder = person.name
        return Succeeded(f"you have {item.label}")


class Give:
    """Hand a thing to somebody."""

    is_beside = False

    def __init__(self, item: str, to: str) -> None:
        self.name = f"giving {item}"
        self._item = item
        self._to = to
        self._ticks = 0

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        item, other = village.items.get(self._item), village.people.get(self._to)
        if item is None or item.holder != person.name:
            return Failed(f"you do not have {self._item.replace('_', ' ')!r}")
        if other is None or other is person:
            return Failed(f"there is nobody called {self._to!r} to give it to")
        if distance_px(person.spot, other.spot) > REACH_PX + 12:
            return Failed(f"{other.label} is not within reach: walk there first")
        person.look_at(other.spot)
        self._ticks += 1
        if self._ticks == 1:
            other.look_at(person.spot)
            person.show("hand", village.tick + HAND_OVER_TICKS)
        if self._ticks < HAND_OVER_TICKS:
            return None
        village.hand_over(item, person, other)
        return Succeeded(f"{other.label} has {item.label} now")


class TurnKey:
    """Lock or unlock a door."""

    is_beside = False

    def __init__(self, door: str, *, locks: bool) -> None:
        self.name = f"{'locking' if locks else 'unlocking'} {door}"
        self._door = door
        self._locks = locks
        self._ticks = 0

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        door = village.ground.doors.get(self._door)
        if door is None:
            return Failed(f"there is no door called {self._door!r}")
        key = village.items.get(f"{self._door}_key")
        if key is not None and key.holder != person.name:
            return Failed(f"you do not have {key.label}")
        if distance_px(person.spot, door.spot) > REACH_PX + 10:
            return Failed(f"the {self._door} is not within reach: walk there first")
        person.look_at(door.spot)
        person.pose = "work"
        self._ticks += 1
        if self._ticks < TURN_KEY_TICKS:
            return None
        door.is_locked = self._locks
        if self._locks:
            door.is_open = False
        person.pose = "stand"
        person.show("lock", village.tick + TICKS_PER_S)
        return Succeeded(f"the {self._door} is {'locked' if self._locks else 'unlocked'}")


class Look:
    """Turn towards something."""

    is_beside = True

    def __init__(self, target: str) -> None:
        self.name = f"looking at {target}"
        self._target = target

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        spot = village.spot_known_to(person.name, self._target)
        if spot is None and self._target in village.items:
            return Failed(f"you do not know where {village.label_of(self._target)} is")
        if spot is None:
            return Failed(f"there is nothing called {self._target!r} to look at")
        person.look_at(spot)
        return Succeeded(f"you look at {village.label_of(self._target)}")


class Gesture:
    """Say something with one's hands."""

    is_beside = True

    def __init__(self, gesture: Literal["nod", "shrug", "wave", "point"]) -> None:
        self.name: str = gesture
        self._mark: Mark = _GESTURE_MARKS[gesture]
        self._ticks = 0

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        if self._ticks == 0:
            person.show(self._mark, village.tick + GESTURE_TICKS)
        if person.pose == "stand":
            person.pose = "talk"
        self._ticks += 1
        if self._ticks < GESTURE_TICKS:
            return None
        if person.pose == "talk":
            person.pose = "stand"
        return Succeeded(f"you {self.name}")
