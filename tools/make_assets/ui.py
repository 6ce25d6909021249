"""Frames, speech bubbles, the text field and the little marks over people's heads."""

from __future__ import annotations

from typing import Final

from tools.make_assets.canvas import Canvas
from tools.make_assets.font import glyphs, write_line
from tools.make_assets.palette import (
    B0,
    CREAM,
    E1,
    E2,
    E3,
    INK,
    NIGHT,
    PLUM,
    W1,
    W2,
    W3,
    W4,
    WHITE,
    Y1,
    Y2,
)

NINE: Final = 24

CORNER: Final = 8

_BRASS: Final = """
    kkkkkkkk
    kUUUUUYk
    kUYYYYck
    kUYU9Yck
    kUY9Yckk
    kUYYckzx
    kYcckzxv
    kkkkkzvn
    """


def panel() -> Canvas:
    """Return the frame of windows: dark wood, brass corners, night inside."""
    canvas = Canvas(NINE, NINE, NIGHT)
    for k, c in enumerate((INK, W4, W3, W3, W2, W1, INK)):
        canvas.frame(k, k, NINE - 2 * k, NINE - 2 * k, c)
    # Light falls from above: the lower and right boards are darker.
    for k, c in ((1, W2), (2, W2), (3, W1)):
        canvas.rect(k, NINE - 1 - k, NINE - 2 * k, 1, c)
        canvas.rect(NINE - 1 - k, k, 1, NINE - 2 * k, c)
    canvas.frame(7, 7, 10, 10, B0)
    canvas.rect(7, 7, 10, 1, PLUM)
    corner = Canvas.from_art(_BRASS)
    for mirror_x in (False, True):
        for mirror_y in (False, True):
            for y in range(CORNER):
                for x in range(CORNER):
                    c = corner.get(x, y)
                    if mirror_y and c == Y2:
                        c = Y1
                    if mirror_x and mirror_y and c == Y1:
                        c = W4
                    px = NINE - 1 - x if mirror_x else x
                    py = NINE - 1 - y if mirror_y else y
                    canvas.dot(px, py, c)
    return canvas


def bubble() -> Canvas:
    """Return the speech bubble: warm paper with rounded corners."""
    canvas = Canvas(NINE, NINE)
    canvas.rect(2, 0, NINE - 4, NINE, W1)
    canvas.rect(0, 2, NINE, NINE - 4, W1)
    canvas.rect(1, 1, NINE - 2, NINE - 2, W1)
    canvas.rect(2, 1, NINE - 4, NINE - 2, E3)
    canvas.rect(1, 2, NINE - 2, NINE - 4, E3)
    canvas.rect(2, 1, NINE - 4, NINE - 3, CREAM)
    canvas.rect(1, 2, NINE - 2, NINE - 5, CREAM)
    canvas.rect(3, 1, NINE - 6, 1, WHITE)
    canvas.rect(1, 3, 1, NINE - 7, WHITE)
    canvas.dot(2, 2, WHITE)
    canvas.rect(NINE - 2, 3, 1, NINE - 6, E3)
    for x, y in ((0, 0), (NINE - 1, 0), (0, NINE - 1), (NINE - 1, NINE - 1)):
        canvas.dot(x, y, 0)
    return canvas


def bubble_tail() -> Canvas:
    """Return the tail, to be laid over the bubble's lower edge with its first row on the edge."""
    return Canvas.from_art("z888887z\n.z8887z.\n.z8877z.\n..z87z..\n..z77z..\n...zz...")


def field() -> Canvas:
    """Return the text field: an inset slip of paper in a wooden rim."""
    canvas = Canvas(NINE, NINE, CREAM)
    for k, c in enumerate((INK, W3, W1)):
        canvas.frame(k, k, NINE - 2 * k, NINE - 2 * k, c)
    canvas.rect(1, 1, NINE - 2, 1, W4)
    canvas.rect(1, NINE - 2, NINE - 2, 1, W2)
    canvas.rect(3, 3, NINE - 6, 1, E2)
    canvas.rect(3, 4, NINE - 6, 1, E3)
    canvas.rect(3, 3, 1, NINE - 6, E2)
    for x, y in ((0, 0), (NINE - 1, 0), (0, NINE - 1), (NINE - 1, NINE - 1)):
        canvas.dot(x, y, 0)
    return canvas


def choice() -> Canvas:
    """Return the nine-slice of a suggested reply: a dark slip with a brass edge."""
    canvas = Canvas(NINE, NINE, B0)
    canvas.frame(0, 0, NINE, NINE, INK)
    canvas.frame(1, 1, NINE - 2, NINE - 2, W3)
    canvas.rect(1, 1, NINE - 2, 1, W4)
    canvas.rect(1, NINE - 2, NINE - 2, 1, W2)
    canvas.rect(2, 2, NINE - 4, 1, PLUM)
    for x, y in ((0, 0), (NINE - 1, 0), (0, NINE - 1), (NINE - 1, NINE - 1)):
        canvas.dot(x, y, 0)
    for x, y in ((1, 1), (NINE - 2, 1), (1, NINE - 2), (NINE - 2, NINE - 2)):
        canvas.dot(x, y, Y1)
    return canvas


