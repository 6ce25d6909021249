"""The puppet: how a person made of a painted upper body, two arms and a lower half moves.

A frame is 16 x 24 pixels with the feet on its last row. Only the facings down, right and up are
drawn; left is right seen in a mirror.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tools.make_assets.canvas import Canvas
from tools.make_assets.palette import DARKER, INK

FRAME_W: Final = 16

FRAME_H: Final = 24

View = Literal["down", "right", "up"]

Arm = Literal["hang", "fore", "back", "carry", "hidden", "raise", "reach", "low", "none"]

Step = Literal["stand", "left", "pass", "right"]


@dataclass(frozen=True, slots=True)
class Look:
    """One person's paint box and cut-out parts.

    Letters in ``legend``: 1-3 skin, 4-6 hair, 7-9 main cloth, a-c second cloth, d f g accent,
    each from dark to light; e eye, o mouth; x y boots; everything else is a palette code.
    """

    legend: Mapping[str, int]
    upper: Mapping[View, str]
    """Head and trunk without arms, 16 wide, from the top of the frame to the hip."""
    lower: Literal["trousers", "skirt", "coat"] = "trousers"
    top: int = 0
    """Rows to move ``upper`` down, for short people."""
    hip: int = 18
    """First row of the lower half."""
    shoulder: int = 12
    arm_left: int = 2
    """Column of the outline of the arm on the left of the picture."""
    arm_long: int = 6
    sleeve: str = "789"
    waist: int = 4
    """Half the width of the lower half at the hip."""
    hem: int = 5
    """Half its width at the hem."""
    apron: str = ""
    """Letter of the apron's cloth; empty for none."""
    mouth: tuple[int, int] = (7, 10)
    """Where the open mouth goes, facing down."""
    mouth_side: tuple[int, int] = (11, 10)


_ARMS_FRONT: Final[dict[Arm, str]] = {
    "hang": ".kk\nkSs\nkSs\nkSs\nkss\nkhH\n.kk",
    "fore": ".kk\nkSs\nkSs\nkSs\nkSs\nkHH\nkhH\n.kk",
    "back": ".kk\nkSs\nkss\nksz\nkzz\n.kk",
    "carry": ".kk...\nkSs...\nkSSs..\nkzsSHH\n.kkkhH\n....kk",
    # Carrying, seen from behind: the forearms are in front of the body.
    "hidden": ".kk\nkSs\nkSs\nkss\nkkz",
    "low": ".kk...\nkSs...\nkSs...\nkSSs..\n.kssHH\n..kkhh\n....kk",
}

_ARMS_SIDE: Final[dict[Arm, tuple[str, int, int]]] = {
    # art, x, y from the shoulder
    "hang": (".kk.\nkSsk\nkSsk\nkssk\nkzsk\nkHhk\n.kk.", 6, 0),
    "fore": (".kk...\nkSsk..\nkSsk..\n.kSsk.\n..kssk\n..kHHk\n...kk.", 6, 0),
    "back": ("..kk.\n.kSsk\nkSsk.\nkssk.\nkzk..\nkHk..\n.k...", 4, 0),
    "carry": (".kk....\nkSSkkk.\nkzSSsHH\n.kzzshH\n..kkkkk", 7, 1),
    "reach": (".kkkkk..\nkSSSskkk\nkzSSssHH\n.kzzzkhh\n..kkk.kk", 7, 0),
    "raise": ("....kk.\n...kHHk\n...kHhk\n..kSsk.\nkSSsk..\nkzsk...\n.kk....", 8, -1),
    "low": (".kk...\nkSsk..\nkSsk..\nkzSskk\n.kzsHH\n..kkhk", 7, 0),
}


def arm_front(canvas: Canvas, look: Look, arm: Arm, *, left: bool, dy: int = 0) -> None:
    """Draw one arm of somebody facing the viewer or turning the back."""
    if arm == "none":
        return
    x, y = look.arm_left, look.shoulder + dy
    if arm == "raise":
        art = ".kk..\nkHHk.\nkhHk.\nkSsk.\nkSSsk\n.kSss\n..kkk"
        # A child's head is so large that the hand has to keep farther out.
        x = max(x - (2 if look.top else 1), 0)
        y -= 3
    else:
        art = _ARMS_FRONT[arm]
        rows = art.split("\n")
        if look.arm_long < 6 and arm in ("hang", "fore"):
            del rows[1 : 1 + 6 - look.arm_long]
        elif look.arm_long > 6 and arm in ("hang", "fore", "back"):
            rows[2:2] = [rows[1]] * (look.arm_long - 6)
        art = "\n".join(rows)
    part = Canvas(FRAME_W, FRAME_H)
    part.stamp(art, x, y, _arm_legend(look, lit=left))
    canvas.blit(part if left else part.mirrored(), 0, 0)


