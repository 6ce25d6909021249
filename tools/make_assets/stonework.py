"""Hewn stone: blocks, battlements, buttresses and the town wall."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, poly_points, rect_points
from tools.make_assets.chance import pick
from tools.make_assets.palette import (
    B2,
    B3,
    E1,
    E2,
    G2,
    G3,
    INK,
    PLUM,
    S1,
    S2,
    S3,
    S4,
    W1,
    W2,
    Y1,
    Y2,
)
from tools.make_assets.roofs import SLATES, shingle
from tools.make_assets.scene import Scene
from tools.make_assets.site import WIDTH
from tools.make_assets.walls import ivy


def ashlar(canvas: Canvas, x: int, y: int, w: int, h: int, salt: int, *, dark: int = 0) -> None:
    """Draw big hewn blocks in courses of eight pixels, each lit along its top."""
    for j in range(h):
        course, v = divmod(y + j, 8)
        for i in range(w):
            u = (x + i + course * 9 + pick(course, 0, salt) % 7) % 16
            which = (x + i + course * 9 + pick(course, 0, salt) % 7) // 16
            roll = pick(which, course, salt) % 100
            face, light, low = S2, S3, S1
            if roll < 6:
                face, light = S3, S4
            elif roll < 13:
                face, light = E1, E2
            elif roll < 26:
                face, light, low = S1, S2, PLUM
            c = face
            if v == 7 or u == 15:
                c = PLUM if roll % 5 == 0 else S1
            elif (v == 0 and u < 13 and roll % 8) or (u == 0 and v < 5 and roll % 3):
                c = light
            elif v == 6 and u > 1 and roll % 3 == 0:
                c = low
            canvas.dot(x + i, y + j, c)
    if dark:
        canvas.shade(rect_points(x, y, w, h), dark)


def crenels(canvas: Canvas, x: int, y: int, w: int, *, tooth: int = 10, gap: int = 6) -> None:
    """Draw a row of battlements whose teeth are 10 high, standing on ``y + 10``."""
    i = 0
    while i < w:
        width = min(tooth, w - i)
        canvas.rect(x + i, y, width, 11, S2)
        canvas.rect(x + i, y, width, 3, S3)
        canvas.rect(x + i, y, width, 1, S4)
        canvas.rect(x + i + width - 1, y + 1, 1, 10, S1)
        canvas.rect(x + i, y + 3, width - 1, 1, S1)
        if pick(i, x, 3) % 3 == 0:
            canvas.rect(x + i + 3, y + 6, 4, 1, S1)
        i += tooth + gap
    canvas.rect(x, y + 10, w, 2, S3)
    canvas.rect(x, y + 12, w, 1, S1)


def town_wall(scene: Scene) -> None:
    """The wall along the north edge: battlements, blocks, a batter at the foot, and ivy."""
    d = scene.details
    d.rect(0, 34, WIDTH, 8, PLUM)
    ashlar(d, 0, 44, WIDTH, 52, 1)
    crenels(d, 0, 30, WIDTH)
    d.shade(rect_points(0, 43, WIDTH, 4), 1)
    # The foot of the wall stands in grass and damp.
    for x in range(WIDTH):
        for j in range(3 + pick(x // 5, 2, 4) % 3):
            if pick(x, j, 5) % 3:
                d.dot(x, 95 - j, S1 if j > 1 else PLUM)
        if pick(x // 2, 1, 6) % 5 == 0:
            d.rect(x, 93 + pick(x, 0, 7) % 2, 1, 4, G2 if x % 3 else G3)
    for x in range(36, WIDTH, 128):
        buttress(d, x)
    for x, w, h in ((150, 60, 34), (330, 46, 40), (548, 70, 30), (850, 60, 42), (20, 40, 30)):
        ivy(d, x, 96 - h, w, h, x)
    for x, w, h in ((400, 40, 26), (640, 36, 20), (900, 44, 30), (240, 30, 20)):
        ivy(d, x, 42, w, h, x, up=False)
    scene.ground.shade(rect_points(0, 96, WIDTH, 7), 1)
    scene.ground.shade(rect_points(0, 96, WIDTH, 3), 1)
    scene.block(0, 2, 60, 4)


def buttress(d: Canvas, x: int) -> None:
    """Prop the wall with a stepped pier."""
    ashlar(d, x, 56, 18, 44, 9)
    d.rect(x, 54, 18, 3, S3)
    d.rect(x, 54, 18, 1, S4)
    d.rect(x, 57, 18, 1, S1)
    d.rect(x, 58, 1, 42, S3)
    d.rect(x + 16, 57, 2, 43, S1)
    d.shade(rect_points(x + 18, 58, 5, 38), 1)
    d.rect(x - 1, 92, 20, 8, S2)
    d.rect(x - 1, 92, 20, 1, S4)
    d.rect(x - 1, 99, 20, 1, PLUM)
    d.rect(x + 17, 93, 2, 7, S1)


def arrow_slit(canvas: Canvas, x: int, y: int) -> None:
    """Cut a narrow window with a light behind it."""
    canvas.rect(x - 1, y - 1, 6, 14, S3)
    canvas.rect(x, y, 4, 12, S1)
    canvas.rect(x + 1, y, 2, 12, INK)
    canvas.rect(x + 1, y + 6, 2, 4, Y1)
    canvas.dot(x + 1, y + 8, Y2)


def spire(canvas: Canvas, cx: int, y: int, half: int, h: int, salt: int = 4) -> None:
    """Draw a four-sided pointed roof: the left face lit, the right one dark, a gilt knob on top."""
    left = poly_points([(cx - half, y + h), (cx, y), (cx + 4, y + h + 3)])
    right = poly_points([(cx + half, y + h), (cx, y), (cx + 4, y + h + 3)])
    for p in left:
        canvas.dot(*p, shingle(*p, y, SLATES, salt))
    for p in right:
        canvas.dot(*p, shingle(*p, y, SLATES, salt))
    canvas.shade(right, 1)
    for i in range(h + 4):
        canvas.dot(cx + 4 * i // (h + 3), y + i, B3 if i % 5 else B2)
    for i in range(-half, half + 1):
        drop = 3 - 3 * abs(i - 4) // (half + 4)
        canvas.dot(cx + i, y + h + drop, W2)
        canvas.dot(cx + i, y + h + drop + 1, W1)
    canvas.rect(cx - 1, y - 2, 3, 3, Y1)
    canvas.dot(cx - 1, y - 2, Y2)
