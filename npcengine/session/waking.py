"""Why and when one mind begins to think.

Somebody who speaks to an NPC wakes it at once. What it merely notices is gathered for a moment, so
that forty events of one cause are one thing to think about; and minds that notice the same thing
wake one after the other. How much attention an NPC gets decides whether anything wakes it at all.
"""

from npcengine.clock import NS_PER_MS
from npcengine.policy.attention import PERMITS, Permit, Tier
from npcengine.policy.stagger import Stagger
from npcengine.policy.storm import MAX_NEWEST, Event, Gathering, digest
from npcengine.protocol.items import Message
from npcengine.session.inbox import Attended, Perceived
from npcengine.world.percepts import facts_of, noticed_as, noticed_many

__all__ = ["Waking"]


class Waking:
    """The reasons of one NPC (loop thread)."""

    def __init__(self, stagger: Stagger) -> None:
        self._stagger = stagger
        self._gathering = Gathering()
        self._is_called = False
        """Whether somebody waits for it to think."""
        self._is_reason = False
        """Whether something that it noticed is a reason to think."""
        self._due_ms: float | None = None
        self._in_dialogue = False
        self.stimulus = ""
        """What kind of thing woke it last."""
        self.permit: Permit = PERMITS[Tier.FULL]

    def attend(self, entry: Attended) -> None:
        """Get more attention, or less."""
        self.permit = PERMITS[entry.tier]
        self._in_dialogue = entry.in_dialogue

    def call(self) -> None:
        """There is a reason that does not wait."""
        self._is_called, self.stimulus = True, "action_ended"

    def perceive(self, entry: Perceived, now_ns: int, luck: float) -> list[Message]:
        """Take in what reached the NPC; return what of it is ready to be told."""
        if entry.what is None:
            self._is_called = self._is_called or entry.wake
            self.stimulus = "speech" if entry.wake else self.stimulus
            return [*self.take(), entry.item]
        now_ms = now_ns / NS_PER_MS
        self._gathering.noticed(Event(entry.what, facts_of(entry.item), now_ms))
        if entry.wake:
            self._is_reason, self.stimulus = True, entry.what
            if self._due_ms is None:
                wait_ms = self._stagger.wait_ms(now_ms, luck, in_dialogue=self._in_dialogue)
                self._due_ms = now_ms + wait_ms
        return []

    def take(self) -> list[Message]:
        """Return what was noticed, ready to be told: one by one, or a storm as a digest."""
        gathered = self._gathering.take()
        if gathered.total > MAX_NEWEST:
            return [noticed_many(digest(gathered))]
        return [noticed_as(event.facts) for event in gathered.newest]

    def wakes_at_ms(self) -> float | None:
        """Return from when on it is to think, in the clock's milliseconds; ``None`` if not at all.

        Nothing is lost by waiting: a mind that gets more attention later still has its reasons.
        """
        if not self.permit.wakes:
            return None
        if self._is_called:
            return 0.0
        if self._is_reason:
            return max(self._gathering.wake_at_ms or 0.0, self._due_ms or 0.0)
        return None

    def forget(self) -> None:
        """Let nothing have been noticed, and nobody have called."""
        self.take()
        self.told()

    def told(self) -> None:
        """The server is about to be told everything: no reason is left."""
        self._is_called = self._is_reason = False
        self._due_ms = None
