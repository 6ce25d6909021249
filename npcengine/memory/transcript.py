"""One NPC's conversation as it is kept: the newest part of what its session tells a server."""

from collections.abc import Sequence

import msgspec
from msgspec import Raw

from npcengine.memory.history import History, Record

__all__ = ["MAX_ITEMS", "MAX_ITEM_BYTES", "Transcript"]

MAX_ITEMS = 1_000
"""Items kept of a conversation."""
MAX_ITEM_BYTES = 512 * 1024
"""Their JSON together: at four bytes a token, what a model can read that takes 128,000 tokens."""
ROOM = 0.75
"""The part of a limit that is left in use when the oldest goes, so that not each item moves all."""

_OUTPUTS = ("function_call_output", "custom_tool_call_output")


class _Peek(msgspec.Struct, frozen=True):
    type: str = "message"
    role: str | None = None
    call_id: str | None = None


_peek = msgspec.json.Decoder(_Peek)


class Transcript:
    """The items of a conversation, oldest first, at most :data:`MAX_ITEMS`."""

    def __init__(self, history: History, records: Sequence[Record] = ()) -> None:
        """Go on with ``records``, oldest first.

        Raises:
            msgspec.DecodeError: One of them is no item.
        """
        self._history = history
        self._records = list(records)
        self._raws = [Raw(record.body) for record in records]
        self._peeks = [_peek.decode(record.body) for record in records]
        self._size_bytes = sum(len(record.body) for record in records)
        self._let_go = 0
        """Items of the session's transcript that we had, and keep no longer."""
        self._make_room()

    @property
    def records(self) -> tuple[Record, ...]:
        """What there is to save, oldest first."""
        return tuple(self._records)

    @property
    def items(self) -> tuple[Raw, ...]:
        """What a server can be told, oldest first: an output whose call was let go is left out."""
        called: set[str | None] = set()
        told: list[Raw] = []
        for raw, peek in zip(self._raws, self._peeks, strict=True):
            if peek.type not in _OUTPUTS:
                called.add(peek.call_id)
                told.append(raw)
            elif peek.call_id in called:
                told.append(raw)
        return tuple(told)

    def follow(self, items: Sequence[Raw]) -> None:
        """Become the newest part of ``items``, the session's whole transcript, oldest first.

        What is new is added; from the first item that differs on, ours are taken back before.
        """
        if len(items) < self._let_go:
            self._let_go = 0
        theirs = list(items[self._let_go :])
        same = len(self._raws)
        if theirs[:same] != self._raws:
            pairs = zip(self._raws, theirs, strict=False)
            same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(same, len(theirs)))
            self._history.note("unsaid", len(self._raws) - same)
            self._drop(same, len(self._raws))
        for raw in theirs[same:]:
            body = bytes(raw)
            self._peeks.append(_peek.decode(body))
            self._records.append(self._history.record("item", body))
            self._raws.append(raw)
            self._size_bytes += len(body)
            self._make_room()

    def _make_room(self) -> None:
        """Let the oldest go when there is too much, up to where somebody spoke to the NPC."""
        if len(self._records) <= MAX_ITEMS and self._size_bytes <= MAX_ITEM_BYTES:
            return
        size_bytes, end = self._size_bytes, 0
        while len(self._records) - end > MAX_ITEMS * ROOM or size_bytes > MAX_ITEM_BYTES * ROOM:
            size_bytes -= len(self._records[end].body)
            end += 1
        starts = (i for i in range(end, len(self._peeks)) if self._starts(self._peeks[i]))
        end = next(starts, end)
        self._let_go += end
        self._drop(0, end)

    @staticmethod
    def _starts(peek: _Peek) -> bool:
        return peek.type == "message" and peek.role != "assistant"

    def _drop(self, start: int, end: int) -> None:
        self._size_bytes -= sum(len(record.body) for record in self._records[start:end])
        del self._records[start:end], self._raws[start:end], self._peeks[start:end]
