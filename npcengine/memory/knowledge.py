"""What is known, and by whom: facts that the game states, each within a scope.

An NPC knows a fact when the fact's scope is everybody, a group it belongs to, or itself. Nothing
else of the world reaches it from here: it has seen, heard or been told all that it knows.
"""

from collections.abc import Collection, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from npcengine.errors import UsageError
from npcengine.memory.episodes import MAX_RECALLED, MAX_TEXT_CHARS
from npcengine.memory.history import (
    GameMs,
    History,
    Kept,
    Mark,
    Record,
    check_text,
    checked,
    clipped,
    encode,
)
from npcengine.memory.words import relevances, words

__all__ = ["MAX_FACTS", "WORLD", "Fact", "Knowledge", "group", "only"]

MAX_FACTS = 4_096
"""Facts in all; more are refused, for the game wrote each and none may be lost quietly."""
MAX_KEY_CHARS = 160

WORLD = "world"
"""The scope of what everybody knows."""


def group(name: str) -> str:
    """Return the scope of what the members of a group know."""
    return f"group:{name}"


def only(npc: str) -> str:
    """Return the scope of what one NPC knows."""
    return f"npc:{npc}"


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is so, for those in its scope."""

    scope: Annotated[str, Meta(max_length=MAX_KEY_CHARS, pattern=r"^(world|(group|npc):.+)$")]
    subject: Annotated[str, Meta(min_length=1, max_length=MAX_KEY_CHARS)]
    """What it is about; a scope has one fact about a subject."""
    text: Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]
    at_ms: GameMs
    """Since when it is known."""


_decoder = msgspec.json.Decoder(Fact)


class Knowledge:
    """The facts of a world by scope and subject, in the order in which they came to be known."""

    def __init__(self, kept: Kept = Kept()) -> None:  # noqa: B008 - immutable
        """Go on from what a save holds, or from nothing.

        Raises:
            msgspec.DecodeError: One of the records is no fact.
        """
        self._history = History(kept.mark)
        self._facts: dict[tuple[str, str], tuple[Record, Fact]] = {}
        for record in sorted(kept.records, key=lambda record: record.mark.sequence):
            if record.kind != "fact":
                raise msgspec.ValidationError(f"what is known holds facts, not {record.kind}s")
            fact = _decoder.decode(record.body)
            self._facts[fact.scope, fact.subject] = record, fact
        if len(self._facts) != len(kept.records) or len(self._facts) > MAX_FACTS:
            raise msgspec.ValidationError("there are two facts about a subject, or too many")

    @property
    def mark(self) -> Mark:
        """How far it has come."""
        return self._history.mark

    def kept(self) -> Kept:
        """Return all of it, to be saved."""
        return Kept(self.mark, tuple(record for record, _ in self._facts.values()))

    def learn(self, subject: str, text: str, *, at_ms: int, scope: str = WORLD) -> None:
        """State a fact; it replaces the one its scope had about ``subject``.

        Stating again what is known changes nothing, so it may be done in every frame.

        Args:
            subject: What it is about, at most 160 characters.
            text: What is so, cut to 2,000 characters.
            at_ms: Game time.
            scope: Who knows it: :data:`WORLD`, ``group(name)`` or ``only(npc)``.

        Raises:
            UsageError: A field is not one, or there are too many facts.
        """
        text = clipped(text, MAX_TEXT_CHARS)
        known = self._facts.get((scope, subject))
        if known is not None and known[1].text == text:
            return
        fact = checked(Fact, scope=scope, subject=subject, text=text, at_ms=at_ms)
        check_text(scope + subject, "a fact's scope and subject")
        if known is None and len(self._facts) >= MAX_FACTS:
            raise UsageError(f"there are {MAX_FACTS} facts already: forget some first")
        self._facts.pop((scope, subject), None)
        record = self._history.record("fact", encode(fact))
        self._facts[scope, subject] = record, fact

    def forget(self, subject: str, *, scope: str = WORLD) -> None:
        """Let a fact be known no longer; one that is not there is forgotten already."""
        if self._facts.pop((scope, subject), None) is not None:
            self._history.note("forgotten", (scope, subject))

    def known_to(self, npc: str, groups: Collection[str] = ()) -> list[Fact]:
        """Return what an NPC knows, the oldest first.

        Where two of its scopes have a fact about the same subject, it knows both.
        """
        scopes = {WORLD, only(npc), *map(group, groups)}
        return [fact for _, fact in self._facts.values() if fact.scope in scopes]

    def about(
        self, about: str, npc: str, groups: Collection[str] = (), *, limit: int = 5
    ) -> list[Fact]:
        """Return what an NPC knows that shares a word with ``about``, the nearest first.

        Of two alike the newer comes first; at most :data:`MAX_RECALLED`.
        """
        known: Sequence[Fact] = self.known_to(npc, groups)
        relevant = relevances(
            about[:MAX_TEXT_CHARS], [words(f"{fact.subject} {fact.text}") for fact in known]
        )
        order = sorted(range(len(known)), key=lambda i: (round(relevant[i], 9), i), reverse=True)
        found = [known[index] for index in order if relevant[index] > 0]
        return found[: max(0, min(limit, MAX_RECALLED))]
