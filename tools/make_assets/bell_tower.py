"""The bell tower behind the market: stone shaft, open belfry, bell, tall slate spire."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, rect_points
from tools.make_assets.openings import door
from tools.make_assets.palette import B2, INK, NIGHT, PLUM, R2, R3, S1, S2, S3, S4, W2, W3, Y1, Y2
from tools.make_assets.scene import Scene
from tools.make_assets.stonework import ashlar, spire
from tools.make_assets.walls import ivy


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
    door(tower, o + 24, 148, w=16, h=26, ramp="zxc")
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
    scene.glow(cx, 98, 30, colour="#8a5a3c")
    scene.glow(cx, 56, 22)
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
