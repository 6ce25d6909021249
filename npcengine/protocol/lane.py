"""Follows one response on its lane, from the request to its end.

Rules:

1. A lane carries one response at a time. A response begins with :meth:`Lane.sent` and ends exactly
   once, with one :class:`Ended`; whatever arrives after that is a stray, counted and ignored.
2. Only ``.done`` events and the terminal ``response`` are authoritative. Deltas and set-up events
   are early news: any of them may be missing, repeated or out of order, and what they said is
   replaced when the authoritative copy differs.
3. What may be acted on, and what of an item counts, is in :mod:`npcengine.protocol.slot`. A
   response of which a server holds anything else is not *whole*: it is not to be continued from.
4. An item that cannot be read, or more of anything than a sane response has, breaks the response:
   the other end is not to be trusted with this connection any more. The event that did it counts
   for nothing, those before it stand.
5. This module knows no time and no socket. Deadlines and losses are told to it.

Phases and what moves them (a blank keeps the phase)::

              sent()   first event   completed    incomplete    failed    error     lost()  rule 4
    IDLE      SENT     stray         stray        stray         stray     stray
    SENT               OPEN          COMPLETED    INCOMPLETE    FAILED    REFUSED   LOST    BROKEN
    OPEN                             COMPLETED    INCOMPLETE    FAILED    REFUSED   LOST    BROKEN
    (ended)   SENT     stray         stray        stray         stray     stray

What a feed answers, in the order it happened: :class:`Started` once, then per call
:class:`CallOpened`, any number of :class:`FieldClosed`, :class:`CallClosed`; last :class:`Ended`.
Text answers nothing: it grows in :attr:`Lane.text`, which is state and not an edge.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias

from npcengine.errors import LocalProtocolError, RemoteProtocolError
from npcengine.protocol import incoming as server
from npcengine.protocol.changes import Call, Change, Ended, Outcome, Phase, Started
from npcengine.protocol.items import Item, read_item
from npcengine.protocol.slot import Slot

__all__ = ["Lane"]

MAX_TEXT_CHARS = 64 * 1024
"""Most text in one response; an NPC's turn is a few hundred characters."""

MAX_ITEMS = 128
"""Most items in one response."""


_SENT, _OPEN = Phase.SENT, Phase.OPEN  # a member looked up in its class costs more than a global

_NOTHING: tuple[Change, ...] = ()


