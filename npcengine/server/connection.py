"""One client's WebSocket: its lanes, its queue, and the contexts it may continue from.

Rules (protocol.md sections 5 to 8):

1. A lane answers its requests in order, one at a time; lanes run side by side, up to a limit, and
   what waits starts in the order it came.
2. Each lane keeps its newest context. An id is looked up among the lanes of this connection, then
   among the stored responses of the same token, and is otherwise not found.
3. A request that continues its own lane and ends in an error takes the context it named along.
   A fork that fails leaves its source alone.
4. The parent is held from before ``response.in_progress`` on, so its lane may move on.
5. An error ends its request and nothing else.
"""

import asyncio
from collections import deque

import msgspec

from npcengine.errors import LinkLostError, RemoteProtocolError
from npcengine.protocol.codec import decode_client_event, encode
from npcengine.protocol.incoming import ErrorBody, Steer, SteerFailed
from npcengine.protocol.outgoing import (
    ResponseCancel,
    ResponseCreate,
    ResponseSteer,
    UnknownClientEvent,
)
from npcengine.server.answer import Answer, Services
from npcengine.server.context import Context
from npcengine.server.faults import RequestError
from npcengine.server.request import Request, read_request, read_stream_id
from npcengine.server.settings import SettingsCache
from npcengine.transport.link import Frame, Link

__all__ = ["Connection"]


class _Lane:
    """One ordered channel."""

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.newest_id: str | None = None
        self.newest: Context | None = None
        self.task: asyncio.Task[None] | None = None
        self.answer: Answer | None = None


