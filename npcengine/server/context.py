"""What the gateway remembers of a conversation, so that a continuation costs only what is new.

A context is a link to its parent and what was added: items, their tokens, and the mind's own state.
It is never changed, so a fork shares everything with its source. A continuation reads, renders and
tokenises its new items and nothing else; that is the whole point of a persistent connection.
"""

from collections.abc import Sequence

import msgspec

from npcengine.protocol.items import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    Item,
    Message,
    Reasoning,
    UnknownItem,
    encode_item,
    reasoning_text,
    text_of,
)
from npcengine.server.faults import RequestError
from npcengine.server.tokens import count_tokens

__all__ = ["EMPTY", "LARGE_BYTES", "Context", "is_long", "render"]

LARGE_BYTES = 64 * 1024
"""From here on reading something is large work: a megabyte may take half a second to tokenise."""

ITEM_BYTES = 256
"""What an item takes besides its JSON; a client may send thousands with next to none."""


class Context(msgspec.Struct, frozen=True):
    """A conversation up to some point."""

    parent: "Context | None"
    added: tuple[Item, ...]
    items: int
    """Items in all, this context's and its parents'."""
    tokens: int
    """Tokens in all."""
    size_bytes: int
    """Memory in all, roughly: the JSON of the items, and what each takes besides."""
    open_calls: frozenset[str]
    """Calls that have no output yet."""
    mind_state: object = None
    """What the mind made of it; the mind's own, never looked into."""

    def history(self) -> tuple[Item, ...]:
        """Return every item, oldest first."""
        pieces: list[tuple[Item, ...]] = []
        context: Context | None = self
        while context is not None:
            pieces.append(context.added)
            context = context.parent
        return tuple(item for piece in reversed(pieces) for item in piece)

    def extended(
        self,
        items: Sequence[Item],
        *,
        places: Sequence[int] | None = None,
        most_bytes: int | None = None,
    ) -> "Context":
        """Return this conversation with more items at its end; only those are worked on.

        Args:
            items: Oldest first.
            places: Where each stood in the request, for the error; by default where it stands.
            most_bytes: How much memory it may take in all; no work is done on more.

        Raises:
            RequestError: An output belongs to no open call, or it gets too long.
        """
        open_calls = set(self.open_calls)
        tokens, size = 0, 0
        for index, item in enumerate(items):
            match item:
                case FunctionCall() | CustomToolCall():
                    open_calls.add(item.call_id)
                case FunctionCallOutput() | CustomToolCallOutput():
                    if item.call_id not in open_calls:
                        place = index if places is None else places[index]
                        raise RequestError(
                            f"No tool call found for function call output {item.call_id}.",
                            param=f"input[{place}].call_id",
                        )
                    open_calls.discard(item.call_id)
                case _:
                    pass
            # Not the text's size: a picture has none, and an id may be of any length.
            size += len(encode_item(item)) + ITEM_BYTES
            if most_bytes is not None and self.size_bytes + size > most_bytes:
                raise RequestError(
                    f"the conversation is over {most_bytes} bytes: begin a new one",
                    code="context_length_exceeded",
                )
            tokens += count_tokens(render(item))
        return Context(
            self,
            tuple(items),
            self.items + len(items),
            self.tokens + tokens,
            self.size_bytes + size,
            frozenset(open_calls),
            self.mind_state,
        )

    def check_answered(self) -> None:
        """Check that every call has its output.

        Raises:
            RequestError: One has not.
        """
        if self.open_calls:
            call_id = min(self.open_calls)
            raise RequestError(f"No tool output found for function call {call_id}.", param="input")


def is_long(items: Sequence[Item]) -> bool:
    """Whether it is large work to extend a context with items."""
    total = 0
    for item in items:
        total += len(encode_item(item))
        if total >= LARGE_BYTES:
            return True
    return False


EMPTY = Context(None, (), 0, 0, 0, frozenset())


def render(item: Item) -> str:
    """Return an item as it stands in a model's context, in a plain chat template."""
    match item:
        case Message():
            return f"<|{item.role}|>{text_of(item.content)}<|end|>"
        case FunctionCall():
            return f"<|call|>{item.name} {item.arguments}<|end|>"
        case CustomToolCall():
            return f"<|call|>{item.name} {item.input}<|end|>"
        case FunctionCallOutput() | CustomToolCallOutput():
            return f"<|output|>{text_of(item.output)}<|end|>"
        case Reasoning():
            return f"<|reasoning|>{item.encrypted_content or ''}{reasoning_text(item)}<|end|>"
        case UnknownItem():
            return f"<|{item.type}|>{bytes(item.raw).decode('utf-8', 'replace')}<|end|>"
        case _:
            return "<|item|><|end|>"
