"""Speech over people's heads: a bubble that follows the words as they come."""

import pygame

from demo_game.screen.assets import Assets, nine_slice
from demo_game.screen.colours import NIGHT
from demo_game.screen.font import Font

__all__ = ["Bubbles"]

WIDTH_PX = 150
MAX_LINES = 4
MARGIN_X, MARGIN_Y = 7, 5

STAYS_TICKS = 60 * 3
"""How long words stay after the last of them, and longer the more there are."""

TICKS_PER_LETTER = 3


class Bubbles:
    """Remembers who is saying what, and draws it."""

    def __init__(self, assets: Assets, font: Font) -> None:
        self._assets = assets
        self._font = font
        self._frames: dict[tuple[int, int], pygame.Surface] = {}
        self._last: dict[str, tuple[str, int]] = {}
        """What each person is saying, and the tick at which that last grew."""

    def hear(self, name: str, words: str, tick: int) -> None:
        """Take note of what somebody is saying; nothing new keeps the old words for a while."""
        if words and words != self._last.get(name, ("", 0))[0]:
            self._last[name] = (words, tick)

    def last_words(self, name: str) -> str:
        """Return what somebody is saying or said last."""
        return self._last.get(name, ("", 0))[0]

    def words(self, name: str, tick: int) -> str:
        """Return what is to be read over somebody's head now."""
        words, since = self._last.get(name, ("", 0))
        stays = STAYS_TICKS + TICKS_PER_LETTER * len(words)
        return words if words and tick - since <= stays else ""

    def draw(
        self, target: pygame.Surface, words: str, head: tuple[int, int], bounds: pygame.Rect
    ) -> None:
        """Draw a bubble with its tail at a head.

        Args:
            target: The screen.
            words: What is said; of a long speech, the last lines.
            head: Where the tail points, in pixels of the screen.
            bounds: What the bubble must stay inside of.
        """
        lines = self._font.wrap(words, WIDTH_PX)[-MAX_LINES:]
        width = max(24, max(self._font.width(line) for line in lines) + 2 * MARGIN_X)
        height = max(24, len(lines) * self._font.line_height + 2 * MARGIN_Y)
        frame = self._frame(width, height)
        tail = self._assets.image("ui/bubble_tail.png")
        box = pygame.Rect(0, 0, width, height)
        box.midbottom = (head[0], head[1] - tail.get_height() + 1)
        box.clamp_ip(bounds)
        target.blit(frame, box)
        tail_x = max(box.left + 6, min(head[0] - 4, box.right - 14))
        target.blit(tail, (tail_x, box.bottom - 1))
        for number, line in enumerate(lines):
            at = (box.left + MARGIN_X, box.top + MARGIN_Y + number * self._font.line_height)
            self._font.draw(target, line, at, NIGHT)

    def _frame(self, width: int, height: int) -> pygame.Surface:
        size = (width, height)
        if size not in self._frames:
            if len(self._frames) > 256:
                self._frames.clear()
            self._frames[size] = nine_slice(self._assets.image("ui/bubble.png"), size)
        return self._frames[size]
