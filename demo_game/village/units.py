"""The units of the village, all whole numbers."""

import math
from typing import Literal, NamedTuple, TypeAlias

__all__ = [
    "CELL",
    "CELL_PX",
    "SUB",
    "TICKS_PER_S",
    "Cell",
    "Facing",
    "Spot",
    "centre_of",
    "distance_px",
    "facing_towards",
    "spot_at_px",
]

TICKS_PER_S = 60
SUB = 16
"""Sub-units in a pixel."""

CELL_PX = 16
CELL = CELL_PX * SUB
"""Sub-units in a map cell."""

Facing: TypeAlias = Literal["down", "left", "right", "up"]


class Spot(NamedTuple):
    """A point, in sub-units from the map's top left; for people it is between their feet."""

    x: int
    y: int

    @property
    def cell(self) -> "Cell":
        """The map cell it lies in."""
        return Cell(self.x // CELL, self.y // CELL)

    @property
    def px(self) -> tuple[int, int]:
        """The pixel it lies in."""
        return self.x // SUB, self.y // SUB


class Cell(NamedTuple):
    """A cell of the map."""

    column: int
    row: int


def centre_of(cell: Cell) -> Spot:
    """Return the middle of a cell."""
    return Spot(cell.column * CELL + CELL // 2, cell.row * CELL + CELL // 2)


def spot_at_px(x: float, y: float) -> Spot:
    """Return the point at a pixel."""
    return Spot(round(x * SUB), round(y * SUB))


def distance_px(one: Spot, other: Spot) -> int:
    """Return how far two points are from each other, in whole pixels, rounded down."""
    dx, dy = (one.x - other.x) // SUB, (one.y - other.y) // SUB
    return math.isqrt(dx * dx + dy * dy)


def facing_towards(origin: Spot, target: Spot, otherwise: Facing) -> Facing:
    """Return which way to look from one point to another; ``otherwise`` if they are the same."""
    dx, dy = target.x - origin.x, target.y - origin.y
    if dx == dy == 0:
        return otherwise
    if abs(dx) > abs(dy):
        return "right" if dx > 0 else "left"
    return "down" if dy > 0 else "up"
