"""What everybody who is served by one gateway shares: its mind, its store, what is running."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from npcengine.clock import Clock
from npcengine.protocol.items import Item, ItemReference
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.server.context import EMPTY, Context
from npcengine.server.faults import RequestError
from npcengine.server.guests import Guest
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.minds.mind import Mind
from npcengine.server.request import Request, read_request
from npcengine.server.settings import Settings, SettingsCache
from npcengine.server.store import Store
from npcengine.server.tally import ServerTally
from npcengine.server.timing import Timing

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
        clock: Clock,
    ) -> None:
        self.mind = mind
        self.limits = limits
        self.ids = ids
        self.epoch_s = epoch_s
        self.began_s = epoch_s()
        self.store = store
        self._clock = clock
        self.tally = ServerTally()
        self.connections: set[Connection] = set()
        self.left = asyncio.Event()
        """Set whenever a connection has ended."""
        self.running: dict[tuple[str, str], Answer] = {}
        """By owner and id."""

    def timing(self) -> Timing:
        """Begin to watch where the time of a request goes."""
        return Timing(self._clock)

    def request(self, guest: Guest, create: ResponseCreate, seen: SettingsCache) -> Request:
        """Return what a client asks for, checked.

        Raises:
            RequestError: It cannot be served.
        """
        return read_request(create, seen, self.limits, guest.seal)

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

    async def dereferenced(self, owner: str, request: Request) -> Request:
        """Return a request with the stored items that its references stand for.

        Raises:
            RequestError: One is not stored, or is somebody else's.
        """
        ids = {item.id for item in request.items if isinstance(item, ItemReference)}
        if not ids:
            return request
        found = await self.store.items(owner, ids)
        items: list[Item] = []
        for place, item in zip(request.places, request.items, strict=True):
            if isinstance(item, ItemReference) and item.id not in found:
                raise RequestError(
                    f"Item with id '{item.id}' not found. Items are kept with responses that are "
                    "stored: send the item itself.",
                    param=f"input[{place}].id",
                    status=404,
                )
            items.append(found[item.id] if isinstance(item, ItemReference) else item)
        return msgspec.structs.replace(request, items=tuple(items))

    def extend(
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
        most = self.limits.cache_bytes
        context = (parent or EMPTY).extended(items, places=places, most_bytes=most)
        if request.generate:
            context.check_answered()
        return self.read(context, request.settings, items)

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
