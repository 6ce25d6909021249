"""The HTTP connections of one link, as many as our own client would have open.

It asks one request at a time on each, keeps those that are idle for the next, and opens another
when there is none, up to a number (:mod:`npcengine.transport.sse`).
"""

from collections import deque
from typing import TYPE_CHECKING

from npcengine.clock import NS_PER_S
from npcengine.transport.asking import IDLE_S
from npcengine.transport.sse import MAX_CONNECTIONS

if TYPE_CHECKING:
    from npcengine.replay.whatif.play import Play

__all__ = ["Sockets"]


class Sockets:
    """Which of them is free."""

    def __init__(self, link: int, now_ns: int, *, is_fresh: bool) -> None:
        """Begin with the one that opening a link leaves idle.

        Args:
            link: Its number.
            now_ns: When this is.
            is_fresh: Whether none is kept for a second request.
        """
        self._link = link
        self._is_fresh = is_fresh
        self._made = 0
        self._open = 0
        self._idle: list[tuple[str, int]] = []
        self.waiting: deque[Play] = deque()
        """What nobody has been free for, oldest first."""
        self.give_back(self._make(), now_ns)

    def take(self, now_ns: int) -> tuple[str, bool] | None:
        """Return a connection, and whether it has yet to be opened; ``None``: wait for one."""
        kept = [one for one in self._idle if now_ns - one[1] < IDLE_S * NS_PER_S]
        self._open -= len(self._idle) - len(kept)
        self._idle = kept
        if self._idle:
            return self._idle.pop()[0], False
        if self._open < MAX_CONNECTIONS:
            return self._make(), True
        return None

    def give_back(self, socket: str, now_ns: int) -> None:
        """A connection is idle."""
        if self._is_fresh:
            self._open -= 1
        else:
            self._idle.append((socket, now_ns))

    def cut(self) -> None:
        """All of them are gone."""
        self._idle.clear()
        self._open = 0

    def _make(self) -> str:
        self._made += 1
        self._open += 1
        return f"{self._link}/{self._made}"
