"""What the generator says: the events of one response, ready for the wire.

The sequences are those of protocol.md section 5, with every field that the official client reads.
A response is made once, as one run of frames; another one is a copy with another number in its
ids, which has as many digits, so the frames stay where they are.
"""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import msgspec

from tools.bench.wire import text_frame

__all__ = ["ACTION", "Script", "call_script", "speech_script"]

ACTION = "walk_to"
"""The one tool that is called; npcengine's client makes it of a class ``WalkTo``."""

_NUMBER = b"########"
"""Stands for the response's number in its ids."""

# As long as OpenAI's: 48 characters after the prefix.
_ID = "0" * 40 + _NUMBER.decode()

_WORDS = (
    " the", " lamp", "light", "er", " walks", " slowly", " along", " the", " canal", ",", " past",
    " shut", "tered", " stalls", " and", " sleep", "ing", " cats", ",", " and", " listens", ".",
)  # fmt: skip
"""Tokens: 4.4 characters on average."""

_OBFUSCATED_TO = 16
"""OpenAI pads deltas with an ``obfuscation`` field so that their length tells nothing; with it a
delta's frame has about 200 bytes (protocol.md section 3.1, performance.md section 1)."""


class Script(msgspec.Struct, frozen=True):
    """The frames of one response."""

    template: bytes
    """All frames end to end, without a number."""
    ends: tuple[int, ...]
    """Where each frame ends, in order."""

    def numbered(self, number: int) -> memoryview:
        """Return the frames of one particular response."""
        return memoryview(self.template.replace(_NUMBER, b"%08d" % number))


def call_script(tokens: int) -> Script:
    """Return a response that calls the action; its text argument is written in ``tokens`` deltas.

    The arguments grow to about 4.4 characters a token. npcengine reads at most 64 Ki of them.
    """
    item = {"type": "function_call", "id": f"fc_{_ID}", "call_id": f"call_{_ID}", "name": ACTION}
    pieces = ['{"place":"', "market", '","text":"', *islice(cycle(_WORDS), tokens - 4), '"}']
    arguments = "".join(pieces)
    done = {**item, "arguments": arguments, "status": "completed"}
    place = {"item_id": item["id"], "output_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.output_item.added", "output_index": 0,
         "item": {**item, "arguments": "", "status": "in_progress"}},
        *({"type": "response.function_call_arguments.delta", **place, **_delta(piece)}
          for piece in pieces),
        {"type": "response.function_call_arguments.done", **place, "arguments": arguments},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
    ]  # fmt: skip
    return _script(events, done, tokens)


def speech_script(tokens: int) -> Script:
    """Return a response that says something: what a mind does that was told to call nothing."""
    item: dict[str, Any] = {"type": "message", "id": f"msg_{_ID}", "role": "assistant"}
    pieces = list(islice(cycle(_WORDS), tokens))
    text = "".join(pieces)
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    done: dict[str, Any] = {**item, "status": "completed", "content": [part]}
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.output_item.added", "output_index": 0,
         "item": {**item, "status": "in_progress", "content": []}},
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        *({"type": "response.output_text.delta", **place, **_delta(piece), "logprobs": []}
          for piece in pieces),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
    ]  # fmt: skip
    return _script(events, done, tokens)


def _delta(piece: str) -> dict[str, str]:
    return {"delta": piece, "obfuscation": "obfuscated-delta"[: _OBFUSCATED_TO - len(piece)]}


def _script(events: list[dict[str, Any]], item: dict[str, Any], tokens: int) -> Script:
    begun = _response("in_progress", [], None)
    usage = {
        "input_tokens": 800,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 800 + tokens,
    }
    every = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        *events,
        {"type": "response.completed", "response": _response("completed", [item], usage)},
    ]
    frames = list(_frames(every))
    ends: list[int] = []
    for frame in frames:
        ends.append(len(frame) + (ends[-1] if ends else 0))
    return Script(b"".join(frames), tuple(ends))


def _frames(events: list[dict[str, Any]]) -> Iterator[bytes]:
    for number, event in enumerate(events):
        yield text_frame(msgspec.json.encode({**event, "sequence_number": number}))


def _response(status: str, output: list[Any], usage: dict[str, Any] | None) -> dict[str, Any]:
    """Return a whole ``response`` object (protocol.md section 4)."""
    return {
        "id": f"resp_{_ID}", "object": "response", "created_at": 1795363266,
        "completed_at": 1795363267 if usage else None, "status": status, "error": None,
        "incomplete_details": None, "instructions": None, "max_output_tokens": None,
        "max_tool_calls": None, "model": "bench", "output": output, "parallel_tool_calls": True,
        "previous_response_id": None, "reasoning": {"effort": None, "summary": None},
        "store": False, "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto",
        "tools": [], "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled", "usage": usage,
        "metadata": {}, "background": False, "service_tier": "default", "safety_identifier": None,
        "prompt_cache_key": None, "presence_penalty": 0, "frequency_penalty": 0,
    }  # fmt: skip
