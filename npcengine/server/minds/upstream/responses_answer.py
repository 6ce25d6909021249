"""The form of ``/v1/responses``: what it answers, event by event.

Tolerant in the ways that servers differ: deltas may be missing, items may come only whole, indexes
and ids may be left out. Not in what an answer is: items come one after another.
"""

from npcengine.errors import RemoteProtocolError
from npcengine.protocol import incoming as wire
from npcengine.protocol.codec import decode_server_event, encode
from npcengine.protocol.items import FunctionCall, Item, Message, OutputText, Refusal, read_item
from npcengine.server.faults import MindError
from npcengine.server.minds.mind import (
    ArgumentsDelta,
    CallBegun,
    Finished,
    Piece,
    ReasoningDelta,
    RefusalDelta,
    Sign,
    Spent,
    TextDelta,
)
from npcengine.server.minds.upstream.failures import fault_of

__all__ = ["ResponsesReader"]

_CUT = ("max_output_tokens", "content_filter")


class ResponsesReader:
    """Reads one answer: see ``form.Reader``."""

    def __init__(self) -> None:
        self.is_over = False
        self._ended: wire.ResponseBody | None = None
        self._call: str | None = None
        """The arguments so far of the call that is being written."""
        self._has_text = False
        """Whether any words of the message came that is being written."""

    def feed(self, event: bytes) -> list[Piece]:
        if event.strip() == b"[DONE]":
            self.is_over = True
            return []
        try:
            return self._take(decode_server_event(event))
        except RemoteProtocolError as error:
            raise MindError(f"the upstream sent what is no event: {error}") from error

    def end(self) -> list[Sign]:
        ended = self._ended
        if ended is None:
            raise MindError("the upstream's answer was cut off")
        signs: list[Sign] = [] if ended.usage is None else [_spent(ended.usage)]
        if ended.status == "incomplete":
            reason = ended.incomplete_details.reason if ended.incomplete_details else ""
            if reason not in _CUT:
                raise MindError(
                    f"the upstream did not complete its answer: {reason or 'no reason'}"
                )
            signs.append(Finished(reason))
        return signs

    def _take(self, what: wire.ServerEvent | wire.UnknownServerEvent) -> list[Piece]:
        match what:
            case wire.OutputItemAdded(item=raw):
                return self._begin(read_item(raw, path="$.item"))
            case wire.OutputItemDone(item=raw):
                return self._complete(read_item(raw, path="$.item"))
            case wire.OutputTextDelta(delta=delta) if delta:
                self._has_text = True
                return [TextDelta(delta)]
            case wire.RefusalDelta(delta=delta) if delta:
                self._has_text = True
                return [RefusalDelta(delta)]
            case (
                wire.ReasoningTextDelta(delta=delta) | wire.ReasoningSummaryTextDelta(delta=delta)
            ) if delta:
                return [ReasoningDelta(delta)]
            case wire.ArgumentsDelta(delta=delta):
                return self._more(delta)
            case wire.ResponseCompleted() | wire.ResponseIncomplete():
                self._ended, self.is_over = wire.read_response(what.response), True
            case wire.ResponseFailed(response=raw):
                error = wire.read_response(raw).error
                raise fault_of(encode(error) if error is not None else b"null")
            case wire.ErrorEvent():
                info = what.info()
                raise fault_of(encode(wire.ErrorBody(info.message, code=info.code)))
            case _:
                pass
        return []

    def _begin(self, item: Item) -> list[Piece]:
        self._has_text, self._call = False, None
        if not isinstance(item, FunctionCall):
            return []
        self._call = ""
        return [CallBegun(item.name)]

    def _more(self, delta: str) -> list[Piece]:
        if self._call is None:
            raise MindError("the upstream sent arguments of a call that had not begun")
        self._call += delta
        return [ArgumentsDelta(delta)] if delta else []

    def _complete(self, item: Item) -> list[Piece]:
        """Take the whole item: what of it had not come yet is news."""
        pieces: list[Piece] = []
        match item:
            case FunctionCall(name=name, arguments=arguments):
                if self._call is None:
                    pieces += self._begin(item)
                known = self._call or ""
                if not arguments.startswith(known):
                    raise MindError(f"the upstream changed the arguments of a call of {name!r}")
                pieces += self._more(arguments[len(known) :])
            case Message(content=parts) if not self._has_text:
                for part in parts:
                    if isinstance(part, OutputText) and part.text:
                        pieces.append(TextDelta(part.text))
                    elif isinstance(part, Refusal) and part.refusal:
                        pieces.append(RefusalDelta(part.refusal))
            case _:
                pass
        self._has_text, self._call = False, None
        return pieces


def _spent(usage: wire.Usage) -> Spent:
    inputs, outputs = usage.input_tokens_details, usage.output_tokens_details
    return Spent(
        usage.input_tokens,
        inputs.cached_tokens if inputs is not None else 0,
        usage.output_tokens,
        outputs.reasoning_tokens if outputs is not None else 0,
    )
