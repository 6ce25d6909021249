"""Takes secrets out of lines before they are written, and leaves everything else where it was.

What is taken out is overwritten with stars, one for each of its characters, however deeply quoted
it stands: nobody who counts characters gets another number, so a recording without its secrets runs
again like the one that had them.
"""

import json
import re
from collections.abc import Iterable, Iterator

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

DEEPEST = 4
"""JSON in JSON in a frame in a line: the output of a query that quotes somebody."""


class Scrubber:
    """Finds secrets by pattern, and exact values."""

    def __init__(self, values: Iterable[str] = (), patterns: Iterable[bytes] = PATTERNS) -> None:
        """Prepare.

        Args:
            values: Texts to take out wherever they stand: a key, a player's name. Those of under
                four characters are let be.
            patterns: Regular expressions over a line's bytes.

        Raises:
            re.error: A pattern is none.
        """
        self._chars = {
            form: len(value)
            for value in values
            if len(value) >= MIN_VALUE_CHARS
            for form in _forms(value)
        }
        # Longest first: a value that contains another is taken out whole.
        ordered = map(re.escape, sorted(self._chars, key=len, reverse=True))
        each = [*ordered, *(b"(?:%b)" % pattern for pattern in patterns)]
        self._pattern = re.compile(b"|".join(each) or rb"(?!)")
        self.found = 0
        """Secrets taken out so far."""

    def scrub(self, line: bytes) -> bytes:
        """Return a line without its secrets."""
        scrubbed, found = self._pattern.subn(self._stars, line)
        self.found += found
        return scrubbed

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where secrets begin and end in a text, in characters."""
        data = text.encode("utf-8", "surrogatepass")
        for match in self._pattern.finditer(data):
            begin = len(data[: match.start()].decode("utf-8", "surrogatepass"))
            yield begin, begin + len(match.group().decode("utf-8", "surrogatepass"))

    def _stars(self, match: "re.Match[bytes]") -> bytes:
        secret = match.group()
        return b"*" * self._chars.get(secret, len(secret.decode("utf-8", "replace")))


def _forms(value: str) -> Iterator[bytes]:
    """Yield how a value may stand in a line: as it is, and quoted, by writers of both habits."""
    for is_ascii in (False, True):
        form = value
        for _ in range(DEEPEST + 1):
            yield form.encode("utf-8", "replace")
            form = json.dumps(form, ensure_ascii=is_ascii)[1:-1]
