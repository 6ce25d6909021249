"""The whole game in virtual time, for tests that play it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.play import built_in_mind
from demo_game.village.units import centre_of
from npcengine import Bridge
from tests.demo.village import chart

FRAME = 1 / 60


class Playing:
    """A game, and how a player plays it."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.village = game.village

    def frames(self, count: int, controls: Controls | None = None) -> None:
        """Let frames pass; controls are those of the first of them."""
        for number in range(count):
            self.game.frame(FRAME, controls if controls and not number else Controls())

    def until(self, holds: Callable[[], bool], frames: int = 900) -> None:
        for _ in range(frames):
            if holds():
                return
            self.game.frame(FRAME, Controls())
        raise AssertionError(f"it never came about; they said {self.village.said}")

    def stand_by(self, name: str) -> None:
        cell = self.village.free_cell_near(self.village.people[name].spot, self.village.player)
        assert cell is not None
        self.village.player.spot = centre_of(cell)
        self.frames(1, Controls(address=name))
        assert self.game.talking_to == name

    def say(self, words: str, *, show: str | None = None) -> None:
        self.frames(1, Controls(say=words, show=show))

    def answer(self, name: str) -> str:
        """Wait until somebody has had their say about the newest thing, and return it."""
        npc = self.game.troupe.npcs[name]
        epoch = npc.turn_epoch
        self.until(lambda: npc.phase == "idle" and not self.game.troupe.is_speaking(name))
        assert npc.turn_epoch >= epoch
        return self.game.troupe.words_of(name)

    def holders(self) -> dict[str, str | None]:
        return {name: item.holder for name, item in self.village.items.items()}


@contextmanager
def playing(
    endpoint: str | None = None, seed: int = 7, slot: Path | None = None
) -> Generator[Playing]:
    with Bridge(endpoint or built_in_mind(seed), virtual=True, strict=True, seed=seed) as bridge:
        yield Playing(Game(chart(), bridge, seed=seed, noise_after_tick=10**9, slot=slot))
