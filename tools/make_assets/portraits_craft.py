"""Portraits of those who make things: Mira, Bram and Odile."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.palette import (
    B2,
    B3,
    CREAM,
    E1,
    E2,
    E3,
    G0,
    G1,
    G2,
    INK,
    K1,
    K2,
    NIGHT,
    P1,
    P2,
    P3,
    PLUM,
    R0,
    R1,
    R2,
    R3,
    S1,
    S2,
    W1,
    W2,
    W3,
    W4,
    WHITE,
    Y2,
)
from tools.make_assets.portrait_face import (
    BROAD_NOSE,
    BUTTON_NOSE,
    FACE,
    LONG_NOSE,
    SIZE,
    Features,
    Mood,
    backdrop,
    brows,
    eyes,
    face_on,
    form,
    neck,
    nose,
)


def mira(mood: Mood) -> Canvas:
    """Draw Mira: round, rosy, flour on one cheek."""
    c = Canvas(SIZE, SIZE)
    backdrop(c, R1)
    form(
        c,
        [(2, 52), (4, 43), (12, 38), (24, 37), (36, 38), (44, 43), (46, 52)],
        (W1, W2, W3, W4),
        core=8,
    )
    form(
        c,
        [
            (12, 52), (13, 42), (17, 38), (18, 44), (24, 46), (30, 44), (31, 38), (36, 42),
            (36, 52),
        ],
        (E2, E3, WHITE, WHITE), core=4, deep=1, lit=0,
    )  # fmt: skip
    neck(c, 18, 13, 34)
    form(
        c,
        [
            (14, 42), (18, 38), (24, 45), (30, 38), (34, 42), (31, 52), (17, 52),
        ],
        (E1, E2, CREAM, WHITE), core=4, deep=1, lit=2,
    )  # fmt: skip
    form(
        c,
        [(19, 38), (24, 37), (29, 38), (24, 44)],
        (K1, K1, K2, K2),
        core=0,
        deep=0,
        lit=0,
        edge=None,
    )
    for k in range(5):
        c.dots(((15 + 2 * k, 43 + k), (33 - 2 * k, 43 + k)), R2)
    # Curls under the scarf.
    for x, y, r in ((9, 20, 4), (8, 26, 4), (10, 31, 3), (39, 20, 4), (40, 26, 4), (38, 31, 3)):
        form(
            c,
            [(x - r, y), (x, y - r), (x + r, y), (x, y + r)],
            (W1, W1, W2, W3),
            core=2,
            deep=1,
            lit=2,
        )
    form(
        c,
        [
            (11, 18), (14, 11), (24, 9), (34, 11), (37, 18), (38, 26), (34, 33), (29, 37),
            (24, 38), (19, 37), (14, 33), (10, 26),
        ],
        FACE, core=5, deep=0, lit=0,
    )  # fmt: skip
    c.rect(14, 16, 21, 2, K2)
    f = Features(iris=W3, mouth_w=9, mouth_y=33)
    face_on(c, f, mood)
    nose(c, 22, 25, BUTTON_NOSE)
    for x in (12, 32):
        c.rect(x, 28, 4, 2, P3)
        c.dots(((x - 1, 29), (x + 4, 28)), P3)
        c.dot(x, 28, CREAM if x == 12 else P3)
    c.rect(20, 36, 9, 1, K1)
    # Flour on the cheek.
    c.dots(((34, 26), (35, 27), (33, 27), (35, 25)), WHITE)
    # The headscarf, and its knot on the right.
    form(
        c,
        [(36, 8), (42, 5), (45, 9), (41, 13), (44, 18), (39, 17), (36, 13)],
        (R0, R1, R2, R3),
        core=3,
        deep=1,
        lit=2,
    )
    form(
        c,
        [
            (9, 18), (8, 11), (13, 4), (24, 1), (35, 4), (40, 11), (39, 18), (35, 14), (24, 12),
            (13, 14),
        ],
        (R0, R1, R2, R3), core=6, deep=3, lit=4,
    )  # fmt: skip
    for x, y in ((15, 7), (21, 5), (27, 7), (18, 10), (24, 9), (31, 10), (34, 6), (12, 12)):
        c.dots(((x, y), (x + 1, y), (x, y + 1)), CREAM if x < 30 else P3)
    c.dots(line_points(10, 16, 15, 13), R3)
    return c


def bram(mood: Mood) -> Canvas:
    """Draw Bram: bald, bearded, wide as his door."""
    c = Canvas(SIZE, SIZE)
    backdrop(c, R0)
    form(
        c,
        [(-4, 52), (0, 40), (10, 35), (24, 36), (38, 35), (48, 40), (52, 52)],
        (R0, R0, R1, R2),
        core=9,
    )
    neck(c, 14, 21, 33)
    form(c, [(12, 52), (12, 44), (36, 44), (36, 52)], (W1, W2, W3, W4), core=6, deep=2, lit=2)
    c.rect(12, 38, 4, 8, W2)
    c.rect(12, 38, 1, 8, W4)
    c.rect(33, 38, 4, 8, W1)
    form(c, [(8, 20), (11, 18), (12, 25), (11, 28), (8, 26)], FACE, core=0, deep=0, lit=1)
    form(
        c,
        [(37, 18), (40, 20), (40, 26), (37, 28), (36, 23)],
        (K1, K1, K2, K2),
        core=1,
        deep=0,
        lit=0,
    )
    form(
        c,
        [
            (11, 18), (12, 9), (18, 3), (25, 2), (32, 4), (36, 10), (37, 19), (36, 28), (30, 35),
            (18, 35), (12, 28),
        ],
        FACE, core=6, deep=0, lit=4,
    )  # fmt: skip
    c.rect(15, 6, 6, 1, WHITE)
    c.rect(14, 7, 3, 1, WHITE)
    # A scar, and the hair that is left.
    c.dots(line_points(29, 8, 32, 13), K1)
    form(
        c,
        [(10, 16), (12, 12), (13, 17), (14, 22), (12, 25), (10, 21)],
        (W1, W1, W2, W3),
        core=2,
        deep=0,
        lit=1,
    )
    form(
        c,
        [(36, 12), (38, 16), (38, 21), (36, 25), (34, 22), (35, 17)],
        (W1, W1, W1, W2),
        core=2,
        deep=0,
        lit=0,
    )
    f = Features(iris=B2, brow=W1, brow_thick=3, eye_y=19, mouth_y=35, mouth_x=19, mouth_w=10)
    eyes(c, f, mood)
    brows(c, f, mood)
    nose(c, 20, 22, BROAD_NOSE)
    form(
        c,
        [
            (10, 27), (13, 29), (18, 30), (24, 29), (30, 30), (35, 29), (38, 26), (39, 34),
            (36, 43), (29, 49), (24, 52), (18, 49), (11, 43), (9, 34),
        ],
        (W1, W1, W2, W3), core=6, deep=3, lit=4,
    )  # fmt: skip
    mouths = {"calm": "aAAAAAAa", "glad": "", "worried": "", "cross": ""}
    if mood == "glad":
        c.stamp("kkkkkkkkkk\nk99999997k\n.kAAAAAAk.\n..kDDDDk..\n...kkkk...", 19, 33)
    elif mood == "cross":
        c.stamp("..zzzzzzzz..\n.z99797977z.\nzzzzzzzzzzzz", 18, 34)
    elif mood == "worried":
        c.stamp("..zzzzz..\n.zAAAAAz.\n.zAAAAAz.\n..zzzzz..", 20, 34)
    else:
        c.stamp("zzzzzzzzzz\n.zAAAAAAz.", 19, 35)
    _ = mouths
    # The moustache lies over the mouth.
    form(
        c,
        [
            (13, 33), (18, 29), (24, 30), (30, 29), (36, 33), (31, 34), (24, 33), (17, 34),
        ],
        (W1, W2, W3, W4), core=4, deep=1, lit=2, edge=W1,
    )  # fmt: skip
    for x0, y0, x1, y1 in ((14, 36, 17, 43), (19, 41, 22, 48), (26, 42, 25, 49), (31, 38, 29, 45),
                           (12, 33, 13, 38)):  # fmt: skip
        c.dots(line_points(x0, y0, x1, y1), W3)
    return c


def odile(mood: Mood) -> Canvas:
    """Draw Odile: long face, long hair, a shawl of her own weaving."""
    c = Canvas(SIZE, SIZE)
    backdrop(c, P1)
    hair = (INK, NIGHT, PLUM, S1)
    form(
        c,
        [
            (9, 16), (13, 6), (24, 2), (35, 6), (39, 16), (41, 30), (43, 50), (5, 50), (7, 30),
        ],
        hair, core=6, deep=3, lit=3,
    )  # fmt: skip
    form(c, [(4, 52), (8, 43), (16, 39), (32, 39), (40, 43), (44, 52)], (G0, G0, G1, G2), core=6)
    neck(c, 20, 9, 34)
    form(
        c,
        [
            (14, 17), (16, 10), (24, 7), (32, 10), (34, 17), (33, 27), (29, 33), (24, 37),
            (19, 33), (15, 27),
        ],
        FACE, core=5, deep=0, lit=0,
    )  # fmt: skip
    c.dots(line_points(16, 27, 19, 31), K2)
    c.dots(line_points(32, 26, 30, 31), K1)
    f = Features(left_eye=16, right_eye=26, eye_y=19, iris=G2, brow=NIGHT, brow_thick=1, mouth_x=21,
                 mouth_w=8, mouth_y=32, lips=R2, lashes=True)  # fmt: skip
    face_on(c, f, mood)
    if mood in ("calm", "cross"):
        c.rect(23, f.mouth_y + 1, 4, 1, R2)
    nose(c, 22, 22, LONG_NOSE)
    # Parted hair falls in two curtains.
    form(
        c,
        [
            (24, 9), (18, 11), (15, 17), (13, 24), (14, 32), (13, 44), (6, 46), (7, 28),
            (10, 13), (16, 4), (24, 2),
        ],
        hair, core=3, deep=1, lit=3,
    )  # fmt: skip
    form(
        c,
        [
            (24, 9), (30, 11), (33, 17), (35, 24), (34, 32), (36, 44), (42, 46), (41, 28),
            (38, 13), (32, 4), (24, 2),
        ],
        hair, core=4, deep=2, lit=1,
    )  # fmt: skip
    for x0, y0, x1, y1 in ((11, 16, 9, 30), (14, 9, 11, 20), (10, 32, 10, 42), (37, 14, 39, 28)):
        c.dots(line_points(x0, y0, x1, y1), S2 if x0 < 24 else S1)
    # Flower in her hair.
    c.stamp("..I.I..\n.IOIOI.\nIIIUIII\n.OIUIO.\nIIOIOII\n.IOIOI.\n..O.O..", 33, 9)
    # The shawl: bands of pattern.
    form(
        c,
        [(6, 52), (9, 44), (15, 40), (24, 50), (33, 40), (39, 44), (42, 52)],
        (P1, P1, P2, P3),
        core=5,
    )
    for k in range(5):
        c.dots(((10 + k * 2, 46 - k + 2), (38 - k * 2, 46 - k + 2)), Y2)
        c.dots(((11 + k * 2, 46 - k + 2), (37 - k * 2, 46 - k + 2)), R2)
    for k in range(4):
        c.dots(((12 + k * 2, 50 - k), (36 - k * 2, 50 - k)), B3)
    return c
