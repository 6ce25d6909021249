"""The form of ``/v1/chat/completions``: what it is told.

A chat has messages, and what an assistant says, calls and gets back has to stand together. So:

1. Neighbours of one voice are one message. Many chat templates refuse two in a row.
2. Whatever a game or a user says is the user's: few templates take a system message later on, and
   the instructions are the one at the beginning.
3. The outputs of calls follow the message that made them; what a user said in between comes after.
4. A message that the next item may still join is rendered anew with each request, until it has
   been joined for the last time. Nothing else is ever rendered twice.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from npcengine.protocol.items import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    Item,
    Message,
    Part,
    Reasoning,
    reasoning_text,
    text_of,
)
from npcengine.server.minds.upstream.chat_answer import ChatReader
from npcengine.server.minds.upstream.form import Question, Reader
from npcengine.server.minds.upstream.told import Told

__all__ = ["ChatForm"]

_Json = dict[str, Any]
_encode = msgspec.json.Encoder().encode

_CALLS = (FunctionCall, CustomToolCall)
_OUTPUTS = (FunctionCallOutput, CustomToolCallOutput)


class ChatForm:
    """See the top of this file.

    Args:
        reasoning: What the server calls a model's working in a message.
    """

    name = "chat"
    endpoint = "chat/completions"

    def __init__(self, reasoning: str) -> None:
        self._reasoning = reasoning

    def read(self, told: Told, items: Sequence[Item]) -> Told:
        rendered: list[bytes] = []
        run = _Run(told.open)
        for item in items:
            if not _is_told(item):
                continue
            if not run.takes(item):
                rendered += self._render(run.items)
                run = _Run(())
            run.add(item)
        return told.add(rendered, run.items)

    def body(self, question: Question) -> bytes:
        thinking, told = question.thinking, question.told
        messages = told.all_rendered() + self._render(told.open)
        if instructions := thinking.settings.instructions:
            messages.insert(0, _encode({"role": "system", "content": instructions}))
        if question.remark:
            messages.append(_encode({"role": "user", "content": question.remark}))
        body: _Json = {
            "model": question.model,
            "messages": Raw(b"[" + b",".join(messages) + b"]"),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if question.tools.as_chat:
            body["tools"] = question.tools.as_chat
            body["tool_choice"] = thinking.tool_choice.mode
            body["parallel_tool_calls"] = thinking.parallel
        wishes = thinking.wishes
        wished = {
            "temperature": wishes.temperature,
            "top_p": wishes.top_p,
            "max_tokens": 1 if question.is_warm_up else wishes.max_output_tokens,
            "reasoning_effort": wishes.effort,
            "response_format": response_format(question),
        }
        body |= {name: wish for name, wish in wished.items() if wish is not None}
        return _encode(body | slot_fields(question))

    def reader(self) -> Reader:
        return ChatReader()

    def _render(self, items: Sequence[Item]) -> list[bytes]:
        """Return the messages that a run of items makes."""
        said = [item for item in items if isinstance(item, Message)]
        theirs = [item.content for item in said if item.role != "assistant"]
        messages: list[_Json] = []
        if assistant := self._assistant(items, said):
            messages.append(assistant)
        messages += [
            {"role": "tool", "tool_call_id": item.call_id, "content": text_of(item.output)}
            for item in items
            if isinstance(item, _OUTPUTS)
        ]
        if theirs:
            messages.append({"role": "user", "content": _content(theirs)})
        return [_encode(message) for message in messages]

    def _assistant(self, items: Sequence[Item], said: Sequence[Message]) -> _Json:
        ours = [text_of(item.content) for item in said if item.role == "assistant"]
        calls = [_call(item) for item in items if isinstance(item, _CALLS)]
        if not (ours or calls):
            return {}
        message: _Json = {"role": "assistant", "content": "\n".join(ours) or None}
        if calls:
            message["tool_calls"] = calls
        if working := "\n".join(filter(None, map(_working, items))):
            message[self._reasoning] = working
        return message


class _Run:
    """Items that make one voice's turn: a user's, or an assistant's with what it called."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items: list[Item] = []
        self._open_calls: set[str] = set()
        self._has_outputs = False
        for item in items:
            self.add(item)

    def takes(self, item: Item) -> bool:
        """Whether an item belongs to it."""
        if not self.items or self._open_calls:
            return True
        is_theirs = _is_theirs(item)
        if _is_theirs(self.items[0]) or is_theirs:
            return is_theirs and _is_theirs(self.items[-1])
        return isinstance(item, _OUTPUTS) or not self._has_outputs

    def add(self, item: Item) -> None:
        self.items.append(item)
        if isinstance(item, _CALLS):
            self._open_calls.add(item.call_id)
        elif isinstance(item, _OUTPUTS):
            self._open_calls.discard(item.call_id)
            self._has_outputs = True


def _is_told(item: Item) -> bool:
    return isinstance(item, (Message, Reasoning, *_CALLS, *_OUTPUTS))


def _is_theirs(item: Item) -> bool:
    return isinstance(item, Message) and item.role != "assistant"


def _call(item: FunctionCall | CustomToolCall) -> _Json:
    arguments = (
        item.arguments if isinstance(item, FunctionCall) else free_text_arguments(item.input)
    )
    function = {"name": item.name, "arguments": arguments}
    return {"id": item.call_id, "type": "function", "function": function}


def free_text_arguments(text: str) -> str:
    """Return the arguments of a call that took free text, for servers that know only objects."""
    return _encode({"input": text}).decode()


def _working(item: Item) -> str:
    return reasoning_text(item) if isinstance(item, Reasoning) else ""


class _Image(msgspec.Struct, tag_field="type", tag="input_image"):
    image_url: str
    detail: str | None = None


_image = msgspec.json.Decoder(_Image)


def _content(contents: Sequence[tuple[Part, ...]]) -> str | list[_Json]:
    """Return what was said in several messages as one; with pictures, if there are any."""
    pictures = [_picture(part) for parts in contents for part in parts if isinstance(part, Raw)]
    text = "\n\n".join(text_of(parts) for parts in contents)
    shown = [picture for picture in pictures if picture is not None]
    return [{"type": "text", "text": text}, *shown] if shown else text


def _picture(part: Raw) -> _Json | None:
    try:
        image = _image.decode(part)
    except msgspec.DecodeError:
        return None
    detail = {} if image.detail is None else {"detail": image.detail}
    return {"type": "image_url", "image_url": {"url": image.image_url, **detail}}


def response_format(question: Question) -> _Json | None:
    """Return the wished form of the text, as a chat's body has it."""
    form = question.thinking.wishes.format
    if form is None:
        return None
    if form.type == "json_object":
        return {"type": "json_object"}
    schema = {"name": form.name, "schema": form.schema, "strict": form.strict is not False}
    return {"type": "json_schema", "json_schema": schema}


def slot_fields(question: Question) -> _Json:
    """Return what llama.cpp is told of its cache, on either endpoint."""
    if not question.kind.has_slots:
        return {}
    fields: _Json = {"cache_prompt": True}
    if question.slot is not None:
        fields["id_slot"] = question.slot
    return fields
