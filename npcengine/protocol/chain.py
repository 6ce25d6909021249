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
5. Items written back carry no server-made ids. Without ``store`` those ids point at nothing. Of a
   response only what can be the model's own is taken (:mod:`npcengine.protocol.output`).
6. A response that was cut off by our side leaves what of it counted; the rest was never said. The
   server goes on with it all the same. Until it has ended, the conversation can *fork*: continue
   from where the cut-off request did. Once it has ended well, the conversation can *adopt* it:
   continue from there, answering all its calls, and the transcript stays as it was cut.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Raw

from npcengine.errors import LocalProtocolError
from npcengine.protocol.items import (
    CustomToolCall,
    FunctionCall,
    Item,
    Message,
    Reasoning,
    assistant_text,
    encode_item,
)
from npcengine.protocol.output import is_own

__all__ = ["Chain", "Cut", "Place", "Plan", "Shape", "without_ids"]


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
    told: int
    """How many items of the transcript it covers."""
    owed: tuple[Raw, ...] = ()
    """What has to be sent ahead of the others, and is in the transcript already or never will."""


class _Asked(msgspec.Struct, frozen=True):
    """The running request."""

    place: Place
    shape: Shape
    base: _Base | None
    """What it continued."""


class Cut(msgspec.Struct, frozen=True):
    """Where a response was cut off."""

    parent_id: str | None
    """What its request continued; a server keeps that until the response has ended."""
    place: Place
    shape: Shape
    told: int
    """How many items of the transcript a server knows that has written the whole response."""


