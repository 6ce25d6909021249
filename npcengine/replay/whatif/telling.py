"""What a request told a mind: the same whether it went over HTTP whole, or as a continuation.

Two requests tell the same if all that the world ever said is the same up to there, in order: what
was heard and noticed, and the outputs of calls. What the mind said itself is left out, because a
what-if plays that back word for word.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Literal, TypeAlias

import msgspec
from msgspec import Raw

from npcengine.errors import TraceError

__all__ = ["Kind", "Request", "Telling", "loosely"]

Kind: TypeAlias = Literal["ask", "steer", "warm_up"]

_TOLD_ROLES = frozenset({"user", "developer", "system"})


class _Frame(msgspec.Struct):
    type: str
    stream_id: str | None = None
    previous_response_id: str | None = None
    generate: bool | None = None
    input: list[Raw] = []


class _Item(msgspec.Struct):
    type: str = "message"
    role: str = ""
    content: Raw = Raw(b"null")
    call_id: str = ""
    output: Raw = Raw(b"null")


_read_frame = msgspec.json.Decoder(_Frame).decode
_read_item = msgspec.json.Decoder(_Item).decode


class Request(msgspec.Struct, frozen=True):
    """A frame of ours, and what it tells."""

    kind: Kind
    lane: str | None
    target: str | None
    """What it continues, or steers."""
    size: int
    items: tuple[str, ...]
    """What it tells that is not the mind's own."""
    order: bytes
    """A digest of all that was told up to there."""


class Telling:
    """Follows what is told, for all NPCs of one run."""

    def __init__(self) -> None:
        self._orders: dict[str, bytes] = {}
        """By response, what its server had been told when it began."""

    def read(self, frame: bytes | str, *, known_ids: dict[str, str], left_out: str = "") -> Request:
        """Return what a frame of ours is.

        Args:
            frame: It, as it was sent.
            known_ids: Calls that are another one in the recording.
            left_out: Items that hold this text do not count.
        """
        try:
            sent = _read_frame(frame)
            items = tuple(self._items(sent.input, known_ids, left_out))
        except msgspec.DecodeError as error:
            raise TraceError("(a request)", f"it is no request of ours: {error}") from error
        order = self._orders.get(sent.previous_response_id or "", b"")
        for item in items:
            order = blake2b(order + item.encode(), digest_size=16).digest()
        kind: Kind = "warm_up" if sent.generate is False else "ask"
        if sent.type == "response.steer":
            kind = "steer"
        size = len(frame.encode()) if isinstance(frame, str) else len(frame)
        return Request(kind, sent.stream_id, sent.previous_response_id, size, items, order)

    def begun(self, response_id: str, request: Request) -> None:
        """A response has begun: what continues it was told what its request told."""
        self._orders[response_id] = request.order

    def _items(self, told: list[Raw], known_ids: dict[str, str], left_out: str) -> Iterator[str]:
        for raw in told:
            item = _read_item(raw)
            if item.type == "message" and item.role in _TOLD_ROLES:
                text = bytes(item.content).decode()
            elif item.type.endswith("_output"):
                text = f"{known_ids.get(item.call_id, item.call_id)}: {bytes(item.output).decode()}"
            else:
                continue
            for new, old in known_ids.items():
                if new in text:
                    text = text.replace(new, old)
            if not (left_out and left_out in text):
                yield text


_WHERE_BROKEN_OFF = re.compile(r'\\"(heard|was_about_to_say)\\":\\"(?:[^\\]|\\\\.)*?\\"')


def loosely(item: str) -> str:
    """Return an item without what differs when somebody falls in a word earlier or later."""
    return _WHERE_BROKEN_OFF.sub("", item)
