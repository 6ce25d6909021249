"""Who is served: the holders of one token are one guest, whatever they connect with."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from npcengine.server.faults import RequestError
from npcengine.server.limits import Limits
from npcengine.server.seal import Seal

__all__ = ["Guest", "Guests"]

T = TypeVar("T")


class Guest:
    """What belongs to the holders of one token, and what they take up (loop thread only)."""

    def __init__(self, token: str | None, limits: Limits) -> None:
        # A store may be read by others: it gets to know who owns what, not how to become them.
        self.owner = "" if token is None else hashlib.sha256(token.encode()).hexdigest()
        """What stored responses are found under."""
        self.seal = Seal(token)
        self.sockets = 0
        self._is_alone = token is None
        self._limits = limits
        self._exchanges = 0
        self._desk = asyncio.Semaphore()

    def has_room(self) -> bool:
        """Whether one more WebSocket may be opened."""
        return self.sockets < self._limits.connections

    @contextmanager
    def exchange(self) -> Generator[None]:
        """Count a response over HTTP.

        Raises:
            RequestError: There are too many.
        """
        if self._exchanges >= self._limits.exchanges:
            raise RequestError(
                "too many responses are being made",
                code="rate_limit_exceeded",
                status=429,
                headers={"retry-after": "1"},
            )
        self._exchanges += 1
        try:
            yield
        finally:
            self._exchanges -= 1

    async def work(self, work: Callable[[], T], *, large: bool) -> T:
        """Do what a request needs before it can be answered.

        Large work is done beside the loop, one piece at a time: however much a guest sends, the
        others share the processor with one thread of it. Where there are no tokens there are no
        others, and time may be virtual, which no thread keeps.
        """
        if self._is_alone or not large:
            return work()
        await self._desk.acquire()
        job = asyncio.get_running_loop().run_in_executor(None, work)
        # Not when we return: a thread goes on with work that nobody waits for any more.
        job.add_done_callback(lambda _: self._desk.release())
        return await asyncio.shield(job)


class Guests:
    """The guests of one gateway."""

    def __init__(self, token: str | None, limits: Limits) -> None:
        """Prepare for them.

        Args:
            token: The tokens, parted by spaces, which no token has; ``None`` lets in everybody, as
                one guest.
            limits: What each may take up.
        """
        tokens: Sequence[str | None] = [None] if token is None else token.split()
        self._by_token = {one: Guest(one, limits) for one in tokens}

    def first(self) -> Guest:
        """Return the holders of the first token."""
        return next(iter(self._by_token.values()))

    def find(self, authorization: str) -> Guest | None:
        """Return who brings a header, ``None`` for a stranger.

        How long that takes says nothing about the tokens but their lengths.
        """
        scheme, _, given = authorization.partition(" ")
        given = given.strip() if scheme.lower() == "bearer" else ""
        found: Guest | None = None
        for token, guest in self._by_token.items():
            if token is None or hmac.compare_digest(given.encode(), token.encode()):
                found = guest
        return found
