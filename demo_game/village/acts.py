"""Things people are in the middle of doing. Each goes on tick by tick and ends one way or other.

An act is plain data, so a village that is saved in the middle of one goes on with it. Here are the
base, walking and gestures; :mod:`handling` is about things, :mod:`work` about callings.
"""

from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from demo_game.village.units import TICKS_PER_S, Cell, Spot, distance_px

if TYPE_CHECKING:
    from demo_game.village.people import Mark, Person
    from demo_game.village.village import Village

__all__ = ["REACH_PX", "Act", "Failed", "Follow", "Gesture", "GoTo", "Look", "Succeeded"]

REACH_PX = 30
"""How far an arm reaches: two cells, less a little."""

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


class Act(msgspec.Struct, tag=True, forbid_unknown_fields=True):
    """Something under way."""

    is_beside: ClassVar[bool] = False
    """Whether it goes on beside whatever else one does."""

    @property
    def name(self) -> str:
        """What one is doing, in words."""
        raise NotImplementedError

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        """Go on for one tick; return how it ended, ``None`` while it has not."""
        raise NotImplementedError


class GoTo(Act):
    """Walk to a place, to a person, or to where a thing lies."""

    target: str
    hurries: bool
    goal: Cell | None = None
    replans: int = 0

    @property
    def name(self) -> str:
        return f"going to {self.target}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        if self.goal is None or self._has_moved(village, self.goal):
            failure = self._set_out(village, person)
            if failure is not None:
                return failure
        if person.is_walking:
            return None
        if (spot := village.spot_known_to(person.name, self.target)) is not None:
            person.look_at(spot)
        return Succeeded(f"you are at {village.label_of(self.target)}")

    def _has_moved(self, village: "Village", goal: Cell) -> bool:
        """Whether a person that is walked to has gone on; chased for a while, not for ever."""
        spot = village.spot_of(self.target)
        if self.target not in village.people or spot is None:
            return False
        return self.replans < 20 and village.tick % 15 == 0 and _far(spot, goal)

    def _set_out(self, village: "Village", person: "Person") -> Failed | None:
        label = village.label_of(self.target)
        spot = village.spot_known_to(person.name, self.target)
        if spot is None and self.target in village.items:
            return Failed(f"you do not know where {label} is")
        if spot is None:
            return Failed(f"there is no place or person called {self.target!r} that you know of")
        self.replans += 1
        goal = village.free_cell_near(spot, person)
        way = None if goal is None else village.ground.path(person.spot.cell, goal)
        if goal is None or way is None:
            return Failed(f"there is no way to {label}")
        self.goal = goal
        person.way, person.hurries = way, self.hurries
        return None


def _far(spot: Spot, cell: Cell) -> bool:
    return abs(spot.cell.column - cell.column) + abs(spot.cell.row - cell.row) > 2


class Follow(Act):
    """Walk after somebody for some seconds, a minute at the most."""

    target: str
    seconds: int
    ticks: int = 0

    @property
    def name(self) -> str:
        return f"following {self.target}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        leader = village.people.get(self.target)
        if leader is None or leader is person:
            return Failed(f"there is nobody called {self.target!r} to follow")
        self.ticks += 1
        if self.ticks >= max(1, min(self.seconds, 60)) * TICKS_PER_S:
            person.rest()
            return Succeeded(f"you followed {leader.label} for a while")
        if village.tick % 12 == 0 and distance_px(person.spot, leader.spot) > 40:
            goal = village.free_cell_near(leader.spot, person)
            way = None if goal is None else village.ground.path(person.spot.cell, goal)
            person.way, person.hurries = way or [], True
        elif not person.is_walking:
            person.look_at(leader.spot)
        return None


class Look(Act):
    """Turn towards something."""

    is_beside: ClassVar[bool] = True

    target: str

    @property
    def name(self) -> str:
        return f"looking at {self.target}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        spot = village.spot_known_to(person.name, self.target)
        if spot is None and self.target in village.items:
            return Failed(f"you do not know where {village.label_of(self.target)} is")
        if spot is None:
            return Failed(f"there is nothing called {self.target!r} to look at")
        person.look_at(spot)
        return Succeeded(f"you look at {village.label_of(self.target)}")


class Gesture(Act):
    """Say something with one's hands."""

    is_beside: ClassVar[bool] = True

    gesture: Literal["nod", "shrug", "wave", "point"]
    ticks: int = 0

    @property
    def name(self) -> str:
        return self.gesture

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        if self.ticks == 0:
            person.show_mark(_GESTURE_MARKS[self.gesture], village.tick + GESTURE_TICKS)
        if person.pose == "stand":
            person.pose = "talk"
        self.ticks += 1
        if self.ticks < GESTURE_TICKS:
            return None
        if person.pose == "talk":
            person.pose = "stand"
        return Succeeded(f"you {self.gesture}")
