"""What drifts in the air: smoke, fireflies, leaves. A function of time, so nothing is kept."""

import math
from typing import NamedTuple

import pygame

from demo_game.screen.colours import GOLD, RED
from demo_game.village.tiled import MapFile

__all__ = ["Air"]


class _Emitter(NamedTuple):
    kind: str
    x: int
    y: int
    seed: int


class Air:
    """Draws drifting things over a picture."""

    def __init__(self, chart: MapFile) -> None:
        self._emitters = [
            _Emitter(str(o.get("kind", "")), round(o.x), round(o.y), index)
            for index, o in enumerate(chart.objects("emitters"))
        ]
        self._puffs = [
            _puff(radius, alpha) for radius, alpha in ((2, 70), (3, 52), (4, 34), (5, 18))
        ]

    def draw(self, target: pygame.Surface, view: pygame.Rect, tick: int) -> None:
        """Draw what is in view, under the light."""
        for emitter in self._emitters:
            if view.inflate(96, 96).collidepoint(emitter.x, emitter.y):
                x, y = emitter.x - view.x, emitter.y - view.y
                if emitter.kind == "smoke":
                    self._smoke(target, x, y, tick, emitter.seed)
                elif emitter.kind == "leaves":
                    self._leaves(target, x, y, tick, emitter.seed)

    def draw_glowing(self, target: pygame.Surface, view: pygame.Rect, tick: int) -> None:
        """Draw what shines by itself, over the light."""
        for emitter in self._emitters:
            if emitter.kind == "fireflies" and view.inflate(96, 96).collidepoint(
                emitter.x, emitter.y
            ):
                self._fireflies(target, emitter.x - view.x, emitter.y - view.y, tick, emitter.seed)

    def _smoke(self, target: pygame.Surface, x: int, y: int, tick: int, seed: int) -> None:
        for number in range(7):
            age = (tick / 150 + number / 7 + seed * 0.13) % 1
            puff = self._puffs[min(3, int(age * 4))]
            drift = math.sin(age * 5 + seed) * 3 + age * 9
            radius = puff.get_width() // 2
            target.blit(puff, (int(x + drift) - radius, int(y - age * 34) - radius))

    def _leaves(self, target: pygame.Surface, x: int, y: int, tick: int, seed: int) -> None:
        for number in range(3):
            age = (tick / 420 + number / 3 + seed * 0.29) % 1
            at = (
                int(x + (number - 1) * 15 + math.sin(age * 9 + seed + number) * 7),
                int(y + age * 46),
            )
            pygame.draw.line(target, RED, at, (at[0] + (tick // 14 + number) % 2, at[1]))

    def _fireflies(self, target: pygame.Surface, x: int, y: int, tick: int, seed: int) -> None:
        for number in range(5):
            phase = seed * 2.1 + number * 1.3
            glow = math.sin(tick * 0.035 + phase * 3)
            if glow < 0.15:
                continue
            at = (
                int(x + math.sin(tick * 0.011 + phase) * 34),
                int(y + math.cos(tick * 0.014 + phase * 1.7) * 19),
            )
            colour = tuple(int(part * glow) for part in GOLD)
            target.fill(colour, (*at, 1, 1), special_flags=pygame.BLEND_RGB_ADD)
            halo = tuple(part // 3 for part in colour)
            target.fill(halo, (at[0] - 1, at[1] - 1, 3, 3), special_flags=pygame.BLEND_RGB_ADD)


def _puff(radius: int, alpha: int) -> pygame.Surface:
    puff = pygame.Surface((2 * radius + 1, 2 * radius + 1), pygame.SRCALPHA)
    pygame.draw.circle(puff, (178, 171, 176, alpha), (radius, radius), radius)
    return puff
