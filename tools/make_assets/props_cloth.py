"""Things made of cloth: the washing, the weaver's dyed lengths, Pip's den."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.foliage import contact_shadow
from tools.make_assets.palette import CODES, E1, INK, NIGHT, R1, W1, W2, W3, W4, W5
from tools.make_assets.props_yard import draw_crate


def washing_line() -> Canvas:
    """Return shirts and a sheet drying between two poles."""
    canvas = Canvas(66, 40)
    _line_poles(canvas, 66)
    canvas.stamp(
        """
        99..9999..99
        899999999978
        879999999768
        .8.899997.7.
        ...8999977..
        ...8999977..
        ...8999977..
        ...8899777..
        ...7777775..
        """,
        8,
        9,
    )
    canvas.stamp(
        """
        RRRRRRRRRRRRR
        RTRRRRRRERRRE
        RTRRRRRRERRRE
        RTRRRRRRERRRE
        RRRRRRRREERRE
        RRRRRRRREERRE
        ERRRRRRREERRE
        ERRRERRREERRE
        EERREERREEREE
        .EEE.EEE.EE.E
        """,
        24,
        9,
    )
    canvas.stamp(
        """
        DDDDDDD
        DFFFDFS
        DFDFDDS
        DFD.DDS
        DFD.DFS
        DFD.DDS
        DFD.DDS
        SDS.SDS
        """,
        40,
        9,
    )
    canvas.stamp("O.O\nOPO\nPPO\nOPP\n.OPP\n..OP", 50, 9)
    for x in (3, 62):
        contact_shadow(canvas, x, 38, 4, 1)
    return canvas


def _line_poles(canvas: Canvas, w: int) -> None:
    for x in (2, w - 5):
        canvas.rect(x, 3, 3, 35, W3)
        canvas.rect(x, 3, 1, 35, W4)
        canvas.rect(x + 2, 3, 1, 35, W1)
        canvas.rect(x - 2, 5, 7, 2, W2)
        canvas.rect(x - 2, 5, 7, 1, W4)
    for x in range(4, w - 4):
        sag = 4 * (x - 4) * (w - 4 - x) * 3 // ((w - 8) * (w - 8))
        canvas.dot(x, 6 + sag, E1)


def drying_line() -> Canvas:
    """Return the weaver's long dyed cloths on their line."""
    canvas = Canvas(82, 48)
    _line_poles(canvas, 82)
    canvas.rect(2, 38, 3, 8, W3)
    canvas.rect(2, 38, 1, 8, W4)
    canvas.rect(77, 38, 3, 8, W2)
    ramps = (("P", "O", "I"), ("S", "D", "F"), ("W", "E", "R"), ("c", "Y", "U"), ("w", "e", "r"))
    for k, (dark, mid, light) in enumerate(ramps):
        x = 8 + k * 14
        length = 27 - (k * 7) % 6
        for i in range(12):
            c = CODES[(light, mid, mid, dark, mid, light, mid, mid, dark, mid, mid, dark)[i]]
            sag = 4 * (x + i - 4) * (78 - x - i) * 3 // (74 * 74)
            hem = (0, 1, 1, 0, 0, 1, 2, 1, 0, 0, 1, 0)[i]
            canvas.rect(x + i, 7 + sag, 1, length + hem, c)
            canvas.dot(x + i, 7 + sag, CODES[dark])
            if k % 2 == 0:
                canvas.rect(x + i, 7 + sag + length - 6, 1, 2, CODES[light])
            else:
                canvas.rect(x + i, 7 + sag + length - 8, 1, 1, CODES[dark])
                canvas.rect(x + i, 7 + sag + length - 5, 1, 1, CODES[dark])
        canvas.dots(((x + 1, 6 + 2), (x + 10, 6 + 2)), W5)
    for x in (3, 78):
        contact_shadow(canvas, x, 46, 4, 1)
    return canvas


def den() -> Canvas:
    """Return Pip's den: boards against a crate, a patched blanket, a flag."""
    canvas = Canvas(46, 44)
    draw_crate(canvas, 26, 22, 17, 18, 4)
    for k in range(5):
        x = 4 + k * 5
        for w, c in ((0, W4), (1, W3), (2, W3), (3, W1)):
            canvas.dots(line_points(x + w, 41, x + 14 + w, 14), c)
    canvas.poly([(10, 41), (16, 29), (24, 29), (25, 41)], INK)
    canvas.poly([(12, 41), (17, 32), (20, 32), (18, 41)], NIGHT)
    # The blanket.
    canvas.poly([(13, 20), (19, 12), (40, 13), (43, 24), (34, 27), (25, 24), (18, 27)], R1)
    for i, (x, y) in enumerate(((20, 14), (27, 15), (34, 14), (23, 19), (31, 20), (38, 20))):
        patch = ("RRR\nRER\nERE", "YYY\nYUY\nYYY", "III\nIOI\nOIO")[i % 3]
        canvas.stamp(patch, x, y)
    canvas.rect(38, 0, 2, 15, W2)
    canvas.rect(38, 0, 1, 15, W4)
    canvas.stamp("DDDDD...\nDFFDDDD.\nDDUDDDDD\nDFDDDD..\nDDD.....", 30, 1)
    contact_shadow(canvas, 23, 41, 21, 2)
    return canvas
