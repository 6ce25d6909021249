"""Finds out what somebody meant: which topic their words are nearest to, and what they named.

Words are reduced to stems, synonyms to one word, names to ``{thing}``, ``{person}`` or ``{place}``.
A word counts for as much as it tells topics apart: ``ladder`` says a lot, ``the`` nothing. The
score of a topic is that of its best example, between 0 (nothing in common) and 1 (the same words).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from npcengine.server.minds.rules.data import Entity, Lexicon, Topic

__all__ = ["Ear", "Heard"]

SURE = 0.52
"""Score from which a topic is taken as meant."""

CLOSE = 0.08
"""Scores this near to the best one are rivals, when neither is near certain."""

_TOKEN = re.compile(r"\{?[a-zà-öø-ÿ]+\}?|\d+")
_CONTRACTIONS = {
    "n't": " not",
    "'re": " are",
    "'ll": " will",
    "'ve": " have",
    "'m": " am",
    "'d": " would",
    "what's": "what is",
    "where's": "where is",
    "who's": "who is",
    "that's": "that is",
    "it's": "it is",
    "let's": "let us",
}
_STOP = frozenset(
    """
    a an the of to and or but so well oh ah um please just then now there here is are was were be
    am do does did it its that this these those i me my we us our in on at by with for from will
    would could can may might shall should have has had been some any really very
    """.split()
)
_ENDINGS = ("ing", "edly", "ed", "ies", "es", "s", "ly")


class Heard(msgspec.Struct, frozen=True):
    """What was made of somebody's words."""

    topic: str | None
    """The topic they meant; ``None`` when that is not clear."""
    rivals: tuple[str, ...] = ()
    """Topics that were about equally near, when it is not clear."""
    thing: Entity | None = None
    person: Entity | None = None
    place: Entity | None = None


class _Example(msgspec.Struct, frozen=True):
    topic: str
    words: frozenset[str]


class Ear:
    """Everything one villager can understand."""

    def __init__(self, topics: Sequence[Topic], lexicon: Lexicon) -> None:
        self._canonical = {
            stem(word): stem(canon) for canon, words in lexicon.synonyms.items() for word in words
        }
        names = [(_plain(name), entity) for entity in lexicon.entities for name in _names(entity)]
        # Longest first, so that "gate key" is not heard as the gate.
        self._names = sorted(names, key=lambda pair: -len(pair[0]))
        self._examples = [
            _Example(topic.name, frozenset(self._words(_plain(example))))
            for topic in topics
            for example in topic.hears
        ]
        self._weights = self._weigh()

    def hear(self, text: str) -> Heard:
        """Return what ``text`` most likely means."""
        plain = _plain(text[:1_000])
        marked, named = self._mark_names(plain)
        # With and without the names taken out: an example may say "ladder" or "{thing}".
        readings = [frozenset(self._words(plain)), frozenset(self._words(marked))]
        scores: dict[str, float] = {}
        for example in self._examples:
            score = max(self._score(words, example.words) for words in readings)
            scores[example.topic] = max(score, scores.get(example.topic, 0.0))
        ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
        topic: str | None = None
        rivals: tuple[str, ...] = ()
        if ranked and ranked[0][1] >= SURE:
            best = ranked[0][1]
            rivals = tuple(name for name, score in ranked[:3] if best - score <= CLOSE)
            topic = ranked[0][0] if len(rivals) == 1 or best > 0.9 else None
        return Heard(topic, rivals if topic is None else (), **named)

    def _mark_names(self, plain: str) -> tuple[str, dict[str, Entity]]:
        named: dict[str, Entity] = {}
        for name, entity in self._names:
            pattern = rf"\b(?:the |a |an |your |my )?{re.escape(name)}s?\b"
            if entity.kind not in named and re.search(pattern, plain):
                named[entity.kind] = entity
                plain = re.sub(pattern, f"{{{entity.kind}}}", plain)
        return plain, named

    def _words(self, plain: str) -> Iterable[str]:
        for token in _TOKEN.findall(plain):
            if token.startswith("{"):
                yield token
            elif token not in _STOP:
                stemmed = stem(token)
                yield self._canonical.get(stemmed, stemmed)

    def _weigh(self) -> dict[str, float]:
        """Weigh words by how few topics use them."""
        topics_with: Counter[str] = Counter()
        by_topic: dict[str, set[str]] = {}
        for example in self._examples:
            by_topic.setdefault(example.topic, set()).update(example.words)
        for words in by_topic.values():
            topics_with.update(words)
        total = len(by_topic) + 1
        return {word: math.log(1 + total / count) for word, count in topics_with.items()}

    def _score(self, said: frozenset[str], example: frozenset[str]) -> float:
        """Return the weighted overlap; what was said besides counts for less than what is missing.

        People say more than they need to: an unknown word weighs little against a known one.
        """
        if not said or not example:
            return 0.0
        weigh = self._weights.get
        common = sum(weigh(word, 0.0) for word in said & example)
        wanted = sum(weigh(word, 0.0) for word in example)
        extra = sum(weigh(word, 0.4) for word in said - example)
        return common / (wanted + 0.45 * extra) if common else 0.0


def stem(word: str) -> str:
    """Return a word without its ending, roughly; only ever compared with other stems."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word


def _plain(text: str) -> str:
    text = text.lower().replace("\u2019", "'")
    for short, full in _CONTRACTIONS.items():
        text = text.replace(short, full)
    return re.sub(r"[^\w{}']+", " ", text).strip()


def _names(entity: Entity) -> Iterable[str]:
    yield from entity.also
    yield re.sub(r"^(the|a|an) ", "", entity.label.lower())
    yield entity.id.replace("_", " ").lower()
