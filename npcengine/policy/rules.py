"""Who may do and spend what: everything of it that a game writes for its bridge."""

import msgspec

from npcengine.policy.attention import AttentionRules
from npcengine.policy.guardrails import Guardrails
from npcengine.policy.wallet import Budget

__all__ = ["TOOL_ROUNDS", "Policy"]

TOOL_ROUNDS = 8
"""What a turn takes in a game: more, and somebody would be waiting."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one bridge. By default everything is allowed and nothing limited."""

    guardrails: Guardrails = Guardrails()
    """What NPCs may do beyond what the types of their actions allow."""
    budget: Budget = Budget()
    """What all minds together may use; ``bridge.npc`` takes one for a single NPC."""
    tool_rounds: int = TOOL_ROUNDS
    """Tool rounds in one turn of a mind; the response after the last is asked to end in words. All
    of them have to fit into ``Deadlines.turn_ms``."""
    earshot_px: float = 240
    """How far words carry that are said with ``bridge.say``."""
    prefetch: bool = False
    """Whether answers of ``snapshot`` queries are told along with a stimulus which they are mostly
    asked after: a round trip less, and tokens for nothing when the mind would not have asked."""
    attention: AttentionRules = AttentionRules()
    """How minds are graded, of NPCs for which the game calls ``npc.attend``."""
