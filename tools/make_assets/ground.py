"""Paint the ground: grass in three tones, trodden earth, cobbles, the lantern's mosaic, water."""

from __future__ import annotations

from math import atan2, pi, sqrt

from tools.make_assets.canvas import Canvas
from tools.make_assets.chance import dice, noise, pick
from tools.make_assets.palette import (
    B0,
    B1,
    B2,
    B3,
    DARKER,
    E1,
    E2,
    E3,
    G0,
    G1,
    G2,
    G3,
    G4,
    ICE,
    PLUM,
    S1,
    S2,
    S3,
    S4,
    W2,
)
from tools.make_assets.site import COLUMNS, HEIGHT, MOSAIC, ROWS, TILE, WIDTH
from tools.make_assets.terrain import Field, path_field, square_field, water_field

_TUFTS = (
    """
    ..t..
    e.t.t
    e.ere
    .eee.
    """,
    """
    t..
    e.t
    ee.
    """,
    """
    .t.t.
    .e.e.
    ..e..
    """,
    """
    t.
    .e
    """,
)


def grass_tile(variant: int) -> Canvas:
    """Return one of twelve grass tiles; the first six are almost plain."""
    tile = Canvas(TILE, TILE, G3)
    chance = dice(f"grass{variant}")
    if variant < 6:
        for _ in range(variant % 3):
            x, y = chance.randrange(2, 13), chance.randrange(2, 13)
            tile.stamp(_TUFTS[3], x, y)
        return tile
    for _ in range(2 + variant % 2):
        x, y = chance.randrange(1, 11), chance.randrange(1, 11)
        tile.stamp(_TUFTS[chance.randrange(3)], x, y)
    return tile


