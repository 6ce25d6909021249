"""A mind with no wits, for developing any game with no model.

It calls the tools it is offered, with arguments that fit their schemas, then says something that
uses what they answered. Seeded: the same conversation gets the same answers, whatever else the
gateway is doing.
"""

import json
from collections.abc import AsyncGenerator, Sequence
from random import Random
from typing import Any

import msgspec

from npcengine.protocol.codec import given
from npcengine.protocol.items import FunctionCall, FunctionCallOutput, Item, Message, text_of
from npcengine.protocol.outgoing import FunctionTool
from npcengine.server.minds.invent import invent
from npcengine.server.minds.mind import Piece, Thinking
from npcengine.server.minds.options import Options
from npcengine.server.minds.pace import Act, Call, Say
from npcengine.server.settings import Settings

__all__ = ["PracticeMind"]

MAX_CALLS = 3
"""Most calls in one response."""

_OPENINGS = ("Let me see.", "A moment.", "Hm, well.", "I will find out.")
_CLOSINGS = ("So that is that.", "There you have it.", "Now you know.", "That is all I can say.")


class _Seen(msgspec.Struct, frozen=True):
    """What practice keeps of a conversation: the last thing said to it, and what came since."""

    heard: str = ""
    outputs: tuple[str, ...] = ()
    called: frozenset[str] = frozenset()
    """Tools called since."""
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
            match item:
                case Message(role="assistant"):
                    seen = msgspec.structs.replace(seen, outputs=())
                case Message():
                    seen = _Seen(heard=text_of(item.content), items=seen.items)
                case FunctionCall(name=name):
                    seen = msgspec.structs.replace(seen, called=seen.called | {name})
                case FunctionCallOutput():
                    outputs = (*seen.outputs, text_of(item.output))
                    seen = msgspec.structs.replace(seen, outputs=outputs)
                case _:
                    pass
            seen = msgspec.structs.replace(seen, items=seen.items + 1)
        return seen

    def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        return self._pace.play(self._answer(thinking))

    def _answer(self, thinking: Thinking) -> list[Act]:
        seen = thinking.state
        assert isinstance(seen, _Seen)
        random = Random(f"{self._seed}/{seen.items}/{seen.heard}")  # noqa: S311
        tools = [tool for tool in thinking.settings.tools if thinking.tool_choice.allows(tool.name)]
        must = thinking.tool_choice.mode == "required"
        fresh = tools if must else [tool for tool in tools if tool.name not in seen.called]
        if fresh and (must or not seen.called):
            most = MAX_CALLS if thinking.parallel else 1
            count = random.randint(1, min(most, len(fresh)))
            calls: list[Act] = [_call(tool, random) for tool in random.sample(fresh, count)]
            return [Say(random.choice(_OPENINGS)), *calls]
        return [Say(self._words(seen, random))]

    def _words(self, seen: _Seen, random: Random) -> str:
        if not seen.outputs:
            return f"You say {seen.heard!r}? {random.choice(_CLOSINGS)}"
        facts = " ".join(f"I am told: {_shorten(output)}." for output in seen.outputs)
        return f"{facts} {random.choice(_CLOSINGS)}"


def _call(tool: FunctionTool, random: Random) -> Call:
    schema: dict[str, Any] = json.loads(given(tool.parameters) or b"{}")
    arguments = invent({"type": "object", **schema}, random)
    return Call(tool.name, arguments)


def _shorten(output: str) -> str:
    return output if len(output) <= 120 else output[:117] + "…"
