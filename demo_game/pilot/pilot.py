"""Plays one of the scripts, a frame at a time."""

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.pilot.hands import Hands
from demo_game.pilot.scenes import SCENES

__all__ = ["Pilot"]


class Pilot:
    """Stands in for whoever is at the keyboard."""

    def __init__(self, game: Game, scene: str = "evening") -> None:
        self._hands = Hands(game)
        self._script = SCENES[scene](self._hands)
        self.is_done = False
        """Whether the script is over; the village goes on."""

    @property
    def is_good_moment(self) -> bool:
        """Whether this would make a good picture."""
        return self._hands.is_good_moment

    def controls(self) -> Controls:
        """Return what to do in this frame."""
        try:
            return next(self._script)
        except StopIteration:
            self.is_done = True
            return Controls()
