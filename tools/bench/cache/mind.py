"""A mind that reads pages: one call a response until it has read them all, then a few words.

A token is one delta, and leaves when it is due: the first at once, the others at the mind's speed.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import cycle, islice

import msgspec

from npcengine.protocol.items import FunctionCallOutput, Item, Message, text_of
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, Piece, TextDelta, Thinking
from npcengine.server.settings import Settings

__all__ = ["QUERY", "ReadingMind", "pieces"]

QUERY = "read_page"
"""The tool that is called, a snapshot query of the game."""

_PAGES = re.compile(r"(\d+) pages")

_WORDS = (" the", " lamp", "light", "er", " reads", " slowly", " by", " candle", " and", " waits")


class _Read(msgspec.Struct, frozen=True):
    """What there is to know of a conversation."""

    wanted: int = 0
    """How many pages there are to read."""
    pages: int = 0
    """How many have been read."""


class ReadingMind:
    """See the top of this file."""

    name = "reading"

    def __init__(self, *, tokens: int, tokens_per_s: float) -> None:
        """Take a measure.

        Args:
            tokens: In each response.
            tokens_per_s: How fast they come.
        """
        self._tokens = tokens
        self._step_s = 1 / tokens_per_s

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        read = state if isinstance(state, _Read) else _Read()
        for item in items:
            match item:
                case Message(role="user", content=content) if said := _PAGES.search(
                    text_of(content)
                ):
                    read = _Read(int(said[1]))
                case FunctionCallOutput():
                    read = _Read(read.wanted, read.pages + 1)
                case _:
                    pass
        return read

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        read = thinking.state
        assert isinstance(read, _Read)
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        for piece in pieces(read.wanted, read.pages, self._tokens):
            if (wait_s := due_s - loop.time()) > 0:
                await asyncio.sleep(wait_s)
            yield piece
            if not isinstance(piece, CallBegun):  # the name comes with the arguments' first token
                due_s += self._step_s


def pieces(wanted: int, read: int, tokens: int) -> Iterator[Piece]:
    """Yield a response: a call for the next page, or words when all have been read."""
    if read >= wanted:
        yield from map(TextDelta, islice(cycle(_WORDS), tokens))
        return
    first, last = ['{"', "page", '":', str(read + 1), ',"', "why", '":"'], ['"}']
    yield CallBegun(QUERY)
    words = islice(cycle(_WORDS), tokens - len(first) - len(last))
    yield from map(ArgumentsDelta, [*first, *words, *last])
