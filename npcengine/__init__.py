"""Minds for the NPCs of real-time games, over one persistent WebSocket.

Start with :class:`Bridge`; README.md has a whole program.
"""

from npcengine.bridge.bridge import Bridge as Bridge
from npcengine.bridge.intentions import Cancel as Cancel
from npcengine.bridge.intentions import Commit as Commit
from npcengine.bridge.intentions import Hint as Hint
from npcengine.bridge.intentions import Intention as Intention
from npcengine.bridge.intentions import Intentions as Intentions
from npcengine.bridge.intentions import Prepare as Prepare
from npcengine.bridge.npc import Npc as Npc
from npcengine.bridge.stats import BridgeStats as BridgeStats
from npcengine.bridge.stats import Percentiles as Percentiles
from npcengine.bridge.status import Status as Status
from npcengine.errors import BridgeClosedError as BridgeClosedError
from npcengine.errors import NpcEngineError as NpcEngineError
from npcengine.errors import QueryFailed as QueryFailed
from npcengine.errors import QueryRetry as QueryRetry
from npcengine.errors import UsageError as UsageError
from npcengine.errors import WrongThreadError as WrongThreadError
from npcengine.policy.deadlines import Deadlines as Deadlines
from npcengine.world.actions import Action as Action
from npcengine.world.field_order import FieldOrderWarning as FieldOrderWarning

__all__ = [
    "Action",
    "Bridge",
    "BridgeClosedError",
    "BridgeStats",
    "Cancel",
    "Commit",
    "Deadlines",
    "FieldOrderWarning",
    "Hint",
    "Intention",
    "Intentions",
    "Npc",
    "NpcEngineError",
    "Percentiles",
    "Prepare",
    "QueryFailed",
    "QueryRetry",
    "Status",
    "UsageError",
    "WrongThreadError",
]

__version__ = "0.1.0"
