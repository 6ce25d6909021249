"""The game for ``npc-replay exact --game demo_game.replayed:lanternwick``: without a picture."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.paths import assets_folder
from demo_game.village.tiled import read_map
from npcengine import Bridge

__all__ = ["lanternwick"]


def lanternwick(bridge: Bridge, game: dict[str, Any]) -> Callable[[float, list[Any]], object]:
    """Set an evening up as it was when recording began; return what plays a frame of it."""
    chart = read_map(assets_folder() / "maps" / "village.tmj")
    evening = Game(
        chart,
        bridge,
        seed=int(game["seed"]),
        noise_after_tick=int(game["noise_after_tick"]),
        # Nothing is written there: in a re-run saves are what they were.
        slot=Path(tempfile.gettempdir()) / "lanternwick-replayed.save",
    )

    def frame(dt: float, inputs: list[Any]) -> None:
        controls = msgspec.convert(inputs[0], Controls) if inputs else Controls()
        evening.frame(dt, controls)

    return frame
