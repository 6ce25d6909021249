"""An event loop whose time moves only when it is told to.

Whenever every task waits, time jumps to the next timer: an evening in a village takes as long as
its computing does, and takes the same course every time. Nothing sleeps and nothing is patched,
because nothing but the clock ever knew the time.
"""

import asyncio
import selectors
from collections.abc import Mapping
from typing import TYPE_CHECKING

from npcengine.clock import NS_PER_S

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

__all__ = ["VirtualClock", "VirtualTimeLoop"]


class _JumpingSelector(selectors.BaseSelector):
    """Polls the real selector, and passes time instead of waiting."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if not ready and timeout is not None and timeout > 0:
            self.now += timeout
        return ready

    def register(
        self, fileobj: "FileDescriptorLike", events: int, data: object = None
    ) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: "FileDescriptorLike") -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(
        self, fileobj: "FileDescriptorLike", events: int, data: object = None
    ) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> "Mapping[FileDescriptorLike, selectors.SelectorKey]":
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An asyncio loop in virtual time. Its own thread runs it, in steps or to an end."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._jumping.now

    def advance(self, seconds: float) -> None:
        """Run everything that is due within the next ``seconds``, then stand still there."""
        self.call_at(self.time() + seconds, self.stop)
        self.run_forever()


class VirtualClock:
    """The clock of a virtual loop."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop

    def now_ns(self) -> int:
        return round(self._loop.time() * NS_PER_S)
