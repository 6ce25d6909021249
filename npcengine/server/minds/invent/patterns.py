"""Regular expressions as far as tools use them: makes a text that matches, says whether one does.

Patterns come from clients, and Python's own matcher takes for ever over some. This one keeps the
set of places that it may have reached, so it never tries anything twice. It knows characters,
classes, groups, choices, repeats and the two anchors; of the rest (looking around, references back)
it says that it does not know.
"""

from collections.abc import Callable
from random import Random

from npcengine.server.minds.invent.syntax import (
    Anchor,
    BeyondError,
    Chars,
    Choice,
    Node,
    Repeat,
    Row,
    parse,
)

__all__ = ["Pattern", "parse_pattern"]

_PRINTABLE = "".join(chr(code) for code in range(32, 127))


class Pattern:
    """A pattern that was understood."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def is_in(self, text: str, step: Callable[[], None]) -> bool:
        """Whether it matches anywhere in a text; ``step`` is called for every bit of work."""
        return bool(_ends(self._node, text, set(range(len(text) + 1)), step))

    def make(self, random: Random, spare: int, spend: Callable[[int], None]) -> str:
        """Return a text that matches.

        Args:
            random: Chooses.
            spare: How much more often than it must be something is repeated, if it may be.
            spend: Is called with a number of repeats before they are made.
        """
        return _Maker(random, spare, spend).make(self._node)


def parse_pattern(text: str) -> Pattern | None:
    """Return a pattern, ``None`` when it is beyond :mod:`syntax`."""
    try:
        return Pattern(parse(text))
    except BeyondError:
        return None


class _Maker:
    def __init__(self, random: Random, spare: int, spend: Callable[[int], None]) -> None:
        self._random = random
        self._spare = spare
        self._spend = spend

    def make(self, node: Node) -> str:
        match node:
            case Chars(chars=chars, other=other):
                usual = [c for c in _PRINTABLE if (c in chars) != other]
                return self._random.choice(usual or sorted(chars) or [" "])
            case Anchor():
                return ""
            case Row(parts=parts):
                return "".join(map(self.make, parts))
            case Choice(options=options):
                return self.make(self._random.choice(options))
            case Repeat(part=part, least=least, most=most):
                more = self._spare if most is None else min(self._spare, most - least)
                self._spare -= more
                self._spend(least + more)
                return "".join(self.make(part) for _ in range(least + more))


def _ends(node: Node, text: str, starts: set[int], step: Callable[[], None]) -> set[int]:
    """Return where a match may end that begins at any of ``starts``."""
    step()
    match node:
        case Chars(chars=chars, other=other):
            return {at + 1 for at in starts if at < len(text) and (text[at] in chars) != other}
        case Anchor(at_end=at_end):
            return starts & {len(text) if at_end else 0}
        case Row(parts=parts):
            for part in parts:
                starts = _ends(part, text, starts, step)
            return starts
        case Choice(options=options):
            return {end for option in options for end in _ends(option, text, starts, step)}
        case Repeat(part=part, least=least, most=most):
            # More rounds than characters can only be rounds over nothing, which change nothing.
            for _ in range(min(least, len(text) + 1)):
                starts = _ends(part, text, starts, step)
            reached, new = set(starts), starts
            for _ in range(min(len(text) + 1, len(text) + 1 if most is None else most - least)):
                new = _ends(part, text, new, step) - reached
                if not new:
                    break
                reached |= new
            return reached
