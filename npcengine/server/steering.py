"""Words in the middle of a response (``response.steer``): queued, then brought or given back.

Rules (protocol.md sections 3.4 and 5(f)):

1. A response takes steers from its ``response.created`` to its terminal event, up to a number and
   a size. All that is said about a steer is numbered in that response's own series.
2. A steer that is queued stops the response where its next item would begin; at once, when it has
   said nothing yet. It ends ``incomplete`` for the reason ``steered``; it completes when nothing
   was left to write, or when calls of its own wait for the client.
3. What is queued when the response ends is brought to exactly one other, in the order it came: to
   a successor that follows by itself, with the settings and limits of the request before; or,
   while calls are open, to the request that continues the response on its lane, ahead of that
   request's input. For the latter ``response.steer.pending`` says once a steer what is missing.
   The ``response.created`` of either is the moment from which the words count.
4. What is queued and can be brought nowhere is given back, under its id: the response failed or
   was cancelled, the request that would have brought it was refused, or its lane went on from
   elsewhere or lost its context. With the connection it is gone without a word.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.codec import given, read_as
from npcengine.protocol.incoming import (
    ErrorBody,
    RequiredInput,
    Steer,
    SteerAccepted,
    SteerFailed,
    SteerPending,
)
from npcengine.protocol.items import (
    FunctionCall,
    InputText,
    Item,
    Message,
    read_item_list,
    user_text,
)
from npcengine.protocol.outgoing import ResponseSteer
from npcengine.server.emitter import Series
from npcengine.server.faults import RequestError
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits

__all__ = ["Steering", "refused_steer"]

_OTHER_PARTS = ("input_image", "input_file")


class _Part(msgspec.Struct):
    type: str | None = None


_string = msgspec.json.Decoder(str)
_part = msgspec.json.Decoder(_Part)


class _Queued(msgspec.Struct, frozen=True):
    """One steer that was accepted."""

    id: str
    messages: tuple[Message, ...]
    input: Raw
    """As it came, to be given back."""


class Steering:
    """The steers of one response, from its beginning until all of them are settled."""

    def __init__(self, response_id: str, series: Series, ids: Ids, limits: Limits) -> None:
        self.response_id = response_id
        self._series = series
        self._ids = ids
        self._limits = limits
        self._queue: list[_Queued] = []
        self._closed: RequestError | None = None

    @property
    def queued(self) -> tuple[Message, ...]:
        """The words that wait, in the order they came."""
        return tuple(message for steer in self._queue for message in steer.messages)

    def take(self, event: ResponseSteer) -> bool:
        """Queue a steer or refuse it, and say so; return whether it was queued."""
        try:
            messages = self._check(event)
        except RequestError as error:
            self._series.write(refused_steer(event, error))
            return False
        steer = _Queued(self._ids.new("steer"), messages, Raw(given(event.input) or b""))
        self._queue.append(steer)
        self._series.write(SteerAccepted(steer=Steer(self.response_id, id=steer.id)))
        return True

    def _check(self, event: ResponseSteer) -> tuple[Message, ...]:
        if self._closed is not None:
            raise self._closed
        messages = _read_messages(event, self._limits)
        if len(self._queue) >= self._limits.steers:
            raise RequestError(
                f"{self._limits.steers} steers wait already", code="too_many_pending_steers"
            )
        return messages

    def close(self, code: str, message: str) -> None:
        """Take no more: every further steer is refused with this."""
        self._closed = RequestError(message, code=code)

    def ask_for_outputs(self, items: Sequence[Item]) -> None:
        """Say that what is queued waits until the calls among ``items`` are answered."""
        required = tuple(
            RequiredInput("function_call_output", call_id=item.call_id, name=item.name)
            for item in items
            if isinstance(item, FunctionCall)
        )
        for steer in self._queue:
            self._series.write(
                SteerPending(
                    steer=Steer(self.response_id, id=steer.id),
                    reason="waiting_for_required_input",
                    required_input=required,
                )
            )

    def commit(self) -> None:
        """Let go of what is queued: a response that has it in its context is about to begin."""
        self._queue.clear()

    def give_back(self, why: str) -> None:
        """Return what is queued to the client: it will never be brought anywhere."""
        error = RequestError(why, code="successor_creation_failed")
        for steer in self._queue:
            self._series.write(_failed(self.response_id, steer.id, steer.input, error))
        self._queue.clear()


def refused_steer(event: ResponseSteer, error: RequestError) -> SteerFailed:
    """Return the answer to a steer that was not accepted."""
    return _failed(event.previous_response_id, UNSET, event.input, error)


def _failed(
    response_id: str, steer_id: str | UnsetType, words: Raw | UnsetType, error: RequestError
) -> SteerFailed:
    return SteerFailed(
        steer=Steer(response_id, id=steer_id, input=words),
        error=ErrorBody(
            type="invalid_request_error", code=error.code, message=error.message, param=error.param
        ),
    )


def _read_messages(event: ResponseSteer, limits: Limits) -> tuple[Message, ...]:
    """Return the user's words.

    Raises:
        RequestError: They are something else, or too many; the place is named.
    """
    if event.stream_id is not UNSET:
        raise _invalid("the response decides the lane of a steer", "stream_id")
    if (raw := given(event.input)) is None:
        raise _invalid("a steer needs an input", "input")
    if len(raw) > limits.steer_bytes:
        raise _invalid(f"more than {limits.steer_bytes} bytes", "input")
    try:
        if raw.startswith(b'"'):
            return (user_text(read_as(_string, raw, path="$.input")),)
        items = read_item_list(raw, path="$.input")
        if not items:
            raise _invalid("a steer needs a message", "input")
        return tuple(_read_message(item, f"input[{index}]") for index, item in enumerate(items))
    except RemoteProtocolError as error:
        raise RequestError.unreadable(error, code="invalid_input") from error


def _read_message(item: Item, path: str) -> Message:
    if not isinstance(item, Message) or item.role != "user":
        raise _invalid("only messages of the role 'user' can steer", path)
    if not item.content:
        raise _invalid("a message needs content", f"{path}.content")
    for index, part in enumerate(item.content):
        where = f"{path}.content[{index}]"
        if isinstance(part, Raw):
            known = read_as(_part, part, path=f"$.{where}").type in _OTHER_PARTS
        else:
            known = isinstance(part, InputText)
        if not known:
            raise _invalid("a steer has text, images and files only", where)
    return item


def _invalid(message: str, param: str) -> RequestError:
    return RequestError(f"{param}: {message}", code="invalid_input", param=param)
