"""The form of ``/v1/responses``: what it is told. Items go as they are, each rendered once."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Raw
from msgspec.structs import replace

from npcengine.protocol.items import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    Item,
    Message,
    encode_item,
    user_text,
)
from npcengine.server.minds.upstream.chat import free_text_arguments, response_format, slot_fields
from npcengine.server.minds.upstream.form import Question, Reader
from npcengine.server.minds.upstream.responses_answer import ResponsesReader
from npcengine.server.minds.upstream.told import Told

__all__ = ["ResponsesForm"]

_encode = msgspec.json.Encoder().encode


class ResponsesForm:
    """See the top of this file.

    The whole conversation goes with every request, and the upstream is asked to store nothing: a
    failed request, a fork or a restart of either end then leaves nothing to be mended.
    """

    name = "responses"
    endpoint = "responses"

    def read(self, told: Told, items: Sequence[Item]) -> Told:
        rendered = [bytes(encode_item(sent)) for item in items if (sent := _sent(item))]
        return told.add(rendered, ())

    def body(self, question: Question) -> bytes:
        thinking = question.thinking
        items = question.told.all_rendered()
        if question.remark:
            items.append(bytes(encode_item(user_text(question.remark))))
        body: dict[str, Any] = {
            "model": question.model,
            "input": Raw(b"[" + b",".join(items) + b"]"),
            "stream": True,
            "store": False,
        }
        if question.tools.as_responses:
            body["tools"] = question.tools.as_responses
            body["tool_choice"] = thinking.tool_choice.mode
            body["parallel_tool_calls"] = thinking.parallel
        wishes = thinking.wishes
        form = wishes.format
        wished = {
            "instructions": thinking.settings.instructions or None,
            "temperature": wishes.temperature,
            "top_p": wishes.top_p,
            "max_output_tokens": 1 if question.is_warm_up else wishes.max_output_tokens,
            "reasoning": None if wishes.effort is None else {"effort": wishes.effort},
            "text": None if form is None else {"format": form},
            "response_format": (
                None if question.kind.reads_text_format else response_format(question)
            ),
        }
        body |= {name: wish for name, wish in wished.items() if wish is not None}
        return _encode(body | slot_fields(question))

    def reader(self) -> Reader:
        return ResponsesReader()


def _sent(item: Item) -> Item | None:
    """Return an item as it is sent, without what is only known here; ``None`` for none at all.

    Reasoning stays here: servers want back their own encrypted form of it, or none.
    """
    match item:
        case Message():
            return replace(item, id=UNSET, status=UNSET, phase=UNSET)
        case FunctionCall():
            return replace(item, id=UNSET, status=UNSET)
        case FunctionCallOutput():
            return replace(item, id=UNSET, status=UNSET)
        case CustomToolCall():
            return FunctionCall(item.call_id, item.name, free_text_arguments(item.input))
        case CustomToolCallOutput():
            return FunctionCallOutput(item.call_id, item.output)
        case _:
            return None
