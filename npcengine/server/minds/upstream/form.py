"""The two forms of the API: how a conversation is written in one, and how its answer is read."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from npcengine.protocol.items import Item
from npcengine.server.minds.mind import Piece, Sign, Thinking
from npcengine.server.minds.upstream.kinds import Kind
from npcengine.server.minds.upstream.told import Told
from npcengine.server.minds.upstream.toolset import Toolset

__all__ = ["Form", "Question", "Reader"]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What one request asks of an upstream."""

    thinking: Thinking
    told: Told
    tools: Toolset
    model: str
    kind: Kind
    slot: int | None = None
    """The slot of llama.cpp to answer in; ``None`` lets it choose."""
    remark: str = ""
    """Why the answer before could not be used."""
    is_warm_up: bool = False
    """Whether the prompt is only to be read."""


class Reader(Protocol):
    """Makes pieces of the events of one answer; raises ``MindError`` when they make no sense."""

    is_over: bool
    """Whether the event that means the end has come."""

    def feed(self, event: bytes) -> list[Piece]:
        """Return what the data of one event brought."""
        ...

    def end(self) -> list[Sign]:
        """Return how it ended and what it took; to be called when nothing comes any more.

        Raises:
            MindError: It was cut off.
        """
        ...


class Form(Protocol):
    """One form of the API."""

    name: str
    """What the option ``api`` calls it."""
    endpoint: str

    def read(self, told: Told, items: Sequence[Item]) -> Told:
        """Return the conversation with more items told; only those are worked on."""
        ...

    def body(self, question: Question) -> bytes:
        """Return what is posted."""
        ...

    def reader(self) -> Reader:
        """Return what reads one answer."""
        ...
