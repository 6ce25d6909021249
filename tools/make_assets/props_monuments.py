"""The great lantern, the well, and the wayside shrine."""

from __future__ import annotations

from itertools import pairwise

from tools.make_assets.canvas import Canvas, line_points, poly_points
from tools.make_assets.chance import pick
from tools.make_assets.foliage import contact_shadow
from tools.make_assets.palette import (
    B0,
    B1,
    B2,
    B3,
    CODES,
    INK,
    NIGHT,
    PLUM,
    S1,
    S2,
    S3,
    S4,
    W1,
    W2,
    W3,
    W4,
    W5,
    WHITE,
    Y1,
    Y2,
)
from tools.make_assets.roofs import shingle


def _brass(canvas: Canvas, x: int, y: int, w: int, h: int) -> None:
    """Draw an upright piece of turned brass, lit from the left."""
    for i in range(w):
        u = i / max(w - 1, 1)
        c = W3 if u < 0.1 else Y2 if u < 0.3 else Y1 if u < 0.5 else W4 if u < 0.65 else W3
        canvas.rect(x + i, y, 1, h, W2 if u > 0.85 else c)


def _octagon_step(canvas: Canvas, cx: int, top: int, half: int, deep: int, rise: int) -> None:
    """Draw one eight-sided step: a light top and three faces of different tone."""
    inner = half * 5 // 12
    top_face = [
        (cx - half, top + deep * 0.6), (cx - inner, top), (cx + inner, top),
        (cx + half, top + deep * 0.6), (cx + half, top + deep * 1.4), (cx + inner, top + deep * 2),
        (cx - inner, top + deep * 2), (cx - half, top + deep * 1.4),
    ]  # fmt: skip
    for y in range(rise, 0, -1):
        for x, yy in poly_points([(x, t + y) for x, t in top_face]):
            c = S2 if x < cx - inner else S3 if x < cx + inner else S1
            canvas.dot(x, yy, {S3: S2, S2: S1, S1: PLUM}[c] if y == rise else c)
    canvas.poly(top_face, S3)
    lip = [top_face[7], top_face[6], top_face[5], top_face[4]]
    for (xa, ya), (xb, yb) in pairwise(lip):
        canvas.dots(line_points(int(xa), int(ya), int(xb), int(yb)), S4)
    for k in range(-1, 2):
        x = cx + k * inner * 2 // 3
        canvas.rect(x, int(top + deep * 2) + 1, 1, rise - 1, S1 if x < cx + inner else PLUM)


def great_lantern(*, lit: bool) -> Canvas:
    """Draw the festival lantern on its stepped plinth."""
    canvas = Canvas(64, 118)
    cx = 32
    for half, top, deep, rise in ((29, 91, 10, 8), (21, 85, 8, 7), (14, 79, 6, 6)):
        _octagon_step(canvas, cx, top, half, deep, rise)
    # A square pedestal with a plate, then the column.
    canvas.rect(cx - 9, 66, 18, 20, S2)
    canvas.rect(cx - 9, 66, 2, 20, S4)
    canvas.rect(cx + 4, 66, 5, 20, S1)
    canvas.rect(cx - 11, 63, 22, 4, S3)
    canvas.rect(cx - 11, 63, 22, 1, S4)
    canvas.rect(cx + 6, 64, 5, 3, S1)
    canvas.rect(cx - 11, 67, 22, 1, PLUM)
    canvas.rect(cx - 11, 84, 22, 3, S3)
    canvas.rect(cx - 11, 84, 22, 1, S4)
    canvas.rect(cx - 5, 71, 9, 9, W2)
    canvas.rect(cx - 5, 71, 9, 1, Y2)
    canvas.rect(cx - 4, 72, 7, 7, Y1)
    canvas.stamp("..x..\n.xxx.\nx.x.x\n..x..", cx - 3, 73)
    _brass(canvas, cx - 3, 46, 6, 17)
    _brass(canvas, cx - 5, 60, 10, 3)
    _brass(canvas, cx - 5, 52, 10, 2)
    _brass(canvas, cx - 8, 43, 16, 3)
    # Two curled arms.
    for sign in (-1, 1):
        for x, y in ((4, 54), (6, 53), (8, 51), (9, 49), (9, 47), (8, 45)):
            canvas.rect(cx + sign * x - (1 if sign < 0 else 0), y, 2, 2, W3 if sign > 0 else Y1)
    # The cage.
    glass = poly_points([(cx - 10, 42), (cx - 15, 20), (cx + 15, 20), (cx + 10, 42)])
    for x, y in glass:
        u, v = (x - cx) / 14, (y - 31) / 11
        if lit:
            r = u * u + v * v * 0.8
            c = WHITE if r < 0.22 else Y2 if r < 0.75 else Y1
        else:
            c = B0 if u > 0.15 or v > 0.4 else B1
            if -0.62 < u + v * 0.25 < -0.42:
                c = B3
            if -0.75 < u + v * 0.25 < -0.69:
                c = B2
        canvas.dot(x, y, c)
    if lit:
        for x, y in poly_points([(cx - 4, 40), (cx - 5, 33), (cx, 23), (cx + 5, 33), (cx + 4, 40)]):
            canvas.dot(x, y, WHITE)
    else:
        canvas.rect(cx - 1, 36, 2, 6, W2)
        canvas.rect(cx - 3, 40, 6, 2, W2)
    for x0, x1 in ((-10, -15), (10, 15), (-4, -6), (4, 6)):
        canvas.dots(line_points(cx + x0, 42, cx + x1, 20), W2 if abs(x0) < 9 else W3)
        if abs(x0) > 9:
            canvas.dots(line_points(cx + x0 - 1, 42, cx + x1 - 1, 20), Y1 if x0 < 0 else W2)
    _brass(canvas, cx - 11, 40, 22, 3)
    _brass(canvas, cx - 17, 18, 34, 3)
    canvas.rect(cx - 17, 21, 34, 1, W2)
    # Cap: a swept copper roof with a knob.
    for y in range(6, 18):
        t = (y - 6) / 11
        half = int(3 + 13 * t**1.7)
        for x in range(cx - half, cx + half):
            u = (x - cx + half) / (2 * half)
            c = B3 if u < 0.18 else B2 if u < 0.45 else B1 if u < 0.78 else B0
            if lit and y > 14:
                c = Y1 if u < 0.5 else W4
            canvas.dot(x, y, c)
    canvas.rect(cx - 2, 3, 4, 4, W3)
    canvas.stamp(".UY.\nUYYc\nUYcc\n.cc.", cx - 2, 0)
    for i in (-15, -8, 7, 14):
        canvas.rect(cx + i, 22, 1, 3, Y1)
    canvas.outline(INK)
    contact_shadow(canvas, 33, 112, 30, 4)
    return canvas


