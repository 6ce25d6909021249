"""What a game does with all that its minds remember: keep a moment of it, and go back to one."""

from pathlib import Path

from npcengine.bridge.delivery import Delivery
from npcengine.bridge.intentions import Intention, Intentions
from npcengine.bridge.recorded import Recorded
from npcengine.bridge.saving import Loading, Saves, Saving

__all__ = ["Keeping"]


class Keeping(Recorded):
    """The part of a bridge that saves and loads."""

    _saves: Saves
    _delivery: Delivery
    _shown: Intentions
    """What the newest ``update`` returned."""
    _withheld: list[Intention]
    """Intentions that come first next time: an ``update`` raised instead of returning them, or
    something was taken back."""

    def save(self, path: str | Path, game: bytes = b"", *, game_version: str = "") -> Saving:
        """Save this moment: what all NPCs remember, and what the game wants to keep with it.

        What minds are ahead of the game is not in it: words that were not heard yet, and actions
        that have not reached the game. Saving changes nothing for anybody.

        Args:
            path: The slot, a file; what it held is replaced, and kept if anything fails.
            game: The game's own state in any form, at most 32 MiB, taken in the same frame.
            game_version: What the game calls itself, given back by :meth:`load`.

        Returns:
            What becomes of it; a later ``update`` says that it is done. A save that is under way
            when the bridge closes is finished before the process ends.

        Raises:
            UsageError: ``game`` or ``game_version`` is too long, or of another type.
        """
        self._check("Bridge.save")
        return self._saves.save(path, game, game_version)

    def load(self, path: str | Path) -> Loading:
        """Go back to the moment that a slot holds.

        From now on nothing of any mind reaches the game, and ``update`` returns nothing. The
        ``update`` in which :attr:`Loading.is_done` becomes true has made the NPCs silent and given
        them the memory of that moment; then set the game back from :attr:`Loading.game`. If there
        is an error nothing has changed, and what minds meant comes with the next ``update``.

        What is told to NPCs meanwhile reaches them after it, in the past that they are in then.
        Actions that were under way are the game's to take up again; their commits are over.
        """
        self._check("Bridge.load")
        loading = self._saves.load(path)
        self._withheld += self._shown.take_back()
        return loading

    def _go_back(self) -> bool:
        """End saves that are over; return whether minds and game are apart, for a load."""
        was_loading = self._saves.is_loading
        if self._saves.resolve():
            self._withheld.clear()
            self._delivery.restart()
        if self._recorder is not None:
            self._recorder.frame.ended = self._saves.ended
        return was_loading