def arm_side(canvas: Canvas, look: Look, arm: Arm, *, dy: int = 0, lit: bool = True) -> None:
    """Draw the near arm of somebody facing right."""
    if arm == "none":
        return
    art, x, y = _ARMS_SIDE[arm]
    rows = art.split("\n")
    if look.arm_long < 6 and arm in ("hang", "fore", "back"):
        del rows[2 : 2 + 6 - look.arm_long]
    canvas.stamp("\n".join(rows), x, look.shoulder + y + dy, _arm_legend(look, lit=lit))


def _arm_legend(look: Look, *, lit: bool) -> dict[str, int]:
    dark, mid, light = (look.legend[c] for c in look.sleeve)
    return {
        "k": INK,
        "S": light if lit else mid,
        "s": mid,
        "z": dark,
        "H": look.legend["3"] if lit else look.legend["2"],
        "h": look.legend["2"] if lit else look.legend["1"],
    }


def lower_half(canvas: Canvas, look: Look, view: View, step: Step) -> None:
    """Draw legs, skirt or coat tails."""
    if look.lower == "trousers":
        _legs(canvas, look, view, step, look.hip)
    elif look.lower == "skirt":
        _skirt(canvas, look, view, step)
    else:
        _legs(canvas, look, view, step, look.hip + 2)
        _tails(canvas, look, view, step)


_LEGS_FRONT: Final[dict[Step, str]] = {
    "stand": "kbbbkabk\nkbbbkabk\nkbbakaak\nkxyyxxyk\nkxyykxyk\n.kkk.kk.",
    "left": "kbbbkabk\nkbbbkabk\nkbbakxyk\nkbbakxxk\nkxyyxkk.\nkxyyk...",
    "pass": "kbbbkabk\nkbbbkabk\nkbbakaak\nkxyyxxyk\nkxyykxyk\n.kkk.kk.",
    "right": "kbbbkabk\nkbbbkabk\nkxyykaak\nkxxykaak\n.kkkxxyk\n....kxyk",
}

_LEGS_SIDE: Final[dict[Step, str]] = {
    "stand": "..kbbbbk..\n..kbbbak..\n..kabbak..\n..kxyyxk..\n..kxyyyyk.\n..kkkkkkk.",
    "left": "..kbbbbk..\n.kabbbbbk.\n.kabkkbbbk\nkxxk.kxyyk\nkxyk.kxyyy\n.kk...kkkk",
    "pass": "..kbbbbk..\n..kabbbk..\n..kaabbk..\n.kxxkyyk..\n.kxkkxyyk.\n..k..kkkk.",
    "right": "..kbbbbk..\n.kbbbbabk.\n.kbbkkaabk\nkxyk.kxxyk\nkxyk.kxxyy\n.kk...kkkk",
}


_SWAY: Final[dict[Step, int]] = {"stand": 0, "left": -1, "pass": 0, "right": 1}
_SHOES_FRONT: Final[dict[Step, tuple[int, ...]]] = {
    "stand": (5, 9),
    "left": (5,),
    "pass": (5, 9),
    "right": (9,),
}
_SHOES_SIDE: Final[dict[Step, tuple[int, ...]]] = {
    "stand": (6, 9),
    "left": (4, 11),
    "pass": (7, 9),
    "right": (5, 10),
}


def _legs(canvas: Canvas, look: Look, view: View, step: Step, hip: int) -> None:
    rows = (_LEGS_SIDE if view == "right" else _LEGS_FRONT)[step].split("\n")
    # Short legs lose rows of trouser, never the boots.
    while len(rows) > FRAME_H - hip:
        del rows[0]
    x = 3 if view == "right" else 4
    art = "\n".join(rows)
    legend = dict(look.legend)
    if view == "up":
        legend["y"] = look.legend["x"]
    canvas.stamp(art, x, hip, legend)


