"""Puts the whole picture together."""

from dataclasses import dataclass

import pygame

from demo_game.game import Game
from demo_game.screen.air import Air
from demo_game.screen.assets import Assets
from demo_game.screen.bubbles import Bubbles
from demo_game.screen.colours import INK
from demo_game.screen.dialogue import PANEL, PLATE_HEIGHT, DialoguePanel
from demo_game.screen.figures import Figures
from demo_game.screen.font import Font
from demo_game.screen.hints import Hints
from demo_game.screen.keycaps import KeyCaps
from demo_game.screen.light import Dusk
from demo_game.screen.overlay import WIDTH as OVERLAY_WIDTH
from demo_game.screen.overlay import Overlay
from demo_game.screen.scenery import Prop, Scenery
from demo_game.suggestions import suggestions
from demo_game.village.items import HUNG, PLAIN_TO_SEE
from demo_game.village.tiled import MapFile
from demo_game.village.village import PLAYER

__all__ = ["SIZE", "Look", "Stage"]

SIZE = (480, 270)

_SMILE = frozenset(("mira", "pip"))
"""Who looks glad when they talk; the others have seen too much."""

HEAD_PX = 27
"""How far above the feet a head ends."""


@dataclass(frozen=True)
class Look:
    """What only concerns the picture."""

    typed: str | None = None
    """What is in the text field; ``None`` when it is closed."""
    overlay: bool = False
    help: bool = False
    notice: str = ""
    """A line for the player at the top of the screen."""
    frame_ms: float = 0.0


class Stage:
    """Draws the game onto a picture of :data:`SIZE`; changes nothing in it."""

    def __init__(self, chart: MapFile, assets: Assets) -> None:
        self._assets = assets
        self._font = Font(assets)
        self._scenery = Scenery(chart, assets)
        self._figures = Figures(assets)
        self._dusk = Dusk(chart, assets, SIZE)
        self._air = Air(chart)
        self._bubbles = Bubbles(assets, self._font)
        keys = KeyCaps(assets, self._font)
        self._panel = DialoguePanel(assets, self._font, keys)
        self._hints = Hints(assets, self._font, keys)
        self._overlay = Overlay(self._font)
        self._camera: tuple[float, float] | None = None

    @property
    def view(self) -> pygame.Rect:
        """What part of the map is shown, in pixels."""
        x, y = self._camera or (0.0, 0.0)
        return pygame.Rect(round(x), round(y), *SIZE)

    def watch(self, game: Game, *, overlay: bool) -> None:
        """Follow the player with the camera, and words with the bubbles; once a frame.

        Args:
            game: What to follow.
            overlay: Whether the overlay covers the right side; the player stays out of it.
        """
        village = game.village
        x, y = village.player.spot.px
        free = _free(overlay=overlay, talks=game.talking_to is not None)
        width, height = self._scenery.size
        # What the overlay and the panel cover may lie beyond the edge of the map.
        goal = (
            max(0, min(x - free[0] / 2, width - free[0])),
            max(0, min(y - free[1] / 2, height - free[1])),
        )
        if self._camera is None:
            self._camera = goal
        # A tenth of the way each frame: it glides after the player and comes to rest.
        self._camera = (
            self._camera[0] + (goal[0] - self._camera[0]) * 0.1,
            self._camera[1] + (goal[1] - self._camera[1]) * 0.1,
        )
        if overlay:
            self._overlay.watch(game)
        for name in game.troupe.npcs:
            self._bubbles.hear(name, game.troupe.words_of(name), village.tick)

    def draw(self, target: pygame.Surface, game: Game, look: Look) -> None:
        """Draw the game as it is."""
        village, view = game.village, self.view
        free = _free(overlay=look.overlay, talks=game.talking_to is not None)
        target.fill(INK)
        target.blit(self._scenery.below, (0, 0), view)
        for prop in self._standing(game, view):
            target.blit(prop.picture, (prop.at[0] - view.x, prop.at[1] - view.y))
        target.blit(self._scenery.above, (0, 0), view)
        self._air.draw(target, view, village.tick)
        self._dusk.shine(target, view, village.tick)
        self._air.draw_glowing(target, view, village.tick)
        self._draw_heads(target, game, view, free)
        if look.overlay:
            self._overlay.draw(target, game, frame_ms=look.frame_ms, height=free[1])
        if game.talking_to is not None:
            self._draw_dialogue(target, game, game.talking_to, look)
        else:
            self._hints.draw_pockets(target, game)
            self._hints.draw_prompt(target, game, free[0])
        if look.notice:
            self._hints.draw_notice(target, look.notice, free[0])
        if look.help:
            self._hints.draw_help(target)

    # --- inside -------------------------------------------------------------------------------

    def _standing(self, game: Game, view: pygame.Rect) -> list[Prop]:
        """Return everything with a foot, from back to front."""
        village = game.village
        standing = list(self._scenery.props(village, view))
        for person in village.people.values():
            held = [i.name for i in village.items.values() if i.holder == person.name]
            is_seen = PLAIN_TO_SEE | {person.shows}
            carried = next((name for name in held if name in is_seen), None)
            standing.append(self._figures.shadow(person))
            standing.append(self._figures.prop(person, village.tick, carried))
        for item in village.items.values():
            if item.holder is None:
                x, y = item.spot.px
                look = f"{item.name}_hung" if item.name in HUNG else item.name
                picture = self._assets.image(f"items/{look}.png")
                standing.append(Prop(y + 9, picture, (x - 8, y - 8)))
        return sorted(standing, key=lambda prop: prop.foot)

    def _draw_heads(
        self, target: pygame.Surface, game: Game, view: pygame.Rect, free: tuple[int, int]
    ) -> None:
        """Draw signs and bubbles, those nearest to the front last."""
        village = game.village
        bounds = pygame.Rect(4, 4, free[0] - 8, free[1] - 8 - PLATE_HEIGHT // 2)
        for person in sorted(village.people.values(), key=lambda p: p.spot.y):
            x, y = person.spot.px
            head = (x - view.x, y - view.y - HEAD_PX)
            words = self._bubbles.words(person.name, village.tick)
            on_screen = view.inflate(60, 60).collidepoint(x, y)
            if words and person.name != game.talking_to and on_screen:
                self._bubbles.draw(target, words, head, bounds)
            elif person.mark is not None:
                target.blit(self._figures.mark(person.mark), (head[0] - 6, head[1] - 10))

    def _draw_dialogue(self, target: pygame.Surface, game: Game, name: str, look: Look) -> None:
        npc = game.troupe.npcs[name]
        self._panel.draw(
            target,
            name=name,
            label=game.village.people[name].label,
            mood=_mood(game, name),
            words=self._bubbles.last_words(name),
            phase=npc.phase,
            replies=[s.text for s in suggestions(game, name)],
            typed=look.typed,
            tick=game.village.tick,
        )


def _free(*, overlay: bool, talks: bool) -> tuple[int, int]:
    """Return width and height of what neither the overlay nor the panel covers, from top left."""
    return SIZE[0] - overlay * OVERLAY_WIDTH, PANEL.top if talks else SIZE[1]


def _mood(game: Game, name: str) -> str:
    """Return the face somebody makes."""
    facts = game.night_bell.facts
    if name == "tomas" and facts.noise is not None and game.night_bell.progress != "done":
        return "cross" if facts.guard_found_key_gone is not None else "worried"
    if game.village.thefts.open_for(PLAYER, known_to=name) is not None:
        return "cross"
    is_smiling = game.troupe.is_speaking(name) and name in _SMILE
    return "glad" if is_smiling else "calm"
