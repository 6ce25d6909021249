"""Responses kept for other connections and for HTTP (``store: true``), without stopping the loop.

A file is worked on by one thread, in the order of the asking. Without a file there is nothing to
wait for: all is done at once, in memory, so a loop in virtual time stays exact.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from npcengine.protocol.items import Item
from npcengine.server.faults import RequestError
from npcengine.server.limits import Limits
from npcengine.server.shelf import Kept, Shelf

__all__ = ["Store"]

log = logging.getLogger("npcengine")

T = TypeVar("T")


class Store:
    """Stored responses by owner and id (loop thread only)."""

    def __init__(self, limits: Limits, path: str | None = None) -> None:
        """Open the store.

        Args:
            limits: How much is kept.
            path: A SQLite file, which several gateways may share; ``None`` keeps all in memory.

        Raises:
            UsageError: The file cannot be used.
        """
        self._limits = limits
        self._shelf = Shelf(path, limits) if path is not None else None
        self._worker = (
            ThreadPoolExecutor(1, thread_name_prefix="npcengine-store")
            if path is not None
            else None
        )

    async def keep(self, kept: Kept) -> None:
        """Store a response; when this returns, it is committed.

        A failure is logged and no more: the client has its answer, and one that cannot continue
        from it later is told so and sends everything again.
        """
        try:
            await self._do(lambda shelf: shelf.keep(kept))
        except sqlite3.Error as error:
            log.error("a response could not be stored: %s", error)  # noqa: TRY400 - no bug of ours

    async def conversation(self, owner: str, id: str) -> tuple[Item, ...] | None:
        """Return all items up to a response and of it, if this owner may continue it."""
        return await self._look(lambda shelf: shelf.conversation(owner, id))

    async def inputs(self, owner: str, id: str) -> tuple[Item, ...] | None:
        """Return all items that a response was made from."""
        return await self._look(lambda shelf: shelf.inputs(owner, id))

    async def items(self, owner: str, ids: Collection[str]) -> Mapping[str, Item]:
        """Return those of the items with these ids that are kept for an owner."""

        def look(shelf: Shelf) -> dict[str, Item]:
            found = ((id, shelf.item(owner, id)) for id in ids)
            return {id: item for id, item in found if item is not None}

        return await self._look(look)

    async def body(self, owner: str, id: str) -> bytes | None:
        """Return a response as its client had it."""
        return await self._look(lambda shelf: shelf.body(owner, id))

    async def delete(self, owner: str, id: str) -> bool:
        """Forget a response; return whether it was there."""
        return await self._look(lambda shelf: shelf.delete(owner, id))

    async def close(self) -> None:
        """Finish what was begun and close the file."""
        if self._shelf is not None:
            await self._do(Shelf.close)
            self._shelf = None
        if self._worker is not None:
            self._worker.shutdown()

    async def _look(self, work: Callable[[Shelf], T]) -> T:
        try:
            return await self._do(work)
        except sqlite3.Error as error:
            log.error("the store of responses cannot be read: %s", error)  # noqa: TRY400
            raise RequestError(
                "stored responses cannot be had at the moment", code="server_error", status=500
            ) from error

    async def _do(self, work: Callable[[Shelf], T]) -> T:
        if self._shelf is None:
            self._shelf = Shelf(None, self._limits)  # late: most gateways in memory never need it
        if self._worker is None:
            return work(self._shelf)
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, self._shelf)
