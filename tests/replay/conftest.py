"""Recordings of the village, made once a run."""

import gzip
from pathlib import Path

import pytest

from demo_game.play import Options, play
from tests.replay.evenings import record


@pytest.fixture(scope="session")
def scene_b(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scene B: an interruption, and a breath that is none."""
    folder = tmp_path_factory.mktemp("recorded")
    record(folder / "b.npctrace", folder / "b.slot", scene="hold_on", frames=900)
    return folder / "b.npctrace"


@pytest.fixture(scope="session")
def scene_e(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scene E: a save, a theft, a load, and what comes after it."""
    folder = tmp_path_factory.mktemp("recorded")
    record(folder / "e.jsonl", folder / "e.slot", scene="liars_quest", frames=1_500)
    return folder / "e.jsonl"


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scene A of the village, in virtual time: twelve turns of three villagers."""
    path = tmp_path_factory.mktemp("village") / "village.npctrace"
    play(Options(headless=True, autoplay="night_bell", virtual=True, frames=1_500, record=path))
    return path


@pytest.fixture(scope="session")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of the village."""
    folder = tmp_path_factory.mktemp("recorded")
    record(folder / "evening.npctrace", folder / "evening.slot", scene="evening", frames=1_200)
    return folder / "evening.npctrace"


@pytest.fixture(scope="session")
def evening_lines(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as plain lines."""
    path = tmp_path_factory.mktemp("lines") / "evening.jsonl"
    path.write_bytes(gzip.decompress(evening.read_bytes()))
    return path
