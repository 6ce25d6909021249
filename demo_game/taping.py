"""F8: keeps a recording of the evening, from its very beginning, for ``npc-replay``."""

import os
from datetime import datetime
from pathlib import Path

from demo_game.game import Game

__all__ = ["Taping"]


class Taping:
    """The switch (frame thread)."""

    def __init__(self, game: Game, folder: Path, *, is_on_from_the_start: bool) -> None:
        """Begin with the switch off.

        Args:
            game: What is recorded.
            folder: Where files go, made when there is one.
            is_on_from_the_start: Whether all of it is recorded anyway, by the command line.
        """
        self._game = game
        self._folder = folder
        self._is_on_anyway = is_on_from_the_start
        self._path: Path | None = None
        self._error = game.bridge.recording_error

    def switch(self) -> None:
        """Begin a file, or end it."""
        bridge = self._game.bridge
        if self._is_on_anyway:
            self._game.notice.say("All of this is being recorded.")
        elif self._path is not None:
            bridge.mark("F8 off")
            bridge.end_recording()
            self._game.notice.say(f"Recorded to {_short(self._path)}")
            self._path = None
        else:
            self._begin()

    def watch(self) -> None:
        """Say what has gone wrong, once a frame."""
        error = self._game.bridge.recording_error
        if error != self._error:
            self._error, self._path = error, None
            self._game.notice.say(f"Not recorded: {error}")

    def _begin(self) -> None:
        bridge = self._game.bridge
        name = f"lanternwick-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}.npctrace"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._game.notice.say(f"Not recorded: {error}")
            return
        self._path = self._folder / name
        bridge.checkpoint(self._game.village.world_hash())
        bridge.mark("F8 on")
        bridge.keep_recording(self._path)
        self._game.notice.say("Recording, from the beginning of the evening. F8 ends it.")


def _short(path: Path) -> str:
    """Return a path as people write it."""
    home = str(Path.home())
    return str(path).replace(home, "~", 1) if str(path).startswith(home + os.sep) else str(path)
