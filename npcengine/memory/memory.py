"""What everybody of a game remembers, and the moment of it that a save holds. Loop thread only.

A load makes a new :class:`Memories`; it never changes one that is in use. So whatever still works
for the abandoned future (an answer on its way, a summary being written) holds a :class:`Memory`
that nobody asks any more, and what it writes there reaches no one.
"""

from collections.abc import Collection, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from npcengine.errors import UsageError
from npcengine.memory.episodes import Episodes, Remembered
from npcengine.memory.history import (
    GameMs,
    History,
    Kept,
    Mark,
    check_text,
    checked,
    fingerprint,
)
from npcengine.memory.knowledge import Knowledge
from npcengine.memory.transcript import Transcript

__all__ = ["MAX_GAME_BYTES", "MAX_NPCS", "Memories", "Memory", "Recollection", "Save"]

MAX_GAME_BYTES = 32 * 1024 * 1024
"""The most that a game may put into a save of its own."""
MAX_NPCS = 4_096
"""NPCs that remember anything."""
MAX_NAME_CHARS = 80


class Save(msgspec.Struct, frozen=True):
    """A moment of a game: everything that anybody remembers then, and what the game adds."""

    at_ms: GameMs
    """Game time of the moment."""
    npcs: Mapping[str, Kept]
    known: Kept = Kept()
    game: Annotated[bytes, Meta(max_length=MAX_GAME_BYTES)] = b""
    """The game's own state, in any form."""
    game_version: Annotated[str, Meta(max_length=200)] = ""

    def fingerprint(self) -> bytes:
        """Return a digest of all of it."""
        owners = [(name, kept.fingerprint()) for name, kept in sorted(self.npcs.items())]
        return fingerprint(
            [
                self.at_ms.to_bytes(8, "big"),
                self.game_version.encode(),
                self.game,
                self.known.fingerprint(),
                *(part for name, digest in owners for part in (name.encode(), digest)),
            ]
        )


class Memory:
    """What one NPC keeps: its conversation and what it lived through."""

    def __init__(self, kept: Kept = Kept()) -> None:  # noqa: B008 - immutable
        """Go on from what a save holds, or from nothing.

        Raises:
            msgspec.DecodeError: A record does not hold what it says.
        """
        self._history = History(kept.mark)
        records = sorted(kept.records, key=lambda record: record.mark.sequence)
        if any(record.kind == "fact" for record in records):
            raise msgspec.ValidationError("what an NPC lived through holds no facts")
        self.transcript = Transcript(self._history, [r for r in records if r.kind == "item"])
        self.episodes = Episodes(self._history, [r for r in records if r.kind == "episode"])

    @property
    def mark(self) -> Mark:
        """How far it has come: two memories at one mark remember the same."""
        return self._history.mark

    def kept(self) -> Kept:
        """Return all of it, to be saved."""
        return Kept(self.mark, self.transcript.records + self.episodes.records)


class Recollection(msgspec.Struct, frozen=True):
    """The answer to ``recall``: what came to mind, and what is known, the best first."""

    remembered: list[Remembered]
    known: list[str]


class Memories:
    """What everybody of a game remembers."""

    def __init__(self, save: Save | None = None) -> None:
        """Begin with nothing, or with exactly what ``save`` holds.

        Raises:
            msgspec.DecodeError: A record of it does not hold what it says.
        """
        save = save or Save(0, {})
        self._npcs = {name: Memory(kept) for name, kept in save.npcs.items()}
        self.knowledge = Knowledge(save.known)

    def of(self, npc: str) -> Memory:
        """Return the memory of an NPC, which is empty if nothing was ever put into it.

        Raises:
            UsageError: This cannot be a name, or there are too many.
        """
        if (memory := self._npcs.get(npc)) is None:
            if not 1 <= len(npc) <= MAX_NAME_CHARS:
                raise UsageError(f"an NPC's name has 1 to {MAX_NAME_CHARS} characters: {npc!r}")
            check_text(npc, "an NPC's name")
            if len(self._npcs) >= MAX_NPCS:
                raise UsageError(f"there are {MAX_NPCS} NPCs with a memory already")
            memory = self._npcs[npc] = Memory()
        return memory

    def recall(
        self,
        npc: str,
        about: str,
        *,
        now_ms: int,
        groups: Collection[str] = (),
        limit: int = 5,
    ) -> Recollection:
        """Return what an NPC remembers and knows; reading changes nothing."""
        known = self.knowledge.about(about, npc, groups, limit=limit)
        memory = self._npcs.get(npc)
        remembered = memory.episodes.recall(about, now_ms=now_ms, limit=limit) if memory else []
        return Recollection(remembered, [fact.text for fact in known])

    def save(self, *, at_ms: int, game: bytes = b"", game_version: str = "") -> Save:
        """Return this moment, immutable: it may be written on any thread while play goes on.

        Raises:
            UsageError: ``game`` or ``game_version`` is too much, or not what it should be.
        """
        moment = checked(Save, at_ms=at_ms, npcs={}, game=game, game_version=game_version)
        check_text(game_version, "a game's version")
        npcs = {name: memory.kept() for name, memory in self._npcs.items() if memory.mark.sequence}
        return msgspec.structs.replace(moment, npcs=npcs, known=self.knowledge.kept())
