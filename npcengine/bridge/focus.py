"""Whose mind matters just now: what the game says of NPCs, graded a few times a second."""

from npcengine.bridge.outbox import Outbox
from npcengine.policy.attention import Attention, AttentionRules, Situation, Tier
from npcengine.session.inbox import Attended, Prewarmed

__all__ = ["GRADE_EVERY_MS", "Focus"]

GRADE_EVERY_MS = 100.0
"""Game time between two gradings; a dialogue is graded in the frame that it begins."""


class Focus:
    """The tiers of those NPCs of which the game says how they stand (frame thread)."""

    def __init__(self, rules: AttentionRules, outbox: Outbox) -> None:
        self._attention = Attention(rules)
        self._outbox = outbox
        self._situations: dict[str, Situation] = {}
        self._told: dict[str, tuple[Tier, bool]] = {}
        self._next_ms = 0.0

    def attend(self, npc: str, situation: Situation) -> None:
        """Take what is so about an NPC."""
        before = self._situations.get(npc)
        self._situations[npc] = situation
        if before is None or before.in_dialogue != situation.in_dialogue:
            self._next_ms = 0.0

    def tick(self, game_ms: float) -> None:
        """Grade, if it is time; minds whose tier changes are told, and those that rise warmed."""
        if not self._situations or game_ms < self._next_ms:
            return
        self._next_ms = game_ms + GRADE_EVERY_MS
        for npc, tier in self._attention.grade(self._situations, game_ms).items():
            now = tier, self._situations[npc].in_dialogue
            before = self._told.get(npc)
            if now == before:
                continue
            self._told[npc] = now
            self._outbox.put(Attended(npc, tier, now[1]))
            if tier is Tier.FULL and (before is None or before[0] is not Tier.FULL):
                self._outbox.put(Prewarmed(npc))