class Lane:
    """The state of one response; reusable for the next one on the same lane."""

    def __init__(self) -> None:
        self.phase = Phase.IDLE
        self.strays = 0
        """Events that came when no response was running."""
        self._clear()

    def _clear(self) -> None:
        self.response_id: str | None = None
        self._slots: list[Slot] = []
        self._by_id: dict[str, Slot] = {}
        self._by_index: dict[int, Slot] = {}
        self._calls: dict[str, Call] = {}
        """The calls that have opened, by their ``call_id``."""
        self._text_chars = 0

    @property
    def text(self) -> str:
        """What the response says, so far; separate messages stand on lines of their own."""
        texts = ["".join(slot.texts.values()) for slot in self._slots if slot.texts]
        return texts[0] if len(texts) == 1 else "\n".join(filter(None, texts))

    @property
    def unfinished_text(self) -> str:
        """What of that belongs to messages that are not finished."""
        texts = ["".join(slot.texts.values()) for slot in self._slots if slot.item is None]
        return "\n".join(filter(None, texts))

    @property
    def is_speaking(self) -> bool:
        """Whether it is in the middle of a message."""
        return bool(self._slots) and self._slots[-1].item is None and bool(self._slots[-1].texts)

    def sent(self) -> None:
        """A request was written to this lane.

        Raises:
            LocalProtocolError: The response before it has not ended.
        """
        if self.phase.is_running:
            raise LocalProtocolError("a request was sent on a lane that still has a response")
        self._clear()
        self.phase = Phase.SENT

    def lost(self, reason: str) -> Sequence[Change]:
        """The lane's connection is gone, or was given up."""
        if not self.phase.is_running:
            return _NOTHING
        return self._end(Phase.LOST, error=server.ErrorInfo(code="link_lost", message=reason))

    def feed(self, event: server.ServerEvent) -> Sequence[Change]:
        """Take one event of this lane and return what it changed, in order."""
        if self.phase is not _OPEN and self.phase is not _SENT:
            self.strays += 1
            return _NOTHING
        step = self._steps.get(type(event))
        try:
            if self.phase is _SENT:
                return self._first(event, step)
            return step(self, event) if step is not None else _NOTHING
        except RemoteProtocolError as error:
            return self._break(str(error))

    def _first(self, event: server.ServerEvent, step: "_Step | None") -> Sequence[Change]:
        """Open on whatever comes first; sloppy servers leave ``created`` out."""
        if isinstance(event, server.ErrorEvent):
            return self._on_error(event)
        self.phase = Phase.OPEN
        if isinstance(event, server.LIFECYCLE):
            self.response_id = server.read_response(event.response).id or None
        started: list[Change] = [Started(self.response_id)]
        return [*started, *step(self, event)] if step is not None else started

    # --- early news ---------------------------------------------------------------------------

    def _on_text_delta(
        self, event: server.OutputTextDelta | server.RefusalDelta
    ) -> Sequence[Change]:
        slot = self._slot(event.item_id, event.output_index)
        if slot.takes_text:
            self._count_text(len(event.delta))
            texts, index = slot.texts, event.content_index
            texts[index] = texts.get(index, "") + event.delta
        return _NOTHING

    def _on_text_done(self, event: server.OutputTextDone | server.RefusalDone) -> Sequence[Change]:
        slot = self._slot(event.item_id, event.output_index)
        if slot.takes_text:
            text = event.text if isinstance(event, server.OutputTextDone) else event.refusal
            self._count_text(len(text) - len(slot.texts.get(event.content_index, "")))
            slot.texts[event.content_index] = text
        return _NOTHING

    def _count_text(self, chars: int) -> None:
        if self._text_chars + chars > MAX_TEXT_CHARS:
            raise RemoteProtocolError(f"more than {MAX_TEXT_CHARS} characters of text")
        self._text_chars += chars

    def _on_arguments_delta(self, event: server.ArgumentsDelta) -> Sequence[Change]:
        return self._slot(event.item_id, event.output_index).add_arguments(event.delta)

    def _on_arguments_done(self, event: server.ArgumentsDone) -> Sequence[Change]:
        slot = self._slot(event.item_id, event.output_index)
        return slot.end_arguments(event.arguments, event.name or "")

    # --- items --------------------------------------------------------------------------------

    def _on_item_added(self, event: server.OutputItemAdded) -> Sequence[Change]:
        item = read_item(event.item, path="$.item")
        return self._slot(_id_of(item), event.output_index).begin(item)

    def _on_item_done(self, event: server.OutputItemDone) -> Sequence[Change]:
        item = read_item(event.item, path="$.item")
        return self._take([(item, self._slot(_id_of(item), event.output_index))], is_sure=True)

    def _take(self, copies: Sequence[tuple[Item, Slot]], *, is_sure: bool) -> list[Change]:
        """Take authoritative copies; what can go wrong does before the first of them counts."""
        texts = [slot.texts_in(item) for item, slot in copies]
        was = sum(_chars(slot.texts) for _, slot in copies)
        self._count_text(sum(map(_chars, texts)) - was)
        changes: list[Change] = []
        for (item, slot), text in zip(copies, texts, strict=True):
            slot.texts = text
            changes += slot.take(item, is_sure=is_sure)
        return changes

    def _slot(self, item_id: str, output_index: int) -> Slot:
        """Find the item an event is about: by its id, or by its place when there is no id."""
        slot = self._by_id.get(item_id)
        if slot is None:
            slot = self._by_index.get(output_index)
            if slot is None or (item_id and slot.item_id):
                slot = self._new_slot(item_id, output_index)
            slot.item_id = item_id or slot.item_id
            self._by_index[output_index] = slot
            if item_id:
                self._by_id[item_id] = slot
        return slot

    def _listed(self, items: Sequence[Item]) -> list[Slot]:
        """Find what the items of a final list were while they were written.

        Some servers make new ids for this list: an item that has no slot by its id is the one that
        was written at this place, unless that one was listed already.
        """
        listed: list[Slot] = []
        for index, item in enumerate(items):
            item_id = _id_of(item)
            slot = self._by_id.get(item_id) or self._by_index.get(index)
            if slot is None or slot in listed:
                slot = self._new_slot(item_id, index)
            listed.append(slot)
        return listed

    def _new_slot(self, item_id: str, output_index: int) -> Slot:
        if len(self._slots) == MAX_ITEMS:
            raise RemoteProtocolError(f"more than {MAX_ITEMS} items")
        slot = Slot(item_id, output_index, self._calls)
        self._slots.append(slot)
        return slot

    # --- ends ---------------------------------------------------------------------------------

    def _on_terminal(
        self,
        event: server.ResponseCompleted | server.ResponseFailed | server.ResponseIncomplete,
    ) -> Sequence[Change]:
        body = server.read_response(event.response)
        items = [
            read_item(raw, path=f"$.response.output[{index}]")
            for index, raw in enumerate(body.output or ())
        ]
        listed = self._listed(items)
        for slot in self._slots:
            slot.is_unlisted = bool(listed) and slot not in listed  # some leave the list empty
        copies = list(zip(items, listed, strict=True))
        changes = self._take(copies, is_sure=isinstance(event, server.ResponseCompleted))
        self.response_id = body.id or None
        match event:
            case server.ResponseCompleted():
                phase, error = Phase.COMPLETED, None
            case server.ResponseIncomplete():
                reason = body.incomplete_details.reason if body.incomplete_details else ""
                phase, error = Phase.INCOMPLETE, server.ErrorInfo(code=reason or "incomplete")
            case server.ResponseFailed():
                detail = body.error or server.ErrorBody(message="no reason given")
                code = "failed" if detail.code is None else str(detail.code)
                phase, error = Phase.FAILED, server.ErrorInfo(code=code, message=detail.message)
        return [*changes, *self._end(phase, error=error, usage=body.usage)]

    def _on_error(self, event: server.ErrorEvent) -> Sequence[Change]:
        return self._end(Phase.REFUSED, error=event.info())

    def _break(self, reason: str) -> Sequence[Change]:
        return self._end(Phase.BROKEN, error=server.ErrorInfo(code="bad_response", message=reason))

    def _end(
        self,
        phase: Phase,
        *,
        error: server.ErrorInfo | None,
        usage: server.Usage | None = None,
    ) -> Sequence[Change]:
        self.phase = phase
        slots = sorted(self._slots, key=lambda slot: slot.output_index)
        items = tuple(slot.item for slot in slots if slot.item is not None)
        is_whole = all(slot.is_whole for slot in slots)
        if usage is not None and items and not (usage.input_tokens or usage.output_tokens):
            usage = None  # something was said: a count of nothing is none, and nothing was free
        return [Ended(Outcome(phase, self.response_id, items, error, usage, is_whole))]

    _steps: ClassVar[dict[type, "_Step"]] = {
        server.OutputTextDelta: _on_text_delta,
        server.RefusalDelta: _on_text_delta,
        server.OutputTextDone: _on_text_done,
        server.RefusalDone: _on_text_done,
        server.ArgumentsDelta: _on_arguments_delta,
        server.ArgumentsDone: _on_arguments_done,
        server.OutputItemAdded: _on_item_added,
        server.OutputItemDone: _on_item_done,
        server.ResponseCompleted: _on_terminal,
        server.ResponseFailed: _on_terminal,
        server.ResponseIncomplete: _on_terminal,
        server.ErrorEvent: _on_error,
    }
    """What each event does; the ones that are not here only show that the response lives."""


# The table holds one function an event type, each taking exactly its type: `Callable[..., ...]`
# is as much of that as a type can say.
_Step: TypeAlias = Callable[..., Sequence[Change]]


def _id_of(item: Item) -> str:
    return getattr(item, "id", None) or ""


def _chars(texts: dict[int, str]) -> int:
    return sum(map(len, texts.values()))
