"""The items a conversation is made of, and the tolerant reader for them.

Both ends write items with these structs. Reading takes a second pass: events carry items as
``Raw``, and :func:`read_item` turns one into a struct, or into :class:`UnknownItem` when its type
is not known here. Servers and models add item types all the time, also inside messages, and none
of them may cost us the frame they came in.
"""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.refusal import refused

__all__ = [
    "Compaction",
    "CustomToolCall",
    "CustomToolCallOutput",
    "FunctionCall",
    "FunctionCallOutput",
    "InputText",
    "Item",
    "ItemReference",
    "Message",
    "OutputText",
    "Part",
    "Reasoning",
    "ReasoningText",
    "Refusal",
    "UnknownItem",
    "assistant_text",
    "encode_item",
    "read_item",
    "reasoning_text",
    "text_of",
    "user_text",
]


class InputText(msgspec.Struct, frozen=True, tag_field="type", tag="input_text"):
    """Text a model is given."""

    text: str


class ReasoningText(msgspec.Struct, frozen=True, tag_field="type", tag="reasoning_text"):
    """A piece of a model's working."""

    text: str


class OutputText(msgspec.Struct, frozen=True, tag_field="type", tag="output_text"):
    """Text a model wrote."""

    text: str
    annotations: tuple[Raw, ...] = ()
    logprobs: tuple[Raw, ...] = ()


class Refusal(msgspec.Struct, frozen=True, tag_field="type", tag="refusal"):
    """A model's words for not answering."""

    refusal: str


Part: TypeAlias = InputText | OutputText | Refusal | Raw
"""One piece of a message; ``Raw`` is a part of a type that is not known here, kept verbatim."""


class Message(msgspec.Struct, frozen=True, tag_field="type", tag="message"):
    """Somebody's words; who is in ``role``: user, developer, system or assistant."""

    role: str
    content: tuple[Part, ...]
    id: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET
    phase: str | UnsetType | None = UNSET


class FunctionCall(msgspec.Struct, frozen=True, tag_field="type", tag="function_call"):
    """A model's call of one tool. ``id`` names the item, ``call_id`` ties the output to it."""

    call_id: str
    name: str
    arguments: str
    """A JSON object, as a string."""
    id: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET


class FunctionCallOutput(msgspec.Struct, frozen=True, tag_field="type", tag="function_call_output"):
    """What a tool answered."""

    call_id: str
    output: str | tuple[Part, ...]
    id: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET


class CustomToolCall(msgspec.Struct, frozen=True, tag_field="type", tag="custom_tool_call"):
    """A model's call of a tool that takes free text."""

    call_id: str
    name: str
    input: str
    id: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET


class CustomToolCallOutput(
    msgspec.Struct, frozen=True, tag_field="type", tag="custom_tool_call_output"
):
    """What a free-text tool answered."""

    call_id: str
    output: str | tuple[Part, ...]
    id: str | UnsetType | None = UNSET


class Reasoning(msgspec.Struct, frozen=True, tag_field="type", tag="reasoning"):
    """A model's private working; only its encrypted form can be sent back."""

    summary: tuple[Raw, ...] = ()
    content: Raw | UnsetType = UNSET
    """The working itself, a list of parts, from servers that show it."""
    encrypted_content: str | UnsetType | None = UNSET
    id: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET


class Compaction(msgspec.Struct, frozen=True, tag_field="type", tag="compaction"):
    """A whole stretch of conversation, folded into an opaque string by the server."""

    encrypted_content: str
    id: str | UnsetType | None = UNSET


class ItemReference(msgspec.Struct, frozen=True, tag_field="type", tag="item_reference"):
    """Stands for an item the server has stored."""

    id: str


class UnknownItem(msgspec.Struct, frozen=True):
    """An item of a type that is not known here: kept verbatim, never rejected."""

    type: str
    raw: Raw


Item: TypeAlias = (
    Message
    | FunctionCall
    | FunctionCallOutput
    | CustomToolCall
    | CustomToolCallOutput
    | Reasoning
    | Compaction
    | ItemReference
    | UnknownItem
)


class _Peek(msgspec.Struct):
    type: str | None = None
    role: str | None = None


class _Nameless(msgspec.Struct):
    """An item without a type or a role: a reference may come so."""

    id: str | None = None


class _LooseMessage(msgspec.Struct):
    """A message as clients really send it: plain text or parts, and often without a type."""

    role: str
    content: str | list[Raw] | None = None
    id: str | None = None
    status: str | None = None
    phase: str | None = None


class _LooseOutput(msgspec.Struct):
    call_id: str
    output: str | list[Raw]
    id: str | None = None


