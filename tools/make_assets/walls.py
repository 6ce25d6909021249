"""House fronts: plaster between timbers, stone footings, planks, and the shadow of the eaves."""

from __future__ import annotations

from collections.abc import Iterable

from tools.make_assets.canvas import Canvas, Point, line_points, rect_points
from tools.make_assets.chance import noise, pick
from tools.make_assets.palette import (
    CREAM,
    E2,
    E3,
    G1,
    G2,
    G3,
    G4,
    PLUM,
    S1,
    S2,
    S3,
    S4,
    W1,
    W2,
    W3,
    W4,
    WHITE,
)


def plaster(canvas: Canvas, points: Iterable[Point], salt: int) -> None:
    """Fill points with limewash that is worn in small patches."""
    for x, y in points:
        worn = noise(x, y * 1.7, 8, salt) + 0.35 * noise(x, y, 3, salt + 1)
        canvas.dot(x, y, E3 if worn > 0.55 else WHITE if worn < -0.78 else CREAM)


def beam(canvas: Canvas, x0: int, y0: int, x1: int, y1: int) -> None:
    """Draw a timber three pixels thick between two points, lit from the upper left."""
    if abs(x1 - x0) >= abs(y1 - y0):
        for k, c in ((-1, W3), (0, W2), (1, W1)):
            canvas.dots(line_points(x0, y0 + k, x1, y1 + k), c)
    else:
        for k, c in ((-1, W3), (0, W2), (1, W1)):
            canvas.dots(line_points(x0 + k, y0, x1 + k, y1), c)


def eave_shadow(canvas: Canvas, x: int, y: int, w: int, h: int = 5) -> None:
    """Darken the top of a wall, deepest right under the roof."""
    canvas.shade(rect_points(x, y, w, h), 1)
    canvas.shade(rect_points(x, y, w, h - 3), 1)


def footing(canvas: Canvas, x: int, y: int, w: int, h: int, salt: int) -> None:
    """Draw rough stones in courses."""
    canvas.rect(x, y, w, h, S1)
    row = 0
    top = y
    while top < y + h:
        course = min(5 if h > 6 else h, y + h - top)
        left = x - pick(row, x, salt) % 6
        while left < x + w:
            width = 6 + pick(left, top, salt) % 5
            tone = pick(left, top, salt + 1) % 10
            face, light = (S3, S4) if tone > 7 else (E2, E3) if tone == 0 else (S2, S3)
            for i in range(max(left, x), min(left + width - 1, x + w)):
                for j in range(top, top + course - 1):
                    canvas.dot(i, j, light if j == top and i < left + width - 2 else face)
            left += width
        top += course
        row += 1
    canvas.rect(x, y + h - 1, w, 1, PLUM)


def planks(canvas: Canvas, x: int, y: int, w: int, h: int, salt: int) -> None:
    """Draw upright boards."""
    for i in range(w):
        board, u = divmod(i, 6)
        tone = pick(board, x, salt) % 3
        face = (W3, W3, W2)[tone]
        for j in range(h):
            c = W1 if u == 5 else W4 if u == 0 and tone < 2 else face
            if u not in (5, 0) and pick(x + i, (y + j) // 5, salt + 2) % 11 == 0:
                c = W2
            canvas.dot(x + i, y + j, c)


def timber_front(
    canvas: Canvas, x: int, y: int, w: int, h: int, *, bays: int, salt: int, braces: bool = True
) -> None:
    """Draw a plastered front with posts between ``bays`` and a sill beam on a stone footing."""
    plaster(canvas, rect_points(x, y, w, h), salt)
    base = 8
    footing(canvas, x, y + h - base, w, base, salt)
    floor = y + h - base - 2
    posts = [x + 1 + round(i * (w - 3) / bays) for i in range(bays + 1)]
    if braces:
        beam(canvas, posts[0] + 1, floor, posts[1] - 6, y + 5)
        beam(canvas, posts[-1] - 1, floor, posts[-2] + 6, y + 5)
    for i in posts:
        beam(canvas, i, y, i, floor)
    beam(canvas, x, floor, x + w - 1, floor)
    beam(canvas, x, y + 1, x + w - 1, y + 1)
    # The right edge of each bay is in the post's shade.
    for i in posts[1:]:
        canvas.shade(rect_points(i - 3, y + 3, 1, floor - y - 4), 1)
    canvas.rect(x, y, 1, h - base, W2)
    canvas.rect(x + w - 1, y, 1, h - base, W1)


def ivy(canvas: Canvas, x: int, y: int, w: int, h: int, salt: int, *, up: bool = True) -> None:
    """Let ivy climb from the foot of a wall (or hang from its top) over drawn pixels."""
    for i in range(w):
        # The tops of the tendrils make a hill with a ragged line.
        hill = 1 - abs(2 * i / max(w - 1, 1) - 1) ** 1.5
        reach = int(h * (0.35 + 0.65 * hill)) - pick((x + i) // 2, 1, salt) % max(h // 4, 2)
        for j in range(max(reach, 0)):
            yy = y + h - 1 - j if up else y + j
            if not canvas.get(x + i, yy):
                continue
            leaf = pick((x + i) // 2, yy // 2, salt) % 10
            if leaf == 0 and j > h // 3:
                continue
            c = G2 if leaf < 5 else G3
            if leaf > 7 and (x + i + yy) % 2 == 0:
                c = G4
            if j >= reach - 1 or i in (0, w - 1):
                c = G2
            canvas.dot(x + i, yy, c)
    # A dark speck under each bright leaf keeps the mass from going flat.
    for i in range(w):
        for j in range(h):
            if canvas.get(x + i, y + j) == G4 and canvas.get(x + i, y + j + 1) in (G2, G3):
                canvas.dot(x + i, y + j + 1, G1)
