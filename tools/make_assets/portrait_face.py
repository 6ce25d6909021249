"""The parts of a drawn face: rounded forms in crescent light, eyes, brows, noses, mouths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tools.make_assets.canvas import Canvas, Point, line_points, poly_points
from tools.make_assets.palette import (
    B0,
    CREAM,
    INK,
    K1,
    K2,
    K3,
    NIGHT,
    P1,
    PLUM,
    R0,
    R1,
    R2,
    W1,
    W2,
    WHITE,
    Ramp,
)

Mood = Literal["calm", "glad", "worried", "cross"]

MOODS: Final[tuple[Mood, ...]] = ("calm", "glad", "worried", "cross")

SIZE: Final = 48

Corner = tuple[float, float]


def smooth(corners: Sequence[Corner], steps: int = 6) -> list[Corner]:
    """Return a closed curve through the corners (Catmull-Rom)."""
    n = len(corners)
    curve: list[Corner] = []
    for i in range(n):
        p0, p1, p2, p3 = (corners[(i + k - 1) % n] for k in range(4))
        for s in range(steps):
            t = s / steps
            point: list[float] = []
            for axis in (0, 1):
                a, b, c, d = p0[axis], p1[axis], p2[axis], p3[axis]
                point.append(
                    b
                    + 0.5
                    * t
                    * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
                )
            curve.append((point[0], point[1]))
    return curve


def form(
    canvas: Canvas,
    corners: Sequence[Corner],
    ramp: Ramp,
    *,
    core: int = 5,
    deep: int = 2,
    lit: int = 3,
    edge: int | None = INK,
    curved: bool = True,
) -> set[Point]:
    """Fill a rounded shape with light from the upper left.

    Args:
        canvas: Where to draw.
        corners: Points the outline runs through.
        ramp: Deep shadow, shadow, face, light.
        core: How far the shadow reaches in from the right and below, in pixels.
        deep: The same for deep shadow.
        lit: The same for light, from the left and above.
        edge: Colour of the outline, ``None`` for no outline.
        curved: Whether to round the corners.

    Returns:
        The points filled, outline not included.
    """
    inside = set(poly_points(smooth(corners) if curved else corners))
    for x, y in inside:
        c = ramp[2]
        if deep and (x + deep, y + deep * 2 // 3) not in inside:
            c = ramp[0]
        elif core and (x + core, y + core * 2 // 3) not in inside:
            c = ramp[1]
        elif lit and (x - lit, y - lit * 2 // 3) not in inside:
            c = ramp[3]
        canvas.dot(x, y, c)
    if edge is not None:
        for x, y in inside:
            for i, j in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                if (x + i, y + j) not in inside:
                    canvas.dot(x + i, y + j, edge)
    return inside


def backdrop(canvas: Canvas, glow: int = P1) -> None:
    """Fill the picture with dusk: night at the rim, a soft halo behind the head."""
    for y in range(SIZE):
        for x in range(SIZE):
            d = ((x - 22) / 26) ** 2 + ((y - 18) / 24) ** 2
            c = glow if d < 0.62 else PLUM if d < 0.98 else NIGHT if d < 1.8 else B0
            # A ring of every-other-pixel between the tones.
            for limit, inner in ((0.70, glow), (1.08, PLUM), (1.96, NIGHT)):
                if limit - 0.08 <= d < limit and (x + y) % 2:
                    c = inner
            canvas.dot(x, y, c)


@dataclass(frozen=True, slots=True)
class Features:
    """Where a face's features lie, and what they are like."""

    left_eye: int = 15
    """First column of the eye on the left of the picture."""
    right_eye: int = 26
    eye_y: int = 20
    iris: int = W2
    brow: int = W1
    brow_thick: int = 2
    mouth_x: int = 20
    """First column of the mouth."""
    mouth_y: int = 33
    mouth_w: int = 9
    lips: int = R1
    big_eyes: bool = False
    lashes: bool = False


def eyes(canvas: Canvas, f: Features, mood: Mood) -> None:
    """Draw both eyes."""
    high = 6 if f.big_eyes else 5
    for x, left in ((f.left_eye, True), (f.right_eye, False)):
        y = f.eye_y
        if mood == "glad":
            canvas.dots(((x, y + 3), (x + 1, y + 2), (x + 2, y + 1), (x + 3, y + 1), (x + 4, y + 1),
                         (x + 5, y + 2), (x + 6, y + 3)), INK)  # fmt: skip
            canvas.dots(((x + 2, y + 2), (x + 3, y + 2), (x + 4, y + 2)), W1)
            canvas.rect(x + 1, y + 4, 5, 1, K2)
            if f.lashes:
                canvas.dots(((x - 1 if left else x + 7, y + 2),), INK)
            continue
        canvas.rect(x + 1, y + 1, 5, high - 2, WHITE)
        canvas.dots(((x, y + 2), (x + 6, y + 2)), WHITE)
        canvas.rect(x + 1, y + 1, 5, 1, CREAM)
        look = 0
        if mood == "worried":
            look = 0
        iris_x = x + 2 + look
        canvas.rect(iris_x, y + 1, 3, high - 2, f.iris)
        canvas.rect(iris_x + 1, y + 1, 1, high - 2, INK)
        canvas.rect(iris_x, y + 1, 3, 1, INK)
        canvas.dot(iris_x, y + 2, WHITE)
        if mood == "worried":
            canvas.rect(x + 1, y - 1, 5, 1, INK)
            canvas.dots(((x, y), (x + 6, y), (x, y + 1), (x + 6, y + 1)), INK)
            canvas.rect(x + 1, y, 5, 1, WHITE)
            canvas.rect(iris_x, y + 1, 3, 1, f.iris)
            canvas.dot(iris_x + 1, y + 1, INK)
        elif mood == "cross":
            inner = x + 6 if left else x
            step = 1 if left else -1
            canvas.rect(x, y + 1, 7, 1, INK)
            canvas.rect(x + 1, y, 5, 1, K2)
            canvas.dot(inner, y + 2, INK)
            canvas.dot(inner + step, y + 2, K1)
        else:
            canvas.rect(x + 1, y, 5, 1, INK)
            canvas.dots(((x, y + 1), (x + 6, y + 1)), INK)
        canvas.rect(x + 1, y + high - 1, 5, 1, K1)
        if f.lashes:
            outer = x - 1 if left else x + 7
            canvas.dots(((outer, y), (outer, y + 1)), INK)


