"""The houses on the lane: the thatched cottage and the weaver's."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas
from tools.make_assets.openings import door, flower_box, shutters, wall_lantern, window
from tools.make_assets.palette import B1, B3, P1, P2, R1, R3, W1, W2, W3, W4, W5, WHITE, Y1, Y2
from tools.make_assets.roofs import (
    PURPLE_SHADE,
    PURPLE_TILES,
    chimney,
    gable_roof,
    main_roof,
    thatch,
)
from tools.make_assets.scene import Scene
from tools.make_assets.walls import beam, cast_shadow, eave_shadow, ivy, plaster, timber_front


def cottage(scene: Scene) -> None:
    """The old thatched cottage on the lane where Pip's grandmother lives."""
    d, a = scene.details, scene.above
    x, w, foot = 192, 112, 432
    cast_shadow(scene, x, foot, w)
    wall = foot - 36
    timber_front(d, x + 2, wall, w - 4, 36, bays=5, salt=61)
    eave_shadow(d, x + 2, wall, w - 4, 7)
    window(d, x + 10, wall + 11, w=15, h=12, inside="plant")
    shutters(d, x + 10, wall + 11, w=15, h=12, ramp="wer")
    flower_box(d, x + 9, wall + 25, 17, 62)
    window(d, x + 36, wall + 11, h=12, inside="cat")
    door(d, x + 57, foot - 24, w=15, ramp="wer")
    wall_lantern(d, x + 76, foot - 22)
    window(d, x + 87, wall + 11, h=12)
    shutters(d, x + 87, wall + 11, h=12, ramp="wer")
    flower_box(d, x + 86, wall + 25, 15, 63)
    ivy(d, x + 94, wall - 4, 18, 40, 65)
    thatch(a, x - 8, 338, w + 16, 60, salt=66)
    dormer(a, x + 66, 378)
    chimney(a, x + 22, 322, 12, 30)
    scene.emitters.append((x + 28, 322, "smoke"))
    for i in (209, 234, 285):
        scene.glow(i, 416, 32)
    scene.glow(258, 374, 24)
    scene.glow(271, 418, 34, "lamp", flicker=0.12)
    scene.block(12, 22, 7, 5)


def dormer(a: Canvas, cx: int, foot: int) -> None:
    """Let a small window look out of the thatch under an eyebrow of straw."""
    for i in range(-15, 16):
        lift = 11 - i * i * 11 // 240
        for j in range(foot - 6 - lift, foot - lift + 1):
            edge = j - (foot - 6 - lift)
            a.dot(cx + i, j, W5 if edge < 2 else W4 if edge < 5 else W2)
        if abs(i) < 12:
            a.rect(cx + i, foot - lift + 1, 1, max(lift - 1, 0), W1)
    window(a, cx - 6, foot - 9, w=13, h=10)


def weaver(scene: Scene) -> None:
    """Odile's house: purple tiles, a broad gable with the loom behind glass, yarn on the wall."""
    d, a = scene.details, scene.above
    x, w, foot = 592, 128, 432
    cast_shadow(scene, x, foot, w)
    wall = foot - 40
    timber_front(d, x + 66, wall + 2, 60, 38, bays=2, salt=81, braces=False)
    eave_shadow(d, x + 66, wall + 2, 60, 7)
    window(d, x + 83, wall + 13, w=11, h=13)
    shutters(d, x + 83, wall + 13, w=11, h=13, ramp="POI")
    window(d, x + 107, wall + 13, w=11, h=13)
    shutters(d, x + 107, wall + 13, w=11, h=13, ramp="POI")
    flower_box(d, x + 82, wall + 28, 13, 83)
    flower_box(d, x + 106, wall + 28, 13, 84)
    timber_front(d, x, wall, 68, 40, bays=4, salt=82, braces=False)
    loom_window(d, x + 6, wall + 10)
    door(d, x + 44, foot - 25, w=16, h=25, ramp="APO")
    wall_lantern(d, x + 38, foot - 26)
    main_roof(a, x + 50, 344, 82, 50, PURPLE_TILES, salt=85)
    points = gable_roof(a, x + 33, 396, 40, 42, 26, PURPLE_TILES, salt=86, shade=PURPLE_SHADE)
    plaster(a, points, 87)
    a.shade(
        [p for p in points if p[1] < 366 or (p[1] - 354) * 40 < abs(p[0] - x - 33) * 42 + 380], 1
    )
    beam(a, x + 4, 394, x + 62, 394)
    beam(a, x + 33, 362, x + 33, 393)
    beam(a, x + 18, 380, x + 18, 393)
    beam(a, x + 48, 380, x + 48, 393)
    beam(a, x + 19, 379, x + 47, 379)
    window(a, x + 21, 381, w=11, h=10, inside="")
    window(a, x + 36, 381, w=11, h=10, inside="")
    chimney(a, x + 106, 330, 12, 30)
    skeins(d, x + 64, wall + 10)
    scene.emitters.append((x + 112, 330, "smoke"))
    scene.glow(613, 414, 46, colour="#b07c40")
    for i, j in ((618, 386), (633, 386), (680, 412), (704, 412)):
        scene.glow(i, j, 30)
    scene.glow(632, 414, 34, "lamp", flicker=0.12)
    scene.block(37, 22, 8, 5)


def loom_window(d: Canvas, x: int, y: int) -> None:
    """Show the loom with a half-woven banner through a wide window."""
    window(d, x, y, w=30, h=18)
    d.rect(x + 2, y + 2, 26, 14, Y1)
    d.rect(x + 2, y + 2, 26, 6, Y2)
    d.rect(x + 6, y + 3, 2, 13, W2)
    d.rect(x + 22, y + 3, 2, 13, W2)
    d.rect(x + 5, y + 4, 20, 2, W3)
    for i in range(8, 22, 2):
        d.rect(x + i, y + 6, 1, 4, WHITE)
    d.rect(x + 8, y + 9, 14, 6, P2)
    for i in range(9, 21, 4):
        d.rect(x + i, y + 11, 2, 2, Y2)
    d.rect(x + 8, y + 14, 14, 1, P1)
    for i in (10, 19):
        d.rect(x + i, y + 2, 1, 14, W1)


def skeins(d: Canvas, x: int, y: int) -> None:
    """Hang dyed yarn from a rail."""
    d.rect(x, y, 11, 1, W1)
    for i, (dark, light) in enumerate(((R1, R3), (B1, B3), (W3, Y1))):
        left = x + i * 4
        d.rect(left, y + 1, 3, 9, light)
        d.rect(left + 2, y + 1, 1, 9, dark)
        d.rect(left, y + 4, 3, 1, dark)
        d.dot(left + 1, y + 10, dark)
