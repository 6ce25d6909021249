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
from npcengine.bridge.recorder import Recording as Recording
from npcengine.bridge.saving import Loading as Loading
from npcengine.bridge.saving import Saving as Saving
from npcengine.bridge.stats import BridgeStats as BridgeStats
from npcengine.bridge.stats import Percentiles as Percentiles
from npcengine.bridge.status import Status as Status
from npcengine.errors import BridgeClosedError as BridgeClosedError
from npcengine.errors import NpcEngineError as NpcEngineError
from npcengine.errors import QueryFailed as QueryFailed
from npcengine.errors import QueryRetry as QueryRetry
from npcengine.errors import SaveError as SaveError
from npcengine.errors import TraceError as TraceError
from npcengine.errors import UsageError as UsageError
from npcengine.errors import WrongThreadError as WrongThreadError
from npcengine.policy.attention import AttentionRules as AttentionRules
from npcengine.policy.claims import Needs as Needs
from npcengine.policy.claims import Value as Value
from npcengine.policy.deadlines import Deadlines as Deadlines
from npcengine.policy.guardrails import Bound as Bound
from npcengine.policy.guardrails import Guardrails as Guardrails
from npcengine.policy.guardrails import Rate as Rate
from npcengine.policy.rules import Policy as Policy
from npcengine.policy.wallet import Budget as Budget
from npcengine.policy.wallet import Spent as Spent
from npcengine.protocol.capabilities import Capabilities as Capabilities
from npcengine.world.actions import Action as Action
from npcengine.world.field_order import FieldOrderWarning as FieldOrderWarning

__all__ = [
    "Action",
    "AttentionRules",
    "Bound",
    "Bridge",
    "BridgeClosedError",
    "BridgeStats",
    "Budget",
    "Cancel",
    "Capabilities",
    "Commit",
    "Deadlines",
    "FieldOrderWarning",
    "Guardrails",
    "Hint",
    "Intention",
    "Intentions",
    "Loading",
    "Needs",
    "Npc",
    "NpcEngineError",
    "Percentiles",
    "Policy",
    "Prepare",
    "QueryFailed",
    "QueryRetry",
    "Rate",
    "Recording",
    "SaveError",
    "Saving",
    "Spent",
    "Status",
    "TraceError",
    "UsageError",
    "Value",
    "WrongThreadError",
]

__version__ = "0.1.0"
