"""Writes the events of one response, in the order and with the fields that clients rely on.

What is streamed, what closes an item and what the terminal event lists always agree: deltas add up
to the ``.done`` text, and that is the item's text.
"""

from collections.abc import Callable
from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import replace

from npcengine.protocol import incoming as event
from npcengine.protocol.incoming import InputTokenDetails, OutputTokenDetails, Usage
from npcengine.protocol.items import FunctionCall, Item
from npcengine.server.body import IncompleteReason, ResponseError, ResponseObject
from npcengine.server.ids import Ids
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, Piece
from npcengine.server.worded import (
    Worded,
    delta_event,
    done_event,
    id_prefix,
    part_of,
    worded_item,
)

__all__ = ["Emitter", "Series", "Terminal"]

Terminal: TypeAlias = event.ResponseCompleted | event.ResponseIncomplete | event.ResponseFailed

_encode = msgspec.json.Encoder().encode


class Series:
    """The numbers of one response's events, of which some may follow its end.

    Args:
        send: Takes each event.
        stream_id: The lane, echoed on every event.
    """

    def __init__(self, send: Callable[[event.ServerEvent], None], stream_id: str | None) -> None:
        self._send = send
        self._lane: str | UnsetType = UNSET if stream_id is None else stream_id
        self._number = 0

    def write(self, what: event.ServerEvent) -> None:
        """Send an event under the next number."""
        numbered = replace(what, sequence_number=self._number, stream_id=self._lane)
        self._number += 1
        self._send(numbered)


