"""Where things lie: the plan of the village, in pixels of the finished map.

Painters and the map writer both read this, so a street that is moved here moves its paving, its
edges and the cells people may walk on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TILE: Final = 16

COLUMNS: Final = 60

ROWS: Final = 34

WIDTH: Final = COLUMNS * TILE

HEIGHT: Final = ROWS * TILE

WALL_FOOT: Final = 96
"""The town wall meets the grass here; everything above is stone or outside."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A street or stream: a line with a width."""

    points: tuple[tuple[int, int], ...]
    radius: float


@dataclass(frozen=True, slots=True)
class Oval:
    """A pond or a square."""

    cx: int
    cy: int
    rx: int
    ry: int


SQUARE: Final = Oval(496, 268, 138, 74)

MOSAIC: Final = Oval(496, 296, 62, 46)

STREETS: Final = (
    Stroke(((0, 288), (130, 288), (260, 284), (380, 280)), 21),  # west, over the bridge
    Stroke(((610, 284), (700, 290), (900, 290)), 21),  # east, past the smithy
    Stroke(((610, 250), (690, 236), (744, 200), (760, 150), (760, 90)), 22),  # up to the gate
    Stroke(((760, 90), (760, 20)), 24),  # through the gate
    Stroke(((496, 330), (500, 400), (496, 462)), 19),  # south, to the lane
    Stroke(((150, 462), (300, 466), (480, 462), (640, 468), (760, 462), (850, 458)), 19),  # lane
    Stroke(((150, 288), (154, 340), (150, 400), (156, 462)), 15),
    Stroke(((752, 290), (762, 350), (756, 410), (760, 462)), 16),
    Stroke(((150, 462), (128, 486), (126, 498)), 14),  # to the den
    Stroke(((200, 240), (200, 284)), 15),  # inn door
    Stroke(((296, 236), (300, 280)), 26),  # bakery front
    Stroke(((616, 204), (600, 240)), 16),  # reeve's door
    Stroke(((840, 276), (836, 290)), 34),  # smithy yard
    Stroke(((256, 438), (256, 462)), 13),  # cottage door
    Stroke(((660, 438), (660, 462)), 14),  # weaver's door
    Stroke(((496, 184), (496, 220)), 20),  # bell tower
    Stroke(((130, 238), (140, 288)), 13),  # cellar
)

STREAM: Final = (
    Stroke(((92, 60), (90, 110), (80, 150), (94, 206), (84, 262), (88, 310), (80, 360)), 13),
    Stroke(((60, 410), (44, 460), (50, 560)), 12),
)

POND: Final = Oval(78, 394, 58, 34)

BRIDGE: Final = (60, 270, 56, 36)
