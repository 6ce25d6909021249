"""What a verb of ``npc-replay`` is made of."""

import argparse
from collections.abc import Callable
from typing import Any

import msgspec

__all__ = ["DIFFERENT", "FINE", "UNUSABLE", "Verb", "print_json"]

FINE, DIFFERENT, UNUSABLE = 0, 1, 2
"""Exit codes: all is well; the answer is no (a divergence, a budget missed); the command or a file
cannot be used, which is said in one line."""


class Verb(msgspec.Struct, frozen=True):
    """One of the things that ``npc-replay`` does."""

    name: str
    help: str
    """In a few words, for the list of verbs."""
    examples: str
    """Commands that can be pasted, one a line."""
    add_options: Callable[[argparse.ArgumentParser], object]
    run: Callable[[argparse.Namespace], int]
    """Returns an exit code; may raise any :class:`~npcengine.NpcEngineError`."""


def print_json(value: Any) -> None:
    """Print a value for programs."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
