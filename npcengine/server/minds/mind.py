"""The one interface of everything that can answer.

A mind is a fold and a stream. ``read`` folds new items into the mind's own picture of a
conversation: reading a conversation in one go or in pieces must give the same picture, so that a
client which lost its connection and tells everything again meets the same mind. ``think`` streams
an answer to the picture, and changes nothing.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import msgspec

from npcengine.protocol.items import Item
from npcengine.server.settings import Settings, ToolChoice
from npcengine.server.wishes import Wishes

__all__ = [
    "Accepted",
    "ArgumentsDelta",
    "CallBegun",
    "Finished",
    "Mind",
    "Piece",
    "ReasoningDelta",
    "RefusalDelta",
    "RemoteMind",
    "Sign",
    "Spent",
    "TextDelta",
    "Thinking",
]


class TextDelta(msgspec.Struct, frozen=True):
    """More text; neighbours make one message."""

    delta: str


class CallBegun(msgspec.Struct, frozen=True):
    """A call of a tool begins; its arguments follow."""

    name: str


class ArgumentsDelta(msgspec.Struct, frozen=True):
    """More of the arguments of the call that was begun last."""

    delta: str


class RefusalDelta(msgspec.Struct, frozen=True):
    """More of the words with which an answer is refused; neighbours make one message."""

    delta: str


class ReasoningDelta(msgspec.Struct, frozen=True):
    """More of the working before an answer; neighbours make one item."""

    delta: str


Piece: TypeAlias = TextDelta | CallBegun | ArgumentsDelta | RefusalDelta | ReasoningDelta


class Accepted(msgspec.Struct, frozen=True):
    """There will be an answer: what goes wrong from here on is a response that fails."""


class Spent(msgspec.Struct, frozen=True):
    """What a model's server says that one request took, in its own tokens."""

    prompt_tokens: int
    cached_tokens: int
    """Tokens of the prompt that it did not have to read again."""
    output_tokens: int
    reasoning_tokens: int = 0
    """How many of those were not the answer."""


class Finished(msgspec.Struct, frozen=True):
    """The mind was stopped before its answer was whole."""

    reason: str
    """``max_output_tokens`` or ``content_filter``."""


Sign: TypeAlias = Accepted | Spent | Finished
"""What a mind that asks a server tells about an answer, beside its pieces."""


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
    wishes: Wishes = Wishes()
    lane: object = None
    """The lane it is asked on, always the same object; ``None`` over HTTP."""


class Mind(Protocol):
    """Something that answers. One object serves every conversation of a gateway."""

    name: str

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        """Return the picture after ``items``; ``state`` is the one before, ``None`` at first.

        Pure, and quick: it runs on the gateway's loop, or in a thread when there is much to read.
        The old picture must stay as it is, since another lane may go on from it.
        """
        ...

    def think(self, thinking: Thinking) -> AsyncGenerator[Piece | Sign]:
        """Stream an answer.

        Cancelled when nobody is listening any more, or when the user has added something before
        anything was said; closed at the next item that it begins when that came later.

        Raises:
            MindError: It broke; the response fails.
        """
        ...


@runtime_checkable
class RemoteMind(Mind, Protocol):
    """A mind that has somebody else to ask, and may be refused.

    The first thing that its ``think`` streams is :class:`Accepted`. Until then it may raise a
    ``RequestError``, which refuses the request as if the gateway had done so itself. It keeps
    ``max_output_tokens`` itself, in its server's own tokens.
    """

    async def open(self) -> str:
        """Look at what it stands on; return what was found, as a line for people.

        May be called again, and then returns the same.

        Raises:
            UsageError: That cannot work, whatever happens later.
        """
        ...

    async def warm(self, thinking: Thinking) -> Spent | None:
        """Prepare for an answer to be asked for soon; what goes wrong does not matter.

        Returns:
            What that took, if anything was asked for.
        """
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...
