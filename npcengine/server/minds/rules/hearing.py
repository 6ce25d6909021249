"""Finds out what somebody meant: which topic their words are nearest to, and what they named.

Words are reduced to stems and synonyms to one word. A name counts twice over, as itself and as
``{thing}``, ``{person}`` or ``{place}``, whichever an example uses. A word counts for as much as it
tells topics apart: ``ladder`` says a lot, ``what`` little, ``the`` nothing. The score of a topic is
that of its best example against the best clause of what was said, from 0 (nothing in common) to 1
(the same words). Small talk gives way to anything else that is said in the same breath. What is
said with a "not" is only ever near to an example that has one, unless it is a question. What is
not spoken is not listened to (:mod:`npcengine.server.minds.rules.asides`).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from npcengine.server.minds.rules.asides import spoken
from npcengine.server.minds.rules.data import Entity, Lexicon, Topic
from npcengine.server.minds.rules.words import (
    QUESTIONS,
    is_order_not_to,
    plain,
    stem,
    tokens_and_marks,
)

__all__ = ["Ear", "Heard"]

SURE = 0.52
"""Score from which a topic is taken as meant."""

CLOSE = 0.08
"""Scores this near to the best one are rivals, unless one is certain or more particular."""

CERTAIN = 0.9

FULL_WEIGHT = 1.5
"""Weight that words in common must have for a score to count in full: one telling word has it."""

EXTRA = 0.6
"""How much words that an example does not have count against those that it misses."""

QUESTION_WEIGHT = 0.8
"""Most that a question word weighs: it says that something is asked, not what."""

FORM_WEIGHT = 0.3
"""Most that a form weighs: it tells "can I have it" from "I have it", and no more."""

NOT_WEIGHT = 0.7
"""Most that a "not" weighs: it has to be there, and is never enough."""

MAX_CHARS = 1_000
"""Characters that are listened to."""

MAX_CLAUSES = 16
"""Clauses that are told apart, each about a millisecond; what comes after is one more."""

_STAGED = "pretending"
"""The topic of acts that are only told of, and of orders from outside the world."""

UNKNOWN = 1.0
"""Weight of a word that no example has."""

_CLAUSE = re.compile(r"[.!?;:,]+|\bbut\b")
_MOST_WEIGHT = {
    **dict.fromkeys(QUESTIONS, QUESTION_WEIGHT),
    "~may": FORM_WEIGHT,
    "~i": FORM_WEIGHT,
    "~be": FORM_WEIGHT,
    "~not": NOT_WEIGHT,
}


class Heard(msgspec.Struct, frozen=True):
    """What was made of somebody's words."""

    topic: str | None
    """The topic they meant; ``None`` when that is not clear."""
    is_forbidden: bool = False
    """Whether they told one not to do something that is no topic."""
    rivals: tuple[str, ...] = ()
    """Topics that were about equally near, when it is not clear."""
    thing: Entity | None = None
    person: Entity | None = None
    place: Entity | None = None


class _Example(msgspec.Struct, frozen=True):
    topic: str
    words: frozenset[str]


class _Match(msgspec.Struct, frozen=True, order=True):
    """How near a topic is; the order is the order of preference."""

    score: float
    weight: float
    """Weight of the example that matched: of two equally good ones the more particular counts."""
    topic: str


