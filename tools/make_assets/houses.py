"""The houses of the village, one function each, drawn at their place on the map."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, rect_points
from tools.make_assets.openings import (
    awning,
    door,
    flower_box,
    hanging_sign,
    round_window,
    shutters,
    wall_lantern,
    window,
)
from tools.make_assets.palette import (
    B0,
    B1,
    B2,
    B3,
    NIGHT,
    P1,
    P2,
    PLUM,
    R0,
    R1,
    R2,
    R3,
    S1,
    S2,
    S3,
    W1,
    W2,
    W3,
    W4,
    Y1,
)
from tools.make_assets.roofs import chimney, cross_gable, main_roof, moss, thatch
from tools.make_assets.scene import Scene
from tools.make_assets.walls import beam, eave_shadow, footing, ivy, planks, plaster, timber_front

RED_TILES = (R0, R1, R2, R3)
BROWN_TILES = (W1, W2, W3, W4)
SLATES = (B0, B1, B2, B3)
GREY_SLATES = (NIGHT, PLUM, S1, S2)
PURPLE_TILES = (NIGHT, PLUM, P1, P2)


def cast_shadow(scene: Scene, x: int, foot: int, w: int, *, reach: int = 9) -> None:
    """Darken the ground in front of and to the right of a building."""
    scene.ground.shade(rect_points(x + 2, foot, w, 4), 1)
    for j in range(reach + 20):
        scene.ground.shade(rect_points(x + w, foot - 16 + j, max(reach - j // 4, 2), 1), 1)


def inn(scene: Scene) -> None:
    """Mira's inn, two storeys under red tiles, with a gable to the street."""
    d, a = scene.details, scene.above
    x, w, foot = 144, 112, 224
    cast_shadow(scene, x, foot, w)
    wall = foot - 54
    timber_front(d, x, wall + 26, w, 28, bays=4, salt=1, braces=False)
    # The upper floor juts out on beam ends.
    timber_front(d, x - 2, wall, w + 4, 26, bays=5, salt=2)
    d.rect(x - 2, wall + 17, w + 4, 9, 0)
    plaster(d, rect_points(x - 2, wall + 17, w + 4, 5), 2)
    beam(d, x - 2, wall + 22, x + w + 1, wall + 22)
    d.rect(x - 2, wall + 24, w + 4, 1, NIGHT)
    for i in range(x, x + w, 9):
        d.rect(i, wall + 24, 4, 3, W2)
        d.rect(i, wall + 24, 1, 3, W3)
        d.rect(i, wall + 27, 4, 1, W1)
    eave_shadow(d, x, wall + 25, w, 5)
    eave_shadow(d, x - 2, wall, w + 4, 6)
    for i, inside in ((x + 10, "curtain"), (x + 78, "cat")):
        window(d, i, wall + 5, h=12, inside=inside)
        shutters(d, i, wall + 5, h=12)
    for i, inside, salt in ((x + 7, "plant", 4), (x + 84, "", 5)):
        window(d, i, wall + 30, w=15, h=13, inside=inside)
        flower_box(d, i - 1, wall + 45, 17, salt)
    door(d, x + 48, foot - 24)
    wall_lantern(d, x + 68, foot - 22)
    main_roof(a, x - 6, 104, w + 12, 64, RED_TILES, salt=3)
    points = cross_gable(a, x + 56, 170, 31, 34, 22, RED_TILES, salt=6)
    plaster(a, points, 9)
    a.shade([p for p in points if p[1] < 145], 1)
    beam(a, x + 30, 168, x + 82, 168)
    beam(a, x + 56, 142, x + 56, 150)
    beam(a, x + 42, 155, x + 42, 167)
    beam(a, x + 70, 155, x + 70, 167)
    window(a, x + 50, 152, w=13, h=12, inside="curtain")
    flower_box(a, x + 49, 165, 15, 8)
    chimney(a, x + 16, 92, 12, 30)
    moss(a, x - 4, 150, 40, 20, 5)
    scene.block(9, 7, 7, 7)


if __name__ == "__main__":
    import sys

    from tools.make_assets.site import HEIGHT, WIDTH

    ground = Canvas(WIDTH, HEIGHT, 11)
    s = Scene(ground)
    inn(s)
    s.ground.blit(s.details, 0, 0)
    s.ground.blit(s.above, 0, 0)
    s.ground.crop(120, 80, 240, 170).image().resize((960, 680), 0).save("/tmp/art/inn.png")
    _ = (sys, awning, hanging_sign, round_window, thatch, footing, ivy, planks, B0, Y1, S3)
