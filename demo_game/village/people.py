"""People: where they are, which way they look, what they carry, how they walk."""

from typing import Literal, TypeAlias

from demo_game.village.ground import Ground
from demo_game.village.units import SUB, Cell, Facing, Spot, centre_of, facing_towards

__all__ = ["Mark", "Person", "Pose"]

Pose: TypeAlias = Literal["stand", "walk", "talk", "work", "reach"]
Mark: TypeAlias = Literal[
    "exclaim", "question", "ellipsis", "ear", "hand", "heart", "lock", "cross"
]

WALK = 19
"""Sub-units a tick when strolling: about 71 px/s."""

HURRY = 31
"""Sub-units a tick when in a hurry: about 116 px/s."""

PLAYER_WALK = 26
"""Sub-units a tick of the player: about 98 px/s."""

HALF_WIDTH = 5 * SUB
"""Half the width of a walker's footprint; its height is the same."""


class Person:
    """Somebody in the village."""

    def __init__(self, name: str, label: str, spot: Spot, facing: Facing) -> None:
        self.name = name
        self.label = label
        """As people call them."""
        self.spot = spot
        self.facing: Facing = facing
        self.pose: Pose = "stand"
        self.way: list[Cell] = []
        """Cells still to walk through."""
        self.hurries = False
        self.steps = 0
        """Sub-units walked, for the feet to keep time with."""
        self.mark: Mark | None = None
        """A sign over the head."""
        self.mark_until = 0
        """The tick at which the sign goes."""
        self.shows: str | None = None
        """A thing in their hands that they hold out for others to see."""
        self.shows_until = 0
        """The tick at which it goes back into the pocket."""
        self.pennies = 0

    @property
    def is_walking(self) -> bool:
        """Whether there is more of a way to go."""
        return bool(self.way)

    def show_mark(self, mark: Mark, until: int) -> None:
        """Show a sign over the head until a tick."""
        self.mark, self.mark_until = mark, until

    def hold_out(self, item: str, until: int) -> None:
        """Hold out a thing for others to see, until a tick."""
        self.shows, self.shows_until = item, until

    def rest(self) -> None:
        """Stop, and let the hands sink, whatever they were at."""
        self.way = []
        if self.pose in ("walk", "work", "reach"):
            self.pose = "stand"

    def look_at(self, spot: Spot) -> None:
        """Turn towards a point."""
        self.facing = facing_towards(self.spot, spot, self.facing)

    def walk(self) -> None:
        """Go one tick further on the way."""
        if not self.way:
            return
        left = HURRY if self.hurries else WALK
        while left and self.way:
            goal = centre_of(self.way[0])
            dx, dy = goal.x - self.spot.x, goal.y - self.spot.y
            # One axis at a time, the longer first: nobody cuts a corner through a wall.
            if abs(dx) >= abs(dy):
                step = max(-left, min(left, dx))
                moved = Spot(self.spot.x + step, self.spot.y)
            else:
                step = max(-left, min(left, dy))
                moved = Spot(self.spot.x, self.spot.y + step)
            self.facing = facing_towards(self.spot, moved, self.facing)
            self.spot = moved
            self.steps += abs(step)
            left -= abs(step)
            if self.spot == goal:
                self.way.pop(0)
        self.pose = "walk" if self.way else "stand"

    def push(self, dx: int, dy: int, ground: Ground) -> None:
        """Move freely by one tick, as the player does; walls stop each direction by itself.

        Args:
            dx: -1, 0 or 1.
            dy: -1, 0 or 1.
            ground: Where one can walk.
        """
        self.way = []
        if not (dx or dy):
            self.pose = "stand"
            return
        # A slanted step is as long as a straight one: 26 and 18 are as 1 and 0.7.
        speed = PLAYER_WALK if not (dx and dy) else 18
        before = self.spot
        if dx and _has_room(ground, Spot(before.x + dx * speed, before.y)):
            self.spot = Spot(before.x + dx * speed, before.y)
        if dy and _has_room(ground, Spot(self.spot.x, before.y + dy * speed)):
            self.spot = Spot(self.spot.x, before.y + dy * speed)
        self.facing = ("right" if dx > 0 else "left") if dx else ("down" if dy > 0 else "up")
        if self.spot != before:
            self.pose = "walk"
            self.steps += speed
        else:
            self.pose = "stand"


def _has_room(ground: Ground, spot: Spot) -> bool:
    return all(
        ground.is_free(Spot(spot.x + x, spot.y + y).cell)
        for x in (-HALF_WIDTH, HALF_WIDTH)
        for y in (-HALF_WIDTH, HALF_WIDTH // 2)
    )
