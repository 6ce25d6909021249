"""The game's own bitmap font: proportional, in any colour, wrapped to a width."""

from functools import lru_cache

import msgspec
import pygame

from demo_game.screen.assets import Assets
from demo_game.screen.colours import Colour

__all__ = ["Font"]

SPACE_AROUND = 2
"""Kept free to the right of a wrapped line."""


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

    def width(self, text: str) -> int:
        """Return how many pixels wide a line is."""
        return sum(self._glyph(letter)[6] for letter in text)

    def line(self, text: str, colour: Colour) -> pygame.Surface:
        """Return one line of text on nothing; kept, so do not draw on it."""
        return self._rendered(text, colour)

    def wrap(self, text: str, width: int) -> list[str]:
        """Return text in lines of at most ``width`` pixels; a longer word is cut."""
        lines: list[str] = []
        for paragraph in text.split("\n"):
            line = ""
            for word in paragraph.split(" "):
                longer = f"{line} {word}" if line else word
                if self.width(longer) <= width - SPACE_AROUND:
                    line = longer
                    continue
                if line:
                    lines.append(line)
                *full, line = self._cut(word, width - SPACE_AROUND)
                lines += full
            lines.append(line)
        return lines

    def _cut(self, word: str, width: int) -> list[str]:
        """Return a word in pieces of at most ``width`` pixels, at least a letter each."""
        pieces = [""]
        for letter in word:
            if pieces[-1] and self.width(pieces[-1] + letter) > width:
                pieces.append("")
            pieces[-1] += letter
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
