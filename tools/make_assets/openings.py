"""Windows that glow, shutters, flower boxes, doors, awnings and hanging signs of the houses."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, rect_points
from tools.make_assets.chance import dice, pick
from tools.make_assets.palette import (
    B0,
    B1,
    CODES,
    G2,
    G3,
    INK,
    P3,
    PLUM,
    R2,
    R3,
    S1,
    S2,
    S3,
    S4,
    W1,
    W2,
    W3,
    W4,
    WHITE,
    Y1,
    Y2,
)

_SILHOUETTES = {
    "": "",
    "cat": """
        .........
        .........
        .........
        .........
        .S...S...
        .SSSSS...
        .SSSSS...
        ..SSSSS.S
        ..SSSSSSS
        """,
    "plant": """
        .........
        ..e...e..
        e..e.e...
        .e.eee.e.
        ..eeeee..
        ...eee...
        ...SSS...
        ...SSS...
        ....S....
        """,
    "loaves": """
        .........
        .........
        .........
        ..ccc....
        .cvvvc.cc
        .ccccccvv
        xxxxxxxxx
        .........
        .........
        """,
    "curtain": """
        FF.....FF
        FDF...FDF
        DFF...FFD
        DF.....FD
        D.......D
        D.......D
        D.......D
        .........
        .........
        """,
}


def window(
    canvas: Canvas, x: int, y: int, *, w: int = 13, h: int = 13, inside: str = "", lit: bool = True
) -> None:
    """Draw a window with four panes; ``inside`` names what stands behind the glass."""
    canvas.rect(x, y, w, h, W1)
    canvas.frame(x, y, w, h, W2)
    canvas.rect(x, y, w, 1, W3)
    glass_w, glass_h = w - 4, h - 4
    for j in range(glass_h):
        for i in range(glass_w):
            c = Y2 if j < glass_h * 0.62 else Y1
            if not lit:
                c = B1 if j < glass_h // 2 else B0
            canvas.dot(x + 2 + i, y + 2 + j, c)
    if lit:
        canvas.dots(((x + 3, y + 3), (x + 4, y + 3), (x + 3, y + 4)), WHITE)
        canvas.dots(((x + w - 5, y + 3), (x + w - 6, y + 4)), WHITE)
    if _SILHOUETTES[inside]:
        canvas.stamp(_SILHOUETTES[inside], x + 2 + (glass_w - 9) // 2, y + 2 + glass_h - 9)
    canvas.rect(x + w // 2, y + 2, 1, glass_h, W2)
    canvas.rect(x + 2, y + h // 2 - 1, glass_w, 1, W2)
    canvas.rect(x - 1, y + h, w + 2, 1, W4)
    canvas.rect(x - 1, y + h + 1, w + 2, 1, W1)


def round_window(canvas: Canvas, cx: int, cy: int) -> None:
    """Draw a small round attic window."""
    canvas.stamp(
        """
        ..xxxxx..
        .xzzzzzx.
        xzUUxUUzx
        xzU9xUUzx
        xzxxxxxzx
        xzUUxYYzx
        xzUYxYYzx
        .xzzzzzx.
        ..xxxxx..
        """,
        cx - 4,
        cy - 4,
    )


def shutters(
    canvas: Canvas, x: int, y: int, *, w: int = 13, h: int = 13, ramp: str = "QWE"
) -> None:
    """Open a pair of shutters beside a window that starts at ``x``, ``y``."""
    dark, face, light = (CODES[c] for c in ramp)
    for left in (x - 6, x + w + 1):
        canvas.rect(left, y, 5, h, face)
        canvas.rect(left, y, 5, 1, light)
        canvas.rect(left, y, 1, h, light)
        canvas.rect(left + 4, y, 1, h, dark)
        canvas.rect(left, y + h - 1, 5, 1, dark)
        for j in range(y + 3, y + h - 2, 3):
            canvas.rect(left + 1, j, 3, 1, dark)


def flower_box(canvas: Canvas, x: int, y: int, w: int, salt: int) -> None:
    """Draw a planted box whose rim is at ``y``; flowers rise above it, leaves hang over it."""
    chance = dice(f"box{salt}")
    blooms = (R3, P3, Y2, WHITE, R2)
    canvas.rect(x, y, w, 4, W2)
    canvas.rect(x, y, w, 1, W4)
    canvas.rect(x, y + 3, w, 1, W1)
    for i in range(w):
        top = y - 1 - pick(i // 2, salt, 5) % 3
        for j in range(top, y + 1 + pick(i, salt, 6) % 2):
            canvas.dot(x + i, j, G3 if pick(i, j, salt) % 3 else G2)
    for i in range(1, w - 1, 3):
        bloom = blooms[chance.randrange(len(blooms))]
        j = y - 2 - chance.randrange(2)
        canvas.dot(x + i, j, bloom)
        canvas.dot(x + i + 1, j, bloom)
        canvas.dot(x + i, j + 1, bloom)
        if bloom in (R3, P3):
            canvas.dot(x + i, j, Y2)


def door(canvas: Canvas, x: int, y: int, *, w: int = 16, h: int = 24, ramp: str = "zcv") -> None:
    """Draw an arched plank door in a stone surround; ``y + h`` is the threshold."""
    gap, face, light = (CODES[c] for c in ramp)
    arch = (4, 2, 1, 1)
    for j in range(h):
        inset = arch[j] if j < len(arch) else 0
        canvas.rect(x - 2 + inset, y - 2 + j, w + 4 - 2 * inset, 1, S2)
    canvas.rect(x - 2, y + h - 2, w + 4, 2, S2)
    for j in range(1, h, 5):
        canvas.rect(x - 2, y + j, 2, 4, S3)
        canvas.rect(x - 2, y + j, 2, 1, S4)
        canvas.rect(x + w, y + j, 2, 4, S3)
        canvas.rect(x - 2, y + j + 4, w + 4, 1, S1)
    for i in range(3, w - 2, 4):
        canvas.rect(x + i, y - 2, 3, 2, S3)
        canvas.dot(x + i + 3, y - 2, S1)
    for j in range(h):
        inset = arch[j] - 1 if j < len(arch) - 1 else 0
        for i in range(inset, w - inset):
            u = i % 4
            c = gap if u == 3 else light if u == 0 and j > 1 else face
            if i >= w - 3 and c == light:
                c = face
            canvas.dot(x + i, y + j, c)
    canvas.shade(rect_points(x, y, w, 3), 1)
    for j in (6, h - 7):
        canvas.rect(x, y + j, w - 6, 2, S1)
        canvas.rect(x, y + j, w - 6, 1, S2)
        canvas.dot(x + w - 6, y + j, S1)
    canvas.dots(((x + w - 4, y + h // 2), (x + w - 4, y + h // 2 + 1)), Y1)
    canvas.dot(x + w - 4, y + h // 2, Y2)
    canvas.rect(x - 3, y + h, w + 6, 3, S2)
    canvas.rect(x - 3, y + h, w + 6, 1, S4)
    canvas.rect(x - 3, y + h + 2, w + 6, 1, PLUM)


def wall_lantern(canvas: Canvas, x: int, y: int) -> None:
    """Hang a small lit lantern from a bracket at ``x``, ``y``."""
    canvas.stamp(
        """
        kkkkk
        ..k..
        .kkk.
        k9Uk.
        kUUk.
        kUYk.
        kkkk.
        .kk..
        """,
        x,
        y,
    )


def awning(canvas: Canvas, x: int, y: int, w: int, h: int, colours: str = "DF89") -> None:
    """Draw a striped cloth roof that slopes towards the viewer, with a scalloped edge.

    ``colours`` are the dark and light of the first stripe and of the second.
    """
    a_dark, a, b_dark, b = (CODES[c] for c in colours)
    for i in range(w):
        stripe = (i // 6) % 2
        light, dark = (a, a_dark) if stripe == 0 else (b, b_dark)
        drop = 1 if i % 6 in (0, 5) else 2 if i % 6 in (1, 4) else 3
        for j in range(h + drop):
            c = light
            if j >= h - 1 or j == 0 or i >= w - 2:
                c = dark
            canvas.dot(x + i, y + j, c)
        canvas.dot(x + i, y + h - 2, dark)
    canvas.rect(x, y - 1, w, 1, W2)
    canvas.rect(x, y, w, 1, W4)


def hanging_sign(canvas: Canvas, x: int, y: int, art: str) -> None:
    """Hang a 15 pixel wide board from an iron arm; ``art`` is its painted picture."""
    canvas.rect(x, y, 16, 1, INK)
    canvas.dots(((x + 1, y + 1), (x + 2, y + 2)), INK)
    canvas.dots(((x + 4, y + 1), (x + 12, y + 1), (x + 4, y + 2), (x + 12, y + 2)), S1)
    canvas.rect(x + 2, y + 3, 13, 12, W2)
    canvas.frame(x + 2, y + 3, 13, 12, W1)
    canvas.rect(x + 3, y + 4, 11, 10, W3)
    canvas.rect(x + 3, y + 4, 11, 1, W4)
    canvas.stamp(art, x + 4, y + 5)
