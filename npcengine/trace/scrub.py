"""Takes secrets out of lines before they are written, and leaves everything else where it was.

What is taken out is overwritten with as many stars: nothing moves, so a recording without its
secrets runs again like the one that had them.
"""

import re
from collections.abc import Iterable

import msgspec

__all__ = ["PATTERNS", "Scrubber"]

PATTERNS = (
    rb"(?i:bearer) +[A-Za-z0-9._~+/=-]{12,}",
    rb"\b(?:sk|xai|pk|rk|vck)-[A-Za-z0-9_-]{16,}",
    rb"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+",
    rb"\bgh[pousr]_[A-Za-z0-9]{20,}",
    rb"\bAKIA[0-9A-Z]{16}\b",
)
"""What keys look like: bearer tokens, those of model vendors, web tokens, two common others."""

MIN_VALUE_CHARS = 4
"""A shorter value would be found everywhere."""


class Scrubber:
    """Finds secrets by pattern, and exact values."""

    def __init__(self, values: Iterable[str] = (), patterns: Iterable[bytes] = PATTERNS) -> None:
        """Prepare.

        Args:
            values: Texts to take out wherever they stand: a key, a player's name. Those of under
                four characters are let be.
            patterns: Regular expressions over a line's bytes.
        """
        exact = {
            re.escape(form)
            for value in values
            if len(value) >= MIN_VALUE_CHARS
            for form in _forms(value)
        }
        # Longest first: a value that contains another is taken out whole.
        ordered = sorted(exact, key=len, reverse=True)
        self._pattern = re.compile(b"|".join([*ordered, *patterns]) or rb"(?!)")
        self.found = 0
        """Secrets taken out so far."""

    def scrub(self, line: bytes) -> bytes:
        """Return a line without its secrets, of the same length."""
        scrubbed, found = self._pattern.subn(_stars, line)
        self.found += found
        return scrubbed


def _stars(match: "re.Match[bytes]") -> bytes:
    return b"*" * len(match.group())


def _forms(value: str) -> Iterable[bytes]:
    """Return how a value stands in a line: JSON, and JSON in a string of JSON."""
    once = msgspec.json.encode(value)[1:-1]
    twice = msgspec.json.encode(once.decode())[1:-1]
    return value.encode(), once, twice
