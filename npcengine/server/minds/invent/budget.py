"""How much work one value may be, whatever its schema asks for: the gateway's loop waits for it."""

from collections.abc import Mapping, Sized
from typing import cast

from npcengine.server.faults import MindError

__all__ = ["MAX_CHARS", "MAX_DEPTH", "MAX_STEPS", "PARTS_A_STEP", "TRIES", "Budget", "UnfitError"]

MAX_STEPS = 8_000
"""Schemas looked at, to make a value and to check it; the largest tools in
tests/server/tool_schemas.json take 1,300, trees 2,600, and a step is some 10 us."""

PARTS_A_STEP = 16
"""Fields, values, choices or characters of a pattern in one schema that are as much as one step."""

_NOT_LOOKED_AT = frozenset(["title", "description", "$defs", "definitions", "examples"])

MAX_CHARS = 16_384
"""Characters of all the texts tried: a response would not hold more (`Limits.output_tokens`)."""

MAX_DEPTH = 40
"""Schemas inside each other; a field, a reference and a choice each count."""

TRIES = 32
"""Values tried before it is taken that none fits."""


class UnfitError(MindError):
    """No value can be made here; another choice elsewhere may still help."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class Budget:
    """What is left of it."""

    def __init__(self) -> None:
        self._steps = MAX_STEPS
        self._chars = MAX_CHARS

    @property
    def is_short(self) -> bool:
        """Whether so much is spent that it is time to come to an end."""
        return self._steps < MAX_STEPS // 2

    def look(self, schema: Mapping[str, object], path: str) -> None:
        """Spend what it takes to look at a schema, those inside it not counted.

        Raises:
            MindError: There is not so much left.
        """
        size = sum(_size(value) for key, value in schema.items() if key not in _NOT_LOOKED_AT)
        self.work(1 + size // PARTS_A_STEP, path)

    def work(self, steps: int, path: str) -> None:
        """Spend steps.

        Raises:
            MindError: There are not so many left.
        """
        self._steps -= steps
        if self._steps < 0:
            raise MindError(f"{path}: a value that fits would be more work than is allowed")

    def spend(self, chars: int, path: str) -> None:
        """Spend characters, before they are made.

        Raises:
            UnfitError: There are not so many left.
        """
        if chars > self._chars:
            raise UnfitError(path, f"{chars} characters are more than there is room for")
        self._chars -= chars


def _size(value: object) -> int:
    return len(cast("Sized", value)) if isinstance(value, list | dict | str) else 0
