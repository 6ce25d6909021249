"""The one evening that the player keeps: the village, and what everybody in it remembers."""

from pathlib import Path

import msgspec

from demo_game.notice import Notice
from demo_game.village import saves
from demo_game.village.story import NightBell
from demo_game.village.village import Village
from npcengine import Bridge, Loading, Saving

__all__ = ["Slot"]

_GAME = "lanternwick 1"
"""What kind of game a slot holds; another's is not touched."""


class Slot:
    """Saves and loads, and says what became of it (frame thread)."""

    def __init__(
        self, path: Path, bridge: Bridge, village: Village, story: NightBell, notice: Notice
    ) -> None:
        self._path = path
        self._bridge = bridge
        self._village = village
        self._story = story
        self._saving: Saving | None = None
        self._loading: Loading | None = None
        self._say = notice.say

    def save(self) -> None:
        """Keep this moment."""
        if self._loading is None:
            data = msgspec.json.encode(saves.save(self._village, self._story))
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._saving = self._bridge.save(self._path, data, game_version=_GAME)

    def load(self) -> None:
        """Go back to the moment that was kept."""
        if self._loading is None:
            self._loading = self._bridge.load(self._path)

    def watch(self) -> bool:
        """Look what has become of it, once after each update; return whether time went back."""
        if self._saving is not None and self._saving.is_done:
            self._say(str(self._saving.error or "The evening is kept."))
            self._saving = None
        if self._loading is None or not self._loading.is_done:
            return False
        loading, self._loading = self._loading, None
        if loading.error is not None:
            self._say(str(loading.error))
            return False
        return self._go_back(loading)

    def _go_back(self, loading: Loading) -> bool:
        if loading.game_version != _GAME:
            self._say(f"{self._path} is of {loading.game_version or 'another game'}")
            return False
        try:
            saves.restore(self._village, self._story, msgspec.json.decode(loading.game or b"null"))
        except (saves.SaveError, msgspec.DecodeError) as error:
            self._say(f"{self._path} cannot be used: {error}")
            return False
        self._say("Back to where it was kept.")
        return True