def _skirt(canvas: Canvas, look: Look, view: View, step: Step) -> None:
    sway = _SWAY[step]
    rows = FRAME_H - 1 - look.hip
    narrower = 1 if view == "right" else 0
    for x in _SHOES_SIDE[step] if view == "right" else _SHOES_FRONT[step]:
        canvas.rect(x - 1, FRAME_H - 3, 4, 3, INK)
        canvas.rect(x, FRAME_H - 2, 2 + narrower, 1, look.legend["y"])
    for r in range(rows):
        t = r / max(rows - 1, 1)
        half = look.waist + (look.hem - look.waist) * t - narrower
        middle = 8 + sway * t
        x0, x1 = round(middle - half), round(middle + half)
        for x in range(x0, x1):
            u = (x - x0) / max(x1 - x0 - 1, 1)
            fold = r > 0 and x - 8 - int(sway * t) in (-3, 2)
            c = _tone(look, u)
            if fold or r == rows - 1:
                c = look.legend["7"]
            if look.apron and view != "up" and r < rows - 1:
                # From the side the apron hangs at the front of the skirt.
                across = x + 0.5 - middle - (half * 0.45 if narrower else 0)
                if abs(across) < half * 0.62:
                    shaded = across > half * 0.62 - 2 or r == rows - 2
                    c = look.legend["c" if shaded else look.apron]
            canvas.dot(x, look.hip + r, c)
        canvas.dot(x0 - 1, look.hip + r, INK)
        canvas.dot(x1, look.hip + r, INK)
    # The hem is rounded: its corners are outline, its middle shows the shoes.
    half = look.hem - narrower
    x0, x1 = 8 - half + sway, 8 + half + sway
    y = look.hip + rows - 1
    for x, inner in ((x0 - 1, x0), (x1, x1 - 1)):
        canvas.dot(x, y, 0)
        canvas.dot(inner, y, INK)
    for x in range(x0 + 1, x1 - 1):
        if not canvas.get(x, y + 1):
            canvas.dot(x, y + 1, INK)


def _tone(look: Look, u: float) -> int:
    """Return the main cloth's colour at a part (0 to 1) of the way from left to right."""
    return look.legend["9" if 0.1 < u < 0.35 else "8" if u < 0.72 else "7"]


def _tails(canvas: Canvas, look: Look, view: View, step: Step) -> None:
    """Draw the two rows of a coat below the belt, over the legs."""
    side = view == "right"
    for r, wide in enumerate((look.waist, look.hem)):
        half = wide - 1 if side else wide
        # The tail flies back when the legs are apart.
        back = 1 if side and r and step in ("left", "right") else 0
        x0, x1 = 8 - half - back, 8 + half
        y = look.hip + r
        for x in range(x0, x1):
            c = _tone(look, (x - x0) / max(x1 - x0 - 1, 1))
            vent = not side and r and x in (7, 8) and _SWAY[step] == 0
            if vent:
                c = look.legend["7"]
            canvas.dot(x, y, DARKER[c] if r and not vent else c)
        canvas.dot(x0 - 1, y, INK)
        canvas.dot(x1, y, INK)
    if not side:
        for x in range(8 - look.hem, 8 + look.hem):
            if not canvas.get(x, look.hip + 2):
                canvas.dot(x, look.hip + 2, INK)


def upper_half(canvas: Canvas, look: Look, view: View, dy: int) -> None:
    """Draw head and trunk, ``dy`` rows lower than standing."""
    canvas.stamp(look.upper[view], 0, look.top + dy, look.legend)


_SWING: Final[dict[Step, tuple[Arm, Arm]]] = {
    "stand": ("hang", "hang"),
    "left": ("back", "fore"),
    "pass": ("hang", "hang"),
    "right": ("fore", "back"),
}


def pose(
    look: Look,
    view: View,
    step: Step = "stand",
    arms: tuple[Arm, Arm] | None = None,
    *,
    dy: int = 0,
) -> Canvas:
    """Draw one frame.

    Args:
        look: Who.
        view: Facing down, right or up.
        step: Which part of the walk.
        arms: Left and right of the picture, or far and near from the side; swinging with the
            step when not given.
        dy: Rows to sink (or rise, if negative), on top of the walk's own bobbing.
    """
    canvas = Canvas(FRAME_W, FRAME_H)
    bob = dy + (1 if step in ("left", "right") else 0)
    first, second = arms or _SWING[step]
    if view == "right":
        if first in ("fore", "back"):
            arm_side(canvas, look, first, dy=bob, lit=False)
        lower_half(canvas, look, view, step)
        upper_half(canvas, look, view, bob)
        arm_side(canvas, look, second, dy=bob)
        return canvas
    lower_half(canvas, look, view, step)
    upper_half(canvas, look, view, bob)
    if view == "up" and "carry" in (first, second):
        first = second = "hidden"
    arm_front(canvas, look, first, left=True, dy=bob)
    arm_front(canvas, look, second, left=False, dy=bob)
    return canvas