class Ground:
    """The ground picture while it is being painted, with the shapes it was painted from."""

    def __init__(self) -> None:
        self.canvas = Canvas(WIDTH, HEIGHT, G3)
        self.path: Field = path_field()
        self.square: Field = square_field()
        self.water: Field = water_field()

    def paint(self) -> None:
        """Paint from the bottom up: each layer covers the edge of the one before."""
        self._grass()
        self._earth()
        self._cobbles()
        self._mosaic()
        self._water()

    def _grass(self) -> None:
        tiles = [grass_tile(i) for i in range(12)]
        for row in range(ROWS):
            for column in range(COLUMNS):
                roll = pick(column, row, 1) % 100
                variant = roll % 6 if roll < 72 else 6 + roll % 6
                self.canvas.blit(tiles[variant], column * TILE, row * TILE)
        px = self.canvas.px
        for y in range(HEIGHT):
            for x in range(WIDTH):
                # Columns of two pixels start at different heights, so the edge looks like blades.
                blade = pick(x // 2, 0, 2) % 4
                tone = noise(x, y + blade, 58, 3) + 0.5 * noise(x, y + blade, 21, 4)
                if tone < -0.38:
                    px[y * WIDTH + x] = DARKER[px[y * WIDTH + x]]

    def _earth(self) -> None:
        px, d = self.canvas.px, self.path.d
        for y in range(1, HEIGHT - 1):
            for x in range(WIDTH):
                at = y * WIDTH + x
                if d[at] >= 0:
                    # The grass right above bare earth hangs over it as a dark lip.
                    if d[at] < 4 and (d[at + WIDTH] < 0 or d[at - WIDTH] < 0):
                        px[at] = G2 if d[at + WIDTH] < 0 else G2
                    continue
                c = E2
                wear = noise(x, y, 34, 5) + 0.45 * noise(x, y * 2, 9, 6)
                if wear > 0.22 and d[at] < -5:
                    c = E3
                if d[at - WIDTH] >= 0 or (y > 1 and d[at - 2 * WIDTH] >= 0):
                    c = E1
                elif d[at + WIDTH] >= 0:
                    c = E1
                px[at] = c
        chance = dice("pebbles")
        for _ in range(900):
            x, y = chance.randrange(WIDTH - 4), chance.randrange(4, HEIGHT - 4)
            if self.path.at(x, y) > -4 or self.path.at(x + 3, y + 2) > -4:
                continue
            kind = chance.randrange(5)
            if kind == 0:
                self.canvas.stamp("43\n21", x, y)
            elif kind == 1:
                self.canvas.stamp(".8.\n767\n.5.", x, y)
            elif kind == 2:
                self.canvas.stamp("55", x, y)
            else:
                self.canvas.stamp("5", x, y)

    def _cobbles(self) -> None:
        stones = _stone_pattern()
        px = self.canvas.px
        d = self.square.d
        for y in range(HEIGHT):
            for x in range(WIDTH):
                if d[y * WIDTH + x] > 10:
                    continue
                ox, oy, kind = stones[(y % 64) * 64 + x % 64]
                if self.square.at(x + ox, y + oy) > 0:
                    continue
                px[y * WIDTH + x] = kind

    def _mosaic(self) -> None:
        pass

    def _water(self) -> None:
        px, d = self.canvas.px, self.water.d
        for y in range(4, HEIGHT - 1):
            for x in range(WIDTH):
                at = y * WIDTH + x
                if d[at] >= 0:
                    if d[at] < 2.2:
                        px[at] = G1 if d[at] < 1.1 else G2
                    continue
                north = min((k for k in range(1, 6) if d[at - k * WIDTH] >= 0), default=9)
                c = B2
                if d[at] < -6 + 2 * noise(x, y, 9, 9):
                    c = B1
                if north <= 2:
                    c = W2
                elif north <= 4:
                    c = B0
                elif d[at + WIDTH] >= 0:
                    c = B3
                px[at] = c
        chance = dice("ripples")
        for _ in range(500):
            x, y = chance.randrange(WIDTH - 6), chance.randrange(6, HEIGHT - 4)
            if self.water.at(x, y) > -4 or self.water.at(x + 5, y) > -4 or self.water.at(x, y - 5) > 0:
                continue
            self.canvas.stamp(("RRR", ".RRRR", "EEEEE", "TR")[chance.randrange(4)], x, y)


def _stone_pattern() -> list[tuple[int, int, int]]:
    """Return, for a repeating 64 x 64 patch, the offset to each pixel's stone and its colour."""
    chance = dice("cobbles")
    seeds: list[tuple[float, float, int]] = []
    for row in range(10):
        y = row * 6.4
        for column in range(8):
            x = column * 8 + (4 if row % 2 else 0)
            seeds.append(
                (x + chance.uniform(-1.3, 1.3), y + chance.uniform(-0.9, 0.9), chance.randrange(10))
            )
    pattern: list[tuple[int, int, int]] = []
    for y in range(64):
        for x in range(64):
            best: list[tuple[float, float, float, int]] = []
            for sx, sy, tone in seeds:
                dx = (sx - x + 32) % 64 - 32
                dy = (sy - y + 32) % 64 - 32
                best.append((sqrt(dx * dx * 0.62 + dy * dy), dx, dy, tone))
            best.sort()
            d, dx, dy, tone = best[0]
            gap = best[1][0] - d
            base = (S2, S2, S2, E2, E2, S3, S2, E2, S1, S2)[tone]
            if gap < 1.15:
                c = S1 if base != S1 else PLUM
            elif dy > 1.0 and gap < 3.4 and dx > -2:
                c = {S2: S3, E2: E3, S3: S4, S1: S2}[base]
            else:
                c = base
            pattern.append((round(dx), round(dy), c))
    return pattern


if __name__ == "__main__":
    import sys, time
    t=time.time()
    g=Ground(); g.paint()
    print(time.time()-t)
    g.canvas.image().save("/tmp/art/ground.png")
    g.canvas.image().crop((340,150,660,350)).resize((960,600),0).save("/tmp/art/ground_a.png")
    g.canvas.image().crop((0,220,320,420)).resize((960,600),0).save("/tmp/art/ground_b.png")
