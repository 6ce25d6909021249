"""What may arrive from a server: the events of one response, of a steer, and errors.

One struct an event, tagged by its ``type``. ``sequence_number`` counts from 0 within a response,
not within a connection, and sloppy servers leave it out. ``stream_id`` is there on every event of
a named lane and absent on the default one. Items, parts and responses stay ``Raw`` here and are
read in a second, tolerant pass (:mod:`npcengine.protocol.items`, :class:`ResponseBody`).
"""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.protocol.refusal import refused

__all__ = [
    "DELTAS",
    "LIFECYCLE",
    "TERMINALS",
    "AnnotationAdded",
    "ArgumentsDelta",
    "ArgumentsDone",
    "CompactionCompacting",
    "ContentPartAdded",
    "ContentPartDone",
    "CustomInputDelta",
    "CustomInputDone",
    "ErrorBody",
    "ErrorEvent",
    "ErrorInfo",
    "OutputItemAdded",
    "OutputItemDone",
    "OutputTextDelta",
    "OutputTextDone",
    "ReasoningSummaryPartAdded",
    "ReasoningSummaryPartDone",
    "ReasoningSummaryTextDelta",
    "ReasoningSummaryTextDone",
    "ReasoningTextDelta",
    "ReasoningTextDone",
    "RefusalDelta",
    "RefusalDone",
    "ResponseBody",
    "ResponseCompleted",
    "ResponseCreated",
    "ResponseFailed",
    "ResponseInProgress",
    "ResponseIncomplete",
    "ResponseQueued",
    "ServerEvent",
    "SteerAccepted",
    "SteerFailed",
    "SteerPending",
    "UnknownServerEvent",
    "Usage",
    "read_response",
]


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    sequence_number: int | UnsetType | None = UNSET
    stream_id: str | UnsetType | None = UNSET


# --- a response's life -----------------------------------------------------------------------


class _Lifecycle(_Event, frozen=True, kw_only=True):
    response: Raw


class ResponseCreated(_Lifecycle, frozen=True, kw_only=True, tag="response.created"):
    """The request was accepted and has an id."""


class ResponseQueued(_Lifecycle, frozen=True, kw_only=True, tag="response.queued"):
    """It waits for its turn on the server."""


class ResponseInProgress(_Lifecycle, frozen=True, kw_only=True, tag="response.in_progress"):
    """It runs; its parent is pinned, so the parent's lane may move on."""


class ResponseCompleted(_Lifecycle, frozen=True, kw_only=True, tag="response.completed"):
    """Terminal: finished, or stopped to wait for its tools' outputs."""


class ResponseFailed(_Lifecycle, frozen=True, kw_only=True, tag="response.failed"):
    """Terminal: it started, then broke."""


class ResponseIncomplete(_Lifecycle, frozen=True, kw_only=True, tag="response.incomplete"):
    """Terminal: cut short by a limit, a filter or a steer."""


# --- items and their parts -------------------------------------------------------------------


class OutputItemAdded(_Event, frozen=True, kw_only=True, tag="response.output_item.added"):
    """An item opens."""

    output_index: int = 0
    item: Raw


class OutputItemDone(_Event, frozen=True, kw_only=True, tag="response.output_item.done"):
    """An item closes; this copy is authoritative."""

    output_index: int = 0
    item: Raw


class _Content(_Event, frozen=True, kw_only=True):
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0


class ContentPartAdded(_Content, frozen=True, kw_only=True, tag="response.content_part.added"):
    """A part of a message opens."""

    part: Raw


class ContentPartDone(_Content, frozen=True, kw_only=True, tag="response.content_part.done"):
    """A part of a message closes."""

    part: Raw


# Text and argument deltas are one event a token: `gc=False` keeps a full socket of them from
# waking the cycle collector (performance.md section 1: 8 % cheaper to decode).
class OutputTextDelta(
    _Content, frozen=True, kw_only=True, gc=False, tag="response.output_text.delta"
):
    """More text."""

    delta: str
    logprobs: tuple[Raw, ...] | None = ()


class OutputTextDone(_Content, frozen=True, kw_only=True, tag="response.output_text.done"):
    """The whole text of a part."""

    text: str
    logprobs: tuple[Raw, ...] | None = ()


class AnnotationAdded(
    _Content, frozen=True, kw_only=True, tag="response.output_text.annotation.added"
):
    """A citation or the like was attached to text."""

    annotation_index: int = 0
    annotation: Raw


