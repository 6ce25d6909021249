"""Leaves: crowns built from clumps lit from the upper left, and the shadow under a thing."""

from __future__ import annotations

from collections.abc import Sequence

from tools.make_assets.canvas import Canvas, disc_points
from tools.make_assets.chance import pick
from tools.make_assets.palette import (
    G0,
    G1,
    G2,
    G3,
    G4,
    G5,
    INK,
    NIGHT,
    R0,
    R1,
    R2,
    R3,
    W2,
    W3,
    W4,
    Y1,
    Y2,
    Ramp,
)

Clump = tuple[int, int, int]
"""Middle and radius of one bunch of leaves."""

OAK: Ramp = (G0, G1, G2, G3, G4)
PINE: Ramp = (INK, G0, G1, G2, G3)
MAPLE: Ramp = (R0, R1, R2, R3, Y1)
BIRCH: Ramp = (G1, G2, G3, G4, G5)
GOLDEN: Ramp = (W2, W3, W4, Y1, Y2)


def contact_shadow(canvas: Canvas, cx: int, cy: int, rx: int, ry: int) -> None:
    """Bake a soft shadow: solid under the thing, every other pixel where it thins out."""
    for x, y in disc_points(cx, cy, rx, ry):
        far = abs(x - cx) / rx
        if not canvas.get(x, y) and (far < 0.72 or (x + y) % 2 == 0):
            canvas.dot(x, y, NIGHT)


def foliage(canvas: Canvas, clumps: Sequence[Clump], ramp: Ramp, salt: int) -> None:
    """Draw bunches of leaves from back to front.

    The whole mass is shaded like one ball and each bunch like a smaller one, which is what keeps
    a crown from looking like a pile of coins.
    """
    left = min(x - r for x, _, r in clumps)
    right = max(x + r for x, _, r in clumps)
    top = min(y - r for _, y, r in clumps)
    bottom = max(y + r for _, y, r in clumps)
    mid_x, mid_y = (left + right) / 2, (top + bottom) / 2
    wide, high = (right - left) / 2, (bottom - top) / 2
    for number, (cx, cy, r) in enumerate(sorted(clumps, key=lambda c: (c[1], c[0]))):
        for x, y in disc_points(cx, cy, r + 1.5, r + 1.5):
            dx, dy = x - cx, y - cy
            d2 = dx * dx + dy * dy
            # Leaves of two or three pixels make the rim and the tone edges ragged.
            leaf = pick((x + (y // 2) % 2) // 2, y // 2, salt + number) % 100 / 100
            reach = r - 0.6 + 2.2 * leaf
            if d2 > reach * reach:
                continue
            near = (-0.55 * dx - 0.8 * dy) / r
            far = (-0.45 * (x - mid_x) / wide) - 0.75 * (y - mid_y) / high
            tone = 0.66 * near + 0.42 * far + 0.5 * (leaf - 0.5)
            if d2 > (reach - 1.5) ** 2 and dy > -r * 0.1:
                tone -= 0.45
            step = 4 if tone > 0.6 else 3 if tone > 0.17 else 2 if tone > -0.34 else 1
            canvas.dot(x, y, ramp[step])


def rim(canvas: Canvas, ramp: Ramp) -> None:
    """Outline foliage with its darkest tone, but leave the lit side softer."""
    inside = canvas.copy()
    canvas.outline(ramp[0])
    for y in range(canvas.h):
        for x in range(canvas.w):
            lit = inside.get(x + 1, y) in ramp[3:] or inside.get(x, y + 1) in ramp[3:]
            if lit and canvas.get(x, y) == ramp[0] and not inside.get(x, y):
                canvas.dot(x, y, ramp[1])
