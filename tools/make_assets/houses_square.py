"""The houses on the square: Mira's inn, her bakery, and the reeve's counting house."""

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
from tools.make_assets.palette import NIGHT, PLUM, S1, S2, S3, S4, W1, W2, W3, W4
from tools.make_assets.roofs import (
    BROWN_TILES,
    RED_TILES,
    SLATES,
    chimney,
    cross_gable,
    main_roof,
    moss,
)
from tools.make_assets.scene import Scene
from tools.make_assets.stonework import ashlar
from tools.make_assets.walls import beam, cast_shadow, eave_shadow, plaster, timber_front


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
    d.rect(x - 2, wall + 24, w + 4, 2, NIGHT)
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
    for i, j in ((160, 187), (228, 187), (200, 160), (158, 216), (236, 216)):
        scene.glow(i, j, 34)
    scene.glow(214, 210, 40, "lamp", flicker=0.12)
    scene.emitters.append((x + 22, 92, "smoke"))
    scene.block(9, 7, 7, 7)


def bakery(scene: Scene) -> None:
    """Mira's bakery, built on to the inn: a low roof, a brick oven stack, a shop window."""
    d, a = scene.details, scene.above
    x, w, foot = 256, 80, 224
    cast_shadow(scene, x, foot, w)
    wall = foot - 38
    timber_front(d, x, wall, w, 38, bays=3, salt=21, braces=False)
    eave_shadow(d, x, wall, w, 6)
    door(d, x + 6, foot - 24, w=13, ramp="zDF")
    wall_lantern(d, x + 22, foot - 24)
    window(d, x + 33, wall + 13, w=17, h=14, inside="loaves")
    window(d, x + 55, wall + 13, w=17, h=14, inside="loaves")
    shelf = wall + 28
    d.rect(x + 31, shelf, 44, 2, W4)
    d.rect(x + 31, shelf + 2, 44, 1, W1)
    for i in range(4):
        d.stamp(".cc.\ncvvc\ncccx", x + 34 + i * 10, shelf - 3)
    awning(d, x + 29, wall + 4, 48, 8)
    main_roof(a, x - 4, 134, w + 10, 52, BROWN_TILES, salt=23)
    chimney(a, x + 56, 112, 16, 42, brick=True)
    moss(a, x, 170, 70, 16, 25)
    hanging_sign(
        d,
        x - 3,
        wall + 4,
        """
        ...........
        ...vvvvv...
        .vvbvbvbvv.
        vbvvbvbvvvv
        vvbvvvvvvvc
        cvvvvvvvvcc
        .ccccccccc.
        """,
    )
    scene.emitters.append((x + 64, 112, "smoke"))
    for i in (297, 319):
        scene.glow(i, 208, 40)
    scene.glow(280, 208, 36, "lamp", flicker=0.12)
    scene.block(16, 9, 5, 5)


def reeve(scene: Scene) -> None:
    """The reeve's counting house: dressed stone, blue slates, everything in pairs."""
    d, a = scene.details, scene.above
    x, w, foot = 560, 112, 192
    cast_shadow(scene, x, foot, w)
    wall = foot - 46
    ashlar(d, x, wall, w, 46, 41)
    d.rect(x, foot - 7, w, 7, S2)
    d.rect(x, foot - 7, w, 1, S4)
    d.rect(x, foot - 1, w, 1, PLUM)
    for i in (x, x + w - 8):
        for j in range(wall, foot - 7, 8):
            wide = 10 if (j // 8) % 2 else 7
            left = i if i == x else i + 8 - wide
            d.rect(left, j, wide, 7, S3)
            d.rect(left, j, wide, 1, S4)
            d.rect(left, j + 7, wide, 1, S1)
    eave_shadow(d, x, wall, w, 6)
    for i in (x + 15, x + 82):
        d.rect(i - 2, wall + 10, 19, 20, S3)
        d.rect(i - 2, wall + 10, 19, 2, S4)
        window(d, i, wall + 12, w=15, h=16, inside="curtain" if i < x + 50 else "")
        flower_box(d, i - 1, wall + 32, 17, i)
    door(d, x + 47, foot - 27, w=17, h=27, ramp="QWE")
    d.stamp("kkkkkkkkkkk\nkYYYYYYYYYk\n.kYUYYYUYk.\n..kkkkkkk..", x + 50, wall + 12)
    wall_lantern(d, x + 37, foot - 24)
    main_roof(a, x - 6, 96, w + 12, 50, SLATES, salt=43, slant=9)
    cross_gable(a, x + 56, 148, 24, 24, 16, SLATES, salt=44)
    ashlar_gable(a, x + 56, 148, 24, 24)
    round_window(a, x + 56, 140)
    chimney(a, x + 12, 84, 11, 30)
    chimney(a, x + 90, 84, 11, 30)
    scene.emitters.append((x + 95, 84, "smoke"))
    for i in (582, 650):
        scene.glow(i, 170, 38)
    scene.glow(616, 140, 18)
    scene.glow(599, 174, 34, "lamp", flicker=0.12)
    scene.block(35, 7, 7, 5)


def ashlar_gable(a: Canvas, cx: int, eave: int, half: int, rise: int) -> None:
    """Fill the wall under a gable with stone."""
    stone = Canvas(2 * half, rise + 2)
    ashlar(stone, 0, 0, 2 * half, rise + 2, 45)
    for j in range(rise + 2):
        for i in range(2 * half):
            x, y = cx - half + i, eave - rise + j
            if abs(x - cx) * rise < (y - (eave - rise) - 4) * half:
                a.dot(x, y, stone.get(i, j))
    a.rect(cx - half + 2, eave + 1, 2 * half - 4, 2, S3)
    a.rect(cx - half + 2, eave + 1, 2 * half - 4, 1, S4)
