"""Stone: the town wall, the gatehouse, the bell tower."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, poly_points, rect_points
from tools.make_assets.chance import pick
from tools.make_assets.openings import door, wall_lantern
from tools.make_assets.palette import (
    B0,
    B1,
    B2,
    B3,
    E2,
    E3,
    G0,
    G1,
    G2,
    G3,
    INK,
    NIGHT,
    PLUM,
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
    Y1,
    Y2,
)
from tools.make_assets.roofs import shingle
from tools.make_assets.scene import Scene
from tools.make_assets.site import WIDTH
from tools.make_assets.walls import ivy

SLATES = (B0, B1, B2, B3)


def ashlar(canvas: Canvas, x: int, y: int, w: int, h: int, salt: int, *, dark: int = 0) -> None:
    """Draw big hewn blocks in courses of eight pixels, each lit along its top."""
    for j in range(h):
        course, v = divmod(y + j, 8)
        for i in range(w):
            u = (x + i + course * 9 + pick(course, 0, salt) % 7) % 16
            which = (x + i + course * 9 + pick(course, 0, salt) % 7) // 16
            roll = pick(which, course, salt) % 100
            face, light, low = S2, S3, S1
            if roll < 8:
                face, light = S3, S4
            elif roll < 16:
                face, light = E2, E3
            elif roll < 26:
                face, light, low = S1, S2, PLUM
            c = face
            if v == 7 or u == 15:
                c = PLUM if roll % 5 == 0 else S1
            elif v == 0 and u < 13:
                c = light
            elif u == 0:
                c = light if v < 5 else face
            elif v == 6 and u > 1:
                c = low if roll % 3 == 0 else face
            canvas.dot(x + i, y + j, c)
    if dark:
        canvas.shade(rect_points(x, y, w, h), dark)


def crenels(canvas: Canvas, x: int, y: int, w: int, *, tooth: int = 10, gap: int = 6) -> None:
    """Draw a row of battlements whose teeth are 10 high, standing on ``y + 10``."""
    i = 0
    while i < w:
        width = min(tooth, w - i)
        canvas.rect(x + i, y, width, 11, S2)
        canvas.rect(x + i, y, width, 3, S3)
        canvas.rect(x + i, y, width, 1, S4)
        canvas.rect(x + i + width - 1, y + 1, 1, 10, S1)
        canvas.rect(x + i, y + 3, width - 1, 1, S1)
        if pick(i, x, 3) % 3 == 0:
            canvas.rect(x + i + 3, y + 6, 4, 1, S1)
        i += tooth + gap
    canvas.rect(x, y + 10, w, 2, S3)
    canvas.rect(x, y + 12, w, 1, S1)


def town_wall(scene: Scene) -> None:
    """The wall along the north edge: battlements, blocks, a batter at the foot, and ivy."""
    d = scene.details
    d.rect(0, 34, WIDTH, 8, PLUM)
    ashlar(d, 0, 44, WIDTH, 52, 1)
    crenels(d, 0, 30, WIDTH)
    d.shade(rect_points(0, 43, WIDTH, 4), 1)
    # The foot of the wall stands in grass and damp.
    for x in range(WIDTH):
        for j in range(3 + pick(x // 5, 2, 4) % 3):
            if pick(x, j, 5) % 3:
                d.dot(x, 95 - j, S1 if j > 1 else PLUM)
        if pick(x // 2, 1, 6) % 5 == 0:
            d.rect(x, 93 + pick(x, 0, 7) % 2, 1, 4, G2 if x % 3 else G3)
    for x in range(36, WIDTH, 128):
        buttress(d, x)
    for x, w, h in ((150, 60, 34), (330, 46, 40), (548, 70, 30), (850, 60, 42), (20, 40, 30)):
        ivy(d, x, 96 - h, w, h, x)
    for x, w, h in ((400, 40, 26), (640, 36, 20), (900, 44, 30), (240, 30, 20)):
        ivy(d, x, 42, w, h, x, up=False)
    scene.ground.shade(rect_points(0, 96, WIDTH, 7), 1)
    scene.ground.shade(rect_points(0, 96, WIDTH, 3), 1)
    scene.block(0, 2, 60, 4)


def buttress(d: Canvas, x: int) -> None:
    """Prop the wall with a stepped pier."""
    ashlar(d, x, 56, 18, 44, 9)
    d.rect(x, 54, 18, 3, S3)
    d.rect(x, 54, 18, 1, S4)
    d.rect(x, 57, 18, 1, S1)
    d.rect(x, 58, 1, 42, S3)
    d.rect(x + 16, 57, 2, 43, S1)
    d.shade(rect_points(x + 18, 58, 5, 38), 1)
    d.rect(x - 1, 92, 20, 8, S2)
    d.rect(x - 1, 92, 20, 1, S4)
    d.rect(x - 1, 99, 20, 1, PLUM)
    d.rect(x + 17, 93, 2, 7, S1)


def gatehouse(scene: Scene) -> None:
    """Two towers with pointed roofs, and between them the arch the gate hangs in."""
    d, a = scene.details, scene.above
    passage(d)
    for x in (688, 784):
        tower = Canvas(48, 108)
        ashlar(tower, 0, 30, 48, 74, 5)
        tower.shade(rect_points(36, 30, 12, 74), 1)
        tower.shade(rect_points(44, 30, 4, 74), 1)
        tower.rect(0, 30, 2, 74, S3)
        tower.rect(0, 96, 48, 8, S2)
        tower.rect(0, 96, 48, 1, S4)
        tower.rect(0, 103, 48, 1, PLUM)
        tower.shade(rect_points(36, 96, 12, 8), 1)
        arrow_slit(tower, 22, 66)
        tower.rect(-1, 36, 50, 3, S3)
        tower.rect(0, 39, 48, 1, PLUM)
        tower.shade(rect_points(0, 28, 48, 8), 1)
        d.blit(tower, x, 0)
        spire(a, x + 24, 2, 30, 28)
        scene.ground.shade(rect_points(x, 104, 50, 4), 1)
    wall_lantern(d, 694, 74)
    wall_lantern(d.mirrored() if False else d, 824, 74)
    arch(a)
    scene.block(43, 0, 3, 7)
    scene.block(49, 0, 3, 7)
    for column in (46, 47, 48):
        for row in range(6):
            scene.solid[row][column] = 0


def passage(d: Canvas) -> None:
    """The dark way through the wall, with the night road at its far end."""
    d.rect(736, 30, 48, 66, NIGHT)
    for y in range(56, 98):
        for x in range(738, 782):
            k = (x + (y // 5) * 4) % 9
            dark = y < 68 or (y < 76 and (x + y) % 2)
            c = PLUM if y % 5 == 0 or k == 0 else S1
            if dark:
                c = NIGHT if c == PLUM else PLUM
            d.dot(x, y, c)
    d.rect(736, 44, 48, 14, INK)
    d.shade(rect_points(738, 56, 5, 42), 1)
    d.shade(rect_points(777, 56, 5, 42), 1)


def arch(a: Canvas) -> None:
    """Everything of the gate's front that people pass under."""
    front = Canvas(48, 96)
    ashlar(front, 0, 18, 48, 78, 7)
    crenels(front, 0, 12, 48, tooth=8, gap=8)
    front.shade(rect_points(0, 25, 48, 3), 1)
    opening = [
        *rect_points(4, 66, 40, 30),
        *(p for p in rect_points(4, 46, 40, 20) if ((p[0] - 23.5) / 20) ** 2 + ((p[1] - 66) / 20) ** 2 <= 1),
    ]
    ring = [
        p
        for p in rect_points(0, 40, 48, 56)
        if ((p[0] - 23.5) / 24) ** 2 + ((p[1] - 66) / 25) ** 2 <= 1 or (p[1] > 66)
    ]
    for x, y in ring:
        angle = (x - 23.5) * 1.3 if y < 60 else y
        part = int(angle + 60) % 7
        c = S3 if part > 1 else S1
        if y < 58 and part == 2:
            c = S4
        if x > 30 and c == S3:
            c = S2
        front.dot(x, y, c)
    for x, y in opening:
        front.dot(x, y, 0)
    # The town's arms over the arch: a lantern on blue.
    front.stamp(
        """
        kkkkkkkkkkkkk
        kWWWWWkQQQQQk
        kWWWWUUUQQQQk
        kWWWUxxxUQQQk
        kWWWxU9UxQQQk
        kWWWxUYUxQQQk
        kWWWxUYUxQQQk
        .kWWWxxxQQQk.
        .kWWWWxQQQQk.
        ..kWWWQQQQk..
        ...kkWQQkk...
        .....kkk.....
        """,
        17,
        26,
    )
    a.blit(front, 736, 0)


