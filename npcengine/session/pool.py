"""Connections, and who sits where on them.

A connection carries as many NPCs as the server's lanes allow. Lane names are slots of a connection
and not names of NPCs, because a name is spent for the connection's life. Rules:

1. When a connection is lost, everybody on it moves to the one that replaces it.
2. A connection that is nearly as old as the server lets it grow, or takes no more requests, is
   *retired*: another is opened beside it, each NPC moves over with its next request, and what runs
   on the old one is not cut off.
3. Waits between attempts grow until a connection has proved itself, by bringing something or by
   lasting a while: one that opens and dies is as good as none.
"""

from npcengine.clock import NS_PER_MS, NS_PER_S
from npcengine.policy.backoff import backoff_ms
from npcengine.protocol.capabilities import Capabilities
from npcengine.session.inbox import TimerKey
from npcengine.session.outside import LinkState, Outside
from npcengine.session.seat import Seat
from npcengine.session.session import Session

__all__ = ["AGE", "CONNECT", "DRAINED", "Pool"]

CONNECT, AGE, DRAINED = "connect", "age", "drained"
"""Kinds of timers: the next attempt; time to retire; time to close what was retired."""

RETIRE_AT = 0.9
"""Share of a connection's permitted age at which it is retired."""

DRAIN_S = 60.0
"""How long a retired connection is kept for what runs on it: longer than a turn may take."""

STABLE_NS = 10 * NS_PER_S
"""A connection that lasts this long is no failure, even if it brought nothing."""


