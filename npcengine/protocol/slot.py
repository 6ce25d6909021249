"""One output item of a response while it is written: its text, its call, and what of it counts.

Rules:

1. A call closes once, and nothing may act on it before: with its item's authoritative copy, or
   sooner, at ``arguments.done``, if its deltas came to the very same text, a whole object. So no
   prefix is ever acted on, cut off or repaired: its copy is marked ``incomplete``, which closes
   nothing, or it is not what was streamed. In a response that was cut short, the final list closes
   only calls that it marks ``completed``.
2. What has closed may have been acted on, and stays: a copy that differs later, or is marked
   ``incomplete``, changes nothing.
3. Who a call is was settled when it opened. A copy that names it otherwise is another call, and
   the first call of an id is the only one.
4. Only what can be the model's own (:mod:`npcengine.protocol.output`) is shown or kept.
"""

from npcengine.protocol.changes import Call, CallClosed, CallOpened, Change, FieldClosed
from npcengine.protocol.items import (
    CustomToolCall,
    FunctionCall,
    Item,
    Message,
    OutputText,
    Refusal,
)
from npcengine.protocol.output import AnyCall, is_own
from npcengine.protocol.partial_json import PartialObject

__all__ = ["Slot"]


class Slot:
    """The state of one item."""

    __slots__ = (
        "_calls",
        "_differs",
        "call",
        "is_mute",
        "is_unlisted",
        "item",
        "item_id",
        "output_index",
        "texts",
    )

    def __init__(self, item_id: str, output_index: int, calls: dict[str, Call]) -> None:
        """Begin with nothing written.

        Args:
            item_id: Empty while it is not known.
            output_index: Its place in the output.
            calls: The calls of the response that have opened, by ``call_id``; all slots have this.
        """
        self.item_id = item_id
        self.output_index = output_index
        self._calls = calls
        self.texts: dict[int, str] = {}
        self.is_mute = False
        """Whether it is something other than an assistant's words, so that it has no text."""
        self.call: Call | None = None
        self.item: Item | None = None
        """What of it counts, once that is certain: the authoritative copy, or a closed call."""
        self._differs = False
        """Whether a server holds something else of it, as far as its newest copy says."""
        self.is_unlisted = False
        """Whether the final list has other items, and not this one."""

    @property
    def is_whole(self) -> bool:
        """Whether what counts of it is what a server holds of it."""
        if self.item is None:
            return self.call is None and not self._differs
        return not (self._differs or self.is_unlisted)

    @property
    def takes_text(self) -> bool:
        """Whether more text of it may come."""
        return self.item is None and not self.is_mute

    # --- early news ---------------------------------------------------------------------------

    def begin(self, item: Item) -> list[Change]:
        """Take the first copy of the item, which is hardly written yet."""
        if self.item is not None:
            return []
        self.is_mute = not _is_speech(item)
        return self._name(item.call_id, item.name) if isinstance(item, FunctionCall) else []

    def add_arguments(self, delta: str) -> list[Change]:
        """Take more of a call's arguments."""
        call = self.call or self._call()
        if call.closed:
            return []
        fields = call.reader.feed(delta)
        # Fields of a call that has not opened are not news yet: `_name` reports them with it.
        if not fields or not self._is_open(call):
            return []
        return [FieldClosed(call, field) for field in fields]

    def end_arguments(self, arguments: str, name: str) -> list[Change]:
        """Take a call's whole arguments, and its name if that is known by now."""
        call = self._call()
        if call.closed:
            return []
        named = self._name(call.call_id, call.name or name)
        is_streamed = call.reader.complete and call.reader.text == arguments
        if not (self._is_open(call) and is_streamed):
            return named  # which call it is, or what it says, its item's `.done` will tell
        return [*named, *self._close(call, arguments)]

    # --- authoritative copies -----------------------------------------------------------------

    def texts_in(self, item: Item) -> dict[int, str]:
        """Return the text that an authoritative copy gives the item, by part."""
        has_closed = self.call is not None and self.call.closed
        if has_closed or not (isinstance(item, Message) and is_own(item)):
            return {}
        return {
            index: part.text if isinstance(part, OutputText) else part.refusal
            for index, part in enumerate(item.content)
            if isinstance(part, OutputText | Refusal)
        }

    def take(self, item: Item, *, is_sure: bool) -> list[Change]:
        """Take an authoritative copy of the item, all but its text.

        Args:
            item: The copy.
            is_sure: Whether a call counts that does not say that it is complete.
        """
        self.is_mute = not _is_speech(item)
        if self.call is not None and self.call.closed:
            is_same = isinstance(item, AnyCall) and _is_same(item, self.call)
            self._differs = not is_same
            self.item = item if is_same else self.item
            return []
        if isinstance(item, AnyCall):
            return self._take_call(item, is_sure=is_sure)
        self._differs = not is_own(item)
        self.item = None if self._differs else item
        return []

    def _take_call(self, item: AnyCall, *, is_sure: bool) -> list[Change]:
        self.item, self._differs = None, True
        if item.status == "incomplete" or not (is_sure or item.status == "completed"):
            return []  # it may have been cut off
        if self._is_open(call := self._call()) and _who(call) != _named_in(item):
            self.call = None  # the call that had been announced never came
        self._call().takes_text = isinstance(item, CustomToolCall)
        named = self._name(item.call_id, item.name)
        if not self._is_open(call := self._call()):
            return named
        closed = self._close(call, _arguments(item))
        self.item, self._differs = item, False
        return [*named, *closed]

    # --- inside -------------------------------------------------------------------------------

    def _call(self) -> Call:
        if self.call is None:
            self.call = Call("", "")
        return self.call

    def _is_open(self, call: Call) -> bool:
        return self._calls.get(call.call_id) is call

    def _name(self, call_id: str, name: str) -> list[Change]:
        """Learn who a call is; the first time, report it with what its deltas have shown."""
        call = self._call()
        if self._is_open(call):
            return []
        call.call_id, call.name = call_id, name
        if not (name and call_id) or call_id in self._calls:
            return []
        self._calls[call_id] = call
        shown = call.reader.text
        call.reader = PartialObject()
        fields = call.reader.feed(shown)
        return [CallOpened(call), *(FieldClosed(call, field) for field in fields)]

    def _close(self, call: Call, arguments: str) -> list[Change]:
        call.closed, call.arguments = True, arguments
        self.item, self._differs = call.item, True  # until a copy says the same
        shown = call.reader.text
        # Where the deltas were wrong, what they showed is no guide to what is committed.
        is_more = arguments.startswith(shown) and not call.takes_text
        fields = call.reader.feed(arguments[len(shown) :] if is_more else "")
        return [*(FieldClosed(call, field) for field in fields), CallClosed(call)]


def _is_speech(item: Item) -> bool:
    return isinstance(item, Message) and is_own(item)


def _who(call: Call) -> tuple[str, str, bool]:
    return call.call_id, call.name, call.takes_text


def _named_in(item: AnyCall) -> tuple[str, str, bool]:
    return item.call_id, item.name, isinstance(item, CustomToolCall)


def _arguments(item: AnyCall) -> str:
    return item.input if isinstance(item, CustomToolCall) else item.arguments


def _is_same(item: AnyCall, call: Call) -> bool:
    """Whether a copy says of a closed call what was acted on."""
    is_whole = item.status != "incomplete" and _arguments(item) == call.arguments
    return is_whole and _named_in(item) == _who(call)
