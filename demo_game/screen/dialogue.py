"""The panel at the foot of the screen while one talks to somebody."""

from collections.abc import Sequence

import pygame

from demo_game.screen.assets import Assets, nine_slice
from demo_game.screen.colours import CREAM, GOLD, ICE, NIGHT, PLUM, STONE
from demo_game.screen.font import Font
from demo_game.screen.keycaps import CAP_HEIGHT, KeyCaps

__all__ = ["PANEL", "PLATE_HEIGHT", "DialoguePanel"]

PANEL = pygame.Rect(6, 164, 468, 102)
TEXT_LEFT, TEXT_WIDTH = PANEL.x + 74, PANEL.width - 74 - 12
SPEECH_TOP, SPEECH_LINES = PANEL.y + 11, 3
RULE_Y = PANEL.y + 48
REPLIES_TOP, REPLY_PITCH = PANEL.y + 52, CAP_HEIGHT + 1
REPLY_INDENT = 18
FIELD = pygame.Rect(TEXT_LEFT - 3, REPLIES_TOP + 2, TEXT_WIDTH + 3, 18)
PLATE_HEIGHT = 17

MOODS = ("calm", "glad", "worried", "cross")
PORTRAIT = 48
PORTRAIT_AT = (PANEL.x + 14, PANEL.y + 27)


class DialoguePanel:
    """Shows a face, what it says, and what one could answer."""

    def __init__(self, assets: Assets, font: Font, keys: KeyCaps) -> None:
        self._assets = assets
        self._font = font
        self._keys = keys
        self._panel = nine_slice(assets.image("ui/panel.png"), PANEL.size)
        self._field = nine_slice(assets.image("ui/field.png"), FIELD.size, corner=4)
        self._plates: dict[int, pygame.Surface] = {}

    def draw(
        self,
        target: pygame.Surface,
        *,
        name: str,
        label: str,
        mood: str,
        words: str,
        phase: str,
        replies: Sequence[str],
        typed: str | None,
        tick: int,
    ) -> None:
        """Draw the panel.

        Args:
            target: The screen.
            name: Whose portrait.
            label: What they are called.
            mood: One of :data:`MOODS`.
            words: What they say; of a long speech, the last lines.
            phase: What their mind is doing; thinking is shown.
            replies: What to suggest, up to three; what is too long for a line is cut.
            typed: What is in the text field; ``None`` when it is closed.
            tick: For what blinks.
        """
        target.blit(self._panel, PANEL)
        face = self._assets.sheet(f"portraits/{name}.png", PORTRAIT, PORTRAIT)
        frame = (PORTRAIT_AT[0] - 4, PORTRAIT_AT[1] - 4)
        target.blit(self._assets.image("ui/portrait_frame.png"), frame)
        target.blit(face.frame(MOODS.index(mood), 0), PORTRAIT_AT)
        self._draw_name(target, label, phase, tick)
        lines = [line for line in self._font.wrap(words, TEXT_WIDTH) if line.strip()]
        for number, line in enumerate(lines[-SPEECH_LINES:]):
            at = (TEXT_LEFT, SPEECH_TOP + number * self._font.line_height)
            self._font.draw(target, line, at, CREAM)
        pygame.draw.line(target, PLUM, (TEXT_LEFT, RULE_Y), (TEXT_LEFT + TEXT_WIDTH - 1, RULE_Y))
        if typed is None:
            self._draw_replies(target, replies)
        else:
            self._draw_field(target, typed, tick)

    def _draw_name(self, target: pygame.Surface, label: str, phase: str, tick: int) -> None:
        """Draw a plate with a name on the panel's upper edge, and dots while its mind works."""
        name_width = self._font.width(label)
        width = name_width + 30  # room for the dots: the plate keeps its size when they come
        if width not in self._plates:
            self._plates[width] = nine_slice(
                self._assets.image("ui/choice.png"), (width, PLATE_HEIGHT), corner=4
            )
        left, top = TEXT_LEFT - 8, PANEL.y - PLATE_HEIGHT // 2
        target.blit(self._plates[width], (left, top))
        self._font.draw(target, label, (left + 8, top + 2), GOLD)
        if phase in ("thinking", "asking", "offline"):
            dots = "." * (1 + tick // 20 % 3)
            self._font.draw(target, dots, (left + 12 + name_width, top + 2), STONE)

    def _draw_replies(self, target: pygame.Surface, replies: Sequence[str]) -> None:
        """Draw one reply a line, each behind the key that says it."""
        for number, reply in enumerate(replies[:3]):
            y = REPLIES_TOP + number * REPLY_PITCH
            target.blit(self._keys.cap(str(number + 1)), (TEXT_LEFT, y))
            line = self._font.clip(reply, TEXT_WIDTH - REPLY_INDENT)
            self._font.draw(target, line, (TEXT_LEFT + REPLY_INDENT, y), ICE)

    def _draw_field(self, target: pygame.Surface, typed: str, tick: int) -> None:
        target.blit(self._field, FIELD)
        shown = self._font.tail(typed, FIELD.width - 16)
        at = (FIELD.x + 6, FIELD.y + 4)
        self._font.draw(target, shown, at, NIGHT)
        if tick // 25 % 2:
            caret = at[0] + self._font.width(shown) + 1
            pygame.draw.line(target, NIGHT, (caret, FIELD.y + 4), (caret, FIELD.bottom - 6))
        hint = "Enter says it. Esc puts it away."
        self._font.draw(target, hint, (TEXT_LEFT, FIELD.bottom + 4), STONE)
