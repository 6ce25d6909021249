"""Pack the glyphs into one picture and one table, composing accented letters on the way."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Final

from tools.make_assets.canvas import Canvas
from tools.make_assets.font_glyphs import ACCENTS, BLOCKS, CEDILLA
from tools.make_assets.palette import WHITE

LINE_HEIGHT: Final = 11

ASCENT: Final = 9

CAP_TOP: Final = 2

SPACE_ADVANCE: Final = 3

SHEET_W: Final = 160

CHARACTERS: Final = (
    "".join(map(chr, range(32, 127))) + "".join(map(chr, range(160, 256))) + "‘’“”–—…•€"  # noqa: RUF001 - these very characters
)
"""Everything the font promises to draw."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A cut-out letter: its picture, and how far below the top of the line it sits."""

    picture: Canvas
    y: int
    advance: int
    x: int = 0


def glyphs() -> dict[str, Glyph]:
    """Return every glyph the font promises, by character."""
    drawn = _drawn()
    for character in (" ", "\u00a0"):
        drawn[character] = Glyph(Canvas(1, 1), ASCENT - 1, SPACE_ADVANCE)
    drawn["\u00ad"] = drawn["-"]
    for character in CHARACTERS:
        if character not in drawn:
            drawn[character] = _composed(character, drawn)
    return {character: drawn[character] for character in CHARACTERS}


def _drawn() -> dict[str, Glyph]:
    """Read the text art."""
    found: dict[str, Glyph] = {}
    for characters, art in BLOCKS:
        rows = [line.split() for line in art.strip().split("\n")]
        for k, character in enumerate(characters):
            column = [row[k] for row in rows]
            used = [j for j, row in enumerate(column) if "#" in row]
            picture = Canvas(len(column[0]), used[-1] - used[0] + 1)
            for j in range(used[0], used[-1] + 1):
                for i, mark in enumerate(column[j]):
                    if mark == "#":
                        picture.dot(i, j - used[0], WHITE)
            found[character] = Glyph(picture, CAP_TOP + used[0], picture.w + 1)
    return found


def _composed(character: str, drawn: dict[str, Glyph]) -> Glyph:
    """Put a letter together from its base and its accent."""
    parts = unicodedata.normalize("NFD", character)
    base_name, mark = parts[0], parts[1]
    # An accent takes the place of the dot.
    base = drawn["\u0131" if base_name == "i" else base_name]
    if mark == "\u0327":
        cedilla = _accent(CEDILLA)
        picture = Canvas(base.picture.w, base.picture.h + cedilla.h)
        picture.blit(base.picture, 0, 0)
        picture.blit(cedilla, (base.picture.w - cedilla.w) // 2, base.picture.h)
        return Glyph(picture, base.y, base.advance)
    accent = _accent(ACCENTS[mark])
    gap = 0 if mark == "\u030a" else 1
    lift = accent.h + gap
    w = max(base.picture.w, accent.w)
    picture = Canvas(w, base.picture.h + lift)
    picture.blit(base.picture, (w - base.picture.w) // 2, lift)
    shift = (w - accent.w + (1 if mark == "\u0301" else 0)) // 2
    picture.blit(accent, shift, 0)
    # A letter narrower than its accent makes room, or "îï" would run together.
    return Glyph(picture, base.y - lift, max(base.advance, w + 1))


def _accent(art: str) -> Canvas:
    return Canvas.from_art(art, {"#": WHITE})


def pack() -> tuple[Canvas, str]:
    """Return the sheet, and the JSON text that says where each glyph is on it."""
    places: dict[str, list[int]] = {}
    every = glyphs()
    sheet = Canvas(SHEET_W, 160)
    x = y = tallest = 0
    for character, glyph in every.items():
        if x + glyph.picture.w > SHEET_W:
            x, y, tallest = 0, y + tallest + 1, 0
        sheet.blit(glyph.picture, x, y)
        places[character] = [
            x, y, glyph.picture.w, glyph.picture.h, glyph.x, glyph.y, glyph.advance,
        ]  # fmt: skip
        x += glyph.picture.w + 1
        tallest = max(tallest, glyph.picture.h)
    table = {"line_height": LINE_HEIGHT, "ascent": ASCENT, "glyphs": places, "kerning": {}}
    return sheet.crop(0, 0, SHEET_W, y + tallest), json.dumps(table, ensure_ascii=False) + "\n"


def write_line(canvas: Canvas, text: str, x: int, y: int, colour: int) -> int:
    """Draw text with its line's top at ``y`` and return where the next letter would begin."""
    every = glyphs()
    for character in text:
        glyph = every[character]
        canvas.blit(glyph.picture.recolour({WHITE: colour}), x + glyph.x, y + glyph.y)
        x += glyph.advance
    return x
