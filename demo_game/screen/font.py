"""The game's own bitmap font: proportional, in any colour, wrapped to a width."""

from functools import lru_cache

import msgspec
import pygame

from demo_game.screen.assets import Assets
from demo_game.screen.colours import Colour

__all__ = ["Font"]

SPACE_AROUND = 2
"""Kept free to the right of a wrapped line."""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


class _FontFile(msgspec.Struct):
    line_height: int
    ascent: int
    glyphs: dict[str, tuple[int, int, int, int, int, int, int]]
    """Of each: x, y, width, height in the picture; offsets when drawn; how far to go on."""
    kerning: dict[str, int] = {}


class Font:
    """Draws words. Letters that it does not have are drawn as a question mark."""

    def __init__(self, assets: Assets) -> None:
        data = assets.json("ui/font.json", _FontFile)
        assert isinstance(data, _FontFile)
        self._data = data
        self._picture = assets.image("ui/font.png")
        self.line_height = data.line_height
        self._rendered = lru_cache(maxsize=512)(self._render)
        self._wrapped = lru_cache(maxsize=64)(self._wrap)

    def width(self, text: str) -> int:
        """Return how many pixels wide a line is."""
        return sum(self._glyph(letter)[6] for letter in text)

    def line(self, text: str, colour: Colour) -> pygame.Surface:
        """Return one line of text on nothing; kept, so do not draw on it."""
        return self._rendered(text, colour)

    def wrap(self, text: str, width: int) -> tuple[str, ...]:
        """Return text in lines of at most ``width`` pixels; a longer word is cut.

        Takes time in proportion to the text, and is remembered: words stay while frames go by.
        """
        return self._wrapped(text, width - SPACE_AROUND)

    def clip(self, text: str, width: int) -> str:
        """Return as much of a line's beginning as fits, with an ellipsis if that is not all."""
        if self.width(text) <= width:
            return text
        return self._fitting(text, width - self.width(ELLIPSIS)).rstrip() + ELLIPSIS

    def tail(self, text: str, width: int) -> str:
        """Return as much of a line's end as fits."""
        return self._fitting(text[::-1], width)[::-1]

    def _fitting(self, text: str, width: int) -> str:
        for number, letter in enumerate(text):
            width -= self._glyph(letter)[6]
            if width < 0:
                return text[:number]
        return text

    def _wrap(self, text: str, width: int) -> tuple[str, ...]:
        lines: list[str] = []
        space = self.width(" ")
        for paragraph in text.split("\n"):
            words: list[str] = []
            used = 0
            for word in paragraph.split(" "):
                needed = self.width(word)
                if words and used + space + needed > width:
                    lines.append(" ".join(words))
                    words, used = [], 0
                if needed > width:
                    *full, word = self._cut(word, width)  # noqa: PLW2901 - the rest of it
                    lines += full
                    needed = self.width(word)
                used += needed + (space if words else 0)
                words.append(word)
            lines.append(" ".join(words))
        return tuple(lines)

    def _cut(self, word: str, width: int) -> list[str]:
        """Return a word in pieces of at most ``width`` pixels, at least a letter each."""
        pieces: list[str] = []
        while word:
            piece = self._fitting(word, width) or word[0]
            pieces.append(piece)
            word = word[len(piece) :]
        return pieces

    def draw(self, target: pygame.Surface, text: str, at: tuple[int, int], colour: Colour) -> None:
        """Draw one line with its top left corner at a pixel."""
        target.blit(self.line(text, colour), at)

    def _glyph(self, letter: str) -> tuple[int, int, int, int, int, int, int]:
        return self._data.glyphs.get(letter) or self._data.glyphs["?"]

    def _render(self, text: str, colour: Colour) -> pygame.Surface:
        surface = pygame.Surface((max(1, self.width(text)), self.line_height), pygame.SRCALPHA)
        x = 0
        for letter in text:
            left, top, width, height, dx, dy, advance = self._glyph(letter)
            surface.blit(self._picture, (x + dx, dy), (left, top, width, height))
            x += advance
        surface.fill((*colour, 255), special_flags=pygame.BLEND_RGBA_MULT)
        return surface
