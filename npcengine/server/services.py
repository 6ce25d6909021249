"""What everybody who is served by one gateway shares: its mind, its store, what is running."""

import asyncio
import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from npcengine.protocol.items import Item, ItemReference
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.server.context import EMPTY, Context, render
from npcengine.server.faults import RequestError
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.minds.mind import Mind
from npcengine.server.request import Request, read_request, size_of
from npcengine.server.seal import Seal
from npcengine.server.settings import Settings, SettingsCache
from npcengine.server.store import Store
from npcengine.server.tally import ServerTally
from npcengine.server.workshop import Workshop

if TYPE_CHECKING:
    from npcengine.server.answer import Answer
    from npcengine.server.connection import Connection

__all__ = ["Services"]

log = logging.getLogger("npcengine")


class Services:
    """See the top of this file (loop thread only)."""

    def __init__(
        self,
        mind: Mind,
        limits: Limits,
        ids: Ids,
        epoch_s: Callable[[], int],
        store: Store,
        seal: Seal,
        workshop: Workshop,
    ) -> None:
        self.mind = mind
        self.limits = limits
        self.ids = ids
        self.epoch_s = epoch_s
        self.began_s = epoch_s()
        self.store = store
        self.seal = seal
        self.workshop = workshop
        self.tally = ServerTally()
        self.connections: set[Connection] = set()
        self.left = asyncio.Event()
        """Set whenever a connection has ended."""
        self.running: dict[tuple[str, str], Answer] = {}
        """By owner and id."""
        self._exchanges = 0

    @contextmanager
    def exchange(self) -> Generator[None]:
        """Count a response over HTTP.

        Raises:
            RequestError: There are too many.
        """
        if self._exchanges >= self.limits.exchanges:
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

    async def request(self, owner: str, create: ResponseCreate, seen: SettingsCache) -> Request:
        """Return what a client asks for, checked, with references resolved.

        Raises:
            RequestError: It cannot be served.
        """
        known = seen.find(create)
        request = await self.workshop.do(
            lambda: read_request(create, known, self.limits, self.seal), size_of(create)
        )
        seen.keep(request.settings)
        if not any(isinstance(item, ItemReference) for item in request.items):
            return request
        items = [
            await self._referred(owner, item) if isinstance(item, ItemReference) else item
            for item in request.items
        ]
        return msgspec.structs.replace(request, items=tuple(items))

    async def _referred(self, owner: str, reference: ItemReference) -> Item:
        item = await self.store.item(owner, reference.id)
        if item is None:
            raise RequestError(
                f"Item with id '{reference.id}' not found: only items of stored responses are.",
                param="input",
                status=404,
            )
        return item

    async def recall(self, owner: str, response_id: str) -> tuple[Item, ...]:
        """Return the conversation up to a stored response.

        Raises:
            RequestError: It is not stored, or it is somebody else's.
        """
        items = await self.store.conversation(owner, response_id)
        if items is None:
            raise RequestError(
                f"Previous response with id '{response_id}' not found.",
                code="previous_response_not_found",
                param="previous_response_id",
            )
        return items

    async def extend(
        self, parent: Context | None, request: Request, *, recalled: Sequence[Item] = ()
    ) -> Context:
        """Return the context of a request: its parent's, and the new items read by the mind.

        Args:
            parent: What it continues, when that is in memory.
            request: What was asked.
            recalled: What it continues, when that was stored: all of it is worked on again.

        Raises:
            RequestError: The items do not fit the conversation, or the mind broke.
        """
        items = (*recalled, *request.items)
        places = (*(0 for _ in recalled), *request.places)
        before = parent or EMPTY
        # Not what was sent: references and compactions stand for more.
        size_bytes = sum(len(render(item)) for item in items)
        if before.size_bytes + size_bytes > self.limits.cache_bytes:
            raise RequestError(
                f"the conversation is over {self.limits.cache_bytes} bytes: begin a new one",
                code="context_length_exceeded",
            )

        def extended() -> Context:
            context = before.extended(items, places=places)
            if request.generate:
                context.check_answered()
            return self.read(context, request.settings, items)

        return await self.workshop.do(extended, size_bytes)

    def read(self, context: Context, settings: Settings, items: Sequence[Item]) -> Context:
        """Return a context with its newest items read by the mind.

        Raises:
            RequestError: The mind broke.
        """
        try:
            state = self.mind.read(context.mind_state, settings, items)
        except Exception as error:
            log.exception("the mind %r broke", self.mind.name)
            raise RequestError("the mind broke", code="server_error", status=500) from error
        return msgspec.structs.replace(context, mind_state=state)
