"""The panel at the foot of the screen while one talks to somebody."""

from collections.abc import Sequence

import pygame

from demo_game.screen.assets import Assets, nine_slice
from demo_game.screen.colours import CREAM, GOLD, ICE, NIGHT, STONE
from demo_game.screen.font import Font

__all__ = ["PANEL", "DialoguePanel"]

PANEL = pygame.Rect(6, 190, 468, 76)
FIELD = pygame.Rect(72, 246, 394, 16)

MOODS = ("calm", "glad", "worried", "cross")
PORTRAIT = 48


class DialoguePanel:
    """Shows a face, what it says, and what one could answer."""

    def __init__(self, assets: Assets, font: Font) -> None:
        self._assets = assets
        self._font = font
        self._panel = nine_slice(assets.image("ui/panel.png"), PANEL.size)
        self._field = nine_slice(assets.image("ui/field.png"), FIELD.size, corner=4)

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
            replies: What to suggest.
            typed: What is in the text field; ``None`` when it is closed.
            tick: For what blinks.
        """
        target.blit(self._panel, PANEL)
        face = self._assets.sheet(f"portraits/{name}.png", PORTRAIT, PORTRAIT)
        target.blit(self._assets.image("ui/portrait_frame.png"), (PANEL.x + 8, PANEL.y + 9))
        target.blit(face.frame(MOODS.index(mood), 0), (PANEL.x + 12, PANEL.y + 13))
        x, y = PANEL.x + 70, PANEL.y + 8
        self._font.draw(target, label, (x, y), GOLD)
        if phase in ("thinking", "asking", "offline"):
            dots = "." * (1 + tick // 20 % 3)
            self._font.draw(target, dots, (x + self._font.width(label) + 6, y), STONE)
        for number, line in enumerate(self._font.wrap(words, PANEL.width - 84)[-3:]):
            at = (x, y + (number + 1) * self._font.line_height + 1)
            self._font.draw(target, line, at, CREAM)
        if typed is None:
            self._draw_replies(target, replies, x)
        else:
            self._draw_field(target, typed, tick)

    def _draw_replies(self, target: pygame.Surface, replies: Sequence[str], x: int) -> None:
        y = PANEL.bottom - 18
        for number, reply in enumerate(replies, start=1):
            text = f"{number} {reply}"
            self._font.draw(target, text, (x, y), ICE)
            x += self._font.width(text) + 10

    def _draw_field(self, target: pygame.Surface, typed: str, tick: int) -> None:
        target.blit(self._field, FIELD)
        shown = typed
        while self._font.width(shown) > FIELD.width - 16:
            shown = shown[1:]
        at = (FIELD.x + 5, FIELD.y + 3)
        self._font.draw(target, shown, at, NIGHT)
        if tick // 25 % 2:
            caret = at[0] + self._font.width(shown) + 1
            pygame.draw.line(target, NIGHT, (caret, FIELD.y + 3), (caret, FIELD.bottom - 5))
