"""Items of one part that is words: what is said, why it is not said, what was thought before."""

from typing import TypeAlias

import msgspec
from msgspec import Raw

from npcengine.protocol import incoming as event
from npcengine.protocol.items import Item, Message, OutputText, Reasoning, ReasoningText, Refusal
from npcengine.server.minds.mind import ReasoningDelta, RefusalDelta, TextDelta

__all__ = ["Worded", "delta_event", "done_event", "id_prefix", "part_of", "worded_item"]

Worded: TypeAlias = TextDelta | RefusalDelta | ReasoningDelta
"""The pieces that such items grow by."""

_encode = msgspec.json.Encoder().encode


def id_prefix(kind: type[Worded]) -> str:
    """Return what the ids of such items begin with."""
    return "rs" if kind is ReasoningDelta else "msg"


def part_of(kind: type[Worded], text: str) -> Raw:
    """Return an item's only part."""
    if kind is RefusalDelta:
        return Raw(_encode(Refusal(text)))
    if kind is ReasoningDelta:
        return Raw(_encode(ReasoningText(text)))
    return Raw(_encode(OutputText(text)))


def worded_item(kind: type[Worded], item_id: str, text: str | None, status: str) -> Item:
    """Return an item; before it has a part, ``text`` is ``None``."""
    if kind is ReasoningDelta:
        parts = b"[]" if text is None else b"[%b]" % bytes(part_of(kind, text))
        return Reasoning(content=Raw(parts), id=item_id, status=status)
    if text is None:
        return Message("assistant", (), id=item_id, status=status)
    part = Refusal(text) if kind is RefusalDelta else OutputText(text)
    return Message("assistant", (part,), id=item_id, status=status)


def delta_event(piece: Worded, item_id: str, index: int) -> event.ServerEvent:
    """Return the event of one more piece of an item."""
    match piece:
        case TextDelta(delta=delta):
            return event.OutputTextDelta(item_id=item_id, output_index=index, delta=delta)
        case RefusalDelta(delta=delta):
            return event.RefusalDelta(item_id=item_id, output_index=index, delta=delta)
        case ReasoningDelta(delta=delta):
            return event.ReasoningTextDelta(item_id=item_id, output_index=index, delta=delta)


def done_event(kind: type[Worded], text: str, item_id: str, index: int) -> event.ServerEvent:
    """Return the event of an item's whole words."""
    if kind is RefusalDelta:
        return event.RefusalDone(item_id=item_id, output_index=index, refusal=text)
    if kind is ReasoningDelta:
        return event.ReasoningTextDone(item_id=item_id, output_index=index, text=text)
    return event.OutputTextDone(item_id=item_id, output_index=index, text=text)
