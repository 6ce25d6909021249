"""One connection of a probe: what is sent as it stands, what comes with the time it came at.

Events stay plain objects here. A bridge reads them into types and forgives a lot; a probe is after
what was really there.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

import msgspec

from npcengine.bridge.endpoints import Endpoint
from npcengine.clock import NS_PER_MS, SystemClock
from npcengine.errors import LinkLostError
from npcengine.transport.beat import Beat
from npcengine.transport.link import Frame, Link, TakesBinary

__all__ = ["ANSWER_WITHIN_S", "Json", "Reply", "Timed", "Wire", "as_object", "opened"]

Json: TypeAlias = dict[str, Any]

ANSWER_WITHIN_S = 20.0
"""For one answer, from the request to its end."""

CONNECT_WITHIN_MS = 5_000

_ENDS = ("response.completed", "response.failed", "response.incomplete", "error")
_DELTAS = (
    "response.output_text.delta",
    "response.function_call_arguments.delta",
    "response.reasoning_text.delta",
    "response.refusal.delta",
)


def as_object(value: object) -> Json:
    """Return what should be an object, an empty one where it is something else."""
    return cast(Json, value) if isinstance(value, dict) else {}


class Timed(msgspec.Struct, frozen=True):
    """An event, and when it came."""

    t_ns: int
    event: Json

    @property
    def type(self) -> str:
        return str(self.event.get("type", ""))

    @property
    def is_end(self) -> bool:
        return self.type in _ENDS

    @property
    def is_delta(self) -> bool:
        return self.type in _DELTAS


class Reply(msgspec.Struct):
    """All that came for one request, its end last."""

    sent_ns: int
    events: list[Timed] = msgspec.field(default_factory=list[Timed])

    @property
    def end(self) -> Timed:
        return self.events[-1]

    @property
    def is_good(self) -> bool:
        """Whether it is an answer; one that was cut short by a limit is one, too."""
        return self.end.type in ("response.completed", "response.incomplete")

    @property
    def is_refused(self) -> bool:
        """Whether the request was at fault, as far as the server says; not the hour or the load."""
        status = self.end.event.get("status")
        return self.end.type == "error" and status in (None, 400, 404)

    @property
    def response(self) -> Json:
        """The ``response`` of its end; empty where there is none."""
        return as_object(self.end.event.get("response"))

    @property
    def id(self) -> str:
        return str(self.response.get("id") or "")

    @property
    def output(self) -> list[Json]:
        items: list[object] = self.response.get("output") or []
        return [as_object(item) for item in items]

    @property
    def deltas(self) -> list[Timed]:
        return [timed for timed in self.events if timed.is_delta]

    @property
    def complaint(self) -> str:
        """What a bad end says, in one line."""
        event = self.end.event
        error = as_object(event.get("error") or self.response.get("error") or event)
        name = error.get("code") or error.get("type") or "error"
        return f"{name}: {error.get('message') or 'no reason given'}"

    def tokens(self, which: str) -> int | None:
        """Return ``input_tokens`` or ``output_tokens``; ``None`` where it does not say any."""
        count = as_object(self.response.get("usage")).get(which)
        return count if isinstance(count, int) and count > 0 else None

    def ms_to(self, timed: Timed) -> float:
        """Return how long after the request an event came."""
        return (timed.t_ns - self.sent_ns) / NS_PER_MS


class Wire:
    """See the top of this file (one trial's; on its loop)."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._events: asyncio.Queue[Timed | LinkLostError] = asyncio.Queue()
        self._gone = asyncio.Event()
        self.link: Link

    # --- what a link calls --------------------------------------------------------------------

    def frames_arrived(self, frames: list[Frame]) -> None:
        now_ns = self._clock.now_ns()
        for frame in frames:
            try:
                event = msgspec.json.decode(frame, type=Json)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                self._events.put_nowait(LinkLostError(f"a frame that cannot be read: {error}"))
                return
            self._events.put_nowait(Timed(now_ns, event))

    def binary_arrived(self) -> None:
        """Ignore it."""

    def link_lost(self, error: LinkLostError) -> None:
        self._events.put_nowait(error)
        self._gone.set()

    # --- what a trial calls -------------------------------------------------------------------

    def send(self, event: Json) -> int:
        """Send an event; return when that was."""
        self.link.send(msgspec.json.encode(event))
        return self._clock.now_ns()

    def send_text(self, text: str) -> None:
        """Send what may not be an event at all."""
        self.link.send(text.encode())

    def send_binary(self) -> bool:
        """Send a binary frame; return whether that can be done here."""
        if isinstance(self.link, TakesBinary):
            self.link.send_binary(b"{}")
            return True
        return False

    async def next(self, within_s: float = ANSWER_WITHIN_S) -> Timed:
        """Return the next event.

        Raises:
            LinkLostError: The connection ended, or brought something that is no event.
            TimeoutError: None came.
        """
        async with asyncio.timeout(within_s):
            event = await self._events.get()
        if isinstance(event, LinkLostError):
            raise event
        return event

    async def reply_to(self, event: Json) -> Reply:
        """Send a request and return all that comes for it; raises as :meth:`next` does."""
        reply = Reply(self.send(event))
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while not (reply.events and reply.end.is_end):
                reply.events.append(await self.next())
        return reply

    async def until(self, *types: str) -> list[Timed]:
        """Return all events up to one of some types, or to an end; raises as :meth:`next` does."""
        events: list[Timed] = []
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while not (events and (events[-1].is_end or events[-1].type in types)):
                events.append(await self.next())
        return events

    async def lost(self) -> None:
        """Return when the connection has ended."""
        await self._gone.wait()


@asynccontextmanager
async def opened(endpoint: Endpoint) -> AsyncGenerator[Wire]:
    """Open a connection for the block, and close it.

    Raises:
        LinkError: It did not come about.
    """
    wire = Wire()
    beat = Beat(asyncio.get_running_loop())
    wire.link = await endpoint.open(wire, beat, within_ms=CONNECT_WITHIN_MS)
    wire.link.read_at_once(True)
    try:
        yield wire
    finally:
        wire.link.close()
        await wire.lost()
