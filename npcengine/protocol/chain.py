"""One conversation: what was said, and how little of it has to be sent again.

Rules:

1. The transcript is the client's. Everything said, asked and answered is in it, in order, so the
   conversation can always be told to a server that knows nothing.
2. A response id stands for a context: the transcript up to and including that response. It is
   good only where that context is kept, so an id is remembered together with its place, never
   with "the socket" in general. Without ``store`` the place is one connection, and a lane keeps
   only its newest response (protocol.md section 6), so an id is good once.
3. A continuation (only the new items) is sent when the newest id is good at the place we send to
   and nothing that shapes the rendered prefix has changed. Otherwise everything is sent.
4. After any failure the id is dropped: a continuation that ended in an error evicted its parent.
5. Items written back carry no server-made ids. Without ``store`` those ids point at nothing.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Raw

from npcengine.errors import LocalProtocolError
from npcengine.protocol.items import (
    CustomToolCall,
    FunctionCall,
    Item,
    ItemReference,
    Message,
    Reasoning,
    encode_item,
)

__all__ = ["Chain", "Place", "Plan", "Shape"]


class Place(msgspec.Struct, frozen=True):
    """Where a context is kept."""

    connection: int
    """Number of the connection, never reused."""
    stored: bool = False
    """Whether the server also keeps it for other connections."""


class Shape(msgspec.Struct, frozen=True):
    """The settings that stand in front of the conversation in a model's context.

    Changing one changes every token behind it. Settings of a single turn (``tool_choice``,
    ``max_output_tokens``) are not here: they may change freely from turn to turn.
    """

    model: str
    instructions: str
    tools: bytes
    """The JSON array of tool definitions, exactly as it is sent."""


class Plan(msgspec.Struct, frozen=True):
    """What one request has to carry."""

    items: tuple[Raw, ...]
    previous_response_id: str | None = None
    """Set: ``items`` are only the new ones. ``None``: they are the whole conversation."""


class _Base(msgspec.Struct, frozen=True):
    """A context that a server holds."""

    response_id: str
    place: Place
    shape: Shape


class Chain:
    """The transcript of one conversation and the newest context a server holds of it."""

    def __init__(self) -> None:
        self._items: list[Raw] = []
        self._fresh: list[Raw] = []
        """Items that no request has carried yet."""
        self._base: _Base | None = None
        self._asked: tuple[Place, Shape] | None = None
        """Where the running request went."""

    @property
    def transcript(self) -> tuple[Raw, ...]:
        """Everything that a server has been told or has said, oldest first."""
        return tuple(self._items)

    @property
    def has_fresh(self) -> bool:
        """Whether there is anything a server has not been told."""
        return bool(self._fresh)

    def add(self, item: Item) -> None:
        """Append something that happened on our side; it goes out with the next request."""
        self._fresh.append(encode_item(item))

    def answer(self, outputs: Sequence[Item]) -> None:
        """Put the outputs of calls behind the response that made them, before anything else."""
        self._fresh[:0] = [encode_item(item) for item in outputs]

    def begin(self, place: Place, shape: Shape) -> Plan:
        """Plan the next request, to be sent to ``place``; the fresh items count as sent.

        Raises:
            LocalProtocolError: A request of this chain is still running.
        """
        if self._asked is not None:
            raise LocalProtocolError("a chain has one request at a time")
        fresh = tuple(self._fresh)
        self._items += fresh
        self._fresh = []
        self._asked = (place, shape)
        base, self._base = self._base, None
        if base is not None and base.shape == shape and _holds(base.place, place):
            return Plan(fresh, base.response_id)
        return Plan(tuple(self._items))

    def completed(self, response_id: str | None, output: tuple[Item, ...]) -> None:
        """The request's response is over and may be continued from."""
        if self._asked is None:
            raise LocalProtocolError("no request of this chain is running")
        place, shape = self._asked
        self._asked = None
        self._keep(output)
        if response_id is not None:
            self._base = _Base(response_id, place, shape)

    def failed(self, output: tuple[Item, ...] = ()) -> None:
        """The request failed or was lost; ``output`` is what of it has had effects.

        The next request tells everything again.
        """
        self._asked = None
        self._base = None
        self._keep(output)

    def _keep(self, output: tuple[Item, ...]) -> None:
        for item in output:
            if (kept := _without_ids(item)) is not None:
                self._items.append(encode_item(kept))


def _holds(kept: Place, asked: Place) -> bool:
    return kept.stored or kept.connection == asked.connection


def _without_ids(item: Item) -> Item | None:
    """Return an item as it is sent back, or ``None`` for one that means nothing without its id."""
    match item:
        case Message() | FunctionCall() | CustomToolCall():
            return msgspec.structs.replace(item, id=UNSET, status=UNSET)
        case Reasoning():
            if not item.encrypted_content:
                return None
            return msgspec.structs.replace(item, id=UNSET, status=UNSET)
        case ItemReference():
            return None
        case _:
            return item
