"""The colours that words and lines on the screen are drawn in; all of the game's palette."""

from typing import TypeAlias

__all__ = ["CREAM", "GOLD", "GREEN", "ICE", "INK", "NIGHT", "PLUM", "RED", "STONE", "Colour"]

Colour: TypeAlias = tuple[int, int, int]

INK: Colour = (0x17, 0x13, 0x1F)
NIGHT: Colour = (0x2A, 0x23, 0x40)
PLUM: Colour = (0x47, 0x3B, 0x5C)
STONE: Colour = (0x87, 0x82, 0x98)
CREAM: Colour = (0xF3, 0xE3, 0xBD)
GOLD: Colour = (0xFF, 0xD8, 0x68)
GREEN: Colour = (0xB9, 0xC5, 0x5C)
ICE: Colour = (0x85, 0xB3, 0xCB)
RED: Colour = (0xE3, 0x80, 0x4F)