class _Berth:
    """A place for one connection at a time, and for the NPCs that share it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = -1
        """The connection that takes new requests, while one is open or opening."""
        self.is_open = False
        self.opened_ns = 0
        self.retired: set[int] = set()
        """Connections that only finish what runs on them."""
        self.failures = 0
        """Connections in a row that came to nothing."""
        self.names_used = 0
        """Lane names spent on this connection."""
        self.passengers: list[Session] = []
        self.in_a_hurry: set[str] = set()
        """NPCs that wait for what the socket brings next."""

    def new_name(self) -> str:
        """Spend a lane name."""
        self.names_used += 1
        return f"s{self.names_used - 1}"


class Pool:
    """All connections of one bridge (loop thread only)."""

    def __init__(self, outside: Outside, capabilities: Capabilities) -> None:
        self._outside = outside
        self.capabilities = capabilities
        self._berths: list[_Berth] = []
        self._by_number: dict[int, _Berth] = {}
        self._by_session: dict[str, _Berth] = {}
        self._lanes: dict[tuple[int, str | None], Session] = {}
        self._heard_ns: dict[int, int] = {}
        """When each connection last brought anything."""
        self._next_number = 0
        self._detail = ""
        self._refused = False
        self.opened = 0
        """Connections opened so far."""

    # --- sessions -----------------------------------------------------------------------------

    def admit(self, session: Session, now_ns: int) -> None:
        """Find a place for an NPC; it is seated when there is a lane for it."""
        room = self.capabilities.npcs_per_connection
        berth = next((b for b in self._berths if len(b.passengers) < room), None)
        if berth is None:
            berth = _Berth(f"berth-{len(self._berths)}")
            self._berths.append(berth)
        berth.passengers.append(session)
        self._by_session[session.npc] = berth
        if berth.is_open:
            self._seat(berth, session, now_ns)
        elif berth.number < 0 and not self._refused:
            self._connect(berth)

    def leave(self, seat: Seat, reason: str, now_ns: int, *, silent_since_ns: int | None) -> None:
        session = self._lanes.get((seat.connection, seat.stream_id))
        berth = self._by_number.get(seat.connection)
        if session is None or berth is None:
            return
        is_dead = (
            silent_since_ns is not None
            and self._heard_ns.get(seat.connection, 0) <= silent_since_ns
        )
        is_last = seat.stream_id is None or berth.names_used >= self.capabilities.lanes
        if is_dead or (is_last and seat.connection == berth.number):
            self._outside.disconnect(seat.connection)
            self.lost(seat.connection, reason, now_ns)
            return
        self._leave_all(session, seat.connection)
        session.unseated(seat.connection, reason, now_ns)
        if seat.connection == berth.number:
            self._seat(berth, session, now_ns)

    def renew(self, seat: Seat, reason: str, now_ns: int) -> None:
        session = self._lanes.get((seat.connection, seat.stream_id))
        self.retire(seat.connection, now_ns)
        if session is not None:
            self._leave_all(session, seat.connection)
            session.unseated(seat.connection, reason, now_ns)

    def spare(self, seat: Seat) -> Seat | None:
        session = self._lanes.get((seat.connection, seat.stream_id))
        berth = self._by_number.get(seat.connection)
        if session is None or berth is None or seat.connection != berth.number:
            return None
        if seat.stream_id is None or berth.names_used >= self.capabilities.lanes:
            return None
        spare = Seat(berth.number, berth.new_name())
        self._lanes[spare.connection, spare.stream_id] = session
        return spare

    def left(self, seat: Seat) -> None:
        self._lanes.pop((seat.connection, seat.stream_id), None)

    def read_at_once(self, session: Session, *, wanted: bool) -> None:
        berth = self._by_session[session.npc]
        before = bool(berth.in_a_hurry)
        (berth.in_a_hurry.add if wanted else berth.in_a_hurry.discard)(session.npc)
        if bool(berth.in_a_hurry) != before:
            for number in (berth.number, *berth.retired):
                self._outside.read_at_once(number, not before)

    # --- connections --------------------------------------------------------------------------

    def heard(self, number: int, now_ns: int) -> None:
        """Something came over a connection."""
        self._heard_ns[number] = now_ns
        if (berth := self._by_number.get(number)) is not None:
            berth.failures = 0

    def listener(self, number: int, stream_id: str | None) -> tuple[Session, Seat] | None:
        """Return whose lane an event is on, and which."""
        session = self._lanes.get((number, stream_id))
        if session is not None:
            return session, Seat(number, stream_id)
        if stream_id is None and (berth := self._by_number.get(number)):
            # A server that does not know lanes answers without a name; with one NPC on the
            # connection there is no doubt whose answer it is.
            there = [
                (who, Seat(on, name)) for (on, name), who in self._lanes.items() if on == number
            ]
            return there[0] if len(there) == len(berth.passengers) == 1 else None
        return None

    def opened_link(self, number: int, now_ns: int) -> None:
        """A connection can carry requests."""
        berth = self._by_number.get(number)
        if berth is None:
            return
        berth.is_open, berth.opened_ns = True, now_ns
        self.opened += 1
        self._detail = ""
        retire_ns = now_ns + round(self.capabilities.age_limit_s * RETIRE_AT * NS_PER_S)
        self._outside.set_timer(TimerKey(AGE, str(number)), retire_ns)
        if berth.in_a_hurry:
            self._outside.read_at_once(number, True)
        for session in berth.passengers:
            self._seat(berth, session, now_ns)
        self._show()

    def failed(self, number: int, reason: str, now_ns: int, *, retryable: bool) -> None:
        """A connection did not come about."""
        berth = self._by_number.pop(number, None)
        if berth is None:
            return
        berth.number = -1
        self._detail = reason
        self._refused = self._refused or not retryable
        self._try_later(berth, now_ns)

    def retire(self, number: int, now_ns: int) -> None:
        """Replace a connection without cutting off what runs on it."""
        berth = self._by_number.get(number)
        if berth is None or berth.number != number or not berth.is_open:
            return
        berth.retired.add(number)
        berth.is_open, berth.names_used = False, 0
        self._outside.drop_timer(TimerKey(AGE, str(number)))
        drained_ns = now_ns + round(DRAIN_S * NS_PER_S)
        self._outside.set_timer(TimerKey(DRAINED, str(number)), drained_ns)
        self._connect(berth)

    def too_old(self, number: int, reason: str, now_ns: int) -> None:
        """A connection said, on no lane, that it takes no more requests."""
        self.retire(number, now_ns)
        for (on, _), session in list(self._lanes.items()):
            # Which request that was an answer to is not known; those with an event were accepted.
            if on == number and session.is_unanswered:
                self._leave_all(session, number)
                session.unseated(number, reason, now_ns)

    def lost(self, number: int, reason: str, now_ns: int) -> None:
        """An open connection ended; everybody on it loses their lane."""
        berth = self._by_number.pop(number, None)
        if berth is None:
            return
        self._heard_ns.pop(number, None)
        for kind in (AGE, DRAINED):
            self._outside.drop_timer(TimerKey(kind, str(number)))
        if number == berth.number:
            berth.is_open, berth.number, berth.names_used = False, -1, 0
            self._detail = reason
            if now_ns - berth.opened_ns >= STABLE_NS:
                berth.failures = 0
            self._try_later(berth, now_ns)
        berth.retired.discard(number)
        self._lanes = {place: who for place, who in self._lanes.items() if place[0] != number}
        for session in berth.passengers:
            session.unseated(number, reason, now_ns)
        self._show()

    def fired(self, key: TimerKey, now_ns: int) -> None:
        """One of our timers went off."""
        match key.kind:
            case "age":
                self.retire(int(key.owner), now_ns)
            case "drained":
                self._outside.disconnect(int(key.owner))
                self.lost(int(key.owner), "the connection was too old", now_ns)
            case _:
                berth = next(b for b in self._berths if b.name == key.owner)
                if berth.number < 0 and not self._refused:
                    self._connect(berth)

    # --- inside -------------------------------------------------------------------------------

    def _try_later(self, berth: _Berth, now_ns: int) -> None:
        berth.failures += 1
        self._show()
        if self._refused:
            return
        wait_ms = backoff_ms(berth.failures, self._outside.luck())
        self._outside.set_timer(TimerKey(CONNECT, berth.name), now_ns + round(wait_ms * NS_PER_MS))

    def _connect(self, berth: _Berth) -> None:
        berth.number = self._next_number
        self._next_number += 1
        self._by_number[berth.number] = berth
        self._show()
        self._outside.connect(berth.number)

    def _seat(self, berth: _Berth, session: Session, now_ns: int) -> None:
        name = berth.new_name() if self.capabilities.lanes else None
        self._lanes[berth.number, name] = session
        session.seated(Seat(berth.number, name), now_ns)

    def _leave_all(self, session: Session, number: int) -> None:
        """Nothing that comes on a session's lanes of a connection concerns anybody."""
        for place in [at for at, who in self._lanes.items() if who is session and at[0] == number]:
            del self._lanes[place]

    def _show(self) -> None:
        connected = sum(berth.is_open or bool(berth.retired) for berth in self._berths)
        state = LinkState(connected, len(self._berths), self._detail, self._refused)
        self._outside.show_link(state)
