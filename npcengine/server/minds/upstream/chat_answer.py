"""The form of ``/v1/chat/completions``: what it answers, chunk by chunk."""

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.protocol.codec import given
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

__all__ = ["ChatReader"]


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct):
    index: int = 0
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


class _Timings(msgspec.Struct):
    """llama.cpp's own account; older ones tell what was cached only here."""

    cache_n: int = 0


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    timings: _Timings | None = None
    error: Raw | UnsetType = UNSET


_decode = msgspec.json.Decoder(_Chunk).decode

_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ChatReader:
    """Reads one answer: see ``form.Reader``."""

    def __init__(self) -> None:
        self.is_over = False
        self._finish: str | None = None
        self._spent: Spent | None = None
        self._call: tuple[int, str] | None = None
        """Index and id of the call that is being written."""
        self._called: set[int] = set()

    def feed(self, event: bytes) -> list[Piece]:
        if event.strip() == b"[DONE]":
            self.is_over = True
            return []
        try:
            chunk = _decode(event)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise MindError(f"the upstream sent what is no chunk of a chat: {error}") from error
        if (fault := given(chunk.error)) is not None:
            raise fault_of(fault)
        if chunk.usage is not None:
            self._spent = _spent(chunk.usage, chunk.timings)
        pieces: list[Piece] = []
        for choice in (chunk.choices or ())[:1]:
            self._finish = choice.finish_reason or self._finish
            if choice.delta is not None:
                pieces += self._pieces(choice.delta)
        return pieces

    def end(self) -> list[Sign]:
        if self._finish is None:
            raise MindError("the upstream's answer was cut off")
        spent: list[Sign] = [] if self._spent is None else [self._spent]
        reason = _REASONS.get(self._finish)
        return spent if reason is None else [*spent, Finished(reason)]

    def _pieces(self, delta: _Delta) -> list[Piece]:
        pieces: list[Piece] = []
        if working := delta.reasoning_content or delta.reasoning:
            pieces.append(ReasoningDelta(working))
        if delta.content:
            pieces.append(TextDelta(delta.content))
        if delta.refusal:
            pieces.append(RefusalDelta(delta.refusal))
        if pieces:
            self._call = None
        for call in delta.tool_calls or ():
            pieces += self._call_pieces(call)
        return pieces

    def _call_pieces(self, call: _ToolCall) -> list[Piece]:
        """Return the pieces of one more bit of a call.

        A call begins with its name. Servers number calls, or give all of them the number 0 and
        each an id; some repeat the name or the id with every bit.
        """
        function = call.function or _Function()
        pieces: list[Piece] = []
        if self._begins(call):
            if not function.name:
                raise MindError("the upstream began a call without naming the tool")
            self._call = call.index, call.id or ""
            self._called.add(call.index)
            pieces.append(CallBegun(function.name))
        if function.arguments:
            pieces.append(ArgumentsDelta(function.arguments))
        return pieces

    def _begins(self, call: _ToolCall) -> bool:
        if self._call is None:
            return True
        index, call_id = self._call
        if call.index != index:
            if call.index in self._called:
                raise MindError("the upstream wrote two calls at the same time")
            return True
        return bool(call.id) and bool(call_id) and call.id != call_id


def _spent(usage: _Usage, timings: _Timings | None) -> Spent:
    prompt, output = usage.prompt_tokens_details, usage.completion_tokens_details
    cached = None if prompt is None else prompt.cached_tokens
    if cached is None:
        cached = timings.cache_n if timings is not None else 0
    reasoning = None if output is None else output.reasoning_tokens
    return Spent(usage.prompt_tokens, cached, usage.completion_tokens, reasoning or 0)
