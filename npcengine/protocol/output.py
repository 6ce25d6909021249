"""What of a response's output is the model's own, and what a call of it is answered with.

A model writes what it likes, and a server may be fooled by it: words in the role of the game or of
a player, outputs of calls, references to what somebody else has stored. None of that happened, so
none of it may be shown, or be told again as if it had. What is left are an assistant's words, its
calls and its reasoning, and items of types that are not known here, as long as they name no call
and no role: those could be any of the above.
"""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.protocol.items import (
    Compaction,
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    InputText,
    Item,
    Message,
    Reasoning,
    UnknownItem,
)

__all__ = ["AnyCall", "AnyOutput", "is_own", "output_of"]

AnyCall: TypeAlias = FunctionCall | CustomToolCall
AnyOutput: TypeAlias = FunctionCallOutput | CustomToolCallOutput


class _Claims(msgspec.Struct, frozen=True):
    call_id: Raw | UnsetType = UNSET
    role: Raw | UnsetType = UNSET


_claims = msgspec.json.Decoder(_Claims)


def is_own(item: Item) -> bool:
    """Whether an item of a response's output can be the model's."""
    match item:
        case Message(role=role, content=content):
            return role == "assistant" and not any(isinstance(part, InputText) for part in content)
        case FunctionCall() | CustomToolCall() | Reasoning() | Compaction():
            return True
        case UnknownItem(raw=raw):
            claims = _claims.decode(raw)
            return claims.call_id is UNSET and claims.role is UNSET
        case _:
            return False


def output_of(call: AnyCall, output: str) -> AnyOutput:
    """Return the item that answers a call; each kind of call has its own."""
    if isinstance(call, CustomToolCall):
        return CustomToolCallOutput(call.call_id, output)
    return FunctionCallOutput(call.call_id, output)
