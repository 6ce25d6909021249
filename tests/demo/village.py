"""The village, for tests: read once, made anew each time."""

from functools import cache
from pathlib import Path

from demo_game.village.acts import Act, Failed, Succeeded
from demo_game.village.tiled import MapFile, read_map
from demo_game.village.village import Village

ASSETS = Path(__file__).parents[2] / "assets"


@cache
def chart() -> MapFile:
    return read_map(ASSETS / "maps" / "village.tmj")


def make_village(seed: int = 1) -> Village:
    return Village(chart(), seed=seed, cast=("mira", "tomas", "pip", "bram", "aldous"))


def do(village: Village, name: str, act: Act, ticks: int = 1_200) -> str:
    """Let somebody do something to its end; return how it ended, in words."""
    ends: list[Succeeded | Failed] = []
    village.begin(name, act, ends.append)
    for _ in range(ticks):
        village.step()
        if ends:
            break
    (end,) = ends
    return end.detail if isinstance(end, Succeeded) else f"failed: {end.reason}"
