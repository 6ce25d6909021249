"""Pygame without a screen."""

import os
import sys

__all__ = ["go_headless"]


def go_headless() -> None:
    """Let pygame run without a window and without sound; call it before pygame is imported.

    Raises:
        RuntimeError: It is too late.
    """
    if "pygame" in sys.modules:
        raise RuntimeError("pygame is imported already: call go_headless() before that")
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    os.environ["SDL_AUDIODRIVER"] = "dummy"
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
