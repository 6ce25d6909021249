"""What an NPC does without thinking: a small behaviour tree, and what covers a silence.

Needs no endpoint, no clock and no thread. The words are those of py_trees;
docs/reference/reflexes.md says where the two differ.
"""

from npcengine.reflex.behaviour import Behaviour, Status
from npcengine.reflex.composites import Selector, Sequence
from npcengine.reflex.conversation import Mind, Reflexes
from npcengine.reflex.decorators import Cooldown, Timeout
from npcengine.reflex.leaves import Condition, Do, Wait
from npcengine.reflex.manners import Fallback, Manners
from npcengine.reflex.silence import Luck

__all__ = [
    "Behaviour",
    "Condition",
    "Cooldown",
    "Do",
    "Fallback",
    "Luck",
    "Manners",
    "Mind",
    "Reflexes",
    "Selector",
    "Sequence",
    "Status",
    "Timeout",
    "Wait",
]