class RefusalDelta(_Content, frozen=True, kw_only=True, gc=False, tag="response.refusal.delta"):
    """More of a refusal's text."""

    delta: str


class RefusalDone(_Content, frozen=True, kw_only=True, tag="response.refusal.done"):
    """A refusal's whole text."""

    refusal: str


class _OfItem(_Event, frozen=True, kw_only=True):
    item_id: str = ""
    output_index: int = 0


class ArgumentsDelta(
    _OfItem, frozen=True, kw_only=True, gc=False, tag="response.function_call_arguments.delta"
):
    """More of a call's arguments, a piece of JSON text cut anywhere."""

    delta: str


class ArgumentsDone(
    _OfItem, frozen=True, kw_only=True, tag="response.function_call_arguments.done"
):
    """A call's whole arguments."""

    arguments: str
    name: str | UnsetType = UNSET
    """Sent by some servers only."""


class CustomInputDelta(
    _OfItem, frozen=True, kw_only=True, gc=False, tag="response.custom_tool_call_input.delta"
):
    """More input for a free-text tool."""

    delta: str


class CustomInputDone(
    _OfItem, frozen=True, kw_only=True, tag="response.custom_tool_call_input.done"
):
    """The whole input of a free-text tool."""

    input: str


class _Summary(_OfItem, frozen=True, kw_only=True):
    summary_index: int = 0


class ReasoningSummaryPartAdded(
    _Summary, frozen=True, kw_only=True, tag="response.reasoning_summary_part.added"
):
    """A part of a reasoning summary opens."""

    part: Raw


class ReasoningSummaryPartDone(
    _Summary, frozen=True, kw_only=True, tag="response.reasoning_summary_part.done"
):
    """A part of a reasoning summary closes."""

    part: Raw


class ReasoningSummaryTextDelta(
    _Summary, frozen=True, kw_only=True, gc=False, tag="response.reasoning_summary_text.delta"
):
    """More of a reasoning summary."""

    delta: str


class ReasoningSummaryTextDone(
    _Summary, frozen=True, kw_only=True, tag="response.reasoning_summary_text.done"
):
    """The whole text of one part of a reasoning summary."""

    text: str


class ReasoningTextDelta(
    _Content, frozen=True, kw_only=True, gc=False, tag="response.reasoning_text.delta"
):
    """More of a model's open reasoning."""

    delta: str


class ReasoningTextDone(_Content, frozen=True, kw_only=True, tag="response.reasoning_text.done"):
    """The whole text of one part of a model's open reasoning."""

    text: str


class CompactionCompacting(
    _OfItem, frozen=True, kw_only=True, tag="response.compaction.compacting"
):
    """The server is folding the conversation."""


# --- steering --------------------------------------------------------------------------------


class Steer(msgspec.Struct, frozen=True):
    """What the steer events say about one steer."""

    previous_response_id: str | None = None
    id: str | UnsetType = UNSET
    input: Raw | UnsetType = UNSET


class RequiredInput(msgspec.Struct, frozen=True):
    """An output the server waits for before it can go on; other keys vary with ``type``."""

    type: str
    call_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET


class SteerAccepted(_Event, frozen=True, kw_only=True, tag="response.steer.accepted"):
    """The words are queued; they count from the successor's ``response.created`` on."""

    steer: Steer


class SteerPending(_Event, frozen=True, kw_only=True, tag="response.steer.pending"):
    """The words wait until the outputs named here have been sent."""

    steer: Steer
    reason: str = ""
    required_input: tuple[RequiredInput, ...] = ()


# --- errors ----------------------------------------------------------------------------------


class ErrorBody(msgspec.Struct, frozen=True):
    """What went wrong, in the wrapped form."""

    message: str = ""
    type: str | None = None
    code: str | int | None = None
    param: str | None = None
    headers: dict[str, str] | None = None


class SteerFailed(_Event, frozen=True, kw_only=True, tag="response.steer.failed"):
    """The words were refused and will never count."""

    steer: Steer
    error: ErrorBody = ErrorBody()


