"""The logo: "Lanternwick" written with a broad nib in lamplit gold, a lantern for its L."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.palette import CREAM, INK, NIGHT, W2, W3, W4, WHITE, Y1, Y2
from tools.make_assets.portrait_face import smooth

W: Final = 224

H: Final = 64

Stroke = tuple[tuple[float, float], ...]

# Skeletons in a box whose base line is y = 0 and whose x-height is -20; the nib does the rest.
_LETTERS: Final[dict[str, tuple[int, tuple[Stroke, ...]]]] = {
    "a": (15, (
        ((3, -18), (7, -20), (12, -17), (12, -3), (14, -1)),
        ((12, -12), (6, -11), (2, -6), (4, -1), (9, -2), (12, -6)),
    )),
    "n": (17, (
        ((1, -18), (3, -20), (3, -1)),
        ((3, -14), (7, -19), (12, -19), (13, -13), (13, -3), (16, -1)),
    )),
    "t": (11, (((5, -27), (5, -5), (7, -1), (11, -2)), ((0, -19), (10, -19)))),
    "e": (14, (
        ((2, -11), (12, -12), (12, -17), (7, -20), (3, -16), (2, -8), (4, -2), (9, 0), (13, -4)),
    )),
    "r": (13, (((1, -18), (3, -20), (3, -1)), ((3, -13), (6, -19), (11, -19)))),
    "w": (22, (
        ((1, -19), (3, -18), (4, -4), (7, -1), (10, -5), (11, -18)),
        ((11, -18), (12, -4), (15, -1), (19, -6), (20, -19)),
    )),
    "i": (8, (((1, -18), (3, -20), (3, -3), (6, -1)),)),
    "c": (13, (((12, -17), (8, -20), (4, -18), (2, -10), (4, -2), (8, 0), (12, -3)),)),
    "k": (16, (
        ((1, -30), (3, -31), (3, -1)),
        ((12, -19), (5, -11), (4, -10)),
        ((5, -11), (12, -2), (15, -1)),
    )),
}  # fmt: skip


def _ink(canvas: Canvas, stroke: Stroke, x: int, y: int) -> None:
    """Draw one stroke with a slanted nib, five wide."""
    if len(stroke) > 2:
        doubled = [*stroke, *reversed(stroke[1:-1])]
        # A closed smooth curve run out and back is an open one.
        path = smooth(doubled, 8)[: (len(stroke) - 1) * 8 + 1]
    else:
        path = [(float(a), float(b)) for a, b in stroke]
    for (xa, ya), (xb, yb) in pairwise(path):
        for px, py in line_points(round(xa), round(ya), round(xb), round(yb)):
            for k in (-2, -1, 0, 1, 2):
                canvas.dot(x + px + k, y + py - k // 2, WHITE)
                canvas.dot(x + px + k, y + py - k // 2 + 1, WHITE)


def title() -> Canvas:
    """Return the logo."""
    ink = Canvas(W, H)
    base = 50
    x = 12
    # The capital: a stem with a flag at its head and a foot that swings under the next letter.
    capital: tuple[Stroke, ...] = (
        ((8, -37), (8, -6), (5, -1), (14, -3), (22, -1), (28, -6)),
        ((2, -35), (6, -38), (11, -36)),
    )
    for stroke in capital:
        _ink(ink, stroke, x, base)
        _ink(ink, stroke, x + 1, base)
    x += 33
    for letter in "anternwick":
        advance, strokes = _LETTERS[letter]
        for stroke in strokes:
            _ink(ink, stroke, x, base)
        if letter == "i":
            for dx, dy in ((3, -28), (2, -27), (3, -27), (4, -27), (3, -26), (1, -27), (5, -27),
                           (2, -26), (4, -26), (3, -25), (2, -28), (4, -28), (3, -29)):  # fmt: skip
                ink.dot(x + dx, base + dy, WHITE)
        x += advance + 3
    out = Canvas(W, H)
    letters = [(i, j) for j in range(H) for i in range(W) if ink.get(i, j)]
    for i, j in letters:
        for dx in range(-2, 3):
            for dy in range(-2, 4):
                if abs(dx) + abs(dy) < 4:
                    out.dot(i + dx, j + dy, NIGHT)
    for i, j in letters:
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 2), (0, 2)):
            out.dot(i + dx, j + dy, INK)
    for i, j in letters:
        t = (j - (base - 38)) / 38
        c = Y2 if t < 0.56 else Y1 if t < 0.84 else W4
        if not ink.get(i, j - 1):
            c = WHITE if t < 0.7 else Y2
        elif not ink.get(i, j - 2) and t < 0.6:
            c = CREAM
        elif not ink.get(i, j + 1) or (not ink.get(i + 1, j) and t > 0.3):
            c = W3 if t > 0.3 else Y1
        out.dot(i, j, c)
    _hang_lantern(out, 39, 16)
    _flourish(out, base + 6)
    return out


def _hang_lantern(out: Canvas, x: int, y: int) -> None:
    """Hang a little lantern from an iron arm on the stem of the L."""
    arm = Canvas(26, 12)
    arm.stamp(
        """
        ..11111111111111....
        .1333333333333331...
        .1.............1.1..
        .1..1111........1...
        .1.1....1.......1...
        .1.1..1.1.......1...
        .11..11.1...........
        .1.111..1...........
        .1.....1............
        .1..111.............
        """,
        1,
        1,
    )
    arm.outline(INK, corners=True)
    out.blit(arm, x - 17, y - 7)
    lantern = Canvas(17, 26)
    lantern.stamp(
        """
        ......c......
        ......c......
        ......c......
        .....kkk.....
        ....kEREk....
        ..kkEEREWkk..
        .kYYUUUYYcck.
        .kkkkkkkkkkk.
        ..kYU9U9UYk..
        ..kYU999UYk..
        ..kUU999UUk..
        ..kUU999UUk..
        ..kUU999UUk..
        ..kYU999UYk..
        ..kYUU9UUYk..
        ..kcYUUUYck..
        .kkkkkkkkkkk.
        .kYYUUYYYcck.
        ..kkkcYckkk..
        .....kck.....
        ......k......
        """,
        2,
        1,
    )
    lantern.outline(NIGHT)
    out.blit(lantern, x - 8, y)


def _flourish(out: Canvas, y: int) -> None:
    """Draw the twig of autumn leaves under the name."""
    twig = Canvas(W, 16)
    leaves = (
        "....SD\n..SFFD\n.SFYFD\n.SDFD.\n.cSS..\nc.....",
        "cxv...\n.cYYv.\n.vYUYv\n..vUUY\n...vYU\n.....v",
        "....we\n..wtte\n.wtyte\n.wetr.\n.cww..\nc.....",
    )
    for x in range(52, W - 12):
        t = (x - 52) / (W - 64)
        yy = 7 + round(6 * (t - 0.5) ** 2 - 1)
        twig.dot(x, yy, W3)
        twig.dot(x, yy + 1, W2)
    for k, x in enumerate(range(58, W - 18, 17)):
        up = k % 2 == 0
        t = (x - 52) / (W - 64)
        yy = 7 + round(6 * (t - 0.5) ** 2 - 1)
        leaf = Canvas.from_art(leaves[k % 3])
        # The art points up for even leaves and down for odd ones.
        if (k % 3 == 1) == up:
            leaf.px.reverse()
            leaf = leaf.mirrored()
        twig.blit(leaf, x, yy - 6 if up else yy + 2)
    twig.outline(NIGHT)
    out.blit(twig, 0, y - 7)
