"""What an author writes for one NPC: what it does and says of itself while it is waited for."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from npcengine.errors import UsageError

__all__ = ["Fallback", "Manners"]

R = TypeVar("R")


class Fallback(msgspec.Struct, Generic[R], frozen=True):
    """What an NPC says, and perhaps does, when its mind has been silent for too long.

    The mind may answer after it all the same, so it asks for time (``"I must sleep on that."``)
    and never says what the answer is, nor that there is none.
    """

    line: str
    reactions: tuple[R, ...] = ()


class Manners(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One NPC's reactions and lines. Reactions are values of the game's own type.

    Of fillers and fallbacks there are none, or two or more with different lines: one alone would be
    said twice in a row.

    Raises:
        UsageError: if there is a single line, a line twice, or an empty one.
    """

    on_addressed: tuple[R, ...] = ()
    """Done at once when somebody speaks to it: what shows that it has heard."""
    fillers: tuple[str, ...] = ()
    """Said when no word has come after a while: in character, and true whatever comes after."""
    fallbacks: tuple[Fallback[R], ...] = ()
    """Said, and perhaps done, when still no word has come."""

    def __post_init__(self) -> None:
        _check("fillers", self.fillers)
        _check("fallbacks", (fallback.line for fallback in self.fallbacks))


def _check(what: str, lines: Iterable[str]) -> None:
    lines = tuple(lines)
    if len(lines) == 1:
        raise UsageError(f"{what}: {lines[0]!r} alone would be said twice in a row")
    for number, line in enumerate(lines):
        if not line.strip():
            raise UsageError(f"{what}[{number}] is empty")
        if line in lines[:number]:
            raise UsageError(f"{what}[{number}] says {line!r} a second time")
