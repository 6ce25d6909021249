"""One response, from an accepted request to its terminal event."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from npcengine.protocol.incoming import Usage
from npcengine.protocol.items import Item
from npcengine.protocol.outgoing import ResponseSteer
from npcengine.server.body import ResponseObject
from npcengine.server.context import EMPTY, Context
from npcengine.server.emitter import Emitter, Series, usage
from npcengine.server.faults import MindError, RequestError
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, Mind, Piece, TextDelta, Thinking
from npcengine.server.request import Request
from npcengine.server.settings import Settings
from npcengine.server.steering import Steering
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

    def extend(self, parent: Context | None, request: Request, *, steered: int = 0) -> Context:
        """Return the context of a request: its parent's, and the new items read by the mind.

        Args:
            parent: What it continues.
            request: What was asked.
            steered: How many of its items, the first ones, were steers to the parent.

        Raises:
            RequestError: The items do not fit the conversation, or the mind broke.
        """
        context = (parent or EMPTY).extended(request.items, steered=steered)
        if context.size_bytes > self.limits.cache_bytes:
            raise RequestError(
                f"the conversation is over {self.limits.cache_bytes} bytes: begin a new one",
                code="context_length_exceeded",
            )
        if request.generate:
            context.check_answered()
        return self.read(context, request.settings, request.items)

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
        self._stopped: str | None = None
        """How the response is to end, once it has been told to."""
        self._thinking: asyncio.Task[str] | None = None
        self._output_tokens = 0
        self.response_id = services.ids.new("resp")
        series = Series(link.send, stream_id)
        opened = ResponseObject.opened(request, self.response_id, services.epoch_s())
        self._emitter = Emitter(series, opened, services.ids)
        self.steering = Steering(self.response_id, series, services.ids, services.limits)

    def cancel(self) -> None:
        """Stop as soon as possible; the response ends incomplete, and nothing follows it."""
        self.steering.close("response_not_active", "the response was cancelled")
        self.steering.give_back("the response was cancelled")
        self._stop("cancelled")

    def steer(self, event: ResponseSteer) -> None:
        """Take what the user adds, or refuse it; when taken, stop at the next boundary."""
        if self.steering.take(event) and not self._emitter.is_writing:
            self._stop("steered")

    async def run(self) -> Context | None:
        """Stream the response; return the context to continue from, ``None`` after a failure.

        Steers are taken until it returns; those that are queued then are the caller's to settle,
        except after a failure.
        """
        self._emitter.begin()
        ending = await self._generate() if self._request.generate else "completed"
        if ending == "completed":
            self._emitter.complete(self._count(), self._services.epoch_s())
            self.steering.close("response_already_completed", "the response has completed")
        elif ending is not None:
            self._emitter.cut(ending, self._count())
            self.steering.close("response_not_active", f"the response has ended: {ending}")
        if ending is not None:
            kept = self._emitter.whole_items
            after = self._context.extended(kept)
            try:
                return self._services.read(after, self._request.settings, kept)
            except RequestError:
                pass  # it is in the log; nobody can continue what the mind cannot read
        self.steering.close("response_not_active", "the response has failed")
        self.steering.give_back("the response failed")
        return None

    async def _generate(self) -> str | None:
        """Let the mind think; return how it ended, ``None`` when it failed and that was said."""
        self._thinking = asyncio.get_running_loop().create_task(self._think())
        try:
            return await self._thinking
        except MindError as error:
            self._emitter.fail(error.code, error.message)
        except asyncio.CancelledError:
            if self._stopped is None:
                self._thinking.cancel()
                raise
            return self._stopped
        except Exception:
            log.exception("the mind %r broke", self._services.mind.name)
            self._emitter.fail("server_error", "the mind broke")
        return None

    def _stop(self, ending: str) -> None:
        # Once is enough: a second time would cut off the mind's own cleaning up.
        if self._stopped is None and self._thinking is not None:
            self._thinking.cancel()
        self._stopped = ending

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
                if self.steering.queued and self._emitter.opens_item(piece):
                    # Calls are the client's to answer first: for those, a response completes.
                    return "completed" if self._emitter.has_called else "steered"
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
