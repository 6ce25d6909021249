"""What lies over the picture to help the player: which key does what, what is in the pockets."""

import pygame

from demo_game.game import Game
from demo_game.screen.assets import Assets, nine_slice
from demo_game.screen.colours import CREAM, INK
from demo_game.screen.font import Font
from demo_game.screen.keycaps import CAP_HEIGHT, KeyCaps
from demo_game.village.village import PLAYER

__all__ = ["Hints"]

SLOT = 24
ICON = 16
MARGIN = 6
NOTICE_LINES = 2
HELP_INDENT = 27

_HELP = (
    ("", "Arrows or WASD: walk"),
    ("E", "talk, or take what lies near"),
    ("1", "say what is suggested, so do 2 and 3"),
    ("", "Letters: type freely, Enter says it"),
    ("", "Space or Esc: stop whoever is speaking"),
    ("Esc", "end a conversation, then the game"),
    ("F1", "this help"),
    ("F3", "look into the minds"),
    ("F5", "keep this moment"),
    ("F9", "go back to it"),
    ("F6", "minds over a WebSocket or over HTTP"),
    ("F8", "record the evening"),
)


class Hints:
    """Draws prompts, notices, the help and the pockets.

    All of them stay within ``width``, the pixels from the left that nothing else covers.
    """

    def __init__(self, assets: Assets, font: Font, keys: KeyCaps) -> None:
        self._assets = assets
        self._font = font
        self._keys = keys
        self._slot = nine_slice(assets.image("ui/choice.png"), (SLOT, SLOT), corner=4)

    def draw_prompt(self, target: pygame.Surface, game: Game, width: int) -> None:
        """Say what the E key would do, at the bottom."""
        name, thing = game.nearest(), game.within_reach()
        if name is not None:
            text = f"talk to {game.village.people[name].label}"
        elif thing is not None:
            item = game.village.items[thing]
            verb = "take" if item.owner in (None, PLAYER) else "steal"
            text = f"{verb} {item.label}"
        else:
            return
        line = self._key_line("E", text)
        left, top = (width - line.get_width()) // 2, target.get_height() - line.get_height() - 6
        self._strip(target, pygame.Rect(left, top, *line.get_size()).inflate(10, 4))
        target.blit(line, (left, top))

    def draw_pockets(self, target: pygame.Surface, game: Game) -> None:
        """Show what the player has, at the bottom left: pennies, and then things."""
        top = target.get_height() - SLOT - MARGIN
        purse = self._assets.image("items/coin.png")
        target.blit(self._slot, (MARGIN, top))
        target.blit(purse, (MARGIN + (SLOT - ICON) // 2, top + 1))
        count = str(game.village.player.pennies)
        at = (MARGIN + SLOT - self._font.width(count) - 4, top + SLOT - self._font.line_height - 1)
        self._font.draw(target, count, at, CREAM)
        for number, item in enumerate(game.pockets(), start=1):
            left = MARGIN + number * (SLOT + 2)
            target.blit(self._slot, (left, top))
            icon = self._assets.image(f"items/{item}.png")
            target.blit(icon, (left + (SLOT - ICON) // 2, top + (SLOT - ICON) // 2))

    def draw_notice(self, target: pygame.Surface, notice: str, width: int) -> None:
        """Show a line for the player, at the top; what it goes on with after two lines is cut."""
        room = width - 4 * MARGIN
        lines = list(self._font.wrap(notice, room))
        if len(lines) > NOTICE_LINES:
            rest = " ".join(lines[NOTICE_LINES - 1 :])
            lines[NOTICE_LINES - 1 :] = [self._font.clip(rest, room)]
        box = pygame.Rect(MARGIN, MARGIN, 0, len(lines) * self._font.line_height + 5)
        box.width = max(map(self._font.width, lines)) + 12
        self._strip(target, box)
        for number, line in enumerate(lines):
            at = (box.x + 6, box.y + 2 + number * self._font.line_height)
            self._font.draw(target, line, at, CREAM)

    def draw_help(self, target: pygame.Surface) -> None:
        """Show what every key does."""
        lines = [self._key_line(key, text, HELP_INDENT) for key, text in _HELP]
        pitch = CAP_HEIGHT + 3
        size = (max(line.get_width() for line in lines) + 24, len(lines) * pitch + 18)
        box = pygame.Rect((0, 0), size)
        box.midtop = (target.get_width() // 2, 24)
        target.blit(nine_slice(self._assets.image("ui/panel.png"), size), box)
        for number, line in enumerate(lines):
            target.blit(line, (box.x + 12, box.y + 10 + number * pitch))

    def _key_line(self, key: str, text: str, indent: int = 0) -> pygame.Surface:
        """Return a line of text on nothing, behind a key unless that is empty."""
        cap = self._keys.cap(key) if key else None
        left = indent or (0 if cap is None else cap.get_width() + 5)
        line = pygame.Surface((left + self._font.width(text), CAP_HEIGHT), pygame.SRCALPHA)
        if cap is not None:
            line.blit(cap, (0, 0))
        self._font.draw(line, text, (left, 0), CREAM)
        return line

    def _strip(self, target: pygame.Surface, box: pygame.Rect) -> None:
        strip = pygame.Surface(box.size, pygame.SRCALPHA)
        strip.fill((*INK, 190))
        target.blit(strip, box)
