"""Which slot of llama.cpp a conversation is answered in, so that its prompt is still there.

A slot keeps the prompt that it read last, and reads of the next one only what is new. Left to
itself llama.cpp looks for the slot whose prompt is most alike, and minds of one game begin alike:
one may take the slot of another. So a conversation keeps its slot, or its lane does; when there
are more lanes than slots, one whose lane is gone is given away, else the one used longest ago.
"""

import asyncio
import weakref
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from npcengine.server.minds.upstream.told import Root

__all__ = ["Slots"]


class _Slot:
    def __init__(self, number: int) -> None:
        self.number = number
        self.lane: weakref.ref[object] | None = None
        """Weak: a lane holds the memory of a whole conversation."""
        self.root: Root | None = None
        self.used = 0
        """When it was given out last, in a count of such moments."""
        self.is_busy = False


class Slots:
    """The slots of one server (loop thread only).

    Args:
        count: How many there are; with none, nobody waits and no number is given.
    """

    def __init__(self, count: int) -> None:
        self._slots = [_Slot(number) for number in range(count)]
        self._free = asyncio.Semaphore(count)
        self._moment = 0

    @asynccontextmanager
    async def slot(self, lane: object, root: Root) -> AsyncGenerator[int | None]:
        """Give out a slot's number, when one is free; ``None`` lets the server choose.

        A request with no lane is not going to come back to its slot, so it is given none.
        """
        if not self._slots or lane is None:
            yield None
            return
        async with self._free:
            slot = self._best(lane, root)
            self._moment += 1
            slot.lane, slot.root = weakref.ref(lane), root
            slot.used, slot.is_busy = self._moment, True
            try:
                yield slot.number
            finally:
                slot.is_busy = False

    def _best(self, lane: object, root: Root) -> _Slot:
        def worth(slot: _Slot) -> tuple[bool, bool, bool, int]:
            its_lane = None if slot.lane is None else slot.lane()
            return slot.root is root, its_lane is lane, its_lane is None, -slot.used

        return max((slot for slot in self._slots if not slot.is_busy), key=worth)
