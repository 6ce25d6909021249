"""One client's WebSocket: its lanes, its queue, and the contexts it may continue from.

Rules (protocol.md sections 5 to 8):

1. A lane answers its requests in order, one at a time, and refuses them in that order, too; lanes
   run side by side, up to a limit, and what waits starts in the order it came. Only a request that
   a lane has no room for is refused at once.
2. Each lane keeps its newest context. An id is looked up among the lanes of this connection, then
   among the stored responses of the same token, and is otherwise not found.
3. A request that continues its own lane and ends in an error takes the context it named along.
   A fork that fails leaves its source alone.
4. The parent is held from before ``response.in_progress`` on, so its lane may move on.
5. An error ends its request and nothing else.
6. The successor of a steered response follows it at once, before whatever waits on the lane, and
   whatever the connection's age: it belongs to the turn that is running. A request that waits and
   names the steered response comes after the successor, and finds it no longer the newest.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from npcengine.errors import LinkLostError, RemoteProtocolError
from npcengine.protocol.codec import (
    ClientPeek,
    decode_client_event,
    encode,
    given,
    peek_client_event,
)
from npcengine.protocol.items import Item
from npcengine.protocol.outgoing import (
    ResponseCancel,
    ResponseCreate,
    ResponseSteer,
    UnknownClientEvent,
)
from npcengine.server.answer import Answer
from npcengine.server.context import LARGE_BYTES, Context, is_long
from npcengine.server.faults import RequestError
from npcengine.server.guests import Guest
from npcengine.server.lanes import Lane, Lanes
from npcengine.server.outlet import SocketOutlet
from npcengine.server.request import Request, read_stream_id
from npcengine.server.services import Services
from npcengine.server.settings import SettingsCache
from npcengine.server.steering import refused_steer
from npcengine.server.timing import Timing
from npcengine.transport.link import Frame, Link

__all__ = ["Connection"]

log = logging.getLogger("npcengine")


class _Unreadable(msgspec.Struct, frozen=True):
    """A request of which nothing but its lane and its parent can be told."""

    error: RequestError
    previous_response_id: str


class _Waiting(msgspec.Struct, frozen=True):
    """A request that has not begun."""

    lane: Lane
    asked: ResponseCreate | _Unreadable
    size_bytes: int
    timing: Timing


class Connection:
    """The server's end of one socket; a receiver of its frames (loop thread only)."""

    def __init__(self, services: Services, guest: Guest) -> None:
        """Prepare for a client.

        Args:
            services: What all connections of the gateway share.
            guest: Whose token opened it; stored responses are only found by their owner.
        """
        self._services = services
        self._guest = guest
        self._settings = SettingsCache(services.limits)
        self._lanes = Lanes(services.limits)
        self._waiting: deque[_Waiting] = deque()
        self._held_bytes = 0
        """JSON of the requests that wait or run."""
        self._running = 0
        self._link: Link | None = None
        self._too_old = False
        self._timers: list[asyncio.TimerHandle] = []

    # --- what the link calls ------------------------------------------------------------------

    def opened(self, link: Link) -> None:
        """Begin to serve."""
        self._link = link
        loop, limits = asyncio.get_running_loop(), self._services.limits
        self._timers = [
            loop.call_later(limits.age_s, self._grow_old),
            loop.call_later(limits.age_s + limits.grace_s, link.close, 1001, "too old"),
        ]
        self._services.connections.add(self)
        self._guest.sockets += 1

    def frames_arrived(self, frames: list[Frame]) -> None:
        for frame in frames:
            timing = self._services.timing()
            try:
                with timing.of("parse"):
                    event = decode_client_event(frame)
            except RemoteProtocolError as error:
                self._refuse_unreadable(frame, error)
                continue
            match event:
                case ResponseCreate():
                    self._create(event, len(frame), timing)
                case ResponseSteer():
                    self._steer(event)
                case ResponseCancel():
                    self._cancel(event)
                case UnknownClientEvent(type=kind):
                    self._refuse(RequestError(f"there is no event {kind!r}", param="type"), None)

    def binary_arrived(self) -> None:
        self._refuse(RequestError("frames have to be text"), None)

    def link_lost(self, error: LinkLostError) -> None:
        self._link = None
        self._waiting.clear()
        for handle in self._timers:
            handle.cancel()
        for lane in self._lanes:
            if lane.task is not None:
                lane.task.cancel()
        if self in self._services.connections:
            self._services.connections.discard(self)
            self._guest.sockets -= 1
        self._services.left.set()

    def close(self, code: int, reason: str) -> None:
        """Send the client away."""
        if self._link is not None:
            self._link.close(code, reason)

    # --- requests -----------------------------------------------------------------------------

    def _create(self, create: ResponseCreate, size_bytes: int, timing: Timing) -> None:
        """Queue a request on its lane, or refuse it at the door."""
        name: str | None = None
        try:
            name = read_stream_id(create.stream_id)
            self._check_room(size_bytes)
            lane = self._lanes.open(name)
        except RequestError as error:
            self._refuse(error, name)
            return
        self._queue(_Waiting(lane, create, size_bytes, timing))

    def _queue(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._held_bytes += waiting.size_bytes
        self._start_waiting()

    def _check_room(self, size_bytes: int) -> None:
        """Check that the connection may take one more request."""
        if self._too_old:
            raise RequestError(
                "this connection has reached its age limit: open another",
                code="websocket_connection_limit_reached",
            )
        limits = self._services.limits
        if len(self._waiting) >= limits.queued or (
            self._held_bytes and self._held_bytes + size_bytes > limits.queued_bytes
        ):
            raise RequestError(
                "too many requests are waiting on this connection",
                code="websocket_queue_full",
                status=429,
                headers={"retry-after": "1"},
            )

    def _start_waiting(self) -> None:
        """Start what can be started, in the order it came."""
        held: deque[_Waiting] = deque()
        while self._waiting and self._running < self._services.limits.running:
            waiting = self._waiting.popleft()
            lane = waiting.lane
            if lane.task is not None:
                held.append(waiting)
                continue
            self._running += 1
            lane.task = asyncio.get_running_loop().create_task(self._serve(waiting))
        self._waiting.extendleft(reversed(held))

    async def _serve(self, waiting: _Waiting) -> None:
        """Answer one request and what follows from it, then let the next one start."""
        lane = waiting.lane
        try:
            if isinstance(waiting.asked, _Unreadable):
                self._turn_down(lane, waiting.asked.previous_response_id, waiting.asked.error)
            else:
                await self._answer(lane, waiting.asked, waiting)
        except Exception:
            log.exception("a request failed in a way that nobody thought of")
            error = RequestError("the gateway broke", code="server_error", status=500)
            self._refuse(error, lane.name)
        finally:
            lane.task = lane.answer = None
            self._running -= 1
            self._held_bytes -= waiting.size_bytes
            if self._link is not None:
                self._start_waiting()

    async def _answer(self, lane: Lane, create: ResponseCreate, asked: _Waiting) -> None:
        timing = asked.timing
        parent_id = create.previous_response_id or None
        services, guest = self._services, self._guest
        parent = None if parent_id is None else self._lanes.newest(parent_id)  # held from here on
        try:
            with timing.of("parse"):
                request = await guest.work(
                    lambda: services.request(guest, create, self._settings),
                    large=asked.size_bytes >= LARGE_BYTES,
                )
            with timing.of("recall"):
                request = await services.dereferenced(guest.owner, request)
                recalled: Sequence[Item] = ()
                if parent is None and parent_id is not None:
                    recalled = await services.recall(guest.owner, parent_id)
            waiting = lane.waiting_for(parent_id)
            steered = waiting.queued if waiting is not None else ()
            whole = replace(
                request,
                items=(*steered, *request.items),
                places=(*(0 for _ in steered), *request.places),
            )
            with timing.of("render"):
                context = await guest.work(
                    lambda: services.extend(parent, whole, recalled=recalled),
                    # Steers that wait may be given back while a thread works: those are worked on
                    # now.
                    large=waiting is None and is_long((*recalled, *whole.items)),
                )
        except RequestError as error:
            self._turn_down(lane, parent_id, error)
            return
        if waiting is not None:
            waiting.commit()
        following = await self._respond(lane, whole, context, timing)
        while following is not None:
            following = await self._respond(lane, *following, self._services.timing())

    async def _respond(
        self, lane: Lane, request: Request, context: Context, timing: Timing
    ) -> tuple[Request, Context] | None:
        """Give one response; return the request and context of its successor, if it has one."""
        link = self._link
        assert link is not None  # a lost link cancels its lanes
        outlet = SocketOutlet(link)
        answer = Answer(
            self._services, self._guest.owner, outlet, request, context, timing, lane.name, lane
        )
        lane.answer = answer
        try:
            after = await answer.run()
        except RequestError as error:
            why = f"the request was refused: {error.message}"
            self._forget_parent(lane, request.previous_response_id, why)
            self._refuse(error, lane.name)
            return None
        self._lanes.end(lane, answer)
        if after is None:
            self._forget_parent(lane, request.previous_response_id, "the response failed")
            return None
        lane.keep(answer, after)
        self._services.tally.evicted += self._lanes.trim()
        steering = answer.steering
        if not steering.queued or self._link is None:
            return None
        if after.open_calls:
            steering.ask_for_outputs(after.added)
            return None
        successor = replace(
            request,
            items=steering.queued,
            places=tuple(range(len(steering.queued))),
            previous_response_id=answer.response_id,
            fresh_settings_tokens=0,
        )
        try:
            context = self._services.extend(after, successor)
        except RequestError as error:
            self._forget_parent(lane, answer.response_id, error.message)
            return None
        steering.commit()
        return successor, context

    def _turn_down(self, lane: Lane, parent_id: str | None, error: RequestError) -> None:
        """Refuse a request on its lane."""
        self._forget_parent(lane, parent_id, f"the request was refused: {error.message}")
        self._refuse(error, lane.name)

    def _forget_parent(self, lane: Lane, parent_id: str | None, why: str) -> None:
        if parent_id is not None and lane.newest_id == parent_id:
            lane.forget(why)

    # --- words and wishes in the middle of a response -----------------------------------------

    def _steer(self, event: ResponseSteer) -> None:
        """Bring a steer to its response, or to what is left of it."""
        target = event.previous_response_id
        if (answer := self._lanes.running(target)) is not None:
            answer.steer(event)
        elif (steering := self._lanes.ended(target)) is not None:
            steering.take(event)  # which refuses it, in that response's own series
        else:
            error = RequestError("there is no such response here", code="response_not_found")
            self._send(encode(replace(refused_steer(event, error), sequence_number=0)))

    def _cancel(self, event: ResponseCancel) -> None:
        """Stop a response: an extension that one widely used client relies on."""
        for lane in self._lanes:
            if (
                lane.answer is not None
                and event.response_id in (None, lane.answer.response_id)
                and event.stream_id in (None, lane.name)
            ):
                lane.answer.cancel()

    # --- inside -------------------------------------------------------------------------------

    def _refuse_unreadable(self, frame: Frame, error: RemoteProtocolError) -> None:
        """Refuse an event that cannot be read, on its lane if that much can be told."""
        seen = peek_client_event(frame)
        if seen is None:
            self._refuse(RequestError.unreadable(error, code="invalid_json"), None)
        elif seen.type == "response.steer":
            reason = RequestError.unreadable(error, code="invalid_input")
            steer = ResponseSteer(previous_response_id="")
            self._send(encode(replace(refused_steer(steer, reason), sequence_number=0)))
        else:
            self._refuse_create(seen, RequestError.unreadable(error))

    def _refuse_create(self, seen: ClientPeek, error: RequestError) -> None:
        try:
            name = read_stream_id(seen.stream_id)
        except RequestError:
            name = None
        lane = self._lanes.known(name)
        if lane is None or len(self._waiting) >= self._services.limits.queued:
            self._refuse(error, name)
        else:
            parent_id = bytes(given(seen.previous_response_id) or b"").decode().strip('"')
            asked = _Unreadable(error, parent_id)
            self._queue(_Waiting(lane, asked, 0, self._services.timing()))

    def _refuse(self, error: RequestError, stream_id: str | None) -> None:
        self._send(encode(error.event(stream_id)))

    def _send(self, frame: bytes) -> None:
        if self._link is not None:
            self._link.send(frame)

    def _grow_old(self) -> None:
        self._too_old = True
