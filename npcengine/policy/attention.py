"""Who may think, and how much: minds are graded by what they are worth to the player just now.

Rules:

1. Somebody in dialogue is ``full`` at once. Everybody else is graded by a score from 0 to 1.
2. To have a tier counts as much as ``hold`` of score for keeping it, both against the threshold and
   against others who want the same place. So nobody flickers at a border.
3. A tier is kept for at least ``dwell_ms`` of game time. Only a dialogue, one's own or that of
   somebody who needs the place, ends it sooner.
4. There are never more than ``most_full`` and ``most_brief``, whoever is in dialogue. The best
   scores have the places; between equals whoever has it, then the first by name. Who does not get
   a place competes for one of the tier below.
"""

from collections.abc import Mapping
from enum import IntEnum

import msgspec

__all__ = ["PERMITS", "Attention", "AttentionRules", "Permit", "Situation", "Tier"]


class Tier(IntEnum):
    """How much of a mind an NPC has just now."""

    REFLEX = 0
    """None: reflexes only."""
    BRIEF = 1
    """Small turns."""
    FULL = 2
    """Whatever a turn may be."""


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """What a tier allows."""

    wakes: bool
    """Whether a stimulus is a reason to think; otherwise it is remembered for when it is."""
    tool_rounds: int | None
    """In one turn; ``None`` for as many as the policy allows."""
    max_output_tokens: int | None
    """In one response; ``None`` for the server's own limit."""


PERMITS: Mapping[Tier, Permit] = {
    Tier.REFLEX: Permit(wakes=False, tool_rounds=0, max_output_tokens=0),
    Tier.BRIEF: Permit(wakes=True, tool_rounds=2, max_output_tokens=160),
    Tier.FULL: Permit(wakes=True, tool_rounds=None, max_output_tokens=None),
}
"""A brief turn is one look round, one deed and two sentences; a full one is the policy's."""


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What the game says of an NPC."""

    distance_px: float
    """To the player."""
    on_screen: bool = False
    in_dialogue: bool = False
    """Whether the player and it are talking: somebody waits for its words."""
    in_plot: bool = False
    """Whether the story needs it to act for itself just now."""


class AttentionRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers. The defaults are starting points for a screen of 480 by 270 pixels."""

    far_px: float = 480
    """From here on nearness counts nothing."""
    nearness_weight: float = 0.5
    on_screen_weight: float = 0.2
    plot_weight: float = 0.3
    full_at: float = 0.6
    brief_at: float = 0.3
    hold: float = 0.1
    dwell_ms: float = 2_000
    most_full: int = 4
    most_brief: int = 12

    def score(self, situation: Situation) -> float:
        """Return what it is worth that an NPC thinks; how far away does not have to be known."""
        nearness = max(0.0, 1 - situation.distance_px / self.far_px)
        return (
            self.nearness_weight * min(nearness, 1.0)
            + self.on_screen_weight * situation.on_screen
            + self.plot_weight * situation.in_plot
        )


class _Had(msgspec.Struct, frozen=True):
    """What an NPC was given last."""

    tier: Tier
    since_ms: float
    """When it got it; while it is in dialogue, always just now."""


class _Bid(msgspec.Struct, frozen=True):
    """One NPC's claim to a place."""

    npc: str
    in_dialogue: bool
    had: Tier
    is_kept: bool
    """Whether its tier is younger than the dwell time."""
    score: float

    def with_hold(self, tier: Tier, hold: float) -> float:
        return self.score + (hold if self.had >= tier else 0.0)


class Attention:
    """The tiers of all NPCs."""

    def __init__(self, rules: AttentionRules | None = None) -> None:
        self._rules = rules or AttentionRules()
        self._had: dict[str, _Had] = {}

    def grade(self, situations: Mapping[str, Situation], game_ms: float) -> dict[str, Tier]:
        """Return everybody's tier from now on.

        Args:
            situations: Of every NPC that there is; one that is missing is forgotten.
            game_ms: Game time; never less than the last time.
        """
        rules = self._rules
        bids = [self._bid(npc, situation, game_ms) for npc, situation in situations.items()]
        full = self._places(bids, Tier.FULL, rules.full_at, rules.most_full)
        others = [bid for bid in bids if bid.npc not in full]
        brief = self._places(others, Tier.BRIEF, rules.brief_at, rules.most_brief)
        tiers = dict.fromkeys(situations, Tier.REFLEX)
        tiers |= dict.fromkeys(brief, Tier.BRIEF) | dict.fromkeys(full, Tier.FULL)
        before, self._had = self._had, {}
        for npc, tier in tiers.items():
            had = before.get(npc)
            stays = had is not None and had.tier is tier and not situations[npc].in_dialogue
            self._had[npc] = had if had is not None and stays else _Had(tier, game_ms)
        return tiers

    def _bid(self, npc: str, situation: Situation, game_ms: float) -> _Bid:
        had = self._had.get(npc)
        return _Bid(
            npc,
            situation.in_dialogue,
            Tier.REFLEX if had is None else had.tier,
            had is not None and game_ms - had.since_ms < self._rules.dwell_ms,
            self._rules.score(situation),
        )

    def _places(self, bids: list[_Bid], tier: Tier, threshold: float, most: int) -> set[str]:
        """Return who gets a tier, of those that were not given a better one."""
        hold = self._rules.hold

        def wants(bid: _Bid) -> bool:
            if bid.in_dialogue:
                return True
            if bid.is_kept:
                return bid.had >= tier
            return bid.with_hold(tier, hold) >= threshold

        def rank(bid: _Bid) -> tuple[bool, bool, float, bool, str]:
            has_it = bid.had >= tier
            keeps = bid.is_kept and has_it
            return not bid.in_dialogue, not keeps, -bid.with_hold(tier, hold), not has_it, bid.npc

        return {bid.npc for bid in sorted(filter(wants, bids), key=rank)[:most]}