def portrait_frame() -> Canvas:
    """Return a frame for a 48 pixel portrait, which goes 4 pixels in from its corner."""
    canvas = Canvas(56, 56)
    for k, c in enumerate((INK, W4, W2, INK)):
        canvas.frame(k, k, 56 - 2 * k, 56 - 2 * k, c)
    canvas.rect(1, 54, 54, 1, W2)
    canvas.rect(54, 1, 1, 54, W2)
    canvas.rect(2, 53, 52, 1, W1)
    canvas.rect(53, 2, 1, 52, W1)
    stud = Canvas.from_art("kkkkkk\nkUUYck\nkU9Yck\nkYYcck\nkccckk\nkkkkk.")
    for x, y in ((0, 0), (50, 0), (0, 50), (50, 50)):
        canvas.blit(stud, x, y)
    return canvas


def next_arrow() -> Canvas:
    """Return the little arrow that says there is more to read."""
    return Canvas.from_art("kkkkkkkkk\nkUUUYYYck\n.kUUYYck.\n..kUYck..\n...kYk...\n....k....")


MARKS: Final[dict[str, str]] = {
    "exclaim": """
        ....kkkk....
        ...kUUYYk...
        ...kUUYYk...
        ...kUUYYk...
        ...kUYYck...
        ....kYYk....
        ....kYYk....
        ....kYck....
        .....kk.....
        ....kUYk....
        ....kYck....
        .....kk.....
        """,
    "question": """
        ...kkkkkk...
        ..kTTRRREk..
        .kTRkkkREEk.
        .kRRk.kREEk.
        ..kk..kREk..
        .....kREk...
        ....kREk....
        ....kREk....
        .....kk.....
        ....kTRk....
        ....kREk....
        .....kk.....
        """,
    "ellipsis": """
        ............
        ............
        ............
        ............
        .kk..kk..kk.
        k99kk99kk99k
        k98kk98kk98k
        .kk..kk..kk.
        ............
        ............
        ............
        ............
        """,
    "ear": """
        ...kkkkkk...
        ..kllllhhk..
        .kllhhhhlhk.
        .klhkkkhhhk.
        .klhk.klhhk.
        .klhhkkhhk..
        .kllhlhhk...
        ..klhkhk....
        ..klhhk.....
        ..klhhk.....
        ...khk......
        ....k.......
        """,
    "hand": """
        ....kk.kk...
        ...klkklkk..
        .k.klklklhk.
        klkklklklhk.
        klhklllllhk.
        kllhllllhhk.
        .kllllllhhk.
        .kllllllhk..
        ..klllhhhk..
        ...khhhhk...
        ...kWEEQk...
        ...kkkkkk...
        """,
    "heart": """
        ............
        ..kkk..kkk..
        .kFFDkkDDDk.
        kF9FDDDDDSSk
        kFFDDDDDDSSk
        kFDDDDDDSSSk
        .kDDDDDSSSk.
        ..kDDDSSSk..
        ...kDSSSk...
        ....kSSk....
        .....kk.....
        ............
        """,
    "lock": """
        ....kkkk....
        ...k3432k...
        ..k3kkkk2k..
        ..k3k..k2k..
        .kkkkkkkkkk.
        kUUUUUYYYYck
        kUYYYkkYYcck
        kUYYYkkYYcck
        kUYYYYkYYcck
        kUYYYYYYcccx
        kccccccccxxk
        .kkkkkkkkkk.
        """,
    "cross": """
        ............
        .kk......kk.
        kFDk....kDSk
        kDFDk..kDDSk
        .kDDDkkDDSk.
        ..kDDDDDSk..
        ...kDDDSk...
        ..kDDDDDSk..
        .kFDDkkDDSk.
        kFDDk..kDSSk
        kDSk....kSSk
        .kk......kk.
        """,
}
"""In the order they stand on the strip."""

MARK: Final = 12


def marks() -> Canvas:
    """Return all marks in a row."""
    strip = Canvas(MARK * len(MARKS), MARK)
    for k, art in enumerate(MARKS.values()):
        cell = Canvas(MARK, MARK)
        cell.stamp(art, 0, 0)
        strip.blit(cell, k * MARK, 0)
    return strip


KEYS: Final = ("E", "1", "2", "3", "F1", "F3", "F5", "F6", "F8", "F9", "Esc", "Space")


def keys() -> Canvas:
    """Return key caps for hints, each 13 high; see ``KEYS`` for the order and ``key_widths``."""
    strip = Canvas(sum(key_widths()), 13)
    x = 0
    for name, w in zip(KEYS, key_widths(), strict=True):
        cap = Canvas(w - 1, 13)
        cap.rect(1, 0, w - 3, 13, INK)
        cap.rect(0, 1, w - 1, 11, INK)
        cap.rect(1, 1, w - 3, 9, CREAM)
        cap.rect(1, 1, w - 3, 1, WHITE)
        cap.rect(1, 10, w - 3, 2, E1)
        cap.rect(1, 10, w - 3, 1, E2)
        write_line(cap, name, 4, 0, W1)
        strip.blit(cap, x, 0)
        x += w
    return strip


def key_widths() -> list[int]:
    """Return the width of each cap on the strip, the gap after it included."""
    every = glyphs()
    return [sum(every[c].advance for c in name) + 8 for name in KEYS]
