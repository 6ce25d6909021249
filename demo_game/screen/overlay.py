"""The mind overlay: what every mind is doing, and why, while the game goes on."""

import msgspec
import pygame

from demo_game.cast import CAST
from demo_game.game import Game
from demo_game.screen.colours import CREAM, GOLD, GREEN, ICE, INK, RED, STONE, Colour
from demo_game.screen.font import Font
from npcengine import Cancel, Commit, Hint, Intention, Prepare

__all__ = ["Overlay"]

WIDTH = 196
FRAME_BUDGET_MS = 1_000 / 60
BAR = 90

_PHASE_COLOURS: dict[str, Colour] = {
    "idle": STONE,
    "offline": RED,
    "thinking": ICE,
    "speaking": GREEN,
    "asking": GOLD,
}


class Overlay:
    """Draws over the right side of the screen."""

    def __init__(self, font: Font) -> None:
        self._font = font
        self._shade = pygame.Surface((WIDTH, 270), pygame.SRCALPHA)
        self._shade.fill((*INK, 205))

    def draw(self, target: pygame.Surface, game: Game, *, frame_ms: float) -> None:
        """Draw how the way to the minds is, the frame's budget, and every villager.

        Args:
            target: The screen.
            game: What to look into.
            frame_ms: What the last frame took, waiting not counted.
        """
        left = target.get_width() - WIDTH
        target.blit(self._shade, (left, 0))
        x, y = left + 6, 4
        status, stats = game.bridge.status, game.bridge.stats
        link_colour = GREEN if status.link == "connected" else RED
        y = self._line(target, x, y, f"{game.bridge.transport} {status.link}", link_colour)
        if status.detail:
            for line in self._font.wrap(status.detail, WIDTH - 12)[:2]:
                y = self._line(target, x, y, line, STONE)
        y = self._bar(target, x, y, frame_ms)
        received = stats.bytes_received // 1_024
        y = self._line(
            target, x, y, f"turns {stats.turns_completed}  asked {stats.world_queries}", CREAM
        )
        y = self._line(target, x, y, f"in {received} kB  out {stats.bytes_sent // 1_024} kB", STONE)
        for role in CAST:
            y = self._villager(target, x, y + 4, game, role.name)

    def _villager(self, target: pygame.Surface, x: int, y: int, game: Game, name: str) -> int:
        npc = game.troupe.npcs[name]
        self._font.draw(target, npc.name, (x, y), GOLD)
        phase = f"turn {npc.turn_epoch}  {npc.phase}"
        self._font.draw(target, phase, (x + 44, y), _PHASE_COLOURS[npc.phase])
        y += self._font.line_height
        if npc.open_calls:
            y = self._line(target, x + 4, y, "calls " + ", ".join(npc.open_calls), ICE)
        if doing := game.village.doing(name):
            y = self._line(target, x + 4, y, doing, CREAM)
        for intention in list(game.troupe.recent[name])[-3:]:
            text, colour = _describe(intention)
            y = self._line(target, x + 4, y, self._font.wrap(text, WIDTH - 14)[0], colour)
        return y

    def _bar(self, target: pygame.Surface, x: int, y: int, frame_ms: float) -> int:
        """Draw how much of a frame's time was used."""
        share = min(1.0, frame_ms / FRAME_BUDGET_MS)
        pygame.draw.rect(target, STONE, (x, y + 3, BAR, 5), 1)
        colour = GREEN if share < 0.7 else RED
        pygame.draw.rect(target, colour, (x + 1, y + 4, int(share * (BAR - 2)), 3))
        self._font.draw(target, f"frame {frame_ms:4.1f} ms", (x + BAR + 6, y), CREAM)
        return y + self._font.line_height

    def _line(self, target: pygame.Surface, x: int, y: int, text: str, colour: Colour) -> int:
        self._font.draw(target, text, (x, y), colour)
        return y + self._font.line_height


def _describe(intention: Intention) -> tuple[str, Colour]:
    verb = intention.action_type.__name__
    match intention:
        case Hint():
            return f"hint {verb}", STONE
        case Prepare(fields=fields):
            return f"prepare {verb} {', '.join(map(str, fields.values()))}", ICE
        case Commit(action=action):
            values = ", ".join(map(str, msgspec.structs.astuple(action)))
            state = "" if intention.is_over else " ..."
            return f"commit {verb} {values}{state}", GREEN
        case Cancel(reason=reason):
            return f"cancel {verb}: {reason}", RED
