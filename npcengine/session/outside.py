"""The one way out of a session: what it may do to the network, the timers and the game."""

from typing import Literal, Protocol, TypeAlias

import msgspec

from npcengine.memory.memory import Save
from npcengine.session.inbox import TimerKey
from npcengine.world.actions import Action, ActionSpec
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool

__all__ = [
    "Asked",
    "Cancelled",
    "Committed",
    "Edge",
    "Hinted",
    "Learned",
    "LinkState",
    "NpcState",
    "Outside",
    "Overdue",
    "Phase",
    "Prepared",
    "TurnOutcome",
    "TurnOver",
]

# --- edges: things that happen once -----------------------------------------------------------


class _Edge(msgspec.Struct, frozen=True):
    npc: str
    turn_epoch: int
    barge_ins: int
    """How many interruptions the mind knew of when it meant this; the game may know of more."""
    call_id: str
    """The server's own, unless it used that one before: an id means one call to the game."""

    @property
    def whose(self) -> tuple[str, int, int]:
        """The NPC, its turn and its interruptions, as edges that follow from this one have them."""
        return self.npc, self.turn_epoch, self.barge_ins


class Hinted(_Edge, frozen=True):
    """The verb of an intended action is known."""

    action: ActionSpec


class Prepared(_Edge, frozen=True):
    """Another argument of an intended action is known."""

    action: ActionSpec
    fields: dict[str, object]
    """All arguments known so far, as JSON values that nobody has checked."""


class Committed(_Edge, frozen=True):
    """An intended action is complete and strictly decoded."""

    action: ActionSpec
    value: Action
    born_ms: float
    """Game time at which it was complete."""


class Cancelled(_Edge, frozen=True):
    """An intended action that was hinted at will not be committed."""

    action: ActionSpec
    reason: str


class Asked(_Edge, frozen=True):
    """The mind asks the world something, and waits."""

    query: QuerySpec
    arguments: msgspec.Struct
    asked_ns: int
    due_ns: int
    """From when on it is answered without whoever has it."""


class Overdue(_Edge, frozen=True):
    """A question is due and has no answer: one has to be the next entry, from what there is."""

    question: Asked


TurnOutcome: TypeAlias = Literal["completed", "failed", "lost", "overdue", "interrupted", "refused"]
"""``refused``: by the wallet, before anything was sent."""


class Learned(_Edge, frozen=True):
    """The world's answer to a question, as the mind gets it."""

    query: str
    arguments: msgspec.Struct
    output: str
    game_ms: float


class TurnOver(msgspec.Struct, frozen=True):
    """A turn has ended, for good or ill."""

    npc: str
    turn_epoch: int
    outcome: TurnOutcome
    rounds: int
    """Tool rounds: continuations that carried outputs."""
    speech: str = ""
    """All that was said in it."""
    reason: str = ""


Edge: TypeAlias = Hinted | Prepared | Committed | Cancelled | Asked | Overdue | Learned | TurnOver

# --- state: what is so ------------------------------------------------------------------------

Phase: TypeAlias = Literal["idle", "offline", "thinking", "speaking", "asking"]
"""``offline`` wants to think and has no connection; ``asking`` waits for the game's answers."""


class NpcState(msgspec.Struct, frozen=True):
    """What there is to see of one NPC's mind; a whole picture, never a difference."""

    turn_epoch: int = 0
    phase: Phase = "idle"
    speech: str = ""
    """All that was said in this turn so far; what was said before, until there is something."""
    open_calls: tuple[str, ...] = ()
    """Names of the tools that are being called."""
    speech_epoch: int = 0
    """The turn whose words ``speech`` is."""
    barge_ins: int = 0
    """How many interruptions the mind knew of."""


class LinkState(msgspec.Struct, frozen=True):
    """How the connections are."""

    connected: int = 0
    wanted: int = 0
    detail: str = ""
    """Why one is missing, in one line."""
    refused: bool = False
    """Whether trying again is pointless until settings change."""


class Outside(Protocol):
    """What sessions may do. Nothing here blocks, and nothing calls back before it returns."""

    def connect(self, connection: int) -> None:
        """Begin to open a connection; its end is an entry of the inbox."""
        ...

    def send(self, connection: int, frame: bytes) -> None: ...

    def read_at_once(self, connection: int, wanted: bool) -> None: ...

    def disconnect(self, connection: int) -> None: ...

    def set_timer(self, key: TimerKey, at_ns: int) -> None: ...

    def drop_timer(self, key: TimerKey) -> None: ...

    def tell(self, edge: Edge) -> None:
        """Tell the game of something that happened; hints and prepares may be dropped."""
        ...

    def show(self, npc: str, state: NpcState) -> None:
        """Replace what the game sees of an NPC's mind."""
        ...

    def show_link(self, state: LinkState) -> None: ...

    def keep(self, number: int, save: Save) -> None:
        """Write a save down, the one with this number."""
        ...

    def read(self, npc: str, tool: Tool, text: str) -> msgspec.Struct:
        """Return a call's arguments, read by the types that the game declared for the tool.

        Raises:
            RemoteProtocolError: They do not fit.
        """
        ...

    def look(self, npc: str, query: QuerySpec, arguments: msgspec.Struct) -> str | None:
        """Return what a ``snapshot`` query says at once, ``None`` where it says nothing."""
        ...

    def luck(self) -> float:
        """Return a uniform draw from [0, 1)."""
        ...