class Emitter:
    """One response on its way out.

    Args:
        series: Numbers and sends each event.
        response: The response as it begins.
        ids: Makes item and call ids.
    """

    def __init__(self, series: Series, response: ResponseObject, ids: Ids) -> None:
        self._write = series.write
        self._response = response
        self._ids = ids
        self._done: list[Item] = []
        self._item_id = ""
        self._call_id = ""
        self._call_name = ""
        self._worded: type[Worded] | None = None
        """What the item is made of that is open, when it is not a call."""
        self._text: list[str] = []
        """Pieces of that item."""
        self._arguments: list[str] | None = None
        """Pieces of the arguments of the call that is open."""

    @property
    def whole_items(self) -> tuple[Item, ...]:
        """The items that are finished, without a call that was cut off in its arguments."""
        return tuple(
            item
            for item in self._done
            if not (isinstance(item, FunctionCall) and item.status == "incomplete")
        )

    @property
    def is_writing(self) -> bool:
        """Whether an item is open."""
        return self._worded is not None or self._arguments is not None

    @property
    def has_called(self) -> bool:
        """Whether a call was begun: the client owes its output."""
        return self._arguments is not None or any(
            isinstance(item, FunctionCall) for item in self._done
        )

    def opens_item(self, piece: Piece) -> bool:
        """Whether a piece would end the item that is open, and begin another."""
        match piece:
            case CallBegun():
                return True
            case ArgumentsDelta():
                return False
            case _:
                return type(piece) is not self._worded

    def begin(self) -> None:
        """Accept the request. From the second event on, its parent may be forgotten elsewhere."""
        body = Raw(_encode(self._response))
        self._write(event.ResponseCreated(response=body))
        self._write(event.ResponseInProgress(response=body))

    def piece(self, piece: Piece) -> None:
        """Write one piece of the answer."""
        match piece:
            case CallBegun(name=name):
                self._close_item()
                self._open_call(name)
            case ArgumentsDelta(delta=delta):
                assert self._arguments is not None, "arguments need a call"
                self._arguments.append(delta)
                self._write(
                    event.ArgumentsDelta(
                        item_id=self._item_id, output_index=len(self._done), delta=delta
                    )
                )
            case _:
                self._word(piece)

    # Each of these returns the terminal event, for `end` to write.

    def complete(self, usage: Usage, completed_at: int) -> event.ResponseCompleted:
        """Close what is open and end well."""
        self._close_item()
        return event.ResponseCompleted(
            response=self._body(status="completed", usage=usage, completed_at=completed_at)
        )

    def cut(self, reason: str, usage: Usage) -> event.ResponseIncomplete:
        """End early: a steered response between two items, others wherever they are.

        Official clients know four reasons; a response that was cancelled has none of them, but a
        status of its own.
        """
        self._close_item(status="completed" if reason == "steered" else "incomplete")
        if reason == "cancelled":
            body = self._body(status=reason, usage=usage)
        else:
            details = IncompleteReason(reason)
            body = self._body(status="incomplete", usage=usage, incomplete_details=details)
        return event.ResponseIncomplete(response=body)

    def fail(self, code: str, message: str) -> event.ResponseFailed:
        """End badly, with whatever was finished."""
        return event.ResponseFailed(
            response=self._body(status="failed", error=ResponseError(code, message))
        )

    def end(self, terminal: Terminal) -> None:
        """Write the terminal event."""
        self._write(terminal)

    # --- inside -------------------------------------------------------------------------------

    def _body(self, **changes: object) -> Raw:
        output = [Raw(_encode(item)) for item in self._done]
        return Raw(_encode(replace(self._response, output=output, **changes)))

    def _word(self, piece: Worded) -> None:
        if type(piece) is not self._worded:
            self._close_item()
            self._open_worded(type(piece))
        self._text.append(piece.delta)
        self._write(delta_event(piece, self._item_id, len(self._done)))

    def _open_worded(self, kind: type[Worded]) -> None:
        self._item_id = self._ids.new(id_prefix(kind))
        self._worded, self._text = kind, []
        index, part = len(self._done), part_of(kind, "")
        item = worded_item(kind, self._item_id, None, "in_progress")
        self._write(event.OutputItemAdded(output_index=index, item=Raw(_encode(item))))
        self._write(event.ContentPartAdded(item_id=self._item_id, output_index=index, part=part))

    def _open_call(self, name: str) -> None:
        self._item_id, self._call_id = self._ids.new("fc"), self._ids.new("call")
        self._call_name = name
        self._arguments = []
        item = FunctionCall(self._call_id, name, "", id=self._item_id, status="in_progress")
        self._write(event.OutputItemAdded(output_index=len(self._done), item=Raw(_encode(item))))

    def _close_item(self, status: str = "completed") -> None:
        if self._worded is not None:
            self._close_worded(self._worded, status)
        elif self._arguments is not None:
            self._close_call("".join(self._arguments), status)
        self._worded = self._arguments = None

    def _close_worded(self, kind: type[Worded], status: str) -> None:
        index, text = len(self._done), "".join(self._text)
        item, part = worded_item(kind, self._item_id, text, status), part_of(kind, text)
        self._write(done_event(kind, text, self._item_id, index))
        self._write(event.ContentPartDone(item_id=self._item_id, output_index=index, part=part))
        self._write(event.OutputItemDone(output_index=index, item=Raw(_encode(item))))
        self._done.append(item)

    def _close_call(self, arguments: str, status: str) -> None:
        index = len(self._done)
        item = FunctionCall(
            self._call_id, self._call_name, arguments, id=self._item_id, status=status
        )
        if status == "completed":
            self._write(
                event.ArgumentsDone(item_id=self._item_id, output_index=index, arguments=arguments)
            )
        self._write(event.OutputItemDone(output_index=index, item=Raw(_encode(item))))
        self._done.append(item)


def usage(
    input_tokens: int, cached_tokens: int, output_tokens: int, *, reasoning_tokens: int = 0
) -> Usage:
    """Return what a response cost; ``cached_tokens`` of the input were not looked at again."""
    return Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        total_tokens=input_tokens + output_tokens,
        input_tokens_details=InputTokenDetails(
            cached_tokens=cached_tokens, cache_write_tokens=input_tokens - cached_tokens
        ),
        output_tokens_details=OutputTokenDetails(reasoning_tokens),
    )
