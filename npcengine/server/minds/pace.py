"""Lets a mind that knows its whole answer at once give it as a model would: token by token."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from typing import TypeAlias

import msgspec

from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, Piece, TextDelta

__all__ = ["Act", "Call", "Pace", "Say"]


class Say(msgspec.Struct, frozen=True):
    """Words to be spoken."""

    text: str


class Call(msgspec.Struct, frozen=True):
    """A tool to be called."""

    name: str
    arguments: dict[str, object]


Act: TypeAlias = Say | Call

# About the size of a model's tokens: a short word with its space, or a few letters of a long one.
_CHUNK = re.compile(r"\s*\S{1,5}|\s+")


class Pace(msgspec.Struct, frozen=True):
    """How fast a mind seems to be."""

    ttft_ms: float = 250.0
    """Time to first token, in milliseconds."""
    tokens_per_s: float = 60.0
    """Tokens per second after that; 0 is as fast as it goes."""

    async def play(self, acts: Iterable[Act]) -> AsyncGenerator[Piece]:
        """Stream ``acts``. Late wake-ups are caught up with, so the rate holds on average."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self.ttft_ms / 1_000
        step = 1 / self.tokens_per_s if self.tokens_per_s else 0.0
        for number, piece in enumerate(_pieces(acts)):
            wait = due - loop.time()
            if wait > 0 or number % 32 == 31:  # however fast, others get their turn
                await asyncio.sleep(max(0.0, wait))
            yield piece
            due += step


def _pieces(acts: Iterable[Act]) -> Iterable[Piece]:
    for act in acts:
        match act:
            case Say(text=text):
                for chunk in _CHUNK.findall(text):
                    yield TextDelta(chunk)
            case Call(name=name, arguments=arguments):
                yield CallBegun(name)
                for chunk in _CHUNK.findall(msgspec.json.encode(arguments).decode()):
                    yield ArgumentsDelta(chunk)
