"""What every script is made of: walking somewhere, talking to somebody, waiting for something."""

from collections.abc import Callable, Generator
from typing import TypeAlias

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.village.units import TICKS_PER_S, Cell, Spot, centre_of

__all__ = ["SECOND", "Hands", "Script"]

Script: TypeAlias = Generator[Controls, None, None]
"""Yields what the player does, a frame each."""

SECOND = TICKS_PER_S

ARRIVED = 24
"""Within this many sub-units of a point counts as there: less than a step, and less than the slack
that a walker has in a gap of one cell."""


class Hands:
    """A player's, on one game."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.village = game.village
        self.is_good_moment = False
        """Whether this would make a good picture."""

    def go(self, place: str) -> Script:
        """Walk to a place."""
        spot = self.village.ground.places[place].spot
        yield from self.walk(lambda: spot.cell)

    def go_beside(self, name: str) -> Script:
        """Walk right up to somebody."""
        yield from self.walk(lambda: self._beside(name))

    def go_near(self, name: str) -> Script:
        """Walk up to somebody who may be walking about."""
        yield from self.walk(lambda: self._beside(name), lambda: self.game.near(name))

    def say(self, words: str, *, show: str | None = None) -> Script:
        """Say something to whoever is being talked to, and let them have their say."""
        name = self.game.talking_to
        yield Controls(say=words, show=show)
        if name is not None:
            yield from self.hear_out(name)

    def talk(self, name: str, words: str) -> Script:
        """Turn to somebody, say something, and let them have their say."""
        yield Controls(address=name)
        yield from self.say(words)

    def hear_out(self, name: str) -> Script:
        """Wait for an answer to be begun and ended."""
        npc = self.game.troupe.npcs[name]
        before = npc.turn_epoch
        yield from self.until(lambda: npc.turn_epoch > before, 2 * SECOND)
        yield from self.until(lambda: npc.phase == "idle" and bool(npc.speech), 6 * SECOND)

    def wait(self, ticks: int) -> Script:
        """Do nothing for a while."""
        yield from self.until(lambda: False, ticks)

    def until(self, holds: Callable[[], bool], ticks: int) -> Script:
        """Do nothing until something is so, or for ``ticks`` at the most."""
        for _ in range(ticks):
            if holds():
                return
            yield Controls()

    def walk(self, goal: Callable[[], Cell], stop: Callable[[], bool] | None = None) -> Script:
        """Walk to a cell, which may change on the way; half a minute at the most."""
        village = self.village
        for _ in range(30 * SECOND):
            here = village.player.spot
            way = village.ground.path(here.cell, goal())
            if way is None or (stop is not None and stop()):
                return
            step = centre_of(way[0] if way else here.cell)
            if not way and _is_at(here, step):
                return
            yield Controls(dx=_sign(step.x - here.x), dy=_sign(step.y - here.y))

    def _beside(self, name: str) -> Cell:
        village = self.village
        cell = village.free_cell_near(village.people[name].spot, village.player)
        return cell or village.player.spot.cell


def _is_at(here: Spot, there: Spot) -> bool:
    return abs(here.x - there.x) <= ARRIVED and abs(here.y - there.y) <= ARRIVED


def _sign(number: int) -> int:
    """Return the direction of a difference; one too small to be walked is none."""
    return 0 if abs(number) <= ARRIVED else (1 if number > 0 else -1)
