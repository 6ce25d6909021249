"""House fronts: plaster between timbers, stone footings, planks, and the shadow of the eaves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tools.make_assets.canvas import Canvas, Point, line_points, rect_points
from tools.make_assets.chance import dice, noise, pick
from tools.make_assets.palette import (
    CODES,
    CREAM,
    E2,
    E3,
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
from tools.make_assets.scene import Scene


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


_LEAVES: Final = (".tr.\nrree\n.ew.", "tr..\nrre.\n.ew.", ".rt.\nerre\n.we.", ".re.\neew.\n.w..")


def ivy(canvas: Canvas, x: int, y: int, w: int, h: int, salt: int, *, up: bool = True) -> None:
    """Let ivy climb from the foot of a wall (or hang from its top) over drawn pixels.

    Strands of different length wander through a rectangle; leaves overlap like tiles, so the
    mass is dense where strands begin and loose where they end.
    """
    chance = dice(f"ivy{salt}")
    strands: list[tuple[int, int]] = []
    for start in range(x, x + w, 2):
        hill = 1 - abs(2 * (start - x) / max(w - 1, 1) - 1) ** 2
        # One strand in three is a leader; the rest fill the mass below it.
        leader = chance.randrange(3) == 0
        reach = int(h * (0.2 + 0.8 * hill) * chance.uniform(0.6, 1.0) * (1.0 if leader else 0.55))
        at = start
        for step in range(0, reach, 2):
            at += chance.randrange(-1, 2)
            strands.append((at, step))
    # From the tips down, so that lower leaves cover upper ones.
    for at, step in sorted(strands, key=lambda leaf: (-leaf[1] if up else leaf[1], leaf[0])):
        top = y + h - 3 - step if up else y + step
        leaf = _LEAVES[chance.randrange(3) if step < h * 0.7 else 3]
        for dy, row in enumerate(leaf.split("\n")):
            for dx, letter in enumerate(row):
                if letter != "." and canvas.get(at + dx, top + dy):
                    canvas.dot(at + dx, top + dy, CODES[letter])


def cast_shadow(scene: Scene, x: int, foot: int, w: int, *, reach: int = 9) -> None:
    """Darken the ground in front of and to the right of a building."""
    scene.ground.shade(rect_points(x + 2, foot, w, 4), 1)
    for j in range(reach + 20):
        scene.ground.shade(rect_points(x + w, foot - 16 + j, max(reach - j // 4, 2), 1), 1)
