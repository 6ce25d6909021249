"""Assemble the sheets of walking, carrying, talking and working people."""

from __future__ import annotations

from typing import Final

from tools.make_assets.canvas import Canvas
from tools.make_assets.people_looks import PEOPLE_LOOKS
from tools.make_assets.people_rig import FRAME_H, FRAME_W, Arm, Look, Step, pose
from tools.make_assets.people_work import working

COLUMNS: Final = 4

ROWS: Final = 11

STEPS: Final[tuple[Step, ...]] = ("stand", "left", "pass", "right")


def sheet(name: str) -> Canvas:
    """Return the whole sheet of one person."""
    look = PEOPLE_LOOKS[name]
    out = Canvas(FRAME_W * COLUMNS, FRAME_H * ROWS)

    def put(frame: Canvas, column: int, row: int) -> None:
        out.blit(frame, column * FRAME_W, row * FRAME_H)

    for base, carrying in ((0, False), (4, True)):
        for column, step in enumerate(STEPS):
            arms: tuple[Arm, Arm] | None = ("carry", "carry") if carrying else None
            side = pose(look, "right", step, arms)
            put(pose(look, "down", step, arms), column, base)
            put(side.mirrored(), column, base + 1)
            put(side, column, base + 2)
            put(pose(look, "up", step, arms), column, base + 3)
    for column, frame in enumerate(_talking(look)):
        put(frame, column, 8)
    for column, frame in enumerate(working(name, look)):
        put(frame, column, 9)
    for column, frame in enumerate(_reaching(look)):
        put(frame, column, 10)
    return out


def _talking(look: Look) -> list[Canvas]:
    """Return the talk pose facing down, left, right and up."""
    down = pose(look, "down", arms=("hang", "raise"))
    x, y = look.mouth
    down.rect(x, y, 2, 1, look.legend["o"])
    down.rect(x, y + 1, 2, 1, look.legend["1"])
    right = pose(look, "right", arms=("none", "raise"))
    x, y = look.mouth_side
    right.rect(x, y, 2, 1, look.legend["o"])
    up = pose(look, "up", arms=("hang", "raise"))
    return [down, right.mirrored(), right, up]


def _reaching(look: Look) -> list[Canvas]:
    """Return the pose with one hand stretched out, facing down, left, right and up."""
    right = pose(look, "right", arms=("none", "reach"))
    return [
        pose(look, "down", arms=("hang", "carry")),
        right.mirrored(),
        right,
        pose(look, "up", arms=("hang", "raise")),
    ]
