"""Paint the ground: grass in two tones, trodden earth, cobbles, the lantern's mosaic, water."""

from __future__ import annotations

from math import atan2, pi, sqrt
from typing import Final

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
    G1,
    G2,
    G3,
    ICE,
    PLUM,
    S1,
    S2,
    S3,
    S4,
    W2,
)
from tools.make_assets.site import COLUMNS, HEIGHT, MOSAIC, ROWS, TILE, WALL_FOOT, WIDTH
from tools.make_assets.terrain import Field, path_field, square_field, water_field

_TUFTS: Final = (
    "..t..\ne.t.t\ne.ere\n.eee.",
    "t..\ne.t\nee.",
    ".t.t.\n.e.e.\n..e..",
    "t.\n.e",
    "t.t\ne.e",
)

_RINGS: Final = (
    # outer radius, stones all round, colours in turn
    (39.0, 26, (S3, S3)),
    (47.0, 44, (E2, E1)),
    (55.0, 50, (E1, E2)),
    (60.0, 34, (S3, S2)),
    (68.0, 60, (S1, S1)),
    (74.0, 52, (S2, S3)),
)
"""The mosaic round the great lantern, from the inside out."""

_SQUASH: Final = 0.66


def grass_tile(variant: int) -> Canvas:
    """Return one of twelve grass tiles; the first six are almost plain."""
    tile = Canvas(TILE, TILE, G3)
    chance = dice(f"grass{variant}")
    if variant < 6:
        for _ in range(variant % 3):
            tile.stamp(_TUFTS[3], chance.randrange(2, 13), chance.randrange(2, 13))
        return tile
    # Tufts gather: two beside each other read as grass, the same two far apart as dirt.
    x, y = chance.randrange(1, 7), chance.randrange(2, 8)
    tile.stamp(_TUFTS[variant % 3], x, y)
    tile.stamp(_TUFTS[(variant + 1) % 5], x + 4, y + chance.randrange(1, 4))
    if variant % 2:
        tile.stamp(_TUFTS[4], x - 1, y + 5)
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
        self._litter_of_the_road()
        self._cobbles()
        self._mosaic()
        self._water()

    def surface(self, column: int, row: int) -> str:
        """Return what footsteps sound like on the middle of a cell."""
        x, y = column * TILE + TILE // 2, row * TILE + TILE // 2
        if self.water.at(x, y) < 0:
            return "water"
        if self.square.at(x, y) < 0 or self._ring(x, y) < _RINGS[-1][0]:
            return "stone"
        return "path" if self.path.at(x, y) < 0 else "grass"

    def _grass(self) -> None:
        tiles = [grass_tile(i) for i in range(12)]
        for row in range(ROWS):
            for column in range(COLUMNS):
                roll = pick(column, row, 1) % 100
                variant = roll % 6 if roll < 66 else 6 + roll % 6
                self.canvas.blit(tiles[variant], column * TILE, row * TILE)
        px = self.canvas.px
        # What the town wall and the roads will cover need not be shaded.
        for y in range(WALL_FOOT - TILE, HEIGHT):
            for x in range(WIDTH):
                if self.path.d[y * WIDTH + x] < -TILE / 4:
                    continue
                # Columns of two pixels start at different heights, so the edge looks like blades;
                # the noise is turned, because its grid would show in straight edges.
                blade = y + pick(x // 2, y // 24, 2) % 5
                u, v = 0.8 * x + 0.6 * blade, 0.8 * blade - 0.6 * x
                tone = noise(u, v, 60, 3) + 0.5 * noise(u, v, 19, 4) + 0.3 * noise(x, blade, 7, 13)
                if tone < -0.38:
                    px[y * WIDTH + x] = DARKER[px[y * WIDTH + x]]

    def _earth(self) -> None:
        px, d = self.canvas.px, self.path.d
        for y in range(2, HEIGHT - 1):
            for x in range(WIDTH):
                at = y * WIDTH + x
                depth = d[at]
                if depth >= 0:
                    # The grass right beside bare earth hangs over it as a dark lip.
                    if depth < 4 and (d[at + WIDTH] < 0 or d[at - WIDTH] < 0):
                        px[at] = G2
                    continue
                # Carts have worn two pale tracks, a third of the way in from either edge.
                wear = noise(x * 0.6, y, 9, 5) + 0.55 * noise(x * 0.5, y, 4, 6)
                track = 1.0 - abs(depth + 9.5) / 4.5
                c = E3 if 0.75 * track + 0.62 * wear > 0.42 else E2
                if wear < -0.95 and depth < -4:
                    c = E1
                if d[at - WIDTH] >= 0 or d[at - 2 * WIDTH] >= 0 or d[at + WIDTH] >= 0:
                    c = E1
                px[at] = c

    def _litter_of_the_road(self) -> None:
        """Strew pebbles, half-sunk stones, and grass that has found a foothold."""
        chance = dice("pebbles")
        for _ in range(2600):
            x, y = chance.randrange(WIDTH - 6), chance.randrange(4, HEIGHT - 4)
            inner = min(-self.path.at(x, y), -self.path.at(x + 4, y + 2))
            kind = chance.randrange(9)
            if inner < 0.5:
                continue
            if inner < 5:
                if kind < 3:
                    self.canvas.stamp(_TUFTS[chance.randrange(5)], x, y - 2)
                elif kind == 3:
                    self.canvas.stamp(".32.\n3221\n.11.", x, y)
            elif kind == 0 and chance.randrange(3) == 0:
                self.canvas.stamp(".332.\n32221\n.111.", x, y)
            elif kind == 1:
                self.canvas.stamp(".8.\n767\n.5.", x, y)
            elif kind < 4:
                self.canvas.stamp("55\n.5" if kind == 2 else "5.5", x, y)

    def _cobbles(self) -> None:
        """Lay every stone whose middle lies in the square; the rim follows the stones."""
        stones = _stone_pattern()
        px, d = self.canvas.px, self.square.d
        for y in range(HEIGHT):
            for x in range(WIDTH):
                if d[y * WIDTH + x] > 10:
                    continue
                ox, oy, part = stones[(y % 64) * 64 + x % 64]
                sx, sy = x + ox, y + oy
                inside = self.square.at(sx, sy)
                # Towards the rim more and more stones are missing.
                if inside > 0 or (inside > -9 and pick(sx, sy, 51) % 100 < 12 * (9 + inside) / 3):
                    continue
                tone = noise(sx, sy, 30, 52) + (pick(sx, sy, 53) % 100 - 50) / 90
                face = S1 if tone < -0.62 else S2 if tone < 0.34 else E2 if tone < 0.66 else S2
                if part == "gap":
                    c = S1 if face != S1 else PLUM
                elif part == "light":
                    c = {S1: S2, S2: S3, E2: E3}[face]
                else:
                    c = face
                if part == "gap" and inside > -20 and pick(x // 3, y // 2, 54) % 7 == 0:
                    c = G2
                px[y * WIDTH + x] = c

    def _ring(self, x: int, y: int) -> float:
        dx, dy = x - MOSAIC.cx + 0.5, (y - MOSAIC.cy + 0.5) / _SQUASH
        return sqrt(dx * dx + dy * dy)

    def _mosaic(self) -> None:
        last = _RINGS[-1][0]
        for y in range(MOSAIC.cy - MOSAIC.ry - 8, MOSAIC.cy + MOSAIC.ry + 8):
            for x in range(MOSAIC.cx - MOSAIC.rx - 16, MOSAIC.cx + MOSAIC.rx + 16):
                r = self._ring(x, y)
                if r >= last:
                    continue
                inner = 0.0
                for number, (outer, count, colours) in enumerate(_RINGS):
                    if r < outer:
                        self._mosaic_stone(x, y, r, inner, outer, count + number, colours)
                        break
                    inner = outer

    def _mosaic_stone(
        self, x: int, y: int, r: float, inner: float, outer: float, count: int,
        colours: tuple[int, int],
    ) -> None:  # fmt: skip
        dx, dy = x - MOSAIC.cx + 0.5, (y - MOSAIC.cy + 0.5) / _SQUASH
        turn = (atan2(dy, dx) / (2 * pi) + 0.5) * count
        stone = int(turn)
        across = (turn - stone) * 2 * pi * r / count
        face = colours[stone % 2]
        if pick(stone, count, 61) % 9 == 0:
            face = DARKER[face]
        gap = S1 if face != S1 else PLUM
        # The joints between rings look thinner where the circle is seen edge-on.
        rim = 1.2 if abs(dy) < abs(dx) else 1.5
        c = face
        if across < 1.1 or outer - r < rim:
            c = gap
        elif r - inner < rim + 1 and dy > 0 and face in (S2, S3, E1, E2):
            c = {S2: S3, S3: S4, E1: E2, E2: E3}[face]
        self.canvas.dot(x, y, c)

    def _water(self) -> None:
        px, d = self.canvas.px, self.water.d
        for y in range(6, HEIGHT - 1):
            for x in range(WIDTH):
                at = y * WIDTH + x
                if d[at] >= 0:
                    if d[at] < 2.2:
                        px[at] = G1 if d[at] < 1.1 else G2
                    continue
                north = next((k for k in range(1, 6) if d[at - k * WIDTH] >= 0), 9)
                c = B2
                if d[at] < -5 + 2.5 * noise(x, y * 2, 9, 9):
                    c = B1
                if d[at] < -17 + 9 * noise(x, y * 2, 17, 10):
                    c = B0
                if north <= 2:
                    c = W2
                elif north <= 4:
                    c = B0
                elif d[at + WIDTH] >= 0:
                    c = B3
                px[at] = c
        self._ripples()

    def _ripples(self) -> None:
        chance = dice("ripples")
        for _ in range(1300):
            x, y = chance.randrange(WIDTH - 8), chance.randrange(6, HEIGHT - 4)
            wet = (self.water.at(x - 1, y), self.water.at(x + 7, y), self.water.at(x + 3, y - 6))
            if max(wet) > -1:
                continue
            kind = chance.randrange(8)
            if kind == 0:
                self.canvas.rect(x, y, 2, 1, ICE)
                self.canvas.rect(x + 2, y, 2, 1, B3)
            elif kind < 4:
                self.canvas.rect(x, y, 5, 1, B3 if self.water.at(x, y) > -7 else B2)
                self.canvas.rect(x + 2, y + 1, 4, 1, B2)
            else:
                self.canvas.rect(x, y, 6, 1, B2)


def _stone_pattern() -> list[tuple[int, int, str]]:
    """Return a repeating 64 x 64 patch: each pixel's way to its stone's middle, and its part."""
    chance = dice("cobbles")
    seeds: list[tuple[int, int]] = []
    for row in range(10):
        start = chance.randrange(8)
        for column in range(8):
            x = column * 8 + start + chance.randrange(-2, 3)
            y = (row * 64 + 5) // 10 + chance.randrange(-1, 2)
            # Here and there one stone is missing, and its neighbours are larger for it.
            if chance.randrange(9):
                seeds.append((x, y))
    pattern: list[tuple[int, int, str]] = []
    for y in range(64):
        for x in range(64):
            near: list[tuple[int, int, int]] = []
            for sx, sy in seeds:
                dx = (sx - x + 32) % 64 - 32
                dy = (sy - y + 32) % 64 - 32
                near.append((dx * dx * 62 + dy * dy * 100, dx, dy))
            near.sort()
            d, dx, dy = near[0]
            gap = sqrt(near[1][0]) / 10 - sqrt(d) / 10
            part = "face"
            if gap < 1.15:
                part = "gap"
            elif dy > 0 and dx >= 0 and gap < 3.2:
                part = "light"
            pattern.append((dx, dy, part))
    return pattern
