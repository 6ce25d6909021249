"""Things that stand about in yards: barrels, crates, sacks, wood, a ladder, the cellar doors."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.chance import pick
from tools.make_assets.foliage import contact_shadow
from tools.make_assets.palette import E3, INK, NIGHT, PLUM, S1, S2, S3, W1, W2, W3, W4, W5


def barrel() -> Canvas:
    """Return one barrel."""
    canvas = Canvas(17, 21)
    _barrel(canvas, 8, 1)
    contact_shadow(canvas, 9, 18, 7, 2)
    return canvas


def _barrel(canvas: Canvas, cx: int, y: int) -> None:
    """Draw one upright barrel, 14 wide and 18 high."""
    for j in range(3, 18):
        half = 6 if 6 <= j <= 14 else 5
        half += 1 if 8 <= j <= 12 else 0
        half -= 1 if j == 17 else 0
        for i in range(-half, half):
            u = (i + half) / (2 * half)
            c = W2 if u < 0.08 else W4 if u < 0.3 else W3 if u < 0.6 else W2 if u < 0.86 else W1
            if (i + 20) % 4 == 0 and j not in (5, 6, 13, 14):
                c = W2 if u < 0.6 else W1
            if j in (6, 14):
                c = S3 if u < 0.3 else S2 if u < 0.6 else S1 if u < 0.86 else PLUM
            if j in (7, 15):
                c = S1 if u < 0.7 else PLUM
            canvas.dot(cx + i, y + j, c)
        canvas.dot(cx - half - 1, y + j, W1)
        canvas.dot(cx + half, y + j, INK)
    canvas.disc(cx - 0.5, y + 3, 6.4, 3.2, W1)
    canvas.disc(cx - 0.5, y + 3, 5.6, 2.4, W4)
    canvas.disc(cx - 0.5, y + 3.3, 4.6, 1.7, W2)
    canvas.disc(cx - 0.5, y + 3.8, 4.4, 1.4, W3)
    canvas.rect(cx - 1, y + 2, 1, 4, W2)


def barrels() -> Canvas:
    """Return three barrels, one of them lying."""
    canvas = Canvas(38, 31)
    _barrel(canvas, 12, 1)
    _barrel(canvas, 27, 3)
    lying = Canvas.from_art(
        """
        ....zzzzzzzzzz...
        ..zzxxcvvccxxczz.
        .zxxxcbvv3cxx3czz
        .zxzzcvvv2cxx2cxz
        zxzcczvvc2cxx2xxz
        zxzvczvcc2cxx2xxz
        zxzcczccc1xxx1xzz
        .zxzzxccx1xxx1xz.
        .zxxxxxxxmxxzmzz.
        ..zzzzzzzzzzzzz..
        """
    )
    canvas.blit(lying, 9, 19)
    contact_shadow(canvas, 19, 28, 17, 2)
    return canvas


def crate() -> Canvas:
    """Return one crate."""
    canvas = Canvas(20, 21)
    draw_crate(canvas, 1, 1, 17, 18, 1)
    contact_shadow(canvas, 10, 18, 9, 2)
    return canvas


def draw_crate(canvas: Canvas, x: int, y: int, w: int, h: int, salt: int) -> None:
    """Draw a crate with a lit top and a braced front."""
    lid = h // 3
    canvas.rect(x, y, w, h, W1)
    canvas.rect(x + 1, y + 1, w - 2, lid, W4)
    for i in range(x + 4, x + w - 1, 5):
        canvas.rect(i, y + 1, 1, lid, W3)
    canvas.rect(x + 1, y + 1, w - 2, 1, W5)
    canvas.rect(x + 1, y + lid + 1, w - 2, 1, W2)
    top = y + lid + 2
    high = h - lid - 3
    canvas.rect(x + 1, top, w - 2, high, W3)
    for j in range(top + 3, top + high - 1, 4):
        canvas.rect(x + 1, j, w - 2, 1, W2)
    for k in (0, 1, 2):
        canvas.dots(line_points(x + 2 + k, top + high - 2, x + w - 5 + k, top + 1), (W4, W3, W1)[k])
    for left, c in ((x + 1, W4), (x + w - 4, W3)):
        canvas.rect(left, top, 3, high, c)
        canvas.rect(left + 2, top, 1, high, W2)
        canvas.dot(left + 1, top + 1, W1)
        canvas.dot(left + 1, top + high - 2, W1)
    canvas.rect(x + 1, y + h - 2, w - 2, 1, W2)
    canvas.shade(((i, j) for j in range(top, y + h) for i in range(x + w - 2, x + w)), salt % 1)


def crates() -> Canvas:
    """Return a pile of three crates with apples in the open one."""
    canvas = Canvas(40, 38)
    draw_crate(canvas, 2, 1, 17, 18, 1)
    draw_crate(canvas, 1, 17, 18, 19, 2)
    draw_crate(canvas, 20, 19, 18, 17, 3)
    canvas.rect(22, 20, 14, 5, W1)
    for k in range(9):
        i, j = 22 + (k * 5) % 13, 19 + (k * 3) % 4
        canvas.stamp("FD\nDS", i, j)
    contact_shadow(canvas, 20, 35, 18, 2)
    return canvas


def sacks() -> Canvas:
    """Return two sacks of flour leaning together."""
    canvas = Canvas(30, 23)
    art = """
        .....55.5.....
        ....676575....
        .....6565.....
        ....577765....
        ...57887765...
        ..5788777655..
        .578877776655.
        .578777776655.
        57877777666555
        57777777666555
        57777776666555
        .577766666555.
        ..55555555555.
        """
    canvas.stamp(art, 13, 3)
    canvas.stamp(art, 1, 6)
    contact_shadow(canvas, 15, 19, 13, 2)
    return canvas


def ladder() -> Canvas:
    """Return the ladder, leaning."""
    canvas = Canvas(20, 50)
    for y in range(2, 47):
        shift = (47 - y) // 9
        for left in (3, 13):
            x = left + shift - 2
            canvas.rect(x, y, 1, 1, W5)
            canvas.rect(x + 1, y, 1, 1, W4)
            canvas.rect(x + 2, y, 1, 1, W2)
    for y in range(6, 46, 6):
        shift = (47 - y) // 9
        canvas.rect(4 + shift, y, 8, 1, W5)
        canvas.rect(4 + shift, y + 1, 8, 1, W3)
        canvas.rect(4 + shift, y + 2, 8, 1, W1)
    contact_shadow(canvas, 9, 47, 8, 2)
    return canvas


def woodpile() -> Canvas:
    """Return split logs stacked between two posts."""
    canvas = Canvas(40, 26)
    canvas.rect(2, 4, 35, 19, INK)
    for row in range(4):
        for k in range(7 - row % 2):
            x = 3 + k * 5 + (2 if row % 2 else 0)
            y = 18 - row * 5
            canvas.disc(x + 2, y + 2, 2.6, 2.6, W1)
            canvas.disc(x + 2, y + 2, 2.0, 2.0, (W4, W5, W4, E3)[pick(k, row, 2) % 4])
            canvas.dot(x + 2, y + 2, W3)
            canvas.dot(x + 3, y + 3, W3)
    for x in (0, 36):
        canvas.rect(x, 0, 4, 24, W2)
        canvas.rect(x, 0, 1, 24, W4)
        canvas.rect(x + 3, 0, 1, 24, W1)
        canvas.rect(x, 0, 4, 1, W5)
    contact_shadow(canvas, 20, 23, 20, 2)
    return canvas


def stump() -> Canvas:
    """Return a chopping block with the axe in it."""
    canvas = Canvas(26, 24)
    canvas.rect(4, 12, 15, 9, W2)
    canvas.rect(4, 12, 3, 9, W3)
    canvas.rect(16, 12, 3, 9, W1)
    for i in (9, 13):
        canvas.rect(i, 13, 1, 8, W1)
    canvas.rect(3, 20, 17, 2, W2)
    canvas.rect(16, 20, 4, 2, W1)
    canvas.disc(11, 12, 8, 3.4, W1)
    canvas.disc(11, 11.6, 7.4, 2.8, W5)
    canvas.disc(11, 11.6, 4.4, 1.6, W4)
    canvas.disc(11, 11.6, 1.6, 0.8, W3)
    canvas.dots(line_points(12, 9, 22, 1), W2)
    canvas.dots(line_points(12, 10, 22, 2), W3)
    canvas.stamp("333\n3221\n.2211\n..211\n...1", 9, 6)
    contact_shadow(canvas, 12, 21, 10, 2)
    return canvas


def hatch(*, is_open: bool) -> Canvas:
    """Draw the cellar's slanting double doors in their stone frame."""
    canvas = Canvas(34, 26)
    canvas.rect(0, 4, 34, 21, S1)
    canvas.rect(0, 4, 34, 2, S3)
    canvas.rect(0, 4, 2, 20, S2)
    canvas.rect(32, 6, 2, 19, PLUM)
    canvas.rect(0, 24, 34, 1, PLUM)
    if is_open:
        canvas.rect(3, 7, 28, 16, INK)
        for k, c in enumerate((S1, PLUM, NIGHT)):
            canvas.rect(8, 20 - 4 * k, 18, 3, c)
            canvas.rect(8, 20 - 4 * k, 18, 1, (S3, S1, PLUM)[k])
        for x, c in ((0, W3), (27, W2)):
            canvas.rect(x, 1, 7, 20, c)
            canvas.frame(x, 1, 7, 20, W1)
            canvas.rect(x + 2, 2, 1, 18, W1)
            canvas.rect(x + 1, 2, 1, 18, W4 if x == 0 else W3)
    else:
        for x in (3, 17):
            canvas.rect(x, 7, 14, 16, W3)
            for i in range(x, x + 14, 4):
                canvas.rect(i, 7, 1, 16, W4)
                canvas.rect(i + 3, 7, 1, 16, W2)
            canvas.rect(x, 7, 14, 1, W5)
            canvas.frame(x, 7, 14, 16, W1) if x == 17 else canvas.frame(x, 7, 15, 16, W1)
            for y in (10, 19):
                canvas.rect(x + 1, y, 11, 2, S1)
                canvas.rect(x + 1, y, 11, 1, S2)
        canvas.stamp(".33.\n3..2\n3..2\n.21.", 13, 13)
        canvas.stamp(".33.\n3..2\n3..2\n.21.", 18, 13)
    return canvas


def cellar_hatch() -> Canvas:
    """Return the cellar's doors, shut."""
    return hatch(is_open=False)


def cellar_hatch_open() -> Canvas:
    """Return the cellar's doors, open."""
    return hatch(is_open=True)
