"""The one interface of everything that can answer.

A mind is a fold and a stream. ``read`` folds new items into the mind's own picture of a
conversation: reading a conversation in one go or in pieces must give the same picture, so that a
client which lost its connection and tells everything again meets the same mind. ``think`` streams
an answer to the picture, and changes nothing.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, TypeAlias

import msgspec

from npcengine.protocol.items import Item
from npcengine.server.settings import Settings, ToolChoice

__all__ = ["ArgumentsDelta", "CallBegun", "Mind", "Piece", "TextDelta", "Thinking"]


class TextDelta(msgspec.Struct, frozen=True):
    """More text; neighbours make one message."""

    delta: str


class CallBegun(msgspec.Struct, frozen=True):
    """A call of a tool begins; its arguments follow."""

    name: str


class ArgumentsDelta(msgspec.Struct, frozen=True):
    """More of the arguments of the call that was begun last."""

    delta: str


Piece: TypeAlias = TextDelta | CallBegun | ArgumentsDelta


class Thinking(msgspec.Struct, frozen=True):
    """What one answer is asked of a mind."""

    state: object
    """What ``read`` made of the conversation."""
    settings: Settings
    tool_choice: ToolChoice
    parallel: bool
    """Whether several calls may be made at once."""
    turn: int
    """How many responses the conversation has had before, for minds that draw from a seed."""


class Mind(Protocol):
    """Something that answers. One object serves every conversation of a gateway."""

    name: str

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        """Return the picture after ``items``; ``state`` is the one before, ``None`` at first.

        Pure, and quick: it runs on the gateway's loop, or in a thread when there is much to read.
        The old picture must stay as it is, since another lane may go on from it.
        """
        ...

    def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        """Stream an answer.

        Cancelled when nobody is listening any more, or when the user has added something before
        anything was said; closed at the next item that it begins when that came later.

        Raises:
            MindError: It broke; the response fails.
        """
        ...
