"""What went over the wire, brought together: each request with the response that it got.

A response is found by its connection and its lane (``stream_id``). A lane carries one response at a
time; a steer waits behind the response that it speaks into.
"""

from collections import deque
from collections.abc import Iterator

import msgspec

from npcengine.errors import RemoteProtocolError
from npcengine.policy.prices import MAX_TOKENS
from npcengine.protocol import incoming
from npcengine.protocol.codec import decode_client_event, decode_server_event, given
from npcengine.protocol.outgoing import ResponseCreate, ResponseSteer
from npcengine.replay.analysis.model import UNREADABLE, Exchange, RequestKind

__all__ = ["Wire"]

_REASONING = (incoming.ReasoningTextDelta, incoming.ReasoningSummaryTextDelta)
_WRITTEN = (
    incoming.OutputTextDelta,
    incoming.ArgumentsDelta,
    incoming.RefusalDelta,
    incoming.CustomInputDelta,
)
_WHOLE = (
    incoming.OutputTextDone,
    incoming.ArgumentsDone,
    incoming.RefusalDone,
    incoming.CustomInputDone,
)
"""What a server that writes in one piece sends instead."""
_CALLS = ("function_call", "custom_tool_call")

_Lane = tuple[int, str | None]


class _Peek(msgspec.Struct):
    type: str = ""
    role: str = ""
    call_id: str = ""


_items = msgspec.json.Decoder(list[_Peek])
_item = msgspec.json.Decoder(_Peek)


class Wire:
    """Follows all lanes of all connections."""

    def __init__(self) -> None:
        self._lanes: dict[_Lane, deque[Exchange]] = {}
        """What runs on each lane, and behind it what waits for that to end."""
        self._by_response: dict[str, Exchange] = {}
        self._has_history: set[str] = set()
        """NPCs that a server has answered before."""
        self.unread = 0
        """Frames that could not be read."""

    def sent(self, npc: str, turn: int, connection: int, frame: str, t_ns: int) -> Exchange | None:
        """Take a frame of ours; return the exchange that begins with it."""
        try:
            event = decode_client_event(frame.encode())
        except RemoteProtocolError:
            self.unread += 1
            return None
        match event:
            case ResponseCreate():
                exchange = self._create(npc, turn, connection, event, t_ns)
            case ResponseSteer():
                exchange = self._steer(npc, turn, connection, event, t_ns)
            case _:
                return None
        exchange.sent_bytes = len(frame.encode())
        return exchange

    def _create(
        self, npc: str, turn: int, connection: int, event: ResponseCreate, t_ns: int
    ) -> Exchange:
        items = _peeked(given(event.input))
        kind: RequestKind = "resent" if npc in self._has_history else "first"
        if event.generate is False:
            kind = "warm_up"
        elif isinstance(event.previous_response_id, str):
            kind = "continued"
        stream_id = given(event.stream_id)
        lane = connection, None if stream_id is None else stream_id.decode().strip('"')
        model = event.model if isinstance(event.model, str) else ""
        outputs = [one.call_id for one in items if one.type.endswith("_call_output")]
        exchange = Exchange(npc, turn, *lane, kind, model, t_ns, 0, outputs)
        waiting = self._lanes.setdefault(lane, deque())
        for steer in [one for one in waiting if one.kind == "steer" and one.created_ns is None]:
            # The words go another way: the session asks anew.
            self._end(waiting, steer, t_ns, "refused")
        waiting.append(exchange)
        return exchange

    def _steer(
        self, npc: str, turn: int, connection: int, event: ResponseSteer, t_ns: int
    ) -> Exchange:
        target = self._by_response.get(event.previous_response_id)
        lane = connection, None if target is None else target.stream_id
        model = "" if target is None else target.model
        exchange = Exchange(npc, turn, *lane, "steer", model, t_ns, 0)
        self._lanes.setdefault(lane, deque()).append(exchange)
        return exchange

    def read(self, connection: int, frame: str, t_ns: int) -> Exchange | None:
        """Take a frame of the server's; return the exchange that it belongs to."""
        data = frame.encode()
        try:
            event = decode_server_event(data)
        except RemoteProtocolError:
            self.unread += 1
            return None
        if isinstance(event, incoming.UnknownServerEvent):
            return None
        lane = self._lane_of(connection, event.stream_id or None)
        running = self._lanes.get(lane) if lane is not None else None
        if not running:
            return None
        if isinstance(event, incoming.SteerFailed):
            self._end(running, running[-1], t_ns, "refused", event.error.message)
            return None
        if isinstance(event, incoming.SteerAccepted | incoming.SteerPending):
            return None
        exchange = running[0]
        exchange.read_bytes += len(data)
        self._take(running, exchange, event, t_ns)
        return exchange

    def _lane_of(self, connection: int, stream_id: str | None) -> _Lane | None:
        """Find the lane of an event: some servers leave its name out."""
        if stream_id is not None or self._lanes.get((connection, None)):
            return connection, stream_id
        running = [lane for lane, some in self._lanes.items() if lane[0] == connection and some]
        return running[0] if len(running) == 1 else None

    def _take(
        self,
        running: deque[Exchange],
        exchange: Exchange,
        event: incoming.ServerEvent,
        t_ns: int,
    ) -> None:
        if isinstance(event, incoming.ErrorEvent):
            info = event.info()
            self._end(running, exchange, t_ns, "refused", str(info.code or info.message))
            return
        if exchange.created_ns is None:
            exchange.created_ns = t_ns
        if isinstance(event, incoming.LIFECYCLE):
            self._lifecycle(running, exchange, event, t_ns)
        else:
            _token(exchange, event, t_ns)

    def _lifecycle(
        self,
        running: deque[Exchange],
        exchange: Exchange,
        event: incoming.ServerEvent,
        t_ns: int,
    ) -> None:
        assert isinstance(event, incoming.LIFECYCLE)
        try:
            body = incoming.read_response(event.response)
        except RemoteProtocolError:
            self.unread += 1
            return
        exchange.response_id = body.id
        self._by_response[body.id] = exchange
        if not isinstance(event, incoming.TERMINALS):
            return
        exchange.usage = _sane(body.usage)
        error = "" if body.error is None else str(body.error.code or body.error.message)
        details = body.incomplete_details
        end = type(event).__name__.removeprefix("Response").lower()
        self._end(running, exchange, t_ns, end, error or (details.reason if details else ""))
        if exchange.kind != "warm_up":
            self._has_history.add(exchange.npc)

    def _end(
        self, running: deque[Exchange], exchange: Exchange, t_ns: int, end: str, error: str = ""
    ) -> None:
        exchange.ended_ns, exchange.end, exchange.error = t_ns, end, error
        running.remove(exchange)

    def lost(self, connection: int, t_ns: int, reason: str) -> None:
        """A connection is gone, and with it what ran there."""
        for lane, running in self._lanes.items():
            if lane[0] == connection:
                for exchange in list(running):
                    self._end(running, exchange, t_ns, "lost", reason)

    def restart(self, npcs: Iterator[str]) -> None:
        """Some NPCs go on from a save: what their servers knew is not theirs any more."""
        self._has_history.difference_update(npcs)


