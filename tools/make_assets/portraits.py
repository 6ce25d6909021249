"""Seven portraits in four moods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tools.make_assets.canvas import Canvas
from tools.make_assets.portrait_face import MOODS, SIZE, Mood
from tools.make_assets.portraits_craft import bram, mira, odile
from tools.make_assets.portraits_office import aldous, tomas
from tools.make_assets.portraits_young import pip, player

PORTRAITS: Final[dict[str, Callable[[Mood], Canvas]]] = {
    "player": player,
    "mira": mira,
    "bram": bram,
    "odile": odile,
    "tomas": tomas,
    "aldous": aldous,
    "pip": pip,
}


def strip(name: str) -> Canvas:
    """Return the four moods side by side."""
    out = Canvas(SIZE * len(MOODS), SIZE)
    for k, mood in enumerate(MOODS):
        out.blit(PORTRAITS[name](mood), k * SIZE, 0)
    return out