class Chain:
    """The transcript of one conversation and the newest context a server holds of it."""

    def __init__(self, items: Sequence[Raw] = ()) -> None:
        """Begin with a conversation that was had before, oldest first; no server knows of it."""
        self._items: list[Raw | None] = list(items)
        """``None`` is what turned out never to have been said; places do not move."""
        self._fresh: list[Raw] = []
        """Items that no request has carried yet."""
        self._base: _Base | None = None
        self._asked: _Asked | None = None

    @property
    def transcript(self) -> tuple[Raw, ...]:
        """Everything that a server has been told or has said, oldest first."""
        return self._since(0)

    @property
    def everything(self) -> tuple[Raw, ...]:
        """The transcript, and behind it what no request has carried yet."""
        return (*self.transcript, *self._fresh)

    def copy(self) -> "Chain":
        """Return the same conversation, of which no server knows; places are the same."""
        copy = Chain()
        copy._items, copy._fresh = list(self._items), list(self._fresh)
        return copy

    @property
    def has_fresh(self) -> bool:
        """Whether there is anything a server has not been told."""
        return bool(self._fresh)

    def is_known(self, place: Place, shape: Shape) -> bool:
        """Whether a server holds, at a place, all but the newest items."""
        base = self._base
        return base is not None and base.shape == shape and _holds(base.place, place)

    def add(self, *items: Item) -> None:
        """Append what happened on our side; it goes out with the next request."""
        self._fresh += [encode_item(item) for item in items]

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
        self._send_fresh()
        known = self.is_known(place, shape)
        base, self._base = self._base, None
        self._asked = _Asked(place, shape, base)
        if base is not None and known:
            return Plan((*base.owed, *self._since(base.told)), base.response_id)
        return Plan(self.transcript)

    def completed(self, response_id: str | None, output: tuple[Item, ...]) -> list[int | None]:
        """The request's response is over and may be continued from.

        Returns:
            The place in the transcript of each item of ``output``, for :meth:`rewrite`.
        """
        if self._asked is None:
            raise LocalProtocolError("no request of this chain is running")
        asked, self._asked = self._asked, None
        places = self._keep(output)
        if response_id is not None:
            self._base = _Base(response_id, asked.place, asked.shape, len(self._items))
        return places

    def failed(self, output: Sequence[Item] = ()) -> list[int | None]:
        """The request failed or was lost; ``output`` is what of it has had effects.

        The next request tells everything again. Returns places, as :meth:`completed` does.
        """
        self._asked = None
        self._base = None
        return self._keep(output)

    # --- interruptions ------------------------------------------------------------------------

    def cut(self, kept: Sequence[Item], outputs: Sequence[Item]) -> Cut:
        """Cut the running request's response off; the next request may :meth:`begin` as a fork.

        Args:
            kept: What of the response counts: what was heard, and calls that were acted on.
            outputs: The outputs of those calls.
        """
        if self._asked is None:
            raise LocalProtocolError("no request of this chain is running")
        asked, self._asked = self._asked, None
        self._base = asked.base
        self._keep(kept)
        self._items += [encode_item(item) for item in outputs]
        parent_id = None if asked.base is None else asked.base.response_id
        return Cut(parent_id, asked.place, asked.shape, len(self._items))

    def adopt(self, cut: Cut, response_id: str, outputs: Sequence[Item]) -> None:
        """Continue from a response that was cut off and has ended well.

        Args:
            cut: Where it was cut off.
            response_id: Its id.
            outputs: The outputs of all the calls that it made, those kept included.
        """
        owed = tuple(encode_item(item) for item in outputs)
        self._asked = None
        self._base = _Base(response_id, cut.place, cut.shape, cut.told, owed)

    def steer(self, cut: Cut) -> tuple[tuple[Raw, ...], Cut]:
        """Plan to bring what came after a cut into the response that goes on behind it.

        Returns:
            What a steer has to carry, and where a server is that has taken it. What the server
            makes of it is then the running request's response.
        """
        if self._asked is not None:
            raise LocalProtocolError("a chain has one request at a time")
        self._send_fresh()
        self._asked = _Asked(cut.place, cut.shape, None)
        taken = msgspec.structs.replace(cut, told=len(self._items))
        return self._since(cut.told), taken

    def forget(self) -> None:
        """Continue from nothing: tell everything with the next request."""
        self._base = None

    def unsteer(self) -> None:
        """A steer was not taken: what it carried has still to be told."""
        self._asked = None

    def evicted(self, cut: Cut) -> None:
        """A response that was cut off has ended and is not adopted: there is no fork any more."""
        if self._base is not None and self._base.response_id == cut.parent_id:
            self._base = None
        asked = self._asked
        if asked is not None and asked.base and asked.base.response_id == cut.parent_id:
            self._asked = msgspec.structs.replace(asked, base=None)

    def rewrite(self, place: int, heard: str) -> None:
        """Let a message have been said as far as it was heard, if that is at all.

        A server that holds it still has it as it was; to tell it is the caller's part.
        """
        self._items[place] = encode_item(assistant_text(heard)) if heard else None

    # --- inside -------------------------------------------------------------------------------

    def _send_fresh(self) -> None:
        self._items += self._fresh
        self._fresh = []

    def _since(self, place: int) -> tuple[Raw, ...]:
        return tuple(item for item in self._items[place:] if item is not None)

    def _keep(self, output: Sequence[Item]) -> list[int | None]:
        places: list[int | None] = []
        for item in output:
            kept = without_ids(item)
            places.append(None if kept is None else len(self._items))
            if kept is not None:
                self._items.append(encode_item(kept))
        return places


def _holds(kept: Place, asked: Place) -> bool:
    return kept.stored or kept.connection == asked.connection


def without_ids(item: Item) -> Item | None:
    """Return an item of a response as it is sent back, or ``None`` for one that is not."""
    match item:
        case _ if not is_own(item):
            return None
        case Message() | FunctionCall() | CustomToolCall():
            return msgspec.structs.replace(item, id=UNSET, status=UNSET)
        case Reasoning():
            if not item.encrypted_content:
                return None
            return msgspec.structs.replace(item, id=UNSET, status=UNSET)
        case _:
            return item
