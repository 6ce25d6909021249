"""Stones, reeds and the boat."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.chance import pick
from tools.make_assets.foliage import contact_shadow
from tools.make_assets.palette import G2, G3, G4, W1, W2, W3, Y1, Y2


def rock() -> Canvas:
    """Return a mossy rock."""
    canvas = Canvas(24, 18)
    canvas.stamp(
        """
        .......33344.......
        .....3344444332....
        ....334444333322...
        ...33344333322221..
        ..333333322222221..
        ..3332222222221111.
        .33322r22222211111.
        .222rrr2221111111m.
        .22rrtr22111111mmm.
        .1rrttr111111mmmm..
        ..mrrrmmmmmmmmmm...
        """,
        2,
        3,
    )
    contact_shadow(canvas, 12, 14, 10, 2)
    return canvas


def reeds() -> Canvas:
    """Return reeds and bulrushes for the water's edge."""
    canvas = Canvas(20, 24)
    for k in range(9):
        x = 2 + k * 2
        top = 4 + pick(k, 1, 4) % 9
        lean = pick(k, 2, 4) % 5 - 2
        canvas.dots(line_points(x, 22, x + lean, top), (G3, G2, G4)[k % 3])
        if k % 3 == 1:
            canvas.rect(x + lean - 1, top - 2, 2, 6, W2)
            canvas.rect(x + lean - 1, top - 2, 1, 6, W3)
    return canvas


def boat() -> Canvas:
    """Return the rowing boat on the pond, a lantern burning at its prow."""
    canvas = Canvas(48, 34)
    canvas.stamp(
        """
        ..zz......................................
        .zxvzz................................zzz.
        zxcvvvzzzz.......................zzzzzvvxz
        zxccccvvvvzzzzzzzzzzzzzzzzzzzzzzzvvvvvccxz
        .zxzzcccccvvvvvvvvvvvvvvvvvvvvvvvcccczzxz.
        .zxzzzzzzccccbbbcccccccccbbbccczzzzzzxxz..
        ..zxxzzzzzzzzvvvzzzzzzzzzvvvzzzzzzzxxxz...
        ..zDFxxxzzzzzcccznnnnnnnzcccznzzxxxxDxz...
        ...zDFFFxxxxxxxxxxxxxxxxxxxxxxxxFFDDxz....
        ....zzDDFFFFFFFFFFFFFFFFFFFFFFFFDDxzz.....
        ......zzxxDDDDDDDDDDDDDDDDDDDDxxxzz.......
        ........zzzzzzzzzzzzzzzzzzzzzzzzz.........
        ....RRR...QQQQQQQQQQQQQQQQQQQQ....RRRR....
        """,
        3,
        17,
    )
    canvas.stamp(
        """
        .kkkkk.
        .k....k
        .k...kkk
        .k..kUUk
        .k..k9Uk
        .k..kUYk
        .k..kkkk
        .k......
        .k......
        .k......
        .k......
        .k......
        .k......
        .k......
        """,
        5,
        3,
    )
    canvas.dots(line_points(26, 23, 45, 14), W3)
    canvas.dots(line_points(26, 24, 45, 15), W1)
    # The lantern's light lies on the water in broken strokes.
    for x, y, w in ((7, 31, 6), (9, 32, 3), (5, 33, 5)):
        canvas.rect(x, y, w, 1, Y1 if w > 3 else Y2)
    return canvas
