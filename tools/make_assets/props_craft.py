"""The gate's leaves, the smith's gear and the watchman's fire."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.chance import pick
from tools.make_assets.foliage import contact_shadow
from tools.make_assets.palette import (
    B1,
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
)


def gate_closed() -> Canvas:
    """Return the town gate shut: two leaves of oak under iron."""
    canvas = Canvas(48, 56)
    for x in range(4, 44):
        u = (x - 4) % 5
        for y in range(4, 55):
            c = W1 if u == 4 else W4 if u == 0 and x < 24 else W2 if x > 36 else W3
            if u in (1, 2, 3) and pick(x, y // 6, 3) % 6 == 0:
                c = W2
            canvas.dot(x, y, c)
    for y in (14, 28, 44):
        canvas.rect(4, y, 40, 4, S1)
        canvas.rect(4, y, 40, 1, S3)
        canvas.rect(4, y + 3, 40, 1, PLUM)
        for x in range(6, 44, 5):
            canvas.rect(x, y + 1, 2, 2, S2)
            canvas.dot(x, y + 1, S4)
    canvas.rect(23, 4, 2, 51, INK)
    for x in (18, 27):
        canvas.stamp(".333.\n3...2\n3...2\n.221.", x, 33)
    canvas.rect(20, 38, 8, 6, S1)
    canvas.frame(20, 38, 8, 6, NIGHT)
    canvas.rect(23, 40, 2, 3, INK)
    canvas.shade(((x, y) for y in range(4, 12) for x in range(48)), 1)
    canvas.rect(4, 54, 40, 1, INK)
    canvas.rect(4, 55, 40, 1, NIGHT)
    return canvas


def gate_open() -> Canvas:
    """Return the town gate open: the leaves turned inwards against the passage walls."""
    canvas = Canvas(48, 56)
    for left, lit in ((4, True), (38, False)):
        for i in range(6):
            lift = i if lit else 5 - i
            for y in range(8 + 0 * lift, 55 - lift):
                c = W3 if lit else W2
                if i % 3 == 2:
                    c = W1
                elif i % 3 == 0 and lit:
                    c = W4
                canvas.dot(left + i, y, c)
            for y in (16, 30, 44):
                canvas.dot(left + i, y - lift // 2, S2 if lit else S1)
                canvas.dot(left + i, y + 1 - lift // 2, PLUM)
        canvas.rect(left if lit else left + 5, 8, 1, 47, INK)
    return canvas


def anvil() -> Canvas:
    """Return the anvil on its block, with the hammer laid across."""
    canvas = Canvas(24, 22)
    canvas.stamp(
        """
        ...........cc.......
        ..........xvcx......
        ....3344444444443...
        kk333333333333332kk.
        k22222222222222221kk
        .kk11122222222111kk.
        ...kkk1122221kkk....
        .....k112211k.......
        ....kk112211kk......
        ...k1111111111k.....
        ...kxxxxxxxxxxk.....
        ...xvcccccccxxz.....
        ...xvcccccccxxz.....
        ...xvccxccxcxxz.....
        ...xvccxccxcxxz.....
        ...xvcccccccxxz.....
        ....zzzzzzzzzz......
        """,
        2,
        2,
    )
    contact_shadow(canvas, 11, 19, 9, 2)
    return canvas


def quench_tub() -> Canvas:
    """Return the smith's quenching tub, long and low."""
    canvas = Canvas(32, 19)
    canvas.rect(1, 4, 30, 12, W2)
    canvas.rect(1, 4, 30, 6, W4)
    canvas.rect(3, 5, 26, 4, B1)
    canvas.rect(3, 5, 26, 1, INK)
    canvas.rect(6, 7, 7, 1, CODES["R"])
    canvas.rect(18, 7, 4, 1, CODES["E"])
    canvas.rect(1, 10, 30, 1, W5)
    canvas.rect(1, 13, 30, 1, W1)
    for x in (4, 25):
        canvas.rect(x, 4, 3, 12, S1)
        canvas.rect(x, 4, 1, 12, S2)
    canvas.rect(1, 15, 30, 1, W1)
    contact_shadow(canvas, 16, 16, 15, 2)
    return canvas


def grindstone() -> Canvas:
    """Return the grindstone."""
    canvas = Canvas(24, 22)
    canvas.dots(line_points(3, 19, 8, 8), W2)
    canvas.dots(line_points(4, 19, 9, 8), W4)
    canvas.dots(line_points(20, 19, 15, 8), W1)
    canvas.dots(line_points(19, 19, 14, 8), W3)
    canvas.disc(11.5, 8.5, 7.6, 7.6, PLUM)
    canvas.disc(11.5, 8.5, 6.8, 6.8, S2)
    canvas.disc(10.5, 7.5, 5, 5, S3)
    canvas.disc(11.5, 8.5, 2, 2, W1)
    canvas.rect(11, 8, 10, 1, W2)
    canvas.rect(20, 8, 2, 4, W3)
    contact_shadow(canvas, 12, 19, 10, 2)
    return canvas


def brazier() -> Canvas:
    """Return the watch fire in its iron basket."""
    canvas = Canvas(20, 32)
    canvas.stamp(
        """
        .......D........
        .......F........
        ......DFD.......
        .....DFFD..D....
        .....FYFFD.F....
        ...D.FYYFFDF....
        ...FDFYYYFFD....
        ..DFFYYUYYFFD...
        ..FFYYUUUYYFF...
        ..DFYUU9UUYFD...
        .kFFYU999UYFFk..
        .k1FYYUUUYYF1k..
        .kk1kk1kk1kkkk..
        ..k2D1DF1FD1k...
        ..k21DF1FD11k...
        ...k2211111k....
        ....kkkkkkk.....
        ....k.k1k.k.....
        ...k..k1k..k....
        ...k..k1k..k....
        ..k...k1k...k...
        ..k..k...k..k...
        .k...k...k...k..
        .k..k.....k..k..
        """,
        3,
        2,
    )
    contact_shadow(canvas, 10, 28, 9, 2)
    return canvas


def ware_rack() -> Canvas:
    """Return the rack in front of the smithy: a dark board on two posts, with three pegs."""
    canvas = Canvas(44, 24)
    # The board is nearly black, so that steel and gold stand out before it.
    canvas.rect(3, 3, 38, 15, W1)
    for y in (8, 13):
        canvas.rect(4, y, 36, 1, INK)
    for x in range(5, 40):
        if pick(x // 4, 3, 8) % 3 == 0:
            canvas.dots(((x, 6), (x, 10), (x, 15)), W2)
    canvas.rect(3, 3, 38, 2, W3)
    canvas.rect(3, 3, 38, 1, W4)
    canvas.rect(3, 17, 38, 2, W2)
    canvas.rect(3, 17, 38, 1, W3)
    for x in (1, 39):
        canvas.rect(x, 1, 4, 21, W3)
        canvas.rect(x, 1, 1, 21, W5)
        canvas.rect(x + 1, 1, 1, 21, W4)
        canvas.rect(x + 3, 1, 1, 21, W1)
        canvas.rect(x, 0, 4, 1, W5)
        canvas.rect(x, 21, 4, 1, W1)
    for x in (10, 22, 33):
        canvas.rect(x, 4, 2, 3, S4)
        canvas.rect(x, 6, 2, 1, S2)
    contact_shadow(canvas, 22, 21, 20, 2)
    return canvas
