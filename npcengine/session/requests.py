"""What a request looks like when it is written."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Raw

from npcengine.protocol.chain import Plan, Shape
from npcengine.protocol.codec import encode
from npcengine.protocol.items import Message, encode_item
from npcengine.protocol.outgoing import ResponseCreate, ResponseSteer

__all__ = ["create", "steer"]

_NO_TOOLS = Raw(b'"none"')

_read_message = msgspec.json.Decoder(Message).decode


def create(
    shape: Shape,
    plan: Plan,
    *,
    stream_id: str | None,
    no_tools: bool,
    most_tokens: int | None,
    generate: bool,
) -> bytes:
    """Return a request for a response.

    Args:
        shape: What is the same in every request of an NPC.
        plan: What is told, and what it continues.
        stream_id: The lane's name, where lanes have one.
        no_tools: Whether the answer has to be in words.
        most_tokens: How long the answer may be; ``None`` leaves that to the server.
        generate: Whether there is to be an answer, or only what is told is to be read.
    """
    return encode(
        ResponseCreate(
            model=shape.model,
            input=_listed(plan.items),
            instructions=shape.instructions,
            previous_response_id=plan.previous_response_id or UNSET,
            tools=Raw(shape.tools),
            tool_choice=_NO_TOOLS if no_tools else UNSET,
            store=False,
            generate=UNSET if generate else False,
            max_output_tokens=UNSET if most_tokens is None else most_tokens,
            stream_id=UNSET if stream_id is None else Raw(f'"{stream_id}"'.encode()),
        )
    )


def steer(target: str, items: Sequence[Raw]) -> bytes:
    """Return what brings words into a response that is running.

    Args:
        target: The response.
        items: The words, as messages.
    """
    return encode(
        ResponseSteer(previous_response_id=target, input=_listed([_as_user(one) for one in items]))
    )


def _listed(items: Sequence[Raw]) -> Raw:
    return Raw(b"[" + b",".join(bytes(item) for item in items) + b"]")


def _as_user(item: Raw) -> Raw:
    """Return a message as a steer may carry it: there, all words are the user's.

    Nobody can pass for the game by that: what people say always stands in quotes behind a name.
    """
    return encode_item(msgspec.structs.replace(_read_message(item), role="user"))
