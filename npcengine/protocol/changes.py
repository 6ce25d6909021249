"""What following a response can tell: how it stands, what it calls, how it ended."""

from enum import Enum, auto
from typing import TypeAlias

import msgspec

from npcengine.protocol import incoming as server
from npcengine.protocol.items import CustomToolCall, FunctionCall, Item
from npcengine.protocol.output import AnyCall
from npcengine.protocol.partial_json import ClosedField, PartialObject

__all__ = [
    "Call",
    "CallClosed",
    "CallOpened",
    "Change",
    "Ended",
    "FieldClosed",
    "Outcome",
    "Phase",
    "Started",
]


class Phase(Enum):
    """Where a response is; the table at the top of ``lane.py`` says how it moves."""

    IDLE = auto()
    SENT = auto()
    OPEN = auto()
    COMPLETED = auto()
    INCOMPLETE = auto()
    FAILED = auto()
    REFUSED = auto()
    LOST = auto()
    BROKEN = auto()

    @property
    def is_running(self) -> bool:
        """Whether an end is still to come."""
        return self is _SENT or self is _OPEN


_SENT, _OPEN = Phase.SENT, Phase.OPEN


class Call:
    """One call of a tool, growing."""

    __slots__ = ("arguments", "call_id", "closed", "name", "reader", "takes_text")

    def __init__(self, call_id: str, name: str, *, takes_text: bool = False) -> None:
        self.call_id = call_id
        """Ties the output to the call; empty while no event has said it."""
        self.name = name
        """The tool; empty while no event has said it."""
        self.takes_text = takes_text
        """Whether its arguments are any text; no tool of ours takes that."""
        self.reader = PartialObject()
        """What the deltas have shown so far: news for the eye, never grounds to act."""
        self.arguments: str | None = None
        """The whole arguments, once the call has closed."""
        self.closed = False

    @property
    def item(self) -> AnyCall:
        """The call as it stands in a transcript."""
        if self.takes_text:
            return CustomToolCall(self.call_id, self.name, self.arguments or "")
        return FunctionCall(self.call_id, self.name, self.arguments or "{}")


class Outcome(msgspec.Struct, frozen=True):
    """How a response ended."""

    phase: Phase
    response_id: str | None = None
    """``None`` when the request was never accepted."""
    items: tuple[Item, ...] = ()
    """The finished output items that are the model's own, in order; no two calls of one id."""
    error: server.ErrorInfo | None = None
    """Why, unless it completed."""
    usage: server.Usage | None = None
    is_whole: bool = True
    """Whether ``items`` are all that a server has of it, so that it may be continued from."""


class Started(msgspec.Struct, frozen=True):
    """The response was accepted."""

    response_id: str | None


class CallOpened(msgspec.Struct, frozen=True):
    """The model is calling a tool: which one is known, with what is not."""

    call: Call


class FieldClosed(msgspec.Struct, frozen=True):
    """One argument of an open call is known."""

    call: Call
    field: ClosedField


class CallClosed(msgspec.Struct, frozen=True):
    """All arguments of a call are known, as ``call.arguments``."""

    call: Call


class Ended(msgspec.Struct, frozen=True):
    """The response is over."""

    outcome: Outcome


Change: TypeAlias = Started | CallOpened | FieldClosed | CallClosed | Ended
