"""A mind with no wits, for developing any game with no model.

It calls the tools it is offered, with arguments that fit their schemas, then says something that
uses what they answered. Seeded: the same conversation gets the same answers, whatever else the
gateway is doing.
"""

from collections.abc import AsyncGenerator, Sequence
from random import Random
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from npcengine.protocol.codec import given
from npcengine.protocol.items import FunctionCall, FunctionCallOutput, Item, Message, text_of
from npcengine.protocol.outgoing import FunctionTool
from npcengine.server.faults import MindError
from npcengine.server.minds.invent import invent
from npcengine.server.minds.mind import Piece, Thinking
from npcengine.server.minds.options import Options
from npcengine.server.minds.pace import Act, Call, Say
from npcengine.server.settings import Settings

__all__ = ["PracticeMind"]

MAX_CALLS = 3
"""Most calls in one response."""

MAX_KEPT = 32
"""Calls and outputs remembered; a client may send thousands."""

MAX_HEARD = 1_000
"""Characters of a message that answers are drawn from: a seed of megabytes takes a while."""

_OPENINGS = ("Let me see.", "A moment.", "Hm, well.", "I will find out.")
_CLOSINGS = ("So that is that.", "There you have it.", "Now you know.", "That is all I can say.")


class _Seen(msgspec.Struct, frozen=True):
    """What practice keeps of a conversation: the last thing it was told, and what came since."""

    heard: str = ""
    is_an_end: bool = False
    """Whether that was the end of something it did: no reason to do more."""
    calls: tuple[tuple[str, str], ...] = ()
    """Ids and tools of the calls since."""
    outputs: tuple[tuple[str, str], ...] = ()
    """Tools and what they answered since."""
    items: int = 0


class PracticeMind:
    """See the top of this file.

    Options: ``seed``, ``ttft_ms``, ``tokens_per_s``.
    """

    name = "practice"

    def __init__(self, options: Options) -> None:
        self._seed = int(options.number("seed", 0, least=0, most=2**31))
        self._pace = options.pace()

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        seen = state if isinstance(state, _Seen) else _Seen()
        for item in items:
            seen = replace(_after(seen, item), items=seen.items + 1)
        return seen

    def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        return self._pace.play(self._answer(thinking))

    def _answer(self, thinking: Thinking) -> list[Act]:
        seen = thinking.state
        assert isinstance(seen, _Seen)
        random = Random(f"{self._seed}/{seen.items}/{seen.heard}")  # noqa: S311
        tools = [tool for tool in thinking.settings.tools if thinking.tool_choice.allows(tool.name)]
        must = thinking.tool_choice.mode == "required"
        if tools and (must or not (seen.calls or seen.is_an_end)):
            most = MAX_CALLS if thinking.parallel else 1
            count = random.randint(1, min(most, len(tools)))
            calls: list[Act] = [_call(tool, random) for tool in random.sample(tools, count)]
            return [Say(random.choice(_OPENINGS)), *calls]
        return [Say(_words(seen, random))]


def _after(seen: _Seen, item: Item) -> _Seen:
    match item:
        case Message(role="assistant"):
            return replace(seen, outputs=())
        case Message(content=content):
            text = text_of(content)
            return _Seen(text[:MAX_HEARD], is_an_end='"event":"action_ended"' in text)
        case FunctionCall(call_id=call_id, name=name):
            return replace(seen, calls=(*seen.calls, (call_id, name))[-MAX_KEPT:])
        case FunctionCallOutput(call_id=call_id, output=output):
            name = dict(seen.calls).get(call_id, "somebody")
            return replace(seen, outputs=(*seen.outputs, (name, text_of(output)))[-MAX_KEPT:])
        case _:
            return seen


def _words(seen: _Seen, random: Random) -> str:
    closing = random.choice(_CLOSINGS)
    if not seen.outputs:
        return closing
    facts = [f"{name.replace('_', ' ')}: {plain(output)}." for name, output in seen.outputs]
    return " ".join([*facts, closing])


def plain(output: str) -> str:
    """Return what a tool answered, as somebody might say it."""
    try:
        return _shorten(_worded(msgspec.json.decode(output)))
    except (msgspec.DecodeError, RecursionError):
        return _shorten(output)


def _worded(answer: Any) -> str:
    if isinstance(answer, dict):
        known = cast("dict[str, Any]", answer)
        answer = next(
            (known[key] for key in ("value", "reason", "detail", "status") if key in known), known
        )
    if isinstance(answer, list):
        return ", ".join(map(str, cast("list[object]", answer))) or "nothing"
    return answer if isinstance(answer, str) else msgspec.json.encode(answer).decode()


def _call(tool: FunctionTool, random: Random) -> Call:
    try:
        schema = msgspec.json.decode(
            given(tool.parameters) or b"null", type=dict[str, object] | None
        )
        arguments = invent({"type": "object", **(schema or {})}, random)
    except (msgspec.DecodeError, RecursionError, MindError) as error:
        raise MindError(f"no arguments for {tool.name!r} could be made up: {error}") from error
    if not isinstance(arguments, dict):
        raise MindError(f"the arguments of {tool.name!r} would have to be an object")
    return Call(tool.name, cast("dict[str, object]", arguments))


def _shorten(output: str) -> str:
    return output if len(output) <= 120 else output[:117] + "…"
