"""Dusk: everything in blue shade, and warm pools where something burns."""

import math

import pygame

from demo_game.screen.assets import Assets
from demo_game.village.tiled import MapFile

__all__ = ["Dusk"]

AMBIENT = (126, 116, 168)
"""What the picture is multiplied by where no lamp reaches."""

BLOOM = 46
"""How much of the lamps is added again, of 255: the glow in the air."""

FLICKER_STEPS = 5


class _Lamp:
    def __init__(self, x: int, y: int, radius: int, colour: pygame.Color, flicker: float) -> None:
        self.x, self.y, self.radius = x, y, radius
        self.colour = colour
        self.flicker = flicker


class Dusk:
    """Lights a picture of the size of the screen."""

    def __init__(self, chart: MapFile, assets: Assets, size: tuple[int, int]) -> None:
        self._pool = assets.image("light/pool.png").convert()
        self._light = pygame.Surface(size).convert()
        self._bloom = pygame.Surface(size).convert()
        self._kept: dict[tuple[int, tuple[int, int, int]], pygame.Surface] = {}
        self._lamps = [
            _Lamp(
                round(o.x),
                round(o.y),
                int(o.get("radius_px", 32)),
                pygame.Color(str(o.get("colour", "#ffffff"))),
                float(o.get("flicker", 0.0)),
            )
            for o in chart.objects("lights")
            if o.get("kind", "") != "lantern"  # it burns only when the evening is won
        ]

    def shine(self, target: pygame.Surface, view: pygame.Rect, tick: int) -> None:
        """Put dusk and lamplight over a picture.

        Args:
            target: The picture.
            view: What part of the map it shows.
            tick: The village's, for the flicker.
        """
        self._light.fill((0, 0, 0))
        for index, lamp in enumerate(self._lamps):
            reach = lamp.radius
            if not view.colliderect((lamp.x - reach, lamp.y - reach, 2 * reach, 2 * reach)):
                continue
            pool = self._tinted(reach, self._colour(lamp, index, tick))
            at = (lamp.x - reach - view.x, lamp.y - reach - view.y)
            self._light.blit(pool, at, special_flags=pygame.BLEND_RGB_ADD)
        self._bloom.blit(self._light, (0, 0))
        self._bloom.fill((BLOOM, BLOOM, BLOOM), special_flags=pygame.BLEND_RGB_MULT)
        self._light.fill(AMBIENT, special_flags=pygame.BLEND_RGB_ADD)
        target.blit(self._light, (0, 0), special_flags=pygame.BLEND_RGB_MULT)
        target.blit(self._bloom, (0, 0), special_flags=pygame.BLEND_RGB_ADD)

    def _colour(self, lamp: _Lamp, index: int, tick: int) -> tuple[int, int, int]:
        """Return a lamp's colour now: two slow waves that never quite repeat, in a few steps."""
        wave = math.sin(tick * 0.11 + index * 1.7) + math.sin(tick * 0.047 + index * 0.9)
        level = 1.0 + lamp.flicker * round(wave * FLICKER_STEPS / 2) / FLICKER_STEPS
        red, green, blue = lamp.colour.r, lamp.colour.g, lamp.colour.b
        return min(255, int(red * level)), min(255, int(green * level)), min(255, int(blue * level))

    def _tinted(self, reach: int, colour: tuple[int, int, int]) -> pygame.Surface:
        key = (reach, colour)
        if key not in self._kept:
            pool = pygame.transform.smoothscale(self._pool, (2 * reach, 2 * reach))
            pool.fill(colour, special_flags=pygame.BLEND_RGB_MULT)
            self._kept[key] = pool
        return self._kept[key]