def brows(canvas: Canvas, f: Features, mood: Mood) -> None:
    """Draw the brows: most of a mood is here."""
    drops = {"calm": (0, 0), "glad": (-2, -2), "worried": (0, -4), "cross": (0, 3)}
    outer, inner = drops[mood]
    y = f.eye_y - 4
    for x, left in ((f.left_eye - 1, True), (f.right_eye, False)):
        a = (x, y + outer + 1) if left else (x + 7, y + outer + 1)
        b = (x + 7, y + inner + 1) if left else (x, y + inner + 1)
        arch = 1 if mood in ("calm", "glad") else 0
        mid = ((a[0] + b[0]) // 2, (a[1] + b[1]) // 2 - arch)
        for k in range(f.brow_thick):
            canvas.dots(line_points(a[0], a[1] + k, mid[0], mid[1] + k), f.brow)
            canvas.dots(line_points(mid[0], mid[1] + k, b[0], b[1] + k), f.brow)
    if mood == "cross":
        middle = (f.left_eye + 7 + f.right_eye) // 2
        canvas.dots(((middle - 1, y + 3), (middle - 1, y + 4), (middle + 1, y + 3)), K1)
    if mood == "worried":
        middle = (f.left_eye + 7 + f.right_eye) // 2
        canvas.dots(((middle - 3, y - 5), (middle, y - 6), (middle + 3, y - 5)), K2)


def nose(canvas: Canvas, x: int, y: int, art: str) -> None:
    """Draw a nose from text art; ``x``, ``y`` is its top-left corner."""
    canvas.stamp(art, x, y)


def mouth(canvas: Canvas, f: Features, mood: Mood) -> None:
    """Draw the mouth."""
    x, y, w = f.mouth_x, f.mouth_y, f.mouth_w
    if mood == "calm":
        canvas.rect(x + 1, y, w - 2, 1, f.lips)
        canvas.dot(x, y - 1, K1)
        canvas.dot(x + w - 1, y - 1, K1)
        canvas.rect(x + 2, y + 2, w - 4, 1, K2)
    elif mood == "glad":
        canvas.rect(x - 1, y - 2, w + 2, 1, R0)
        canvas.rect(x, y - 1, w, 2, WHITE)
        canvas.rect(x, y + 1, w, 1, R0)
        canvas.rect(x + 1, y + 2, w - 2, 1, R2)
        canvas.rect(x + 2, y + 3, w - 4, 1, f.lips)
        canvas.dots(((x - 2, y - 3), (x + w + 1, y - 3)), K1)
        canvas.dots(((x - 1, y - 1), (x + w, y - 1), (x, y + 1), (x + w - 1, y + 1)), R0)
        canvas.dot(x, y + 2, R0)
        canvas.dot(x + w - 1, y + 2, R0)
    elif mood == "worried":
        canvas.rect(x + 2, y - 1, w - 4, 1, R0)
        canvas.rect(x + 2, y, w - 4, 1, R0)
        canvas.dots(((x + 1, y), (x + 1, y + 1), (x + w - 2, y), (x + w - 2, y + 1)), R0)
        canvas.rect(x + 2, y + 1, w - 4, 1, R1)
        canvas.rect(x + 3, y + 3, w - 6, 1, K1)
    else:
        canvas.rect(x + 1, y - 1, w - 2, 1, R0)
        canvas.dots(((x, y), (x + w - 1, y), (x - 1, y + 1), (x + w, y + 1)), R0)
        canvas.rect(x + 2, y + 1, w - 4, 1, K1)


def face_on(canvas: Canvas, f: Features, mood: Mood) -> None:
    """Draw all features of a mood."""
    eyes(canvas, f, mood)
    brows(canvas, f, mood)
    mouth(canvas, f, mood)


FACE: Final[Ramp] = (K1, K2, K3, CREAM)

BUTTON_NOSE: Final = ".l..\nl8hj\n.hj."

STRAIGHT_NOSE: Final = ".lh.\n.lh.\n.lhj\nl8hj\njhjj"

LONG_NOSE: Final = ".lh..\n.lh..\n.lhj.\n.lhj.\nl8lhj\nl8hhj\n.jjj."

BROAD_NOSE: Final = "..lhh..\n..lhj..\n.l8lhj.\nl8llhhj\njlhhhjj\n.jj.jj."


def neck(canvas: Canvas, x: int = 19, w: int = 11, y: int = 34) -> None:
    """Draw a neck in the chin's shadow; later shapes cover what is too long."""
    canvas.rect(x - 1, y, w + 2, SIZE - y, INK)
    canvas.rect(x, y, w, SIZE - y, K2)
    canvas.rect(x, y, w, 5, K1)
    canvas.rect(x, y + 5, 3, 6, K3)
