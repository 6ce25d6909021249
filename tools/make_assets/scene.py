"""The map while it is being painted: three pictures, and the notes the game needs beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tools.make_assets.canvas import Canvas
from tools.make_assets.site import COLUMNS, HEIGHT, ROWS, TILE, WIDTH


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp: where, how far, what colour, how restless (0 to 1)."""

    x: int
    y: int
    radius_px: int
    kind: str
    colour: str
    """Its strength is in the colour: a dim light is a dark colour."""
    flicker: float


@dataclass(slots=True)
class Scene:
    """Pictures the size of the map, and lists that grow as buildings are put up."""

    ground: Canvas
    details: Canvas = field(default_factory=lambda: Canvas(WIDTH, HEIGHT))
    above: Canvas = field(default_factory=lambda: Canvas(WIDTH, HEIGHT))
    solid: list[bytearray] = field(
        default_factory=lambda: [bytearray(COLUMNS) for _ in range(ROWS)]
    )
    lights: list[Light] = field(default_factory=list[Light])
    emitters: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """x, y and kind."""

    def block(self, column: int, row: int, columns: int = 1, rows: int = 1) -> None:
        """Close a rectangle of cells to walkers."""
        for r in range(max(row, 0), min(row + rows, ROWS)):
            for c in range(max(column, 0), min(column + columns, COLUMNS)):
                self.solid[r][c] = 1

    def block_px(self, x: int, y: int, w: int, h: int) -> None:
        """Close every cell whose middle lies in a rectangle of pixels."""
        half = TILE // 2
        for r in range(ROWS):
            for c in range(COLUMNS):
                if x <= c * TILE + half < x + w and y <= r * TILE + half < y + h:
                    self.solid[r][c] = 1

    def glow(
        self,
        x: int,
        y: int,
        radius_px: int,
        kind: str = "window",
        *,
        colour: str = "",
        flicker: float = 0.06,
    ) -> None:
        """Note a light; see ``Light``."""
        colour = colour or ("#a06a30" if kind == "window" else "#e09a4c")
        self.lights.append(Light(x, y, radius_px, kind, colour, flicker))
