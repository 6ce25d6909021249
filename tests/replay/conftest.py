"""Recordings of the village, made once a run by the demo itself."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of the village, in virtual time."""
    path = tmp_path_factory.mktemp("recordings") / "evening.npctrace"
    demo = (sys.executable, "-m", "demo_game", "--headless", "--autoplay", "--virtual")
    subprocess.run([*demo, "--frames", "1200", "--record", str(path)], check=True, timeout=120)
    return path


@pytest.fixture(scope="session")
def evening_lines(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as plain lines."""
    import gzip

    path = tmp_path_factory.mktemp("lines") / "evening.jsonl"
    path.write_bytes(gzip.decompress(evening.read_bytes()))
    return path
