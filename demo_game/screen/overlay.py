"""The mind overlay: what every mind is doing, and why, while the game goes on."""

from collections.abc import Iterator

import msgspec
import pygame

from demo_game.cast import CAST
from demo_game.game import Game
from demo_game.screen.colours import CREAM, GOLD, GREEN, ICE, INK, RED, STONE, Colour
from demo_game.screen.font import Font
from demo_game.village.units import TICKS_PER_S
from npcengine import Bridge, BridgeStats, Cancel, Commit, Hint, Intention, Prepare

__all__ = ["Overlay"]

WIDTH = 196
FRAME_BUDGET_MS = 1_000 / 60
BAR = 90
INTENTIONS = 3
READ_EVERY_TICKS = TICKS_PER_S // 4

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
        self._stats: BridgeStats | None = None
        self._read_at = 0

    def watch(self, game: Game) -> None:
        """Read the bridge's counts anew if those shown are old; they cost time to work out."""
        tick = game.village.tick
        if self._stats is None or not 0 <= tick - self._read_at < READ_EVERY_TICKS:
            self._stats, self._read_at = game.bridge.stats, tick

    def draw(self, target: pygame.Surface, game: Game, *, frame_ms: float, height: int) -> None:
        """Draw how the way to the minds is, the frame's budget, and every villager.

        Args:
            target: The screen.
            game: What to look into.
            frame_ms: What the last frame took, waiting not counted.
            height: How far down it may reach, in pixels; the newest is shown of what is too much.
        """
        left = target.get_width() - WIDTH
        target.blit(self._shade, (left, 0), (0, 0, WIDTH, height))
        x, y = left + 6, 4
        stats = self._stats
        for line, colour in self._link_lines(game.bridge):
            y = self._line(target, x, y, line, colour)
        y = self._bar(target, x, y, frame_ms)
        if stats is not None:
            asked = f"turns {stats.turns_completed}  asked {stats.world_queries}"
            y = self._line(target, x, y, asked, CREAM)
            moved = f"in {stats.bytes_received // 1_024} kB  out {stats.bytes_sent // 1_024} kB"
            y = self._line(target, x, y, moved, STONE)
        for name, share in self._shares(game, height - y):
            self._villager(target, x, y + 4, game, name, share - 4)
            y += share

    def _shares(self, game: Game, height: int) -> Iterator[tuple[str, int]]:
        """Yield how many pixels each villager gets; most of them whoever is talked to."""
        line = self._font.line_height + 3
        for role in CAST:
            if game.talking_to is None:
                yield role.name, height // len(CAST)
            else:
                is_it = role.name == game.talking_to
                yield role.name, height - line * (len(CAST) - 1) if is_it else line

    def _link_lines(self, bridge: Bridge) -> list[tuple[str, Colour]]:
        status = bridge.status
        if bridge.transport == "none":
            return [("minds are switched off", STONE)]
        detail = self._font.wrap(status.detail, WIDTH - 12)[:2] if status.detail else ()
        colour = GREEN if status.link == "connected" else RED
        return [
            (f"{bridge.transport} {status.link}", colour),
            *((line, STONE) for line in detail),
        ]

    def _villager(
        self, target: pygame.Surface, x: int, y: int, game: Game, name: str, height: int
    ) -> None:
        npc = game.troupe.npcs[name]
        self._font.draw(target, npc.name, (x, y), GOLD)
        phase = f"turn {npc.turn_epoch}  {npc.phase}"
        self._font.draw(target, phase, (x + 44, y), _PHASE_COLOURS[npc.phase])
        shown: list[tuple[str, Colour]] = []
        if npc.open_calls:
            shown.append(("calls " + ", ".join(npc.open_calls), ICE))
        if doing := game.village.doing(name):
            shown.append((doing, CREAM))
        # What goes on now comes first; of what was meant, the newest that there is room for.
        room = height // self._font.line_height - 1
        meant = list(game.troupe.recent[name])[::-1][: max(0, min(INTENTIONS, room - len(shown)))]
        shown = [*shown[:room], *map(_describe, reversed(meant))]
        for text, colour in shown:
            y += self._font.line_height
            self._font.draw(target, self._font.clip(text, WIDTH - 14), (x + 4, y), colour)

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
