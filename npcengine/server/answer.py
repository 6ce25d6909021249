"""One response, from an accepted request to its terminal event, whatever carries it."""

import asyncio
import logging
from contextlib import aclosing

from npcengine.protocol.incoming import Usage
from npcengine.protocol.outgoing import ResponseSteer
from npcengine.server.body import ResponseObject
from npcengine.server.context import EMPTY, Context
from npcengine.server.emitter import Emitter, Series, Terminal, usage
from npcengine.server.faults import MindError, RequestError
from npcengine.server.minds.mind import (
    Accepted,
    CallBegun,
    Finished,
    Piece,
    RemoteMind,
    Spent,
    Thinking,
)
from npcengine.server.outlet import Outlet
from npcengine.server.request import Request
from npcengine.server.services import Services
from npcengine.server.shelf import Kept
from npcengine.server.steering import Steering
from npcengine.server.timing import Timing
from npcengine.server.tokens import count_tokens

__all__ = ["Answer"]

log = logging.getLogger("npcengine")


class Answer:
    """Runs one response."""

    def __init__(
        self,
        services: Services,
        owner: str,
        outlet: Outlet,
        request: Request,
        context: Context,
        timing: Timing,
        stream_id: str | None = None,
        lane: object = None,
    ) -> None:
        """Prepare to respond.

        Args:
            services: What the gateway shares.
            owner: Whose token asks.
            outlet: Takes the events.
            request: What is asked.
            context: The conversation, the request's items included.
            timing: Watches where the time goes.
            stream_id: The lane's name, for the events.
            lane: The lane itself, for minds that keep something for it.
        """
        self._services = services
        self._owner = owner
        self._outlet = outlet
        self._request = request
        self._context = context
        self._timing = timing
        self._lane = lane
        self._has_begun = False
        self._stopped: str | None = None
        """How the response is to end, once it has been told to."""
        self._thinking: asyncio.Task[str] | None = None
        self._output_tokens = 0
        self._spent: Spent | None = None
        self._created_s = services.epoch_s()
        self._terminal: Terminal | None = None
        self._over = asyncio.Event()
        self.response_id = services.ids.new("resp")
        series = Series(outlet.send, stream_id)
        opened = ResponseObject.opened(request, self.response_id, self._created_s)
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

    async def ended(self) -> bytes | None:
        """Wait for the end; return the response as it ended, ``None`` when nobody heard it."""
        await self._over.wait()
        return None if self._terminal is None else bytes(self._terminal.response)

    async def run(self) -> Context | None:
        """Stream the response; return the context to continue from, ``None`` after a failure.

        A response that is to be stored is so before its terminal event is sent, so whoever hears
        of its end finds it. Steers are taken until that event; those that are queued then are the
        caller's to settle, except after a failure.

        Raises:
            RequestError: The mind was refused before there was a response; nothing was sent.
        """
        key = self._owner, self.response_id
        self._services.running[key] = self
        try:
            return await self._run()
        finally:
            del self._services.running[key]
            self._over.set()

    async def _run(self) -> Context | None:
        if not isinstance(self._services.mind, RemoteMind):
            self._begin()
        terminal, why_over = await self._end()
        self._begin()  # a mind that was stopped before anybody had accepted
        with self._timing.of("keep"):
            after = None if why_over is None else self._after()
            if self._request.store:
                await self._store(terminal, after)
        if why_over is not None:
            self._count()
        self._terminal = terminal
        self._emitter.end(terminal)
        if why_over is not None:
            self.steering.close(*why_over)
        if after is None:
            self.steering.close("response_not_active", "the response has failed")
            self.steering.give_back("the response failed")
        return after

    async def _end(self) -> tuple[Terminal, tuple[str, str] | None]:
        """Let the mind think; return the terminal event, and why steers come too late after it.

        After a failure that is for the caller to say.
        """
        try:
            ending = await self._generate()
        except MindError as error:
            return self._emitter.fail(error.code, error.message), None
        except RequestError as error:
            if not self._has_begun:
                raise
            return self._emitter.fail(error.code or error.kind, error.message), None
        except Exception:
            log.exception("the mind %r broke", self._services.mind.name)
            return self._emitter.fail("server_error", "the mind broke"), None
        if ending == "completed":
            terminal = self._emitter.complete(self._usage(), self._services.epoch_s())
            return terminal, ("response_already_completed", "the response has completed")
        why_over = "response_not_active", f"the response has ended: {ending}"
        return self._emitter.cut(ending, self._usage()), why_over

    def _begin(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._emitter.begin()

    async def _generate(self) -> str:
        work = self._think() if self._request.generate else self._warm()
        self._thinking = asyncio.get_running_loop().create_task(work)
        try:
            with self._timing.of("mind"):
                return await self._thinking
        except asyncio.CancelledError:
            if self._stopped is None:
                self._thinking.cancel()
                raise
            return self._stopped

    def _after(self) -> Context | None:
        kept = self._emitter.whole_items
        try:
            return self._services.read(self._context.extended(kept), self._request.settings, kept)
        except RequestError:
            return None  # it is in the log; nobody can continue what the mind cannot read

    async def _store(self, terminal: Terminal, after: Context | None) -> None:
        await self._services.store.keep(
            Kept(
                owner=self._owner,
                id=self.response_id,
                created_s=self._created_s,
                body=bytes(terminal.response),
                parent_id=self._request.previous_response_id,
                inputs=self._request.items,
                outputs=() if after is None else after.added,
                context=self._context,
                continues=after is not None,
            )
        )

    def _stop(self, ending: str) -> None:
        # Once is enough: a second time would cut off the mind's own cleaning up.
        if self._stopped is None and self._thinking is not None:
            self._thinking.cancel()
        self._stopped = ending

    async def _warm(self) -> str:
        mind = self._services.mind
        if isinstance(mind, RemoteMind) and not self._context.open_calls:
            self._note_spent(await mind.warm(self._asked()))
        return "completed"

    async def _think(self) -> str:
        """Pass the mind's pieces on; return how it ended."""
        most, ending = self._most_tokens(), "completed"
        async with aclosing(self._services.mind.think(self._asked())) as pieces:
            async for piece in pieces:
                match piece:
                    case Accepted():
                        self._begin()
                        continue
                    case Spent():
                        self._note_spent(piece)
                        continue
                    case Finished(reason=ending):
                        continue
                    case _:
                        pass
                await self._outlet.writable()
                if self.steering.queued and self._emitter.opens_item(piece):
                    # Calls are the client's to answer first: for those, a response completes.
                    return "completed" if self._emitter.has_called else "steered"
                self._output_tokens += _tokens(piece)
                if self._output_tokens > most:
                    return "max_output_tokens"
                self._emitter.piece(piece)
        return ending

    def _note_spent(self, spent: Spent | None) -> None:
        if spent is not None:
            self._spent = spent
            self._services.tally.asked_upstream(spent)

    def _asked(self) -> Thinking:
        request = self._request
        return Thinking(
            self._context.mind_state,
            request.settings,
            request.tool_choice,
            request.parallel_tool_calls,
            self._context.items,
            request.wishes,
            self._lane,
        )

    def _most_tokens(self) -> int:
        """Return how many of our tokens the answer may have."""
        most = self._services.limits.output_tokens
        if isinstance(self._services.mind, RemoteMind):
            return most  # what the request allows was counted in its own tokens
        return min(self._request.max_output_tokens or most, most)

    def _input_tokens(self) -> tuple[int, int]:
        """Return the tokens of the whole input, and those that were made for this response."""
        context, request = self._context, self._request
        parent = context.parent or EMPTY
        fresh = context.tokens - parent.tokens + request.fresh_settings_tokens
        return context.tokens + request.settings.tokens, fresh

    def _usage(self) -> Usage:
        if (spent := self._spent) is not None:
            return usage(
                spent.prompt_tokens,
                spent.cached_tokens,
                spent.output_tokens,
                reasoning_tokens=spent.reasoning_tokens,
            )
        total, fresh = self._input_tokens()
        return usage(total, total - fresh, self._output_tokens)

    def _count(self) -> None:
        total, fresh = self._input_tokens()
        self._services.tally.answered(
            context_items=self._context.items,
            context_tokens=total,
            new_items=len(self._context.added),
            new_tokens=fresh,
            output_tokens=self._output_tokens,
            timing=self._timing,
            upstream=self._spent,
        )


def _tokens(piece: Piece) -> int:
    return count_tokens(piece.name if isinstance(piece, CallBegun) else piece.delta)
