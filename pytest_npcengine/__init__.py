"""The pytest plugin of npcengine: a fixture for assertions on recordings.

It stands beside the package and not inside, because pytest imports it in every run wherever
npcengine is installed: npcengine itself is imported only by a test that asks for a recording.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from npcengine.testing import Replay

__all__ = ["npcengine_replay"]

_READ: "dict[tuple[Path, int], Replay]" = {}
"""Recordings that were read in this run, by file and when it was last written."""


@pytest.fixture
def npcengine_replay(request: pytest.FixtureRequest) -> "Callable[[str | Path], Replay]":
    """Read a recording to assert on; its path is relative to the test's file, or to the root."""

    def replay(path: str | Path) -> "Replay":
        from npcengine.testing import Replay

        found = _found(Path(path), (request.path.parent, request.config.rootpath))
        key = found, found.stat().st_mtime_ns if found.exists() else 0
        if key not in _READ:
            _READ[key] = Replay(found)
        return _READ[key]

    return replay


def _found(path: Path, folders: tuple[Path, ...]) -> Path:
    """Return where a recording is; if it is nowhere, where it was looked for first."""
    places = [folder / path for folder in folders]
    return next((place for place in places if place.exists()), places[0])
