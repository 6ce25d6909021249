"""Everything that stands still: the ground, what is on it, the props, what hangs over people."""

from collections.abc import Iterator
from typing import NamedTuple

import pygame

from demo_game.screen.assets import Assets
from demo_game.village.tiled import MapFile, TileSet
from demo_game.village.village import Village

__all__ = ["Prop", "Scenery"]


class Prop(NamedTuple):
    """Something with a foot, drawn in front of what stands further back."""

    foot: int
    """Pixels from the map's top."""
    picture: pygame.Surface
    at: tuple[int, int]


class Scenery:
    """A map, drawn once."""

    def __init__(self, chart: MapFile, assets: Assets) -> None:
        self.size = (chart.width * chart.tilewidth, chart.height * chart.tileheight)
        self._assets = assets
        tiles = next(s for s in chart.tilesets if s.image)
        props = next(s for s in chart.tilesets if not s.image)
        self._picture = assets.image("tiles/village.png")
        self.below = pygame.Surface(self.size).convert()
        self._draw_tiles(self.below, chart, tiles, "ground")
        self._draw_tiles(self.below, chart, tiles, "details")
        self.above = pygame.Surface(self.size, pygame.SRCALPHA).convert_alpha()
        self._draw_tiles(self.above, chart, tiles, "above")
        names = {tile.id + props.firstgid: tile.type for tile in props.tiles}
        self._props = [
            (names[o.gid], round(o.x), round(o.y)) for o in chart.objects("props") if o.gid in names
        ]

    def props(self, village: Village, view: pygame.Rect) -> Iterator[Prop]:
        """Yield the props in view; the gate is drawn as it stands."""
        for name, x, foot in self._props:
            if name == "gate_closed" and village.ground.doors["gate"].is_open:
                name = "gate_open"  # noqa: PLW2901 - drawn as it stands
            picture = self._assets.image(f"props/{name}.png")
            width, height = picture.get_size()
            if view.colliderect((x, foot - height, width, height)):
                yield Prop(foot, picture, (x, foot - height))

    def _draw_tiles(
        self, target: pygame.Surface, chart: MapFile, tiles: TileSet, layer: str
    ) -> None:
        size = chart.tilewidth
        for index, gid in enumerate(chart.tiles(layer)):
            if gid == 0:
                continue
            tile = gid - tiles.firstgid
            source = (tile % tiles.columns * size, tile // tiles.columns * size, size, size)
            at = (index % chart.width * size, index // chart.width * size)
            target.blit(self._picture, at, source)
