from pathlib import Path

import pytest

from demo_game.play import Options, play


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scene A of the village, in virtual time: twelve turns of three villagers."""
    path = tmp_path_factory.mktemp("village") / "village.npctrace"
    play(Options(headless=True, autoplay=True, virtual=True, frames=1_500, record=path))
    return path
