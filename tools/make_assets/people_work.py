"""What each of the seven does when nobody talks to them: four frames facing the viewer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tools.make_assets.canvas import Canvas
from tools.make_assets.palette import E2, E3, R3, W1, W2, W3, WHITE, Y2
from tools.make_assets.people_rig import FRAME_H, FRAME_W, Arm, Look, pose

_HAMMER: Final = ".222.\n33221\n33211\n.xk..\n.xk..\n.xk.."

_WEAVING: Final[tuple[tuple[Arm, Arm], ...]] = (
    ("low", "carry"),
    ("carry", "carry"),
    ("carry", "low"),
    ("carry", "carry"),
)

_LANTERN: Final = "..k..\n.kYk.\nkU9Uk\nkUUYk\nkYYYk\n.kkk."


def working(name: str, look: Look) -> list[Canvas]:
    """Return the four frames of ``name`` at work."""
    return _WORK[name](look)


def _light_lamps(look: Look) -> list[Canvas]:
    """The player holds the lantern up and looks around."""
    frames: list[Canvas] = []
    for sway, dy in ((0, 0), (1, 0), (0, 0), (-1, 0)):
        frame = pose(look, "down", arms=("hang", "raise"), dy=dy)
        frame.stamp(_LANTERN, 11 + min(sway, 0), 2 + abs(sway))
        frame.dots(((12, 9), (13, 8)), W2)
        frames.append(frame)
    return frames


def _knead(look: Look) -> list[Canvas]:
    """Mira leans into a lump of dough; flour flies."""
    frames: list[Canvas] = []
    for k, (dy, press) in enumerate(((0, 0), (1, 1), (1, 1), (0, 0))):
        frame = pose(look, "down", arms=("low", "low"), dy=dy)
        wide = 8 + 2 * press
        x = 8 - wide // 2
        y = 19 + press
        frame.rect(x, y, wide, 4 - press, E3)
        frame.rect(x + 1, y - 1, wide - 2, 1, WHITE)
        frame.rect(x, y, wide // 2, 1, WHITE)
        frame.rect(x, y + 3 - press, wide, 1, E2)
        frame.rect(5 - press, 18 + press, 2, 2, look.legend["3"])
        frame.rect(9 + press, 18 + press, 2, 2, look.legend["2"])
        if press:
            for i, j in ((1, 17), (14, 16), (2, 15), (13, 19))[k - 1 : k + 2]:
                frame.dot(i, j, WHITE)
        frames.append(frame)
    return frames


def _hammer(look: Look) -> list[Canvas]:
    """Bram lifts, holds, strikes, and lets the hammer bounce."""
    frames: list[Canvas] = []
    for k in range(4):
        up = k in (0, 1)
        frame = pose(look, "down", arms=("low", "raise" if up else "low"), dy=1 if k == 2 else 0)
        frame.stamp("k3333333kk\n.k222222k.\n..kk11k...\n..k1111k..", 0, 20)
        frame.rect(2, 19, 6, 1, Y2 if k == 2 else R3)
        if up:
            frame.stamp(_HAMMER, 11, 2 + (1 - k) * 2)
        elif k == 2:
            frame.stamp("33k\n322xxx\n321kkk\n.1k", 5, 16)
            frame.dots(((2, 17), (5, 15), (1, 20), (9, 15)), Y2)
            frame.dots(((4, 17), (3, 15), (10, 17)), WHITE)
        else:
            frame.stamp("33k\n322xxx\n321kkk\n.1k", 5, 14)
        frames.append(frame)
    return frames


def _weave(look: Look) -> list[Canvas]:
    """Odile draws a bright thread from hand to hand."""
    frames: list[Canvas] = []
    for k in range(4):
        frame = pose(look, "down", arms=_WEAVING[k])
        frame.rect(4, 18, 8, 5, look.legend["b"])
        frame.rect(4, 18, 8, 1, look.legend["c"])
        frame.rect(4, 20, 8, 1, look.legend["g"])
        frame.rect(4, 22, 8, 1, look.legend["a"])
        x = (4, 6, 9, 7)[k]
        frame.rect(x, 17, 3, 1, look.legend["g"])
        frame.dot(x + (2 if k < 2 else 0), 16, look.legend["g"])
        frames.append(frame)
    return frames


def _watch(look: Look) -> list[Canvas]:
    """Tomas plants his spear and looks left and right."""
    frames: list[Canvas] = []
    side = pose(look, "right", arms=("none", "none"))
    heads = {"right": side.crop(0, 0, FRAME_W, 12), "left": side.mirrored().crop(0, 0, FRAME_W, 12)}
    for turn in ("", "left", "", "right"):
        frame = pose(look, "down", arms=("hang", "low"))
        if turn:
            frame.rect(0, 0, FRAME_W, 12, 0)
            frame.blit(heads[turn], 0, 0)
        frame.rect(13, 3, 1, FRAME_H - 4, W3)
        frame.rect(14, 3, 1, FRAME_H - 4, W1)
        frame.stamp(".3.\n342\n342\n.2.", 12, 0)
        frame.rect(12, 17, 3, 2, look.legend["2"])
        frames.append(frame)
    return frames


def _reckon(look: Look) -> list[Canvas]:
    """Aldous writes in his ledger, and looks up from it once."""
    frames: list[Canvas] = []
    for k in range(4):
        frame = pose(look, "down", arms=("low", "low"), dy=0 if k == 3 else 1)
        frame.stamp("kkkkkkkkk\nk88878888k\nk85878558k\nk88878888k\nkxxxxxxxxk", 3, 17)
        x = (8, 10, 11, 10)[k]
        y = (15, 15, 16, 13)[k]
        frame.stamp("..9\n.9.\nk..", x, y)
        frame.rect(x + 1, y + 3, 2, 2, look.legend["3"])
        frames.append(frame)
    return frames


def _hop(look: Look) -> list[Canvas]:
    """Pip jumps to see over everybody's heads."""
    crouch = pose(look, "down", arms=("hang", "hang"), dy=1)
    stand = pose(look, "down", arms=("raise", "raise"))
    high = Canvas(FRAME_W, FRAME_H)
    high.blit(pose(look, "down", arms=("raise", "raise")), 0, -3)
    top = Canvas(FRAME_W, FRAME_H)
    top.blit(pose(look, "down", arms=("raise", "raise")), 0, -4)
    return [crouch, stand, top, high]


_WORK: Final[dict[str, Callable[[Look], list[Canvas]]]] = {
    "player": _light_lamps,
    "mira": _knead,
    "bram": _hammer,
    "odile": _weave,
    "tomas": _watch,
    "aldous": _reckon,
    "pip": _hop,
}
