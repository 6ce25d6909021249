"""What all NPCs of a bridge remember, and the game time by which they do.

The bridge counts its game time from when it was made, and a save may be much older than that, or
come from another run. So what is remembered has a time of its own: it goes on from the save's.
"""

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Raw

from npcengine.errors import UsageError
from npcengine.memory.episodes import EpisodeKind
from npcengine.memory.memory import Memories, Recollection, Save
from npcengine.session.pace import Pace

if TYPE_CHECKING:
    from npcengine.session.moment import Moment

__all__ = ["Learnt", "Lived", "Remembering"]

log = logging.getLogger("npcengine")

MAX_RECALL_BYTES = 12 * 1024
"""The longest answer to ``recall``: what is weakest is left out. An answer may have 16 KiB, and
this one is written down a second time with its grade."""

_Spoken: TypeAlias = tuple[int, int]


class Lived(msgspec.Struct, frozen=True):
    """Something that an NPC lives through, for it to remember."""

    kind: EpisodeKind
    text: str
    who: str = ""
    importance: float = 0.5


class Learnt(msgspec.Struct, frozen=True):
    """A fact of the world, as the game states it or takes it back."""

    scope: str
    subject: str
    text: str | None
    """``None``: it is so no longer."""


class Remembering:
    """The memories of one bridge (loop thread)."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._from_ms = 0
        """The time of memories when the bridge's game time was 0."""
        self._memories = Memories()
        self._spoken: dict[str, _Spoken] = {}
        """Of each NPC's newest remembered speech, the turn and how many characters it had."""
        self._partner: dict[str, str] = {}
        """Who spoke to each NPC last."""
        self.groups: dict[str, Collection[str]] = {}
        """What each NPC belongs to."""

    @property
    def now_ms(self) -> int:
        """Game time, as memories count it."""
        return self._from_ms + round(self._pace.game_ms)

    def conversation(self, npc: str) -> tuple[Raw, ...]:
        """Return what an NPC's conversation was when it was last saved."""
        return self._memories.of(npc).transcript.items

    # --- as it happens ------------------------------------------------------------------------

    def lived(self, npc: str, lived: Lived | None) -> None:
        """Remember something that an NPC lived through."""
        if lived is None:
            return
        if lived.kind == "heard":
            self._partner[npc] = lived.who
        self._remember(npc, lived)

    def said(self, npc: str, epoch: int, heard: str) -> None:
        """Remember what an NPC said, unless it is remembered already.

        Args:
            npc: Who.
            epoch: The turn in which it was said.
            heard: The turn's speech, as far as it was heard.
        """
        newest, remembered = self._spoken.get(npc, (-1, 0))
        start = remembered if epoch == newest else 0
        if epoch >= newest and (text := heard[start:].strip()):
            self._spoken[npc] = epoch, len(heard)
            self._remember(npc, Lived("said", text, self._partner.get(npc, "")))

    def learn(self, fact: Learnt) -> None:
        """Let something be known from now on, or no longer."""
        knowledge = self._memories.knowledge
        if fact.text is None:
            knowledge.forget(fact.subject, scope=fact.scope)
            return
        try:
            knowledge.learn(fact.subject, fact.text, at_ms=self.now_ms, scope=fact.scope)
        except UsageError as error:  # too many, which only this thread can know
            log.warning("a fact is not kept: %s", error)

    def recall(self, npc: str, about: str, limit: int) -> Recollection:
        """Return what comes to an NPC's mind, the weakest left out if it is too much to read."""
        groups = self.groups.get(npc, ())
        found = self._memories.recall(npc, about, now_ms=self.now_ms, groups=groups, limit=limit)
        while len(msgspec.json.encode(found)) > MAX_RECALL_BYTES:
            longer = found.known if len(found.known) > len(found.remembered) else found.remembered
            longer.pop()
        return found

    # --- saves --------------------------------------------------------------------------------

    def save(self, moments: "Mapping[str, Moment]") -> Save:
        """Return everything that all NPCs remember at this moment."""
        for npc, moment in moments.items():
            for epoch, heard in moment.heard:
                self.said(npc, epoch, heard)
            self._memories.of(npc).transcript.follow(moment.conversation)
        return self._memories.save(at_ms=self.now_ms)

    def restart(self, memories: Memories, at_ms: int) -> None:
        """Remember what a save holds, and nothing else."""
        self._memories = memories
        self._from_ms = at_ms - round(self._pace.game_ms)
        self._partner.clear()

    def _remember(self, npc: str, lived: Lived) -> None:
        self._memories.of(npc).episodes.remember(
            lived.kind,
            lived.text,
            who=lived.who,
            at_ms=self.now_ms,
            importance=lived.importance,
        )
