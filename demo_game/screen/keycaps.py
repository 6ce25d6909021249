"""Pictures of keys, for telling which one does what."""

import pygame

from demo_game.screen.assets import Assets
from demo_game.screen.font import Font

__all__ = ["CAP_HEIGHT", "KeyCaps"]

CAP_HEIGHT = 13

KEYS = ("E", "1", "2", "3", "F1", "F3", "F5", "F6", "F8", "F9", "Esc", "Space")
"""In the order of the picture, which ``tools/make_assets/ui.py`` draws."""

_BORDER = 8
"""Pixels by which a cap is wider than its letters, the gap after it included."""


class KeyCaps:
    """Cuts the strip of key caps up."""

    def __init__(self, assets: Assets, font: Font) -> None:
        strip = assets.image("ui/keys.png")
        self._caps: dict[str, pygame.Surface] = {}
        x = 0
        for name in KEYS:
            width = font.width(name) + _BORDER
            self._caps[name] = strip.subsurface((x, 0, width - 1, CAP_HEIGHT))
            x += width

    def cap(self, name: str) -> pygame.Surface:
        """Return the picture of one of :data:`KEYS`, as high as :data:`CAP_HEIGHT`."""
        return self._caps[name]