def _sane(usage: incoming.Usage | None) -> incoming.Usage | None:
    """Return what a server says that it used; ``None`` if that cannot be."""
    if usage is None:
        return None
    counts = [usage.input_tokens, usage.output_tokens, usage.total_tokens]
    if (of_input := usage.input_tokens_details) is not None:
        counts += [of_input.cached_tokens, of_input.cache_write_tokens]
    if (of_output := usage.output_tokens_details) is not None:
        counts.append(of_output.reasoning_tokens)
    return usage if all(0 <= count <= MAX_TOKENS for count in counts) else None


def _token(exchange: Exchange, event: incoming.ServerEvent, t_ns: int) -> None:
    """Note what an event carries of what the model wrote, if it carries any."""
    is_reasoning, is_delta = isinstance(event, _REASONING), isinstance(event, _WRITTEN)
    if not (is_reasoning or is_delta or _is_whole(event)):
        return
    if exchange.first_token_ns is None:
        exchange.first_token_ns = t_ns
    if exchange.first_output_ns is None and not is_reasoning:
        exchange.first_output_ns = t_ns
    if is_reasoning or is_delta:
        exchange.deltas += 1
        if not exchange.reads_ns or exchange.reads_ns[-1] != t_ns:
            exchange.reads_ns.append(t_ns)


def _is_whole(event: incoming.ServerEvent) -> bool:
    """Whether an event carries something in one piece; a call's name is the first of a call."""
    if isinstance(event, incoming.OutputItemAdded | incoming.OutputItemDone):
        return _peek(event.item).type in _CALLS
    return isinstance(event, _WHOLE)


def _peeked(items: bytes | None) -> list[_Peek]:
    try:
        return _items.decode(items or b"[]")
    except UNREADABLE:
        return []  # words alone, or items that nobody can read


def _peek(item: msgspec.Raw) -> _Peek:
    try:
        return _item.decode(item)
    except UNREADABLE:
        return _Peek()
