"""Repeatable chance: seeded generators and smooth noise that is the same on every machine."""

import random
from functools import lru_cache

_MASK = 0xFFFFFFFF


def dice(name: str) -> random.Random:
    """Return a generator of its own for one named picture.

    Named generators keep pictures independent: reworking the well must not move a leaf of a tree.
    """
    return random.Random(f"lanternwick/{name}")  # noqa: S311 - pictures, not secrets


def pick(x: int, y: int, salt: int = 0) -> int:
    """Return a well-mixed number from 0 to 2**32 - 1 that belongs to a point."""
    h = (x * 0x27D4EB2D + y * 0x165667B1 + salt * 0x9E3779B1) & _MASK
    h = ((h ^ (h >> 15)) * 0x85EBCA6B) & _MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & _MASK
    return h ^ (h >> 16)


# Neighbouring pixels ask for the same four corners again and again.
_corner = lru_cache(maxsize=1 << 16)(pick)


def noise(x: float, y: float, size: float, salt: int = 0) -> float:
    """Return smooth noise in -1..1 whose features are about ``size`` pixels wide."""
    gx, gy = x / size, y / size
    x0, y0 = int(gx // 1), int(gy // 1)
    fx, fy = gx - x0, gy - y0
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    a, b = _corner(x0, y0, salt), _corner(x0 + 1, y0, salt)
    c, d = _corner(x0, y0 + 1, salt), _corner(x0 + 1, y0 + 1, salt)
    top = a + (b - a) * fx
    low = c + (d - c) * fx
    return (top + (low - top) * fy) / (_MASK / 2) - 1.0
