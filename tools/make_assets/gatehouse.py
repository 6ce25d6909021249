"""The gatehouse: two towers with pointed roofs, and the arch the gate hangs in."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas, rect_points
from tools.make_assets.openings import wall_lantern
from tools.make_assets.palette import E2, INK, NIGHT, PLUM, S1, S2, S3, S4, W1, W3
from tools.make_assets.scene import Scene
from tools.make_assets.stonework import arrow_slit, ashlar, crenels, spire


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
    key_board(d, 708, 86)
    for i in (694, 824):
        wall_lantern(d, i, 74)
        scene.glow(i + 2, 78, 44, "lamp", flicker=0.15)
    arch(a)
    scene.block(43, 0, 3, 7)
    scene.block(49, 0, 3, 7)
    for column in (46, 47, 48):
        for row in range(6):
            scene.solid[row][column] = 0


def key_board(d: Canvas, x: int, y: int) -> None:
    """Hang the guard's key board on the gatehouse; its third hook is the gate key's."""
    d.rect(x, y, 15, 10, W1)
    d.rect(x + 1, y + 1, 13, 8, W3)
    d.rect(x + 1, y + 1, 13, 1, E2)
    d.rect(x + 1, y + 9, 14, 2, PLUM)
    for i in (x + 3, x + 7, x + 11):
        d.dot(i, y + 3, S4)
        d.dot(i, y + 4, S1)


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
        *(
            p
            for p in rect_points(4, 46, 40, 20)
            if ((p[0] - 23.5) / 20) ** 2 + ((p[1] - 66) / 20) ** 2 <= 1
        ),
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
