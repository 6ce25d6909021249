"""Bram's smithy: an open forge under grey slates, the closed shop beside it."""

from __future__ import annotations

from collections.abc import Iterable

from tools.make_assets.canvas import Canvas, rect_points
from tools.make_assets.chance import pick
from tools.make_assets.openings import door, hanging_sign, wall_lantern, window
from tools.make_assets.palette import (
    E1,
    INK,
    NIGHT,
    PLUM,
    R1,
    R2,
    R3,
    S1,
    S2,
    S3,
    S4,
    W1,
    W2,
    W3,
    W4,
    WHITE,
    Y1,
    Y2,
)
from tools.make_assets.roofs import GREY_SLATES, chimney, main_roof, moss
from tools.make_assets.scene import Scene
from tools.make_assets.stonework import ashlar
from tools.make_assets.walls import cast_shadow, eave_shadow


def smithy(scene: Scene) -> None:
    """Bram's smithy: an open forge under grey slates, the closed shop beside it."""
    d, a = scene.details, scene.above
    x, w, foot = 784, 128, 272
    cast_shadow(scene, x, foot, w)
    wall = 228
    # The open half: a sooty back wall, tools on it, the hearth, and posts in front.
    ashlar(d, x + 2, wall, 62, 26, 101)
    d.shade(rect_points(x + 2, wall, 62, 26), 2)
    _firelight(d, x + 22, wall + 20, rect_points(x + 2, wall, 62, 26))
    d.shade(rect_points(x + 2, wall, 62, 6), 1)
    for i in range(x + 2, x + 64):
        for j in range(254, 272):
            scene.ground.dot(i, j, E1 if pick(i // 3, j // 2, 5) % 5 else PLUM)
    scene.ground.shade(rect_points(x + 2, 254, 62, 4), 1)
    hearth(d, x + 8, 228)
    tools(d, x + 44, 234)
    for i in (x + 1, x + 60):
        d.rect(i, wall, 5, 44, W2)
        d.rect(i, wall, 1, 44, W4)
        d.rect(i + 4, wall, 1, 44, W1)
        d.rect(i - 1, foot - 4, 7, 4, S2)
        d.rect(i - 1, foot - 4, 7, 1, S4)
        d.rect(i - 1, foot - 1, 7, 1, PLUM)
    # The closed half.
    ashlar(d, x + 66, wall, 60, 44, 102)
    d.rect(x + 66, foot - 6, 60, 6, S1)
    d.rect(x + 66, foot - 6, 60, 1, S3)
    eave_shadow(d, x + 66, wall, 60, 6)
    d.rect(x + 82, wall + 12, 16, 17, S3)
    window(d, x + 83, wall + 13, w=14, h=14)
    for i in (x + 87, x + 92):
        d.rect(i, wall + 14, 1, 12, INK)
    door(d, x + 102, foot - 26, w=16, h=26, ramp="n12")
    wall_lantern(d, x + 121, foot - 28)
    horseshoe(d, x + 107, wall + 9)
    main_roof(a, x - 6, 166, w + 14, 62, GREY_SLATES, salt=105, slant=7)
    chimney(a, x + 14, 140, 22, 54, sooty=True)
    moss(a, x + 40, 196, 80, 30, 106)
    hanging_sign(
        d,
        x + 66,
        wall + 6,
        """
        ...........
        kkkkkkk....
        k333333kkk.
        .k222222k..
        ...k11k....
        ..kk11kk...
        .k111111k..
        .kkkkkkkk..
        """,
    )
    scene.emitters.append((x + 25, 138, "smoke"))
    scene.glow(806, 250, 92, "forge", colour="#f07030", flicker=0.35)
    scene.glow(874, 248, 32)
    scene.glow(907, 250, 34, "lamp", flicker=0.12)
    scene.block(49, 11, 8, 5)
    scene.block(53, 16, 4, 1)


def _firelight(d: Canvas, cx: int, cy: int, points: Iterable[tuple[int, int]]) -> None:
    """Warm the sooty stones that the fire can see."""
    warm = {S1: W3, PLUM: W2, NIGHT: W1, S2: W4, W1: W1}
    for px, py in points:
        if (px - cx) ** 2 + ((py - cy) * 1.4) ** 2 < 30**2:
            d.dot(px, py, warm.get(d.get(px, py), d.get(px, py)))


def hearth(d: Canvas, x: int, y: int) -> None:
    """Build the forge: a stone hood over a bed of live coals."""
    ashlar(d, x, y, 28, 26, 103)
    d.rect(x - 2, y + 26, 32, 3, S3)
    d.rect(x - 2, y + 26, 32, 1, S4)
    ashlar(d, x - 1, y + 29, 30, 9, 104)
    d.shade(rect_points(x - 1, y + 35, 30, 3), 1)
    d.rect(x + 4, y + 10, 20, 16, INK)
    d.rect(x + 6, y + 8, 16, 2, INK)
    d.rect(x + 4, y + 9, 2, 1, INK)
    for i in range(18):
        tall = 3 + pick(i, 3, 9) % 6 + (4 if 5 < i < 13 else 0)
        for j in range(tall):
            c = R1 if j > tall - 2 else R2 if j > tall - 4 else R3 if j > 2 else Y1
            d.dot(x + 5 + i, y + 25 - j, c)
    for i in range(4, 15, 2):
        d.rect(x + 5 + i, y + 23, 2, 2, Y2)
    d.rect(x + 8, y + 25, 12, 1, WHITE)


def tools(d: Canvas, x: int, y: int) -> None:
    """Hang tongs, a hammer and a horseshoe on the back wall."""
    d.stamp(
        """
        xxxxxxxxxxxxxxx
        .2.2..111..222.
        .2.2..111..2.2.
        ..2....c...2.2.
        .2.2...c...1.1.
        .2.2...c.......
        .2.2...c.......
        .1.1...c.......
        """,
        x,
        y,
    )


def horseshoe(d: Canvas, x: int, y: int) -> None:
    """Nail a horseshoe over the door."""
    d.stamp(".33.\n3..2\n3..2\n2..1", x, y)
