"""Roofs seen from the south and above: shingles, slates, thatch, ridges, gables and chimneys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tools.make_assets.canvas import Canvas, line_points, poly_points, rect_points
from tools.make_assets.chance import pick
from tools.make_assets.palette import (
    B0,
    B1,
    B2,
    B3,
    G2,
    G3,
    INK,
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
    S4,
    W1,
    W2,
    W3,
    W4,
    W5,
    Ramp,
)

Corner = tuple[float, float]

# Gap, edge, face and light of a shingle.
RED_TILES: Final[Ramp] = (R0, R1, R2, R3)

BROWN_TILES: Final[Ramp] = (W1, W2, W3, W4)

SLATES: Final[Ramp] = (B0, B1, B2, B3)

GREY_SLATES: Final[Ramp] = (NIGHT, PLUM, S1, S2)

PURPLE_TILES: Final[Ramp] = (NIGHT, PLUM, P1, P2)

PURPLE_SHADE: Final[Ramp] = (INK, NIGHT, PLUM, P1)


def shingle(x: int, y: int, top: int, ramp: Ramp, salt: int) -> int:
    """Return the colour of one point of an endless shingled slope.

    Args:
        x: Column.
        y: Row.
        top: The row where the first course begins.
        ramp: Gap, edge, face and light of a shingle.
        salt: Chooses which shingles are weathered.
    """
    course, v = divmod(y - top, 5)
    u = (x + course * 4 + 400) % 8
    which = (x + course * 4 + 400) // 8
    roll = pick(which, course, salt) % 100
    gap, edge, face, light = ramp
    if roll < 9:
        face, light = edge, face
    if v == 4:
        return gap if u in (0, 7, 1) or roll % 3 else edge
    if u == 0:
        return gap if v == 3 else edge
    if v == 3:
        return edge if u in (1, 7) else face
    if v == 0 and 9 <= roll < 60 and 2 <= u <= 5:
        return light
    if roll > 93 and v < 3:
        return light
    return face


def slope(
    canvas: Canvas, corners: Sequence[Corner], ramp: Ramp, *, top: int, salt: int, dark: int = 0
) -> None:
    """Cover a polygon with shingles; ``dark`` steps push the whole slope into shadow."""
    points = poly_points(corners)
    for x, y in points:
        canvas.dot(x, y, shingle(x, y, top, ramp, salt))
    if dark:
        canvas.shade(points, dark)


def main_roof(
    canvas: Canvas, x: int, y: int, w: int, h: int, ramp: Ramp, *, salt: int, slant: int = 5
) -> None:
    """Draw a roof whose ridge runs left to right.

    The back slope shows as a narrow strip above the ridge, the front one falls to the eave at
    ``y + h``; the ends slant outwards by ``slant`` and carry a wooden edge.
    """
    ridge = y + 7
    slope(
        canvas,
        [(x + slant, ridge), (x + w - slant, ridge), (x + w, y + h), (x, y + h)],
        ramp,
        top=ridge,
        salt=salt,
    )
    slope(
        canvas,
        [(x + slant + 2, y), (x + w - slant - 2, y), (x + w - slant, ridge), (x + slant, ridge)],
        ramp,
        top=y - 3,
        salt=salt + 1,
        dark=1,
    )
    canvas.rect(x + slant + 2, y, w - 2 * slant - 4, 1, ramp[0])
    # The last two courses lose the sky's light.
    canvas.shade(((i, j) for j in range(y + h - 4, y + h) for i in range(x, x + w)), 1)
    _ridge(canvas, x + slant, x + w - slant, ridge, ramp)
    for side, sign in ((x, 1), (x + w - 1, -1)):
        top_x = side + sign * slant
        for k, c in ((0, W1), (1, W3 if sign > 0 else W2), (2, W2)):
            canvas.dots(line_points(top_x + sign * k, ridge - 1, side + sign * k, y + h), c)
    canvas.rect(x, y + h, w, 1, W2)
    canvas.rect(x + 1, y + h + 1, w - 2, 1, W1)


def _ridge(canvas: Canvas, x0: int, x1: int, y: int, ramp: Ramp) -> None:
    """Draw the lit row of ridge tiles."""
    for x in range(x0, x1):
        u = (x - x0) % 8
        canvas.dot(x, y - 2, ramp[1] if u == 7 else ramp[3])
        canvas.dot(x, y - 1, ramp[0] if u == 7 else ramp[3] if u < 3 else ramp[2])
        canvas.dot(x, y, ramp[0] if u == 7 else ramp[2])
        canvas.dot(x, y + 1, ramp[0])


def cross_gable(
    canvas: Canvas, cx: int, eave: int, half: int, rise: int, depth: int, ramp: Ramp, *, salt: int
) -> list[tuple[int, int]]:
    """Draw a gable that faces south, growing out of a main roof.

    Args:
        canvas: Where to draw.
        cx: Middle of the gable.
        eave: Row of the lower ends of its slopes.
        half: Half its width.
        rise: Height of its apex over ``eave``.
        depth: How far its ridge runs back (up the picture).
        ramp: As in ``shingle``.
        salt: Chooses weathered shingles.

    Returns:
        The points of the wall under the gable, for the caller to plaster.
    """
    apex = eave - rise
    left = [(cx - half, eave), (cx, apex), (cx, apex - depth)]
    right = [(cx + half, eave), (cx, apex), (cx, apex - depth)]
    slope(canvas, left, ramp, top=apex, salt=salt)
    slope(canvas, right, ramp, top=apex, salt=salt, dark=1)
    canvas.dots(line_points(cx, apex - depth, cx, apex), ramp[3])
    canvas.dots(line_points(cx + 1, apex - depth + 2, cx + 1, apex), ramp[0])
    # The gable throws its shadow on the slope to its right.
    shadow = poly_points([(cx + half, eave), (cx + 1, apex - depth), (cx + half + 9, eave)])
    canvas.shade((p for p in shadow if p not in set(poly_points(right)) and canvas.get(*p)), 1)
    return _barge_boards(canvas, cx, eave, half, rise, ramp)


def thatch(canvas: Canvas, x: int, y: int, w: int, h: int, *, salt: int) -> None:
    """Draw a thatched roof: soft ends, straw strokes, a scalloped ridge."""
    corners = [
        (x + 7, y + 3), (x + 12, y), (x + w - 12, y), (x + w - 7, y + 3),
        (x + w - 1, y + h - 3), (x + w - 4, y + h + 1), (x + 4, y + h + 1), (x + 1, y + h - 3),
    ]  # fmt: skip
    inside = set(poly_points(corners))
    for px, py in inside:
        depth = (py - y) / h
        strand = pick(px, (py + pick(px, 0, salt) % 9) // 6, salt + 1) % 100
        c = W4
        if strand < 24:
            c = W3
        elif strand > 82 and depth < 0.75:
            c = W5
        if depth > 0.86:
            c = W3 if strand < 60 else W2
        canvas.dot(px, py, c)
    for px, py in inside:
        # A layered edge: three horizontal bands where one course of straw ends.
        for band in (0.36, 0.66):
            edge = y + int(h * band) + pick(px // 2, 7, salt) % 3
            if py == edge:
                canvas.dot(px, py, W2)
            elif py == edge + 1:
                canvas.dot(px, py, W3)
    for px in range(x + 10, x + w - 10):
        u = (px - x) % 10
        drop = (0, 1, 2, 2, 3, 3, 2, 2, 1, 0)[u]
        for py in range(y, y + 6 + drop):
            canvas.dot(px, py, W5 if py < y + 2 else W4 if (px + py) % 3 else W5)
        canvas.dot(px, y + 6 + drop, W2)
    for px in range(x + 4, x + w - 4):
        if pick(px, 3, salt) % 3:
            canvas.dot(px, y + h + 1, W1)
    for px, py in inside:
        if (px + 1, py) not in inside:
            canvas.dot(px, py, W2)
        elif (px - 1, py) not in inside:
            canvas.dot(px, py, W3)


def chimney(
    canvas: Canvas, x: int, y: int, w: int, h: int, *, brick: bool = False, sooty: bool = False
) -> None:
    """Draw a chimney whose foot stands on a roof; the smoke comes out at its top middle."""
    lit, face, dark, gap = (R3, R2, R1, R0) if brick else (S4, S3, S2, S1)
    if sooty:
        lit, face, dark, gap = S3, S2, S1, PLUM
    canvas.shade(rect_points(x + w, y + 9, 4, h - 11), 1)
    for j in range(3, h):
        course, v = divmod(j - 3, 4)
        for i in range(w):
            u = (i + course * 3) % 6
            c = dark if i >= w - w // 3 else face
            if v == 3 or u == 5:
                c = gap if i >= w - w // 3 else dark
            elif v == 0 and i < w // 2 and pick(i // 3, course, x) % 2:
                c = lit
            canvas.dot(x + i, y + j, c)
    canvas.rect(x, y + 3, 1, h - 3, lit)
    canvas.rect(x - 1, y, w + 2, 3, face)
    canvas.rect(x - 1, y, w + 2, 1, lit)
    canvas.rect(x + w - 1, y + 1, 2, 2, dark)
    canvas.rect(x, y + 3, w, 1, gap)
    canvas.rect(x + 2, y, w - 4, 1, INK)
    canvas.rect(x + 2, y + 1, w - 4, 1, NIGHT)
    # Lead flashing where the stack meets the roof.
    canvas.rect(x - 1, y + h - 1, w + 2, 1, PLUM)


def gable_roof(
    canvas: Canvas,
    cx: int,
    eave: int,
    half: int,
    rise: int,
    depth: int,
    ramp: Ramp,
    *,
    salt: int,
    shade: Ramp,
) -> list[tuple[int, int]]:
    """Draw a roof whose ridge runs away from the viewer.

    ``shade`` covers the slope away from the light; the rest is as in ``cross_gable``.
    """
    apex = eave - rise
    left = [(cx - half, eave), (cx, apex), (cx, apex - depth), (cx - half, eave - depth)]
    right = [(cx + half, eave), (cx, apex), (cx, apex - depth), (cx + half, eave - depth)]
    slope(canvas, left, ramp, top=apex, salt=salt)
    slope(canvas, right, shade, top=apex, salt=salt)
    for j in range(apex - depth, apex):
        c = ramp[3] if (j - apex) % 6 else ramp[1]
        canvas.rect(cx - 1, j, 2, 1, c)
        canvas.dot(cx + 1, j, ramp[0])
    for k in range(2):
        canvas.dots(line_points(cx - half, eave - depth + k, cx, apex - depth + k), ramp[k])
        canvas.dots(line_points(cx + half, eave - depth + k, cx, apex - depth + k), ramp[0])
    canvas.rect(cx - half, eave - depth, 1, depth, ramp[1])
    canvas.rect(cx + half, eave - depth, 1, depth, ramp[0])
    return _barge_boards(canvas, cx, eave, half, rise, ramp)


def _barge_boards(
    canvas: Canvas, cx: int, eave: int, half: int, rise: int, ramp: Ramp
) -> list[tuple[int, int]]:
    """Trim the front edge of a gable and return the points of the wall beneath."""
    apex = eave - rise
    wall = poly_points([(cx - half + 3, eave + 2), (cx, apex + 2), (cx + half - 2, eave + 2)])
    for k, c in ((-1, ramp[0]), (0, W5), (1, W4), (2, W3), (3, W1)):
        canvas.dots(line_points(cx - half, eave + k, cx, apex + k), c)
        right = {W5: W4, W4: W3, W3: W2}.get(c, c)
        canvas.dots(line_points(cx + half, eave + k, cx, apex + k), right)
    canvas.rect(cx - 1, apex - 2, 3, 4, W4)
    canvas.dot(cx - 1, apex - 2, W5)
    return [p for p in wall if abs(p[0] - cx) * rise < (p[1] - apex - 3) * half]


def moss(canvas: Canvas, x: int, y: int, w: int, h: int, salt: int) -> None:
    """Sprinkle moss over drawn pixels, thicker towards the bottom."""
    for j in range(y, y + h):
        for i in range(x, x + w):
            if canvas.get(i, j) and pick(i // 3, j // 2, salt) % 100 < 8 + 14 * (j - y) // h:
                canvas.dot(i, j, G3 if pick(i, j, salt) % 3 == 0 else G2)