def lantern_unlit() -> Canvas:
    """Return the great lantern as the evening finds it."""
    return great_lantern(lit=False)


def lantern_lit() -> Canvas:
    """Return the great lantern burning."""
    return great_lantern(lit=True)


def well() -> Canvas:
    """Return the well with its shingled roof, crank and bucket."""
    canvas = Canvas(48, 60)
    cx = 24
    for y in range(34, 56):
        for x in range(5, 43):
            dx = (x - 23.5) / 18.5
            low = 46 + 9 * (1 - dx * dx) ** 0.5 if abs(dx) <= 1 else 0
            if y > low:
                continue
            course = (y - int(3.2 * (1 - dx * dx) ** 0.5)) // 5
            u = (x + course * 4) % 8
            c = S3 if dx < -0.35 else S2 if dx < 0.4 else S1
            if u == 7 or (y - int(3.2 * (1 - dx * dx) ** 0.5)) % 5 == 4:
                c = S1 if dx < 0.4 else PLUM
            elif pick((x + course * 4) // 8, course, 4) % 5 == 0:
                c = CODES["6"] if dx < 0.4 else CODES["5"]
            canvas.dot(x, y, c)
    canvas.disc(23.5, 38, 19.5, 7.5, S1)
    canvas.disc(23.5, 37, 19.5, 7.5, S3)
    canvas.disc(23.5, 36.6, 18.6, 6.6, S4)
    canvas.disc(23.5, 37.4, 15.5, 5, PLUM)
    canvas.disc(23.5, 38.2, 14.5, 4.2, INK)
    canvas.disc(23.5, 40.0, 11.0, 1.8, B1)
    for i in range(8):
        x = 6 + i * 5
        canvas.rect(x, 31 + (i - 3.5).__abs__().__int__(), 1, 2, S2)
    for x in (7, 37):
        canvas.rect(x, 14, 4, 26, W3)
        canvas.rect(x, 14, 1, 26, W5)
        canvas.rect(x + 3, 14, 1, 26, W1)
    canvas.rect(9, 24, 30, 3, W2)
    canvas.rect(9, 24, 30, 1, W4)
    canvas.rect(19, 23, 9, 5, W4)
    for i in range(19, 28, 2):
        canvas.rect(i, 23, 1, 5, W2)
    canvas.rect(41, 25, 4, 2, S1)
    canvas.rect(44, 25, 2, 6, S2)
    canvas.rect(23, 28, 1, 6, W5)
    canvas.stamp("2....2\n.2222.\nxvvcxz\nx2222z\nxvccxz\n.xvxz.", 21, 32)
    for y in range(3, 19):
        half = 13 + (y - 3) * 10 // 15
        for x in range(cx - half, cx + half):
            canvas.dot(x, y, shingle(x, y, 4, (W1, W2, W3, W4), 3))
    canvas.rect(cx - 13, 2, 26, 2, W5)
    canvas.rect(cx - 13, 4, 26, 1, W2)
    canvas.rect(cx - 23, 19, 46, 1, W4)
    canvas.rect(cx - 23, 20, 46, 1, W1)
    canvas.dots(line_points(cx - 14, 3, cx - 24, 19), W4)
    canvas.dots(line_points(cx + 13, 3, cx + 23, 19), W1)
    contact_shadow(canvas, 25, 55, 20, 3)
    return canvas


def milestone() -> Canvas:
    """Return the wayside shrine with a candle in its niche."""
    canvas = Canvas(22, 34)
    canvas.stamp(
        """
        .......kk........
        .....kk33kk......
        ...kk334422kk....
        ..k3334433221k...
        .kkkkkkkkkkkkkk..
        ..k3322222211k...
        ..k32kkkkkk21k...
        ..k3kknnnnkk1k...
        ..k3knnUnnnk1k...
        ..k3knnYnnnk1k...
        ..k3kn.8.nnk1k...
        ..k3knn8InnkD1...
        ..k3kI98ODnk1k...
        ..k33333333321...
        ..k3222222211k...
        ..k3222122211k...
        ..k3222222111k...
        ..k3221222211k...
        ..k3222222111k...
        .k332222222111k..
        k33333333222111k.
        k222222222111mmk.
        kkkkkkkkkkkkkkkk.
        """,
        3,
        6,
    )
    for x, y in ((12, 16), (11, 17)):
        if not canvas.get(x, y):
            canvas.dot(x, y, NIGHT)
    contact_shadow(canvas, 11, 29, 10, 2)
    return canvas
