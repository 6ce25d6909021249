"""Soft pools of light: the only pictures here that are not made of palette colours."""

from __future__ import annotations

from functools import cache

from PIL import Image


@cache
def pool(size: int = 128) -> Image.Image:
    """Return a grey disc that fades smoothly to black at its rim, to be added to a scene."""
    middle = (size - 1) / 2
    grey = bytearray()
    for y in range(size):
        for x in range(size):
            r2 = ((x - middle) ** 2 + (y - middle) ** 2) / (middle * middle)
            grey.append(int(255 * (1 - r2) ** 2.2 + 0.5) if r2 < 1 else 0)
    return Image.frombytes("L", (size, size), bytes(grey)).convert("RGB")


@cache
def window() -> Image.Image:
    """Return the patch a window throws on the ground below it: a widening trapeze, 48 x 40."""
    w, h = 48, 40
    grey = bytearray()
    for y in range(h):
        half = 8 + 14 * y / (h - 1)
        for x in range(w):
            side = max(0.0, 1 - (abs(x - (w - 1) / 2) / half) ** 4)
            down = (1 - y / h) ** 1.5
            grey.append(int(200 * side * down + 0.5))
    return Image.frombytes("L", (w, h), bytes(grey)).convert("RGB")
