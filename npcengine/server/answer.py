"""One response, from an accepted request to its terminal event."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from npcengine.protocol.incoming import Usage
from npcengine.server.body import ResponseObject
from npcengine.server.context import EMPTY, Context
from npcengine.server.emitter import Emitter, usage
from npcengine.server.faults import MindError
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, Mind, Piece, TextDelta, Thinking
from npcengine.server.request import Request
from npcengine.server.store import Store
from npcengine.server.tally import ServerTally
from npcengine.server.tokens import count_tokens
from npcengine.transport.link import Link

if TYPE_CHECKING:
    from npcengine.server.connection import Connection

__all__ = ["Answer", "Services"]

log = logging.getLogger("npcengine")


class Services:
    """What all connections of one gateway share."""

    def __init__(
        self, mind: Mind, limits: Limits, ids: Ids, epoch_s: Callable[[], int], store: Store
    ) -> None:
        self.mind = mind
        self.limits = limits
        self.ids = ids
        self.epoch_s = epoch_s
        self.store = store
        self.tally = ServerTally()
        self.connections: set[Connection] = set()
        self.left = asyncio.Event()
        """Set whenever a connection has ended."""

    def extend(self, parent: Context | None, request: Request) -> Context:
        """Return the context of a request: its parent's, and the new items read by the mind.

        Raises:
            RequestError: The items do not fit the conversation.
        """
        context = (parent or EMPTY).extended(request.items)
        if request.generate:
            context.check_answered()
        state = self.mind.read(context.mind_state, request.settings, request.items)
        return msgspec.structs.replace(context, mind_state=state)


class Answer:
    """Runs one response."""

    def __init__(
        self,
        services: Services,
        link: Link,
        request: Request,
        context: Context,
        stream_id: str | None,
    ) -> None:
        self._services = services
        self._link = link
        self._request = request
        self._context = context
        self._cancelled = False
        self._thinking: asyncio.Task[str] | None = None
        self._output_tokens = 0
        self.response_id = services.ids.new("resp")
        opened = ResponseObject.opened(request, self.response_id, services.epoch_s())
        self._emitter = Emitter(link.send, opened, stream_id, services.ids)

    def cancel(self) -> None:
        """Stop as soon as possible; the response ends incomplete."""
        self._cancelled = True
        if self._thinking is not None:
            self._thinking.cancel()

    async def run(self) -> Context | None:
        """Stream the response; return the context to continue from, ``None`` after a failure."""
        emitter = self._emitter
        emitter.begin()
        ending = "completed"
        if self._request.generate:
            self._thinking = asyncio.get_running_loop().create_task(self._think())
            try:
                ending = await self._thinking
            except MindError as error:
                emitter.fail(error.code, error.message)
                return None
            except asyncio.CancelledError:
                if not self._cancelled:
                    self._thinking.cancel()
                    raise
                ending = "cancelled"
            except Exception:
                log.exception("the mind %r broke", self._services.mind.name)
                emitter.fail("server_error", "the mind broke")
                return None
        spent = self._count()
        if ending == "completed":
            emitter.complete(spent, self._services.epoch_s())
        else:
            emitter.cut(ending, spent)
        kept = emitter.whole_items
        after = self._context.extended(kept)
        state = self._services.mind.read(after.mind_state, self._request.settings, kept)
        return msgspec.structs.replace(after, mind_state=state)

    async def _think(self) -> str:
        """Pass the mind's pieces on; return how it ended."""
        request = self._request
        most = min(
            request.max_output_tokens or self._services.limits.output_tokens,
            self._services.limits.output_tokens,
        )
        thinking = Thinking(
            self._context.mind_state,
            request.settings,
            request.tool_choice,
            request.parallel_tool_calls,
            self._context.items,
        )
        async with aclosing(self._services.mind.think(thinking)) as pieces:
            async for piece in pieces:
                await self._link.writable()
                self._output_tokens += _tokens(piece)
                if self._output_tokens > most:
                    return "max_output_tokens"
                self._emitter.piece(piece)
        return "completed"

    def _count(self) -> Usage:
        context, settings = self._context, self._request.settings
        parent = context.parent or EMPTY
        self._services.tally.answered(
            context_items=context.items,
            context_tokens=context.tokens + settings.tokens,
            new_items=len(context.added),
            new_tokens=context.tokens - parent.tokens + self._request.fresh_settings_tokens,
            output_tokens=self._output_tokens,
        )
        total = context.tokens + settings.tokens
        fresh = context.tokens - parent.tokens + self._request.fresh_settings_tokens
        return usage(total, total - fresh, self._output_tokens)


def _tokens(piece: Piece) -> int:
    match piece:
        case TextDelta(delta=text) | ArgumentsDelta(delta=text):
            return count_tokens(text)
        case CallBegun(name=name):
            return count_tokens(name)
