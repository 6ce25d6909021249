"""What lines a street: lamps, benches, signs, flower tubs, fences, the bridge's rails."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas
from tools.make_assets.chance import dice, pick
from tools.make_assets.foliage import contact_shadow
from tools.make_assets.palette import CODES, INK, NIGHT, PLUM, S1, S2, S3, W1, W2, W3, W4, W5


def lamp_post() -> Canvas:
    """Return a street lamp, burning."""
    canvas = Canvas(16, 50)
    canvas.stamp(
        """
        ......kk......
        ....kkccckk...
        ...kvvcccxxk..
        ..kkkkkkkkkkk.
        ...kUU9UUYYk..
        ...kU99UUYYk..
        ...kU99UUYYk..
        ...kUU9UUYYk..
        ...kYUUUYYck..
        ....kkkkkkk...
        .....k2k......
        .....k1k......
        ....k321k.....
        .....k1k......
        """,
        1,
        1,
    )
    canvas.rect(7, 14, 1, 30, S2)
    canvas.rect(8, 14, 1, 30, PLUM)
    canvas.rect(6, 14, 1, 30, INK)
    canvas.rect(9, 14, 1, 30, INK)
    for y in (20, 34):
        canvas.rect(5, y, 6, 2, S1)
        canvas.rect(5, y, 3, 1, S3)
    canvas.rect(4, 43, 8, 3, S1)
    canvas.rect(4, 43, 8, 1, S3)
    canvas.rect(3, 46, 10, 2, PLUM)
    canvas.rect(3, 46, 10, 1, S1)
    contact_shadow(canvas, 8, 47, 7, 2)
    return canvas


def bench() -> Canvas:
    """Return a bench."""
    canvas = Canvas(34, 20)
    for x in (3, 27):
        canvas.rect(x, 3, 3, 15, S1)
        canvas.rect(x, 3, 1, 15, S2)
    for y, c in ((1, W4), (5, W3), (10, W4), (13, W3)):
        canvas.rect(1, y, 32, 3, c)
        canvas.rect(1, y, 32, 1, W5)
        canvas.rect(1, y + 2, 32, 1, W2)
    canvas.rect(1, 16, 32, 1, W1)
    contact_shadow(canvas, 17, 17, 15, 2)
    return canvas


def sign() -> Canvas:
    """Return a crossroads sign with two arms."""
    canvas = Canvas(28, 34)
    canvas.rect(12, 2, 4, 30, W3)
    canvas.rect(12, 2, 1, 30, W5)
    canvas.rect(15, 2, 1, 30, W1)
    canvas.stamp(
        """
        .zzzzzzzzzzzzzzzzzz..
        zvvvvvvvvvvvvvvvvvvz.
        zbcxccxccxcxccxxcvvvz
        zvvvvvvvvvvvvvvvvvcz.
        .zzzzzzzzzzzzzzzzzz..
        """,
        6,
        5,
    )
    canvas.stamp(
        """
        ..zzzzzzzzzzzzzzzzz
        .zvvvvvvvvvvvvvvvcz
        zvvcxcxxccxccxcxccz
        .zvvvvvvvvvvvvvvccz
        ..zzzzzzzzzzzzzzzzz
        """,
        1,
        13,
    )
    contact_shadow(canvas, 14, 31, 7, 2)
    return canvas


def flower_tub() -> Canvas:
    """Return half a barrel full of flowers."""
    canvas = Canvas(20, 22)
    chance = dice("tub")
    canvas.poly([(3, 11), (17, 11), (15, 20), (5, 20)], W3)
    for i in range(3, 17):
        for j in range(11, 20):
            if canvas.get(i, j):
                if i < 6:
                    canvas.dot(i, j, W4)
                elif i > 12:
                    canvas.dot(i, j, W2)
                if i % 4 == 0:
                    canvas.dot(i, j, W1)
                if j == 14:
                    canvas.dot(i, j, S2 if i < 12 else S1)
    for i in range(1, 19):
        high = 3 + int(6 * (1 - abs(i - 9.5) / 10)) + pick(i // 2, 3, 2) % 3
        for j in range(12 - high, 13):
            canvas.dot(i, j, CODES["r" if pick(i, j // 2, 3) % 3 else "e"])
    for _ in range(13):
        i, j = chance.randrange(2, 16), chance.randrange(2, 11)
        bloom = ("IO", "FD", "9I", "UY")[chance.randrange(4)]
        canvas.stamp(f"{bloom[0]}{bloom[0]}\n{bloom[0]}{bloom[1]}", i, j)
    canvas.outline(CODES["q"])
    contact_shadow(canvas, 10, 20, 8, 1)
    return canvas


def fence_h() -> Canvas:
    """Return one tile of fence running left to right."""
    canvas = Canvas(16, 18)
    _post(canvas, 1)
    _post(canvas, 9)
    for y in (5, 10):
        canvas.rect(0, y, 16, 1, W5)
        canvas.rect(0, y + 1, 16, 1, W3)
        canvas.rect(0, y + 2, 16, 1, W1)
    for i in (3, 11):
        canvas.dots(((i, 6), (i, 11)), W1)
    for i in range(16):
        if pick(i, 0, 3) % 3:
            canvas.dot(i, 17, NIGHT)
    return canvas


def _post(canvas: Canvas, x: int) -> None:
    canvas.rect(x, 1, 5, 16, W3)
    canvas.rect(x, 1, 1, 16, W4)
    canvas.rect(x + 3, 1, 2, 16, W2)
    canvas.rect(x + 1, 0, 3, 1, W4)
    canvas.rect(x, 1, 3, 1, W5)
    canvas.rect(x, 16, 5, 1, W1)


def fence_v() -> Canvas:
    """Return one tile of fence running away from the viewer."""
    canvas = Canvas(7, 26)
    for y in (0, 9):
        canvas.rect(1, y + 1, 5, 15, W3)
        canvas.rect(1, y + 1, 1, 15, W4)
        canvas.rect(4, y + 1, 2, 15, W2)
        canvas.rect(1, y, 5, 2, W4)
        canvas.rect(1, y, 3, 1, W5)
        canvas.rect(1, y + 15, 5, 1, W1)
    canvas.rect(1, 24, 5, 1, W1)
    canvas.rect(0, 25, 7, 1, NIGHT)
    return canvas


def bridge_rail() -> Canvas:
    """Return one side rail of the bridge, gently arched."""
    canvas = Canvas(66, 24)
    for x in range(2, 64):
        t = abs(x - 32.5) / 31
        y = 3 + int(4 * t * t)
        for k, c in enumerate((W5, W4, W3, W1)):
            canvas.dot(x, y + k, c)
        for k, c in enumerate((W4, W3, W1)):
            canvas.dot(x, y + 9 + k, c)
    for x in (2, 17, 31, 45, 60):
        t = abs(x + 2 - 32.5) / 31
        y = 1 + int(4 * t * t)
        canvas.rect(x, y, 4, 20, W3)
        canvas.rect(x, y, 1, 20, W5)
        canvas.rect(x + 3, y, 1, 20, W1)
        canvas.rect(x, y - 1, 4, 2, W4)
    canvas.rect(2, 23, 62, 1, NIGHT)
    return canvas
