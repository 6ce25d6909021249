"""Counts tokens with a small vocabulary of our own.

A byte-level BPE of a few thousand merges, trained on text of ours by ``tools/make_vocabulary`` with
the ``tokenizers`` library and read here without it: that library brings a dozen packages of
network code along, which a game that embeds ``local:`` should not have to ship (ADR 0005). A test
checks that both count the same. The counts are real work on real text; they are not any vendor's.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec

__all__ = ["count_tokens", "encode_tokens", "load_vocabulary", "split_words"]

# The pattern that the training splits with, too: a word takes its leading space along. Merging
# takes time with the square of a word's length, so no word is endless. Python alone takes four
# control characters for space; they are named to make both read the same.
WORD = (
    r" ?[A-Za-z]{1,32}| ?[0-9]{1,3}"
    r"| ?(?:[^\sA-Za-z0-9]|[\x1c-\x1f]){1,32}|[^\S\x1c-\x1f]{1,32}"
)

MAX_KNOWN_WORDS = 50_000
"""Words whose tokens are remembered; hostile text cannot fill memory with them."""

SLICE = 32 * 1024
"""Characters that are split at once; far more than a word has."""

_word = re.compile(WORD)
_known: dict[str, tuple[int, ...]] = {}


class _Vocabulary(msgspec.Struct):
    merges: list[tuple[str, str]]
    """Pairs of byte strings, written as Latin-1, in order of rank."""


class _Tables:
    def __init__(self, merges: list[tuple[str, str]]) -> None:
        pairs = [(left.encode("latin-1"), right.encode("latin-1")) for left, right in merges]
        self.rank = {pair: rank for rank, pair in enumerate(pairs)}
        self.ids = {bytes([byte]): byte for byte in range(256)}
        for left, right in pairs:
            self.ids.setdefault(left + right, len(self.ids))


@cache
def _tables() -> _Tables:
    data = resources.files("npcengine.server").joinpath("vocabulary.json").read_bytes()
    return _Tables(msgspec.json.decode(data, type=_Vocabulary).merges)


def load_vocabulary() -> None:
    """Read the vocabulary's file, which would otherwise be done when the first token is made."""
    _tables()


def split_words(text: str) -> Iterator[str]:
    """Yield the pieces that are tokenised by themselves; joined they are the text again.

    A long text is looked at in slices: one search through all of it would keep the interpreter's
    lock to its end, and every other thread waiting. A slice's last word may go on behind it, so
    the next slice begins with that word.
    """
    at = 0
    while len(text) - at > SLICE:
        *words, last = _word.findall(text, at, at + SLICE)
        yield from words
        at += SLICE - len(last)
    yield from _word.findall(text, at)


def encode_tokens(text: str) -> list[int]:
    """Return a text's tokens."""
    return [token for word in split_words(text) for token in _encode_word(word)]


def count_tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return sum(len(_encode_word(word)) for word in split_words(text))


def _encode_word(word: str) -> tuple[int, ...]:
    known = _known.get(word)
    if known is None:
        known = _merge(word)
        if len(_known) < MAX_KNOWN_WORDS:
            _known[word] = known
    return known


def _merge(word: str) -> tuple[int, ...]:
    """Join the neighbours of lowest rank until none can be joined."""
    tables = _tables()
    parts = [bytes([byte]) for byte in word.encode("utf-8", "replace")]
    worst = len(tables.rank)
    while len(parts) > 1:
        ranks = [tables.rank.get((parts[at], parts[at + 1]), worst) for at in range(len(parts) - 1)]
        best = min(ranks)
        if best == worst:
            break
        at = ranks.index(best)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return tuple(tables.ids[part] for part in parts)
