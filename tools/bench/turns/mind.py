"""A mind that follows a script, one token every 12.5 ms.

What it hears names the kind of turn, and it passes that on in an argument of its calls, so that
whoever reads the wire knows what a call is for. A token is one delta, as long as a model's.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import cycle, islice
from random import Random

import msgspec
from msgspec.structs import replace

from npcengine.clock import NS_PER_S
from npcengine.protocol.items import FunctionCallOutput, Item, Message, text_of
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, Piece, TextDelta, Thinking
from npcengine.server.settings import Settings
from tools.bench.turns.marks import Kind

__all__ = ["CALL_TOKENS", "ROUNDS", "TEXT_AFTER_TOKENS", "ScriptedMind", "pieces"]

CALL_TOKENS = 40
"""Deltas in the arguments of the action."""

TEXT_AFTER_TOKENS = 60
"""Deltas of text that follow the query, with overlap."""

ROUNDS: dict[Kind, int] = {"act": 1, "snapshot": 4, "frame": 4, "overlap": 2}
"""Calls in a turn of each kind, each in a response of its own: queries are short, and their 99th
percentile needs many."""

_TOOLS: dict[Kind, str] = {
    "act": "walk_to", "snapshot": "recall", "frame": "look_around", "overlap": "look_around",
}  # fmt: skip

TTFT_MS = (40.0, 40.0 + 2 * 1_000 / 60)
"""Bounds of the time to the first token. Frames of the game last 16.7 ms and tokens 12.5: were it
always the same, calls would always arrive in the same part of a frame."""

_KIND = re.compile(r'says: "(?:warm_up )?(\w+)"')

_WORDS = (" the", " lamp", "light", "er", " walks", " slowly", " along", " canal", " and", " waits")


class _Heard(msgspec.Struct, frozen=True):
    """What there is to know of a conversation."""

    kind: str = ""
    about: str = ""
    """What the calls say that they are for."""
    answered: int = 0
    """Calls of this turn that were answered."""
    items: int = 0


class ScriptedMind:
    """See the top of this file.

    Args:
        tokens_per_s: After the first one.
        random: Draws the time to the first token.
    """

    name = "scripted"

    def __init__(self, tokens_per_s: float, random: Random) -> None:
        self._random = random
        self._step_s = 1 / tokens_per_s
        self.late_ns: list[int] = []
        """How long after its time each token left."""

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        heard = state if isinstance(state, _Heard) else _Heard()
        for item in items:
            heard = replace(_after(heard, item), items=heard.items + 1)
        return heard

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        heard = thinking.state
        assert isinstance(heard, _Heard)
        loop = asyncio.get_running_loop()
        due_s = loop.time() + self._random.uniform(*TTFT_MS) / 1_000
        for piece in pieces(heard.kind, heard.about, heard.answered):
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            self.late_ns.append(round((loop.time() - due_s) * NS_PER_S))
            yield piece
            if not isinstance(piece, CallBegun):  # the name comes with the arguments' first token
                due_s += self._step_s


def pieces(kind: str, about: str, answered: int) -> Iterator[Piece]:
    """Yield a response: a call, or after the last of them a few words.

    Args:
        kind: The kind of turn.
        about: What the call says that it is for.
        answered: How many calls the turn has had.
    """
    if kind not in _TOOLS or answered >= ROUNDS[kind]:
        yield from _text(4)
        return
    if kind != "overlap":
        yield from _text(4)
    yield CallBegun(_TOOLS[kind])
    yield from map(ArgumentsDelta, _arguments(about, CALL_TOKENS if kind == "act" else 0))
    if kind == "overlap":
        yield from _text(TEXT_AFTER_TOKENS)


def _text(tokens: int) -> Iterator[Piece]:
    return map(TextDelta, islice(cycle(_WORDS), tokens))


def _arguments(about: str, tokens: int) -> list[str]:
    """Return arguments in the pieces a model makes of them, padded with a second one to length."""
    first = ['{"', "about", '":"', about]
    if not tokens:
        return [*first, '"}']
    middle, last = ['","', "reason", '":"'], ['"}']
    words = tokens - len(first) - len(middle) - len(last)
    return [*first, *middle, *islice(cycle(_WORDS), words), *last]


def _after(heard: _Heard, item: Item) -> _Heard:
    match item:
        case Message(role="user", content=content) if said := _KIND.search(text_of(content)):
            return _Heard(said[1], "warm_up" if "warm_up" in said[0] else said[1])
        case FunctionCallOutput():
            return replace(heard, answered=heard.answered + 1)
        case _:
            return heard