class ErrorEvent(_Event, frozen=True, kw_only=True, tag="error"):
    """A request was refused, in either of the two shapes in use: wrapped or flat."""

    error: ErrorBody | UnsetType = UNSET
    status: int | UnsetType | None = UNSET
    status_code: int | UnsetType | None = UNSET
    code: str | int | UnsetType | None = UNSET
    message: str | UnsetType = UNSET
    param: str | UnsetType | None = UNSET
    headers: dict[str, str] | UnsetType | None = UNSET

    def info(self) -> "ErrorInfo":
        """Return one view of the error, whichever shape it came in."""
        body = self.error if self.error is not UNSET else ErrorBody()
        code = body.code if body.code is not None else (self.code or None)
        headers = {**(self.headers or {}), **(body.headers or {})}
        retry_after = next((v for k, v in headers.items() if k.lower() == "retry-after"), None)
        return ErrorInfo(
            code=None if code is None else str(code),
            type=body.type,
            message=body.message or (self.message or ""),
            status=(self.status or None) or (self.status_code or None),
            param=body.param if body.param is not None else (self.param or None),
            retry_after_s=_seconds(retry_after),
        )


class ErrorInfo(msgspec.Struct, frozen=True):
    """An error, read from either shape."""

    code: str | None = None
    type: str | None = None
    """What kind it is; only in the wrapped shape, and for some servers all there is."""
    message: str = ""
    status: int | None = None
    param: str | None = None
    retry_after_s: float | None = None
    """How long the server asks us to wait, in seconds, from either place it may be sent in."""

    def __str__(self) -> str:
        name = self.code or self.type or "error"
        return f"{name}: {self.message}" if self.message else name


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header) if header is not None else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds <= 86_400 else None


# --- the second pass -------------------------------------------------------------------------


class InputTokenDetails(msgspec.Struct, frozen=True):
    """A breakdown of the input's tokens; every server knows other parts of it."""

    cached_tokens: int = 0
    cache_write_tokens: int = 0


class OutputTokenDetails(msgspec.Struct, frozen=True):
    """A breakdown of the output's tokens."""

    reasoning_tokens: int = 0


class Usage(msgspec.Struct, frozen=True):
    """What a response cost, in tokens; ``input_tokens`` counts the whole context."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    input_tokens_details: InputTokenDetails | None = None
    output_tokens_details: OutputTokenDetails | None = None


class IncompleteDetails(msgspec.Struct, frozen=True):
    """Why a response was cut short."""

    reason: str = ""


class ResponseBody(msgspec.Struct, frozen=True):
    """The parts of a ``response`` object that a client reads."""

    id: str
    status: str | None = None
    output: tuple[Raw, ...] | None = None
    error: ErrorBody | None = None
    incomplete_details: IncompleteDetails | None = None
    usage: Usage | None = None
    previous_response_id: str | None = None


class UnknownServerEvent(msgspec.Struct, frozen=True):
    """An event of a type that is not known here, such as ``acme:trace``: to be ignored."""

    type: str
    stream_id: str | None = None


ServerEvent: TypeAlias = (
    ResponseCreated
    | ResponseQueued
    | ResponseInProgress
    | ResponseCompleted
    | ResponseFailed
    | ResponseIncomplete
    | OutputItemAdded
    | OutputItemDone
    | ContentPartAdded
    | ContentPartDone
    | OutputTextDelta
    | OutputTextDone
    | AnnotationAdded
    | RefusalDelta
    | RefusalDone
    | ArgumentsDelta
    | ArgumentsDone
    | CustomInputDelta
    | CustomInputDone
    | ReasoningSummaryPartAdded
    | ReasoningSummaryPartDone
    | ReasoningSummaryTextDelta
    | ReasoningSummaryTextDone
    | ReasoningTextDelta
    | ReasoningTextDone
    | CompactionCompacting
    | SteerAccepted
    | SteerPending
    | SteerFailed
    | ErrorEvent
)

LIFECYCLE = (
    ResponseCreated,
    ResponseQueued,
    ResponseInProgress,
    ResponseCompleted,
    ResponseFailed,
    ResponseIncomplete,
)
"""Events that carry the whole ``response``."""

TERMINALS = (ResponseCompleted, ResponseFailed, ResponseIncomplete)
"""Exactly one of these ends a response; an :class:`ErrorEvent` ends a request."""

DELTAS = (OutputTextDelta, ArgumentsDelta, RefusalDelta, ReasoningTextDelta)
"""Events that come one a token."""

_response = msgspec.json.Decoder(ResponseBody)


def read_response(raw: Raw | bytes, *, path: str = "$.response") -> ResponseBody:
    """Return what a client needs of a ``response`` object.

    Raises:
        RemoteProtocolError: It is not an object with an id, or a field we read has another type.
    """
    with refused(path):
        return _response.decode(raw)
