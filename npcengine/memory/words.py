"""How far two texts speak of the same: the words they share, rare ones counting for more."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

__all__ = ["relevances", "words"]

_WORD = re.compile(r"\w+")
# Thai and Lao, kana, and the common Chinese characters are written without spaces.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


def words(text: str) -> frozenset[str]:
    """Return the words of ``text``, without case; pairs of characters where nothing parts words."""
    found: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _UNSPACED.search(word):
            found.update(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            found.add(word)
    return frozenset(found)


def relevances(about: str, among: Sequence[frozenset[str]]) -> list[float]:
    """Return for each text how much of ``about`` it has, 0 to 1.

    A word weighs log(1 + texts / texts with it): its inverse document frequency among these texts.
    Words that none of them has are left out, for they tell none from another.
    """
    asked = words(about)
    shared = [asked & text for text in among]
    counts = Counter(word for text in shared for word in text)
    weight = {word: math.log1p(len(among) / count) for word, count in counts.items()}
    # `fsum` is exact in any order; that of a set differs from one run to the next.
    whole = math.fsum(weight.values()) or 1.0
    return [math.fsum(weight[word] for word in text) / whole for text in shared]