_peek = msgspec.json.Decoder(_Peek)
_nameless = msgspec.json.Decoder(_Nameless)
_peek_raw_list = msgspec.json.Decoder(list[Raw])
_loose_message = msgspec.json.Decoder(_LooseMessage)
_loose_output = msgspec.json.Decoder(_LooseOutput)
_working = msgspec.json.Decoder(list[ReasoningText])
_encoder = msgspec.json.Encoder()

_parts: dict[str, msgspec.json.Decoder[InputText | OutputText | Refusal]] = {
    "input_text": msgspec.json.Decoder(InputText),
    "output_text": msgspec.json.Decoder(OutputText),
    "refusal": msgspec.json.Decoder(Refusal),
}
_plain: dict[
    str,
    msgspec.json.Decoder[FunctionCall]
    | msgspec.json.Decoder[CustomToolCall]
    | msgspec.json.Decoder[Reasoning]
    | msgspec.json.Decoder[Compaction]
    | msgspec.json.Decoder[ItemReference],
] = {
    "function_call": msgspec.json.Decoder(FunctionCall),
    "custom_tool_call": msgspec.json.Decoder(CustomToolCall),
    "reasoning": msgspec.json.Decoder(Reasoning),
    "compaction": msgspec.json.Decoder(Compaction),
    "item_reference": msgspec.json.Decoder(ItemReference),
}


def read_item(raw: Raw | bytes, *, path: str = "$") -> Item:
    """Return the item in ``raw``.

    Args:
        raw: One JSON object.
        path: Where the item stood, for the error's text.

    Raises:
        RemoteProtocolError: It is not an object, or it is of a known type and its fields are not.
    """
    with refused(path):
        peek = _peek.decode(raw)
        kind = peek.type or ("message" if peek.role is not None else None)
        if kind is None and (known := _nameless.decode(raw)).id is not None:
            return ItemReference(known.id)
        if kind is None:
            raise RemoteProtocolError("an item needs a type", path=path)
        if kind == "message":
            loose = _loose_message.decode(raw)
            return Message(
                role=loose.role,
                content=_read_content(loose.content, loose.role, path=f"{path}.content"),
                id=loose.id or UNSET,
                status=loose.status or UNSET,
                phase=loose.phase or UNSET,
            )
        if kind in ("function_call_output", "custom_tool_call_output"):
            answer = _loose_output.decode(raw)
            output = (
                answer.output
                if isinstance(answer.output, str)
                else _read_content(answer.output, "user", path=f"{path}.output")
            )
            if kind == "function_call_output":
                return FunctionCallOutput(answer.call_id, output, id=answer.id or UNSET)
            return CustomToolCallOutput(answer.call_id, output, id=answer.id or UNSET)
        if (decoder := _plain.get(kind)) is not None:
            return decoder.decode(raw)
        return UnknownItem(kind, Raw(bytes(raw)))


def _read_content(
    content: str | list[Raw] | None, role: str, *, path: str
) -> tuple[InputText | OutputText | Refusal | Raw, ...]:
    if content is None:
        return ()
    if isinstance(content, str):
        return (OutputText(content) if role == "assistant" else InputText(content),)
    parts: list[Part] = []
    for index, raw in enumerate(content):
        with refused(f"{path}[{index}]"):
            decoder = _parts.get(_peek.decode(raw).type or "")
            parts.append(decoder.decode(raw) if decoder is not None else Raw(bytes(raw)))
    return tuple(parts)


def read_item_list(raw: Raw | bytes, *, path: str = "$") -> list[Item]:
    """Return the items of a JSON array, oldest first; see :func:`read_item`."""
    with refused(path):
        items = _peek_raw_list.decode(raw)
    return [read_item(item, path=f"{path}[{index}]") for index, item in enumerate(items)]


def encode_item(item: Item) -> Raw:
    """Return the JSON of an item; an unknown one comes out exactly as it came in."""
    if isinstance(item, UnknownItem):
        return item.raw
    return Raw(_encoder.encode(item))


def text_of(content: str | tuple[Part, ...]) -> str:
    """Return the words in a message's content or in a tool's output, other parts left out."""
    if isinstance(content, str):
        return content
    words = [
        part.refusal if isinstance(part, Refusal) else part.text
        for part in content
        if not isinstance(part, Raw)
    ]
    return "".join(words)


def reasoning_text(item: Reasoning) -> str:
    """Return the working that an item shows, empty when it shows none that can be read."""
    try:
        return "".join(part.text for part in _working.decode(item.content or b"[]"))
    except (msgspec.DecodeError, RecursionError):
        return ""


def user_text(text: str) -> Message:
    """Return a user's message of one text part."""
    return Message("user", (InputText(text),))


def assistant_text(text: str) -> Message:
    """Return an assistant's message of one text part."""
    return Message("assistant", (OutputText(text),))