class Ear:
    """Everything one villager can understand."""

    def __init__(self, topics: Sequence[Topic], lexicon: Lexicon) -> None:
        self._canonical = {
            stem(word): stem(canon) for canon, words in lexicon.synonyms.items() for word in words
        }
        names = [(plain(name), entity) for entity in lexicon.entities for name in _names(entity)]
        # Longest first, so that "gate key" is not heard as the gate.
        self._names = [
            (re.compile(rf"\b(?:(?:the|a|an|your|my|some) )?{re.escape(name)}s?\b"), entity)
            for name, entity in sorted(names, key=lambda pair: -len(pair[0]))
        ]
        self._small = {topic.name for topic in topics if topic.small}
        self._examples = [
            _Example(topic.name, self._words(self._mark_names(plain(example))[0]))
            for topic in topics
            for example in topic.hears
        ]
        self._weights = self._weigh()

    def hear(self, text: str) -> Heard:
        """Return what ``text`` most likely means."""
        named: dict[str, Entity] = {}
        best: dict[str, _Match] = {}
        is_forbidden = False
        speech, is_staged = spoken(text[:MAX_CHARS])
        for clause in _CLAUSE.split(speech, MAX_CLAUSES):
            said = plain(clause)
            marked, names = self._mark_names(said)
            named = {**named, **names}
            is_forbidden = is_forbidden or is_order_not_to(said)
            words = self._words(marked)
            # A name by itself is mostly somebody who is called, not what it is about.
            least = 0.0 if any(word[0] != "=" for word in words) else 1.0
            for match in self._matches(self._with_kinds(words, names)):
                if match.score >= least:
                    best[match.topic] = max(match, best.get(match.topic, match))
        topic, rivals = self._choose(best.values())
        if topic is None and is_staged:
            topic, rivals = _STAGED, ()
        whom = (named.get("thing"), named.get("person"), named.get("place"))
        return Heard(topic, topic is None and is_forbidden, rivals, *whom)

    def _choose(self, matches: Iterable[_Match]) -> tuple[str | None, tuple[str, ...]]:
        """Return the topic that is meant, or those between which it is not clear."""
        sure = [match for match in matches if match.score >= SURE]
        telling = [match for match in sure if match.topic not in self._small]
        ranked = sorted(telling or sure, reverse=True)
        if not ranked:
            return None, ()
        first = ranked[0]
        near = tuple(m.topic for m in ranked[:3] if first.score - m.score <= CLOSE)
        clear = len(near) == 1 or first.score > CERTAIN or first.weight > ranked[1].weight
        return (first.topic, ()) if clear else (None, near)

    def _mark_names(self, plain: str) -> tuple[str, dict[str, Entity]]:
        """Put ``=name`` where something is named, and return what was named, by kind."""
        named: dict[str, Entity] = {}
        for pattern, entity in self._names:
            plain, found = pattern.subn(f"={entity.id}", plain)
            if found:
                named.setdefault(entity.kind, entity)
        return plain, named

    def _with_kinds(self, words: frozenset[str], named: dict[str, Entity]) -> frozenset[str]:
        return words | {f"{{{kind}}}" for kind in named}

    def _words(self, plain: str) -> frozenset[str]:
        """Return the words that matter, as stems, and the marks of their form."""
        tokens, marks = tokens_and_marks(plain)
        words = (
            token if token[0] in "{=" else self._canonical.get(stem(token), stem(token))
            for token in tokens
        )
        return frozenset(words) | marks

    def _weigh(self) -> dict[str, float]:
        """Weigh words by how few topics use them."""
        by_topic: dict[str, set[str]] = {}
        for example in self._examples:
            by_topic.setdefault(example.topic, set()).update(example.words)
        topics_with = Counter(word for words in by_topic.values() for word in words)
        total = len(by_topic) + 1
        return {
            word: min(math.log(1 + total / count), _MOST_WEIGHT.get(word, math.inf))
            for word, count in topics_with.items()
        }

    def _matches(self, said: frozenset[str]) -> Iterable[_Match]:
        for example in self._examples:
            common = sum(self._weights[word] for word in said & example.words)
            if not common or ("~not" in said) != ("~not" in example.words):
                continue
            wanted = sum(self._weights[word] for word in example.words)
            # A name that the example has, as itself or by its kind, is not also something extra.
            names_used = any(word[0] in "{=" for word in example.words)
            extra = sum(
                self._weights.get(word, UNKNOWN)
                for word in said - example.words
                if word[0] not in "{=" or (word[0] == "=" and not names_used)
            )
            score = common / (wanted + EXTRA * extra) * min(1.0, common / FULL_WEIGHT)
            yield _Match(round(score, 3), round(common, 3), example.topic)


def _names(entity: Entity) -> Iterable[str]:
    yield from entity.also
    yield re.sub(r"^(the|a|an) ", "", entity.label.lower())
    yield entity.id.replace("_", " ").lower()
