"""A player who knows the script: plays scene A, "The Night Bell", and nothing but the controls."""

from collections.abc import Callable, Generator
from typing import TypeAlias

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.village.units import TICKS_PER_S, Cell, Spot, centre_of

__all__ = ["Pilot"]

Script: TypeAlias = Generator[Controls, None, None]

ARRIVED = 24
"""Within this many sub-units of a point counts as there: less than a step, and less than the slack
that a walker has in a gap of one cell."""

SECOND = TICKS_PER_S


class Pilot:
    """Plays a script, one frame at a time."""

    def __init__(self, game: Game) -> None:
        self._game = game
        self._script = self._night_bell()
        self.is_done = False
        """Whether the script is over; the village goes on."""
        self.is_good_moment = False
        """Whether this would make a good picture."""

    def controls(self) -> Controls:
        """Return what to do in this frame."""
        try:
            return next(self._script)
        except StopIteration:
            self.is_done = True
            return Controls()

    # --- the script ---------------------------------------------------------------------------

    def _night_bell(self) -> Script:
        village, story = self._game.village, self._game.night_bell
        yield from self._go("bakery_counter")
        yield from self._talk("mira", "Good evening! Could I have some bread?")
        yield from self._until(lambda: village.items["bread"].holder == "player", 5 * SECOND)
        yield from self._go_near("pip")
        yield from self._talk("pip", "Have you seen the ladder?")
        yield from self._until(lambda: bool(village.said.get("pip")), 2 * SECOND)
        yield from self._go("key_hook")
        yield from self._until(lambda: story.facts.noise is not None, 20 * SECOND)
        # He has asked what he wants to know and sets out: now the key goes.
        yield from self._until(lambda: village.people["tomas"].is_walking, 6 * SECOND)
        yield Controls(take="gate_key")
        yield from self._walk(lambda: Cell(47, 9))
        facts = story.facts
        yield from self._until(lambda: facts.guard_said_where_it_had_been is not None, 8 * SECOND)
        yield from self._until(lambda: self._game.troupe.npcs["tomas"].phase == "idle", 4 * SECOND)
        self.is_good_moment = True
        yield Controls()
        self.is_good_moment = False
        yield from self._go_near("tomas")
        yield from self._talk("tomas", "Yes, I took it. Here is the key.")
        yield from self._until(lambda: self._game.troupe.npcs["tomas"].phase == "idle", 4 * SECOND)
        yield from self._go_near("tomas")
        yield Controls(address="tomas")
        yield Controls(give="gate_key")
        yield from self._until(lambda: story.progress == "done", 12 * SECOND)

    # --- its parts ----------------------------------------------------------------------------

    def _go(self, place: str) -> Script:
        spot = self._game.village.ground.places[place].spot
        yield from self._walk(lambda: spot.cell)

    def _go_near(self, name: str) -> Script:
        """Walk up to somebody who may be walking about."""
        yield from self._walk(lambda: self._beside(name), lambda: self._game.near(name))

    def _talk(self, name: str, words: str) -> Script:
        """Say something, and wait for an answer to be begun and ended."""
        npc = self._game.troupe.npcs[name]
        before = npc.turn_epoch
        yield Controls(address=name)
        yield Controls(say=words)
        yield from self._until(lambda: npc.turn_epoch > before, 2 * SECOND)
        yield from self._until(lambda: npc.phase == "idle" and bool(npc.speech), 6 * SECOND)

    def _until(self, holds: Callable[[], bool], ticks: int) -> Script:
        """Do nothing until something is so, or for ``ticks`` at the most."""
        for _ in range(ticks):
            if holds():
                return
            yield Controls()

    def _walk(self, goal: Callable[[], Cell], stop: Callable[[], bool] | None = None) -> Script:
        """Walk to a cell, which may change on the way; half a minute at the most."""
        village = self._game.village
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
        village = self._game.village
        cell = village.free_cell_near(village.people[name].spot, village.player)
        return cell or village.player.spot.cell


def _is_at(here: Spot, there: Spot) -> bool:
    return abs(here.x - there.x) <= ARRIVED and abs(here.y - there.y) <= ARRIVED


def _sign(number: int) -> int:
    """Return the direction of a difference; one too small to be walked is none."""
    return 0 if abs(number) <= ARRIVED else (1 if number > 0 else -1)