class Connection:
    """The server's end of one socket; a receiver of its frames (loop thread only)."""

    def __init__(self, services: Services, owner: str) -> None:
        """Prepare for a client.

        Args:
            services: What all connections of the gateway share.
            owner: Whose token opened it; stored responses are only found by their owner.
        """
        self._services = services
        self._owner = owner
        self._settings = SettingsCache(services.limits)
        self._lanes: dict[str | None, _Lane] = {None: _Lane(None)}
        self._waiting: deque[tuple[_Lane, ResponseCreate]] = deque()
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

    def frames_arrived(self, frames: list[Frame]) -> None:
        for frame in frames:
            try:
                event = decode_client_event(frame)
            except RemoteProtocolError as error:
                self._refuse(RequestError.unreadable(error, code="invalid_json"), None)
                continue
            match event:
                case ResponseCreate():
                    self._create(event)
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
        for lane in self._lanes.values():
            if lane.task is not None:
                lane.task.cancel()
        self._services.connections.discard(self)
        self._services.left.set()

    def close(self, code: int, reason: str) -> None:
        """Send the client away."""
        if self._link is not None:
            self._link.close(code, reason)

    # --- requests -----------------------------------------------------------------------------

    def _create(self, create: ResponseCreate) -> None:
        """Queue a request on its lane, or refuse it at the door."""
        name: str | None = None
        try:
            name = read_stream_id(create.stream_id)
            self._check_room()
            lane = self._lane(name)
        except RequestError as error:
            self._refuse(error, name)
            return
        self._waiting.append((lane, create))
        self._start_waiting()

    def _check_room(self) -> None:
        """Check that the connection may take one more request."""
        if self._too_old:
            raise RequestError(
                "this connection has reached its age limit: open another",
                code="websocket_connection_limit_reached",
            )
        if len(self._waiting) >= self._services.limits.queued:
            raise RequestError(
                "too many requests are waiting on this connection",
                code="websocket_queue_full",
                status=429,
                headers={"retry-after": "1"},
            )

    def _lane(self, name: str | None) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            if len(self._lanes) > self._services.limits.named_lanes:  # the default is one of them
                raise RequestError(
                    f"a connection has at most {self._services.limits.named_lanes} named lanes",
                    code="websocket_stream_limit_reached",
                    param="stream_id",
                )
            lane = self._lanes[name] = _Lane(name)
        return lane

    def _start_waiting(self) -> None:
        """Start what can be started, in the order it came."""
        held: deque[tuple[_Lane, ResponseCreate]] = deque()
        while self._waiting and self._running < self._services.limits.running:
            lane, create = self._waiting.popleft()
            if lane.task is not None:
                held.append((lane, create))
                continue
            self._running += 1
            lane.task = asyncio.get_running_loop().create_task(self._serve(lane, create))
        self._waiting.extendleft(reversed(held))

    async def _serve(self, lane: _Lane, create: ResponseCreate) -> None:
        """Answer one request, then let the next one start."""
        try:
            await self._answer(lane, create)
        finally:
            lane.task = lane.answer = None
            self._running -= 1
            if self._link is not None:
                self._start_waiting()

    async def _answer(self, lane: _Lane, create: ResponseCreate) -> None:
        assert self._link is not None
        parent_id = create.previous_response_id or None
        try:
            request = read_request(create, self._settings, self._services.limits)
            parent = self._find(request)
            context = self._services.extend(parent, request)
        except RequestError as error:
            self._forget_parent(lane, parent_id)
            self._refuse(error, lane.name)
            return
        answer = lane.answer = Answer(self._services, self._link, request, context, lane.name)
        after = await answer.run()
        if after is None:
            self._forget_parent(lane, parent_id)
            return
        lane.newest_id, lane.newest = answer.response_id, after
        if request.store:
            self._services.store.keep(self._owner, answer.response_id, after)
        self._trim()

    def _find(self, request: Request) -> Context | None:
        """Return the context a request continues from."""
        wanted = request.previous_response_id
        if wanted is None:
            return None
        for lane in self._lanes.values():
            if lane.newest_id == wanted and lane.newest is not None:
                return lane.newest
        stored = self._services.store.find(self._owner, wanted)
        if stored is None:
            raise RequestError(
                f"Previous response with id '{wanted}' not found.",
                code="previous_response_not_found",
                param="previous_response_id",
            )
        return stored

    def _forget_parent(self, lane: _Lane, parent_id: str | None) -> None:
        if parent_id is not None and lane.newest_id == parent_id:
            lane.newest_id = lane.newest = None

    def _trim(self) -> None:
        """Keep the lanes' contexts within bounds, forgetting the lane that was idle longest."""
        lanes = [lane for lane in self._lanes.values() if lane.newest is not None]
        total = sum(lane.newest.size_bytes for lane in lanes if lane.newest is not None)
        for lane in lanes:
            if total <= self._services.limits.cache_bytes:
                return
            if lane.task is None and lane.newest is not None:
                total -= lane.newest.size_bytes
                lane.newest_id = lane.newest = None
                self._services.tally.evicted += 1

    # --- words and wishes in the middle of a response -----------------------------------------

    def _steer(self, event: ResponseSteer) -> None:
        """Refuse, in the way that a client which steers understands."""
        lane = next(
            (
                lane
                for lane in self._lanes.values()
                if lane.answer is not None and lane.answer.response_id == event.previous_response_id
            ),
            None,
        )
        code, message = "steering_not_supported", "this gateway does not steer"
        if lane is None:
            code, message = "response_not_found", "no such response is running here"
        failed = SteerFailed(
            sequence_number=0,
            stream_id=msgspec.UNSET if lane is None or lane.name is None else lane.name,
            steer=Steer(event.previous_response_id, input=event.input),
            error=ErrorBody(type="invalid_request_error", code=code, message=message),
        )
        self._send(encode(failed))

    def _cancel(self, event: ResponseCancel) -> None:
        """Stop a response: an extension that one widely used client relies on."""
        for lane in self._lanes.values():
            if lane.answer is not None and event.response_id in (None, lane.answer.response_id):
                lane.answer.cancel()

    # --- inside -------------------------------------------------------------------------------

    def _refuse(self, error: RequestError, stream_id: str | None) -> None:
        self._send(encode(error.event(stream_id)))

    def _send(self, frame: bytes) -> None:
        if self._link is not None:
            self._link.send(frame)

    def _grow_old(self) -> None:
        self._too_old = True