def arrow_slit(canvas: Canvas, x: int, y: int) -> None:
    canvas.rect(x - 1, y - 1, 6, 14, S3)
    canvas.rect(x, y, 4, 12, S1)
    canvas.rect(x + 1, y, 2, 12, INK)
    canvas.rect(x + 1, y + 6, 2, 4, Y1)
    canvas.dot(x + 1, y + 8, Y2)


def spire(canvas: Canvas, cx: int, y: int, half: int, h: int, salt: int = 4) -> None:
    """Draw a four-sided pointed roof: the left face lit, the right one dark, a gilt knob on top."""
    left = poly_points([(cx - half, y + h), (cx, y), (cx + 4, y + h + 3)])
    right = poly_points([(cx + half, y + h), (cx, y), (cx + 4, y + h + 3)])
    for p in left:
        canvas.dot(*p, shingle(*p, y, SLATES, salt))
    for p in right:
        canvas.dot(*p, shingle(*p, y, SLATES, salt))
    canvas.shade(right, 1)
    for i in range(h + 4):
        canvas.dot(cx + 4 * i // (h + 3), y + i, B3 if i % 5 else B2)
    for i in range(-half, half + 1):
        drop = 3 - 3 * abs(i - 4) // (half + 4)
        canvas.dot(cx + i, y + h + drop, W2)
        canvas.dot(cx + i, y + h + drop + 1, W1)
    canvas.rect(cx - 1, y - 2, 3, 3, Y1)
    canvas.dot(cx - 1, y - 2, Y2)


def bell_tower(scene: Scene) -> None:
    """The bell tower behind the market: stone shaft, open belfry, bell, tall slate spire."""
    x, w, foot = 464, 64, 176
    cx = x + 32
    tower = Canvas(96, 180)
    o = 16
    ashlar(tower, o + 5, 72, w - 10, 104, 12)
    ashlar(tower, o, 132, w, 44, 13)
    tower.rect(o, 130, w, 3, S3)
    tower.rect(o, 129, w, 1, S4)
    tower.rect(o, 133, w, 1, PLUM)
    tower.shade(rect_points(o + w - 16, 72, 16, 104), 1)
    tower.shade(rect_points(o + w - 8, 72, 8, 104), 1)
    tower.rect(o + 5, 74, 1, 55, S4)
    tower.rect(o, 134, 1, 40, S4)
    # Cornice, belfry and its arches.
    ashlar(tower, o + 3, 40, w - 6, 34, 14)
    tower.shade(rect_points(o + w - 14, 40, 11, 34), 1)
    tower.rect(o + 1, 72, w - 2, 3, S3)
    tower.rect(o + 1, 71, w - 2, 1, S4)
    tower.rect(o + 1, 75, w - 2, 1, PLUM)
    for ax in (o + 11, o + 35):
        arched_hole(tower, ax, 46, 18, 25)
    tower.rect(o + 9, 62, 46, 0, W2)
    bell(tower, o + 32, 44)
    for i in range(o + 9, o + 56, 4):
        tower.rect(i, 65, 2, 6, S3)
    tower.rect(o + 8, 64, 48, 2, S3)
    tower.rect(o + 8, 64, 48, 1, S4)
    tower.shade(rect_points(o + 3, 40, w - 6, 5), 1)
    rose_window(tower, o + 32, 98)
    ivy(tower, o + 1, 110, 22, 66, 33)
    ivy(tower, o + 48, 140, 16, 36, 34)
    door(tower, o + 24, 148, w=16, h=26, ramp="zxxc")
    tower.rect(o - 2, 170, 24, 6, S2)
    tower.rect(o - 2, 170, 24, 1, S4)
    tower.rect(o + 44, 170, 22, 6, S1)
    tower.rect(o + 44, 170, 22, 1, S3)
    tower.rect(o - 2, 175, 24, 1, PLUM)
    tower.rect(o + 44, 175, 22, 1, PLUM)
    scene.details.blit(tower.crop(0, 128, 96, 52), x - 16, 128)
    scene.above.blit(tower.crop(0, 0, 96, 128), x - 16, 0)
    spire(scene.above, cx, 3, 36, 38)
    scene.ground.shade(rect_points(x, foot, w + 4, 5), 1)
    scene.block(29, 8, 4, 3)


def arched_hole(canvas: Canvas, x: int, y: int, w: int, h: int) -> None:
    """Cut an arched opening that shows the evening behind it."""
    for j in range(h):
        inset = (5, 3, 2, 1, 1)[j] if j < 5 else 0
        canvas.rect(x - 2 + inset, y + j - 2, w + 4 - 2 * inset, 1, S3)
    for j in range(h):
        inset = (6, 4, 2, 1, 1)[j] if j < 5 else 0
        for i in range(inset, w - inset):
            canvas.dot(x + i, y + j, NIGHT if j < h - 9 else PLUM)
    canvas.rect(x, y + 6, 2, h - 6, INK)


def bell(canvas: Canvas, cx: int, y: int) -> None:
    """Hang the bell from its beam."""
    canvas.rect(cx - 20, y + 1, 40, 3, W2)
    canvas.rect(cx - 20, y + 1, 40, 1, W3)
    canvas.stamp(
        """
        ......xx......
        .....zccz.....
        ....zvUvcz....
        ...zvUvvccz...
        ...zv9vvccz...
        ...zvUvvccz...
        ..zvUvvvcccz..
        ..zvUvvvcccz..
        .zvvUvvvccccz.
        zvUUvvvvcccccz
        zzzzzzzzzzzzzz
        ....xxcczz....
        .....zzzz.....
        """,
        cx - 7,
        y + 4,
    )


def rose_window(canvas: Canvas, cx: int, cy: int) -> None:
    """Draw the round window over the tower's door, lit from inside."""
    canvas.disc(cx - 0.5, cy - 0.5, 12.5, 12.5, S3)
    canvas.disc(cx - 0.5, cy - 0.5, 11.5, 11.5, S1)
    canvas.disc(cx - 0.5, cy - 0.5, 10.2, 10.2, NIGHT)
    for i in range(-10, 10):
        for j in range(-10, 10):
            x, y = i + 0.5, j + 0.5
            r2 = x * x + y * y
            if r2 > 84:
                continue
            c = Y1
            if r2 < 12:
                c = Y2
            elif x * y > 0:
                c = R2 if r2 > 40 else R3
            else:
                c = B2 if r2 > 40 else Y1
            if abs(x) < 1 or abs(y) < 1 or abs(abs(x) - abs(y)) < 0.8 or 12 <= r2 < 20:
                c = NIGHT
            canvas.dot(cx + i, cy + j, c)
    _ = (R1, W3, G0, G1)
