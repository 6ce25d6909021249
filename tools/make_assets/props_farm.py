"""Things of field and garden: hay, the cart, beds, a scarecrow, hives."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.chance import pick
from tools.make_assets.foliage import contact_shadow
from tools.make_assets.palette import G2, G3, INK, S3, W1, W2, W3, W4, W5, Y2


def haystack() -> Canvas:
    """Return a haystack with a pitchfork in it."""
    canvas = Canvas(52, 44)
    for j in range(2, 41):
        t = (j - 2) / 39
        half = int(23 * t**0.42) + pick(j // 2, 1, 3) % 2
        if j > 37:
            half -= (j - 37) * 2
        for i in range(-half, half):
            u = (i + half) / (2 * half)
            straw = pick((25 + i) // 2 + j // 5, (j + (pick(i // 2, 0, 4) % 5)) // 3, 5) % 10
            c = W4
            if straw < 3 or u > 0.72:
                c = W3
            if straw > 7 and u < 0.6:
                c = W5
            if (u > 0.8 and straw < 5) or t > 0.93:
                c = W2
            canvas.dot(25 + i, j, c)
        canvas.dot(25 - half - 1, j, W2)
        canvas.dot(25 + half, j, W1)
    for k in range(14):
        x = 4 + (k * 37) % 44
        y = 34 + (k * 5) % 7
        canvas.dots(line_points(x, y, x + 3 - k % 6, y - 3), W5 if k % 2 else W2)
    # A pitchfork stuck into it.
    canvas.dots(line_points(38, 6, 31, 24), W2)
    canvas.dots(line_points(39, 6, 32, 24), W3)
    contact_shadow(canvas, 26, 40, 24, 3)
    return canvas


def cart() -> Canvas:
    """Return a two-wheeled market cart with pumpkins and hay."""
    canvas = Canvas(60, 40)
    for k in range(3):
        canvas.dots(line_points(41, 19 + k, 58, 24 + k), (W4, W3, W1)[k])
    canvas.rect(4, 12, 38, 13, W2)
    canvas.rect(4, 12, 38, 1, W5)
    for j in (13, 17, 21):
        canvas.rect(4, j, 38, 3, W3)
        canvas.rect(4, j, 38, 1, W4)
        canvas.rect(4, j + 3, 38, 1, W1)
    for i in (4, 17, 30, 40):
        canvas.rect(i, 9, 3, 17, W2)
        canvas.rect(i, 9, 1, 17, W4)
        canvas.rect(i + 2, 9, 1, 17, W1)
    for i in range(6, 40):
        for j in range(5 + pick(i // 2, 3, 1) % 4, 12):
            canvas.dot(i, j, (W5, W4, W4, W3)[pick(i, j // 2, 2) % 4])
    for x, y in ((7, 2), (19, 1), (29, 4)):
        canvas.stamp(
            """
            .....ee....
            ....ee.....
            ..DFFFDFD..
            .DFYFDFFDS.
            DFYYFDFFDSS
            DFYFFDFFDSS
            DFFFFDFDDSS
            .DFFFDFDSS.
            ..DDDDDSS..
            """,
            x,
            y,
        )
    wheel(canvas, 16, 27)
    wheel(canvas, 33, 27)
    canvas.rect(50, 24, 2, 12, W2)
    canvas.rect(50, 24, 1, 12, W4)
    contact_shadow(canvas, 25, 36, 22, 3)
    return canvas


def wheel(canvas: Canvas, cx: int, cy: int) -> None:
    """Draw a spoked wheel of radius ten."""
    for y in range(-10, 11):
        for x in range(-10, 11):
            r2 = x * x + y * y
            if 64 < r2 <= 106:
                c = W1 if r2 > 90 or r2 < 70 else W4 if x + y < -2 else W3 if x + y < 6 else W2
                canvas.dot(cx + x, cy + y, c)
            elif r2 <= 64 and (x == 0 or y == 0 or abs(x) == abs(y)):
                canvas.dot(cx + x, cy + y, W3 if y <= 0 else W2)
    canvas.disc(cx, cy, 2.3, 2.3, W1)
    canvas.dot(cx, cy, S3)


def beehive() -> Canvas:
    """Return a straw skep on a stool."""
    canvas = Canvas(20, 26)
    for j in range(2, 16):
        half = (3, 5, 6, 7, 7, 8, 8, 8, 8, 8, 8, 8, 7, 7)[j - 2]
        for i in range(-half, half):
            u = (i + half) / (2 * half)
            c = W5 if u < 0.3 else W4 if u < 0.65 else W3
            if j % 3 == 1:
                c = W3 if u < 0.65 else W2
            canvas.dot(10 + i, j, c)
    canvas.rect(8, 12, 4, 3, INK)
    canvas.rect(1, 16, 18, 3, W3)
    canvas.rect(1, 16, 18, 1, W5)
    for x in (2, 15):
        canvas.rect(x, 19, 3, 5, W2)
    canvas.dots(((3, 5), (17, 8), (15, 1)), Y2)
    canvas.dots(((4, 5), (18, 8), (16, 1)), INK)
    contact_shadow(canvas, 10, 23, 9, 2)
    return canvas


def scarecrow() -> Canvas:
    """Return the scarecrow, in a blue smock."""
    canvas = Canvas(32, 38)
    canvas.stamp(
        """
        ..........zxxxxz............
        .........zxccccxz...........
        ........zxccccccxz..........
        ......zzzzzzzzzzzzzz........
        .........bvvvvvvc...........
        .........bkvvkvvc...........
        .........bvvvvvvc...........
        .........bvkkkvcc...........
        ..........bvvvcc............
        yb..WEEEEDDDDDDDEEEEEW..by..
        .bvEEEEEEEDDDDEEEEEEEEWvb...
        yv.WEEREEEEDDEEEEREEEEW.vy..
        ....WWWEREEEEEEEREEWWW......
        .......WEREEEEREEEW.........
        .......WEEYYEEEEEEW.........
        .......WEEYYEEEEEEW.........
        .......zzzzzzzzzzzz.........
        .......WEEEEEIIEEEW.........
        .......WEEEEEIIEEEW.........
        .......WEEWEEEWEEEW.........
        .......bbvW.Wbv.Wvb.........
        ........b..xc..b..b.........
        ...........xc...............
        ...........xc...............
        ...........xc...............
        ...........xc...............
        ...........xc...............
        """,
        2,
        6,
    )
    contact_shadow(canvas, 14, 34, 8, 2)
    return canvas


def pumpkin_lantern() -> Canvas:
    """Return a carved pumpkin with a candle in it, for the festival."""
    canvas = Canvas(17, 15)
    canvas.stamp(
        """
        ......ek.......
        ......kek......
        ...kkkkekkkk...
        ..kFFDFFDFDDk..
        .kFYFDFFDFDDSk.
        kFYFUFFFFUDDSSk
        kFYU9UFDU9UDSSk
        kFFFFDFUDFFDDSk
        kFFUUFFFFUUDSSk
        kDFFU9UUU9UDSSk
        .kDFFUUUUUDSSk.
        ..kDDFFDFDDSk..
        ...kkkkkkkkk...
        """,
        1,
        1,
    )
    contact_shadow(canvas, 8, 13, 7, 1)
    return canvas


def cabbages() -> Canvas:
    """Return a row of cabbages, two tiles long, on its ridge of soil."""
    canvas = Canvas(32, 16)
    for x in range(32):
        canvas.rect(x, 8 - pick(x // 3, 1, 2) % 2, 1, 7, W2)
        canvas.dot(x, 8, W3)
        canvas.dot(x, 14, W1)
    for k in range(3):
        canvas.stamp(
            "..etre..\n.etytre.\netyyttre\nettyttrw\nerttrtrw\n.errrrw.\n..wwww..", 1 + k * 11, 4
        )
    return canvas


def pumpkins() -> Canvas:
    """Return a row of pumpkins among their leaves."""
    canvas = Canvas(32, 16)
    for x in range(32):
        canvas.rect(x, 9 - pick(x // 3, 1, 3) % 2, 1, 6, W2)
        canvas.dot(x, 14, W1)
        if pick(x // 2, 0, 7) % 3:
            canvas.rect(x, 6 + pick(x, 0, 8) % 3, 1, 4, G3 if x % 3 else G2)
    for x, y in ((2, 4), (13, 6), (22, 4)):
        canvas.stamp("...ee..\n.DFFDF.\nDFYFDFS\nDFFFDDS\n.DDDDS.", x, y)
    return canvas
