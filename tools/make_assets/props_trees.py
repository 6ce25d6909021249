"""Trees, bushes and hedges."""

from __future__ import annotations

from collections.abc import Sequence

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.chance import pick
from tools.make_assets.foliage import (
    BIRCH,
    GOLDEN,
    MAPLE,
    OAK,
    PINE,
    Clump,
    contact_shadow,
    foliage,
    rim,
)
from tools.make_assets.palette import R1, R2, R3, W1, W2, W3, W4, Ramp


def trunk(canvas: Canvas, cx: int, top: int, foot: int, w: int) -> None:
    """Draw a trunk that spreads into roots."""
    for y in range(top, foot):
        spread = max(0, 3 - (foot - 1 - y)) if w > 5 else max(0, 2 - (foot - 1 - y))
        half = w // 2 + spread
        for x in range(cx - half, cx - half + w + 2 * spread):
            u = (x - (cx - half)) / (w + 2 * spread)
            c = W4 if u < 0.2 else W3 if u < 0.5 else W2
            if pick(x, y // 3, 9) % 5 == 0:
                c = W2 if u < 0.5 else W1
            canvas.dot(x, y, c)
        canvas.dot(cx - half - 1, y, W1)
        canvas.dot(cx - half + w + 2 * spread, y, W1)
    canvas.shade(((x, y) for y in range(top, top + 7) for x in range(cx - w, cx + w)), 1)


def _tree(w: int, h: int, clumps: Sequence[Clump], ramp: Ramp, salt: int, thick: int) -> Canvas:
    """Put a crown on a forked trunk; the crown's middle is the middle of the picture."""
    canvas = Canvas(w, h)
    cx = w // 2
    fork = max(y for _, y, _ in clumps) - 2
    trunk(canvas, cx, fork, h - 3, thick)
    for side, reach in ((-1, w // 6), (1, w // 7)):
        for k in range(max(thick // 2, 2)):
            for x, y in line_points(cx + k - thick // 3, fork + 6, cx + side * reach + k, fork - 8):
                canvas.dot(x, y, W3 if k == 0 else W1)
    crown = Canvas(w, h)
    foliage(crown, clumps, ramp, salt)
    rim(crown, ramp)
    canvas.blit(crown, 0, 0)
    contact_shadow(canvas, cx + 1, h - 4, w // 4, 3 if w > 50 else 2)
    return canvas


def oak_large() -> Canvas:
    """Return the broad oak."""
    clumps = [(33, 14, 11), (20, 20, 11), (46, 19, 11), (33, 26, 13), (11, 31, 10), (55, 32, 10),
              (24, 38, 11), (44, 40, 11), (13, 42, 7), (34, 46, 8), (54, 44, 6)]  # fmt: skip
    return _tree(66, 78, clumps, OAK, 1, 9)


def oak_small() -> Canvas:
    """Return a young oak."""
    clumps = [(21, 10, 8), (12, 17, 8), (30, 16, 8), (21, 22, 9), (9, 26, 6), (32, 26, 7),
              (19, 31, 7), (28, 32, 5)]  # fmt: skip
    return _tree(42, 52, clumps, OAK, 2, 6)


def maple_large() -> Canvas:
    """Return the red maple."""
    clumps = [(30, 11, 9), (20, 19, 10), (41, 18, 9), (30, 26, 11), (10, 30, 8), (50, 30, 8),
              (19, 39, 9), (40, 40, 10), (30, 46, 7), (9, 40, 5), (51, 41, 5)]  # fmt: skip
    return _tree(60, 76, clumps, MAPLE, 3, 7)


def maple_small() -> Canvas:
    """Return a young maple, already golden."""
    clumps = [(19, 9, 7), (11, 15, 7), (27, 15, 7), (19, 20, 8), (8, 24, 5), (29, 25, 6),
              (18, 29, 6)]  # fmt: skip
    return _tree(38, 50, clumps, GOLDEN, 4, 5)


def pine(w: int, h: int, tiers: int, salt: int) -> Canvas:
    """Draw a fir: drooping tiers, each with a lit left half and a ragged hem."""
    canvas = Canvas(w, h)
    cx = w // 2
    trunk(canvas, cx, h - 14, h - 2, 6 if w > 36 else 5)
    crown = Canvas(w, h)
    top, bottom = 2, h - 8
    for tier in reversed(range(tiers)):
        y0 = top + (bottom - top) * tier // (tiers + 1)
        y1 = top + (bottom - top) * (tier + 2) // (tiers + 1)
        half = (w // 2 - 2) * (tier + 2) / (tiers + 1)
        for y in range(y0, y1 + 4):
            t = (y - y0) / (y1 - y0)
            reach = half * min(t, 1.0) ** 1.25
            for x in range(cx - int(reach), cx + int(reach) + 1):
                u = (x - cx) / max(reach, 1)
                hem = y1 - 3 + int(abs(u) * 2.5) + (pick(x // 2, tier, salt) % 4)
                if y > hem:
                    continue
                leaf = pick(x // 2, (y + abs(x - cx) // 2) // 2, salt + tier) % 100 / 100
                tone = (
                    -0.75 * u + 0.55 * (0.6 - t) + 0.7 * (leaf - 0.5) - (0.5 if y > hem - 2 else 0)
                )
                step = 4 if tone > 0.72 else 3 if tone > 0.3 else 2 if tone > -0.25 else 1
                crown.dot(x, y, PINE[step])
    rim(crown, PINE)
    canvas.blit(crown, 0, 0)
    contact_shadow(canvas, cx + 1, h - 3, w // 4 + 2, 2)
    return canvas


def pine_large() -> Canvas:
    """Return a tall fir."""
    return pine(44, 82, 6, 11)


def pine_small() -> Canvas:
    """Return a young fir."""
    return pine(32, 54, 4, 12)


def willow() -> Canvas:
    """Draw the old willow by the pond, its branches hanging like a curtain."""
    canvas = Canvas(76, 80)
    trunk(canvas, 38, 40, 77, 10)
    crown = Canvas(76, 80)
    foliage(crown, [(38, 13, 12), (22, 18, 12), (54, 18, 12), (38, 24, 15), (12, 28, 10),
                    (64, 29, 10)], BIRCH, 6)  # fmt: skip
    for x in range(3, 73):
        strand = x // 3
        length = 18 + pick(strand, 1, 7) % 16
        side = abs(x - 38) / 35
        start = 24 + int(8 * side)
        if side < 0.25 and pick(strand, 2, 7) % 3:
            length -= 12
        for y in range(start, start + length):
            if x % 3 == 2 and y > start + 6:
                continue
            u = (y - start) / length
            wave = pick(strand, y // 3, 8) % 10
            step = 3 if x % 3 == 0 and wave > 3 else 2
            if wave > 8 and x < 44:
                step = 4
            if u > 0.75 or x > 56:
                step = max(step - 1, 1)
            crown.dot(x, y, BIRCH[step])
    rim(crown, BIRCH)
    canvas.blit(crown, 0, 0)
    contact_shadow(canvas, 39, 76, 18, 3)
    return canvas


def bush() -> Canvas:
    """Return a round bush."""
    canvas = Canvas(24, 19)
    foliage(canvas, [(8, 8, 6), (16, 8, 6), (6, 12, 5), (18, 12, 5), (12, 12, 6)], OAK, 21)
    rim(canvas, OAK)
    contact_shadow(canvas, 12, 16, 11, 2)
    return canvas


def bush_berries() -> Canvas:
    """Return a bush with red berries."""
    canvas = bush()
    for x, y in ((6, 7), (11, 5), (16, 8), (9, 11), (14, 13), (19, 12), (5, 13)):
        canvas.dots(((x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)), R2)
        canvas.dot(x, y, R3)
        canvas.dot(x + 1, y + 1, R1)
    return canvas


def bush_roses() -> Canvas:
    """Return a bush in bloom."""
    canvas = bush()
    for i, (x, y) in enumerate(((5, 8), (10, 4), (16, 6), (10, 10), (15, 12), (19, 10), (6, 13))):
        canvas.stamp(".I.\nI9O\n.O." if i % 2 else ".9.\n98I\n.I.", x - 1, y - 1)
    return canvas


def bush_golden() -> Canvas:
    """Return a small shrub in autumn colour."""
    canvas = Canvas(24, 19)
    foliage(canvas, [(8, 8, 6), (16, 8, 6), (6, 12, 5), (18, 12, 5), (12, 12, 6)], MAPLE, 44)
    rim(canvas, MAPLE)
    contact_shadow(canvas, 12, 16, 11, 2)
    return canvas


def hedge() -> Canvas:
    """Return one clipped length of hedge, 32 wide."""
    canvas = Canvas(34, 20)
    foliage(canvas, [(6, 8, 6), (14, 7, 6), (22, 7, 6), (28, 8, 5), (5, 12, 5), (12, 12, 6),
                     (20, 12, 6), (28, 12, 5)], OAK, 31)  # fmt: skip
    rim(canvas, OAK)
    contact_shadow(canvas, 17, 17, 16, 2)
    return canvas
