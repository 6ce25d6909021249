"""What one turn of a mind has done so far: its calls, its words, its count of rounds."""

from enum import Enum, auto

from npcengine.protocol.changes import Call
from npcengine.protocol.items import Item
from npcengine.protocol.output import AnyCall, AnyOutput, output_of
from npcengine.session.outside import Asked
from npcengine.session.said import Said
from npcengine.world.toolbox import Tool

__all__ = ["CallState", "OpenCall", "Turn"]


class CallState(Enum):
    """How far a call has come."""

    GROWING = auto()
    """Its arguments are still arriving."""
    WAITING = auto()
    """The game has it."""
    ANSWERED = auto()
    """Its output is known."""


class OpenCall:
    """One call of the current round."""

    __slots__ = ("call", "fields", "id", "output", "question", "state", "succeeded", "tool")

    def __init__(self, id: str, call: Call, tool: Tool | None) -> None:
        self.id = id
        """What the game and timers know it by: unlike the server's ``call_id`` never used twice."""
        self.call = call
        self.tool = tool
        """``None``: no such tool was offered."""
        self.state = CallState.GROWING
        self.fields: dict[str, object] = {}
        self.output: str | None = None
        self.succeeded: bool | None = None
        """How an action ended; ``None`` while it has not."""
        self.question: Asked | None = None
        """What the world was asked, if this is a query that was handed on."""

    def answer(self, output: str) -> bool:
        """Give the call its output; return whether it is the first (a later one loses)."""
        if self.state is CallState.ANSWERED:
            return False
        self.state, self.output = CallState.ANSWERED, output
        return True


class Turn:
    """One thought of an NPC, from a stimulus to silence, over any number of tool rounds."""

    def __init__(self, epoch: int, barge_ins: int = 0) -> None:
        self.epoch = epoch
        self.barge_ins = barge_ins
        """Interruptions so far, when it began."""
        self.rounds = 0
        """Continuations that carried outputs, so far."""
        self.attempts = 0
        """Requests made for the current round."""
        self.calls: dict[str, OpenCall] = {}
        """Calls of the current round by ``call_id``, in the order they opened."""
        self.said = Said(epoch)
        """What the earlier rounds said."""

    def by_id(self, id: str) -> OpenCall | None:
        """Return the call of the current round that the game knows by an id."""
        return next((c for c in self.calls.values() if c.id == id), None)

    def forget_growing(self) -> None:
        """Let calls never have been whose arguments are not complete."""
        self.calls = {id: c for id, c in self.calls.items() if c.state is not CallState.GROWING}

    @property
    def is_answered(self) -> bool:
        """Whether every call of the round that closed has its output."""
        return all(c.state is not CallState.WAITING for c in self.calls.values())

    def outputs(self) -> list[AnyOutput]:
        """Return the outputs of the round's calls, in call order."""
        return [
            output_of(open_call.call.item, open_call.output)
            for open_call in self.calls.values()
            if open_call.output is not None
        ]

    def acted_on(self, items: tuple[Item, ...]) -> list[AnyCall]:
        """Return the calls that were acted on and are not among ``items``.

        When a response dies these stand for it in the transcript, so that nothing is done twice.
        """
        known = {item.call_id for item in items if isinstance(item, AnyCall)}
        return [
            open_call.call.item
            for call_id, open_call in self.calls.items()
            if open_call.state is not CallState.GROWING and call_id not in known
        ]
