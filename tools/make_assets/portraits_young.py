"""Portraits of the young: the apprentice and Pip."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.palette import (
    B0,
    B1,
    B2,
    B3,
    G0,
    G1,
    G2,
    G3,
    INK,
    K1,
    K2,
    P3,
    R0,
    R1,
    R2,
    R3,
    W1,
    W2,
    W3,
    W4,
    W5,
    Y1,
    Y2,
)
from tools.make_assets.portrait_face import (
    BUTTON_NOSE,
    FACE,
    SIZE,
    Features,
    Mood,
    backdrop,
    face_on,
    form,
    neck,
    nose,
)


def player(mood: Mood) -> Canvas:
    """Draw the apprentice: young, tousled, a scarf the colour of lamplight."""
    c = Canvas(SIZE, SIZE)
    backdrop(c, B1)
    form(
        c,
        [(6, 52), (7, 44), (14, 39), (24, 38), (35, 39), (42, 44), (44, 52)],
        (B0, B0, B1, B2),
        core=9,
    )
    neck(c)
    form(
        c,
        [
            (12, 18), (14, 11), (24, 8), (34, 11), (36, 19), (34, 28), (29, 34), (24, 36),
            (19, 34), (14, 28),
        ],
        FACE, core=5, deep=0, lit=0,
    )  # fmt: skip
    form(c, [(9, 21), (12, 19), (13, 24), (12, 27), (10, 26)], FACE, core=0, deep=0, lit=1)
    form(
        c,
        [(36, 19), (39, 21), (38, 26), (36, 27), (35, 23)],
        (K1, K1, K2, K2),
        core=1,
        deep=0,
        lit=0,
    )
    c.rect(14, 16, 20, 2, K2)
    face_on(c, Features(iris=B2, mouth_w=8, big_eyes=True), mood)
    nose(c, 22, 26, BUTTON_NOSE)
    form(
        c,
        [
            (10, 20), (8, 13), (12, 6), (19, 2), (24, 4), (30, 2), (37, 6), (40, 13), (38, 20),
            (35, 17), (33, 13), (29, 16), (26, 12), (21, 17), (18, 13), (14, 17), (13, 20),
        ],
        (W1, W1, W2, W3), core=6, deep=3, lit=4,
    )  # fmt: skip
    for x0, y0, x1, y1 in ((14, 9, 18, 5), (17, 11, 20, 6), (25, 8, 29, 5), (12, 14, 14, 9)):
        c.dots(line_points(x0, y0, x1, y1), W4)
    for x, y in ((18, 1), (19, 0), (30, 1), (31, 0), (8, 9), (40, 9)):
        c.dot(x, y, INK)
    # The scarf.
    form(
        c,
        [
            (13, 38), (18, 35), (24, 37), (31, 35), (36, 39), (33, 44), (24, 46), (15, 44),
        ],
        (R1, W4, Y1, Y2), core=5, deep=2,
    )  # fmt: skip
    for x in (19, 25, 30):
        c.dots(line_points(x, 39, x - 2, 44), W4)
    form(
        c,
        [(27, 42), (33, 41), (37, 47), (39, 54), (31, 54), (29, 47)],
        (R1, W4, Y1, Y2),
        core=3,
        deep=1,
        lit=2,
    )
    c.dots(line_points(33, 44, 35, 48), W4)
    c.dots(line_points(8, 47, 13, 43), B3)
    return c


def pip(mood: Mood) -> Canvas:
    """Draw Pip: freckles, a gap in the teeth, somebody else's cap."""
    c = Canvas(SIZE, SIZE)
    backdrop(c, G1)
    form(c, [(9, 52), (11, 46), (17, 42), (31, 42), (37, 46), (39, 52)], (G0, G1, G2, G3), core=6)
    neck(c, 20, 9, 38)
    form(
        c,
        [(15, 46), (19, 41), (24, 43), (29, 41), (33, 46), (24, 50)],
        (R0, R1, R2, R3),
        core=3,
        deep=1,
    )
    form(c, [(7, 25), (10, 24), (11, 29), (10, 32), (7, 30)], FACE, core=0, deep=0, lit=1)
    form(
        c,
        [(38, 24), (41, 25), (41, 30), (38, 32), (37, 28)],
        (K1, K1, K2, K2),
        core=1,
        deep=0,
        lit=0,
    )
    form(
        c,
        [
            (10, 23), (13, 16), (24, 14), (35, 16), (38, 23), (37, 32), (31, 39), (24, 41),
            (17, 39), (11, 32),
        ],
        FACE, core=5, deep=0, lit=0,
    )  # fmt: skip
    c.rect(12, 20, 24, 2, K2)
    f = Features(left_eye=14, right_eye=27, eye_y=24, iris=G2, brow=W3, brow_thick=1, mouth_x=20,
                 mouth_w=8, mouth_y=36, big_eyes=True)  # fmt: skip
    face_on(c, f, mood)
    if mood == "glad":
        c.rect(24, 35, 1, 2, R0)
    nose(c, 22, 29, BUTTON_NOSE)
    c.dots(((14, 31), (16, 32), (18, 31), (15, 33), (30, 31), (32, 32), (34, 31), (33, 33)), K1)
    for x in (13, 33):
        c.rect(x, 34, 3, 1, P3)
    hair = (W2, W3, W4, W5)
    for corners in (
        [(9, 22), (12, 16), (17, 17), (15, 21), (12, 26), (9, 27)],
        [(17, 17), (23, 16), (21, 22)],
        [(24, 16), (30, 16), (28, 21)],
        [(31, 17), (37, 17), (39, 23), (39, 27), (36, 25), (34, 20)],
    ):
        form(c, corners, hair, core=2, deep=0, lit=2, edge=W1)
    # A cap for somebody twice the size.
    form(
        c,
        [
            (4, 17), (3, 9), (10, 2), (24, 0), (38, 2), (45, 9), (44, 16), (36, 17), (24, 15),
            (12, 18),
        ],
        (R0, R1, R2, R3), core=7, deep=3, lit=5,
    )  # fmt: skip
    form(
        c,
        [(7, 18), (16, 14), (28, 14), (36, 17), (34, 21), (24, 18), (13, 21)],
        (R0, R0, R1, R2),
        core=4,
        deep=1,
        lit=2,
    )
    c.rect(23, 1, 3, 2, R1)
    c.dots(line_points(24, 3, 20, 13), R1)
    c.dots(line_points(12, 5, 9, 14), R1)
    c.dots(line_points(36, 4, 38, 13), R0)
    form(
        c, [(31, 8), (35, 7), (36, 11), (32, 12)], (B0, B1, B2, B3), core=2, deep=0, lit=0, edge=B0
    )
    return c
