"""Recordings to run again: of the village, in virtual time and in real time."""

from pathlib import Path

from demo_game.game import Game
from demo_game.paths import assets_folder
from demo_game.pilot.pilot import Pilot
from demo_game.play import built_in_mind
from demo_game.village.tiled import read_map
from npcengine import Bridge, Recording

SEED, NOISE_AFTER = 7, 480
FRAME_S = 1 / 60


def record(path: Path, slot: Path, *, scene: str, frames: int) -> None:
    """Record a scene in virtual time."""
    recording = Recording(path=path, game={"seed": SEED, "noise_after_tick": NOISE_AFTER})
    with Bridge(built_in_mind(SEED), virtual=True, seed=SEED, record=recording) as bridge:
        chart = read_map(assets_folder() / "maps" / "village.tmj")
        game = Game(chart, bridge, seed=SEED, noise_after_tick=NOISE_AFTER, slot=slot)
        pilot = Pilot(game, scene)
        for _ in range(frames):
            game.frame(FRAME_S, pilot.controls())
