"""Portraits of those who hold an office: Tomas and the reeve."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, line_points
from tools.make_assets.palette import (
    B0,
    B1,
    B2,
    CREAM,
    E2,
    E3,
    INK,
    K1,
    K2,
    K3,
    NIGHT,
    PLUM,
    R0,
    R1,
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
from tools.make_assets.portrait_face import (
    FACE,
    SIZE,
    STRAIGHT_NOSE,
    Features,
    Mood,
    backdrop,
    face_on,
    form,
    neck,
    nose,
)


def tomas(mood: Mood) -> Canvas:
    """Draw Tomas: a kettle hat, a moustache, too little sleep."""
    c = Canvas(SIZE, SIZE)
    backdrop(c, B0)
    steel = (PLUM, S1, S2, S3)
    form(
        c,
        [(-1, 52), (3, 42), (12, 38), (24, 37), (36, 38), (45, 42), (49, 52)],
        (R0, R0, R1, R2),
        core=7,
    )
    form(c, [(11, 52), (12, 43), (18, 40), (30, 40), (36, 43), (37, 52)], (B0, B0, B1, B2), core=6)
    c.stamp("...Y...\n..YUY..\n.YU9UY.\n..YUY..\n.YYUYY.\n...Y...", 20, 43)
    form(
        c,
        [(13, 37), (18, 33), (30, 33), (35, 37), (32, 41), (24, 43), (16, 41)],
        steel,
        core=5,
        deep=2,
    )
    for x in range(15, 34, 2):
        c.dots(((x, 36), (x + 1, 38), (x, 40)), PLUM)
    form(
        c,
        [
            (13, 17), (14, 12), (34, 12), (35, 18), (34, 28), (30, 34), (24, 36), (18, 34),
            (14, 28),
        ],
        FACE, core=5, deep=0, lit=0,
    )  # fmt: skip
    # Stubble.
    for y in range(28, 36):
        for x in range(15, 34):
            if c.get(x, y) in (K3, K2) and (x + y) % 2 == 0 and (y > 31 or x < 18 or x > 30):
                c.dot(x, y, K2 if c.get(x, y) == K3 else K1)
    c.rect(14, 16, 20, 3, K1)
    f = Features(iris=W2, brow=W2, brow_thick=2, eye_y=20, mouth_y=33, mouth_x=20, mouth_w=9)
    face_on(c, f, mood)
    # Bags under his eyes: the watch is long.
    if mood != "glad":
        c.dots(((16, 26), (17, 27), (18, 27), (30, 27), (31, 27), (32, 26)), K2)
    nose(c, 22, 23, STRAIGHT_NOSE)
    form(
        c,
        [
            (15, 32), (19, 28), (24, 30), (29, 28), (34, 32), (29, 32), (24, 31), (19, 32),
        ],
        (W1, W2, W3, W4), core=3, deep=1, lit=2, edge=W1,
    )  # fmt: skip
    # Cheek guards, bowl and brim of the helmet.
    form(
        c,
        [(10, 16), (14, 16), (15, 27), (17, 33), (13, 31), (10, 24)],
        steel,
        core=2,
        deep=0,
        lit=2,
    )
    form(
        c,
        [(34, 16), (38, 16), (38, 24), (35, 31), (31, 33), (33, 27)],
        steel,
        core=3,
        deep=1,
        lit=0,
    )
    form(
        c,
        [(9, 14), (11, 6), (18, 1), (25, 0), (32, 2), (38, 7), (39, 14)],
        (S1, S2, S3, S4),
        core=7,
        deep=3,
    )
    c.rect(23, 1, 3, 13, S3)
    c.rect(23, 1, 1, 13, S4)
    c.rect(26, 1, 1, 13, S1)
    form(
        c,
        [(4, 16), (10, 12), (24, 11), (38, 12), (44, 16), (38, 17), (24, 15), (10, 17)],
        (S1, S2, S3, S4),
        core=3,
        deep=1,
        lit=2,
    )
    for x in range(9, 41, 5):
        c.dot(x, 14, Y1 if x < 30 else W3)
    c.dots(line_points(14, 9, 18, 4), WHITE)
    return c


def aldous(mood: Mood) -> Canvas:
    """Draw the reeve: tall hat, side whiskers, an eyeglass, a chain of office."""
    c = Canvas(SIZE, SIZE)
    backdrop(c, PLUM)
    coat = (INK, NIGHT, PLUM, S1)
    form(c, [(6, 52), (8, 44), (15, 39), (33, 39), (40, 44), (42, 52)], coat, core=6)
    neck(c, 20, 9, 37)
    form(
        c,
        [(17, 38), (24, 44), (31, 38), (30, 52), (18, 52)],
        (E2, E3, CREAM, WHITE),
        core=3,
        deep=1,
    )
    form(c, [(14, 40), (18, 36), (22, 44), (20, 52), (12, 52)], coat, core=2, deep=0, lit=2)
    form(c, [(34, 40), (30, 36), (26, 44), (28, 52), (36, 52)], coat, core=3, deep=1, lit=0)
    form(
        c,
        [(21, 41), (27, 41), (26, 47), (24, 50), (22, 47)],
        (R0, R1, R2, R3),
        core=2,
        deep=0,
        lit=1,
    )
    form(
        c,
        [
            (15, 18), (16, 13), (32, 13), (33, 18), (32, 28), (29, 36), (24, 41), (19, 36),
            (16, 28),
        ],
        FACE, core=5, deep=0, lit=0,
    )  # fmt: skip
    c.rect(16, 15, 16, 4, K2)
    # Hollow cheeks.
    c.dots(line_points(18, 27, 20, 32), K2)
    c.dots(line_points(31, 27, 28, 33), K1)
    c.dots(line_points(30, 27, 28, 31), K1)
    f = Features(left_eye=16, right_eye=26, eye_y=22, iris=S1, brow=S3, brow_thick=2, mouth_x=20,
                 mouth_w=8, mouth_y=36)  # fmt: skip
    face_on(c, f, mood)
    nose(c, 22, 24, "..lh..\n..lh..\n..lhj.\n.llhj.\n.llhhj\nl88hhj\n.lhhjj\n..jjj.")
    # Side whiskers, and the eyeglass on its ribbon.
    whisker = (S1, S2, S3, S4)
    form(
        c,
        [(12, 19), (15, 18), (16, 26), (18, 32), (17, 38), (13, 34), (11, 26)],
        whisker,
        core=2,
        deep=1,
        lit=2,
    )
    form(
        c,
        [(33, 18), (36, 19), (37, 26), (35, 34), (31, 38), (30, 32), (32, 26)],
        whisker,
        core=3,
        deep=1,
        lit=1,
    )
    for k in range(24):
        angle_x = (
            3,
            4,
            4,
            4,
            4,
            3,
            2,
            1,
            0,
            -1,
            -2,
            -3,
            -4,
            -4,
            -4,
            -4,
            -3,
            -2,
            -1,
            0,
            1,
            2,
            3,
            3,
        )[k]
        angle_y = (
            -3,
            -2,
            -1,
            1,
            2,
            3,
            4,
            4,
            4,
            4,
            4,
            3,
            2,
            1,
            0,
            -1,
            -3,
            -4,
            -4,
            -4,
            -4,
            -4,
            -3,
            3,
        )[k]
        c.dot(29 + angle_x, 24 + angle_y, Y1 if angle_y > -2 else Y2)
    c.dots(line_points(33, 27, 35, 39), W3)
    c.dot(27, 22, WHITE)
    # The tall hat.
    form(c, [(13, 13), (14, -6), (34, -6), (35, 13)], coat, core=6, deep=3, lit=3, curved=False)
    c.rect(14, 8, 21, 4, R1)
    c.rect(14, 8, 14, 1, R2)
    c.rect(29, 8, 6, 4, R0)
    form(
        c,
        [(7, 14), (13, 12), (24, 13), (35, 12), (41, 14), (36, 17), (24, 17), (12, 17)],
        coat,
        core=3,
        deep=1,
        lit=2,
    )
    # The chain of office.
    for k in range(9):
        x, y = 12 + k * 3, 42 + (4 - abs(4 - k))
        c.dots(((x, y), (x + 1, y)), Y2 if k < 5 else Y1)
        c.dot(x, y + 1, W3)
    c.stamp(".YYY.\nYU9UY\nYUUYc\n.YYc.", 22, 47)
    return c
