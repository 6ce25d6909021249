"""Cut the painted layers into 16 x 16 tiles, keeping each different tile once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tools.make_assets.canvas import Canvas
from tools.make_assets.palette import R1, R2
from tools.make_assets.site import COLUMNS, ROWS, TILE

SHEET_COLUMNS: Final = 32

SOLID_GID: Final = 1
"""The first tile marks closed cells in the layer ``solid``; it is never drawn by the game."""


def _solid_marker() -> Canvas:
    marker = Canvas(TILE, TILE)
    for y in range(TILE):
        for x in range(TILE):
            if (x + y) % 8 < 2:
                marker.dot(x, y, R2 if x in (0, TILE - 1) else R1)
    return marker


@dataclass(slots=True)
class TileSheet:
    """The tiles met so far, in the order they were met."""

    tiles: list[Canvas] = field(default_factory=lambda: [_solid_marker()])
    surfaces: list[str] = field(default_factory=lambda: [""])
    """What each tile sounds like underfoot; empty for grass and for tiles off the ground."""
    _known: dict[tuple[bytes, str], int] = field(default_factory=dict[tuple[bytes, str], int])

    def gid(self, picture: Canvas, surface: str = "") -> int:
        """Return the number of a tile in the map, adding it if new; 0 for an empty one."""
        pixels = bytes(picture.px)
        if not any(pixels):
            return 0
        key = (pixels, surface)
        if key not in self._known:
            self.tiles.append(picture)
            self.surfaces.append(surface)
            self._known[key] = len(self.tiles)
        return self._known[key]

    def cut(self, layer: Canvas, surfaces: list[str] | None = None) -> list[int]:
        """Return the gids of a whole layer, row by row."""
        gids: list[int] = []
        for row in range(ROWS):
            for column in range(COLUMNS):
                tile = layer.crop(column * TILE, row * TILE, TILE, TILE)
                surface = surfaces[row * COLUMNS + column] if surfaces else ""
                gids.append(self.gid(tile, surface))
        return gids

    @property
    def rows(self) -> int:
        """Rows of the sheet; the last may be part empty."""
        return -(-len(self.tiles) // SHEET_COLUMNS)

    def picture(self) -> Canvas:
        """Return the sheet."""
        sheet = Canvas(SHEET_COLUMNS * TILE, self.rows * TILE)
        for k, tile in enumerate(self.tiles):
            sheet.blit(tile, k % SHEET_COLUMNS * TILE, k // SHEET_COLUMNS * TILE)
        return sheet
