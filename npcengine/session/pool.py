"""Connections, and who sits where on them.

A connection carries as many NPCs as the server's lanes allow. Lane names are slots of a connection
and not names of NPCs, because a name is spent for the connection's life. Rules:

1. When a connection is lost, everybody on it moves to the one that replaces it.
2. A connection that is nearly as old as the server lets it grow, or takes no more requests, is
   *retired*: another is opened beside it, each NPC moves over with its next request, and what runs
   on the old one is not cut off.
3. Waits between attempts grow until a connection has proved itself, by bringing something or by
   lasting a while: one that opens and dies is as good as none. When all of them fail, all rest,
   and then one finds out for the others (:mod:`npcengine.policy.breaker`).
4. A server that answers without a lane's name knows no lanes: from then on every NPC has a
   connection of its own.
"""

import msgspec

from npcengine.clock import NS_PER_MS, NS_PER_S
from npcengine.policy.backoff import FIRST_MS, backoff_ms
from npcengine.policy.breaker import Breaker
from npcengine.protocol.capabilities import Capabilities
from npcengine.session.berth import Berth
from npcengine.session.inbox import TimerKey
from npcengine.session.outside import LinkState, Outside
from npcengine.session.seat import Seat
from npcengine.session.session import Session

__all__ = ["AGE", "CONNECT", "DRAINED", "Pool"]

CONNECT, AGE, DRAINED = "connect", "age", "drained"
"""Kinds of timers: the next attempt; time to retire; time to close what was retired."""

RETIRE_AT = 0.9
"""Share of a connection's permitted age at which it is retired."""

MAKESHIFT_S = 5 * 60.0
"""How long a connection without contexts is made do with before a better one is tried for."""

DRAIN_S = 60.0
"""How long a retired connection is kept for what runs on it: longer than a turn may take."""

STABLE_NS = 10 * NS_PER_S
"""A connection that lasts this long is no failure, even if it brought nothing."""


class Pool:
    """All connections of one bridge (loop thread only)."""

    def __init__(self, outside: Outside, capabilities: Capabilities) -> None:
        self._outside = outside
        self.capabilities = capabilities
        self._berths: list[Berth] = []
        self._by_number: dict[int, Berth] = {}
        self._by_session: dict[str, Berth] = {}
        self._lanes: dict[tuple[int, str | None], tuple[Session, Seat]] = {}
        self._heard_ns: dict[int, int] = {}
        """When each connection last brought anything."""
        self._next_number = 0
        self._detail = ""
        self._refused = False
        self._breaker = Breaker()
        self._berths_made = 0
        self.opened = 0
        """Connections opened so far."""

    @property
    def warms_up(self) -> bool:
        return self.capabilities.warm_up

    def does_not_warm_up(self) -> None:
        self.capabilities = msgspec.structs.replace(self.capabilities, warm_up=False)

    # --- sessions -----------------------------------------------------------------------------

    def admit(self, session: Session, now_ns: int) -> None:
        room = self.capabilities.npcs_per_connection
        berth = next((b for b in self._berths if len(b.passengers) < room), None)
        if berth is None:
            berth = Berth(f"berth-{self._berths_made}")
            self._berths_made += 1
            self._berths.append(berth)
        berth.passengers.append(session)
        self._by_session[session.npc] = berth
        if berth.is_open and self._has_names(berth):
            self._seat(berth, session, now_ns)
        elif berth.is_open:
            self.retire(berth.number, now_ns)
        elif berth.number < 0 and not self._refused:
            self._connect(berth, now_ns)

    def release(self, session: Session) -> None:
        berth = self._by_session.pop(session.npc)
        berth.passengers.remove(session)
        berth.in_a_hurry.discard(session.npc)
        self._leave_all(session)
        if not berth.passengers:
            for number in (berth.number, *berth.retired):
                if self._by_number.pop(number, None) is not None:
                    self._forget(number)
                    self._outside.disconnect(number)
            self._outside.drop_timer(TimerKey(CONNECT, berth.name))
            self._berths.remove(berth)
            self._show()

    def leave(self, seat: Seat, reason: str, now_ns: int, *, silent_since_ns: int | None) -> None:
        session = self._owner(seat)
        berth = self._by_number.get(seat.connection)
        if session is None or berth is None:
            return
        is_dead = (
            silent_since_ns is not None
            and self._heard_ns.get(seat.connection, 0) <= silent_since_ns
        )
        is_last = seat.stream_id is None or not self._has_names(berth)
        if is_dead or (is_last and seat.connection == berth.number):
            self._outside.disconnect(seat.connection)
            self.lost(seat.connection, reason, now_ns)
            return
        self._reseat(berth, session, seat, reason, now_ns)

    def elsewhere(self, seat: Seat, reason: str, now_ns: int) -> None:
        session = self._owner(seat)
        berth = self._by_number.get(seat.connection)
        if session is None or berth is None:
            return
        if seat.stream_id is not None and self._has_names(berth):
            self._reseat(berth, session, seat, reason, now_ns)
        else:
            self.renew(seat, reason, now_ns)

    def renew(self, seat: Seat, reason: str, now_ns: int) -> None:
        session = self._owner(seat)
        self.retire(seat.connection, now_ns)
        if session is not None:
            self._leave_all(session, seat.connection)
            session.unseated(seat.connection, reason, now_ns)
        if not any(on == seat.connection for on, _ in self._lanes):
            # Most servers stop writing where nobody listens any more.
            self._outside.disconnect(seat.connection)
            self.lost(seat.connection, reason, now_ns)

    def spare(self, seat: Seat) -> Seat | None:
        session = self._owner(seat)
        berth = self._by_number.get(seat.connection)
        if session is None or berth is None or seat.connection != berth.number:
            return None
        if seat.stream_id is None or not self._has_names(berth):
            return None
        return self._new_seat(berth, session)

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
        if self._breaker.succeeded():
            for other in self._berths:
                if other.number < 0:
                    self._connect_in(other, FIRST_MS * self._outside.luck(), now_ns)

    def listener(self, number: int, stream_id: str | None) -> tuple[Session, Seat] | None:
        """Return whose lane an event is on, and which; ``stream_id`` as the event names it."""
        return self._lanes.get((number, stream_id))

    def listener_without_lanes(
        self, number: int, now_ns: int, *, is_error: bool
    ) -> tuple[Session, Seat] | None:
        """Return whose event it is that names no lane, where everybody has asked on one.

        Args:
            number: The connection.
            now_ns: When this is.
            is_error: Whether it may concern the whole connection.
        """
        if number not in self._by_number:
            return None
        there = [place for (on, _), place in self._lanes.items() if on == number]
        if len(there) != 1 and is_error:
            return None
        self._downgrade(number, now_ns, sure=len(there) == 1)
        return there[0] if len(there) == 1 else None

    def opened_link(self, number: int, now_ns: int, *, keeps_contexts: bool) -> None:
        """A connection can carry requests."""
        berth = self._by_number.get(number)
        if berth is None:
            return
        berth.is_open, berth.opened_ns = True, now_ns
        berth.keeps_contexts = keeps_contexts and self.capabilities.contexts
        self.opened += 1
        self._detail = ""
        age_s = self.capabilities.age_limit_s * RETIRE_AT
        if not keeps_contexts:
            age_s = min(age_s, MAKESHIFT_S)
        retire_ns = now_ns + round(age_s * NS_PER_S)
        self._outside.set_timer(TimerKey(AGE, str(number)), retire_ns)
        if berth.in_a_hurry:
            self._outside.read_at_once(number, True)
        for session in list(berth.passengers):
            self._seat(berth, session, now_ns)
        self._show()
        if berth.is_outdated:
            berth.is_outdated = False
            self.retire(number, now_ns)

    def reroute(self, now_ns: int) -> None:
        """Replace every connection, without cutting anything off: there is another way."""
        self._refused = False
        for berth in list(self._berths):
            if berth.is_open:
                self.retire(berth.number, now_ns)
            elif berth.number >= 0:
                berth.is_outdated = True
            else:
                self._connect(berth, now_ns)

    def failed(self, number: int, reason: str, now_ns: int, *, retryable: bool) -> None:
        """A connection did not come about."""
        berth = self._by_number.pop(number, None)
        if berth is None:
            return
        berth.number, berth.is_outdated = -1, False
        self._detail = reason
        self._refused = self._refused or not retryable
        self._try_later(berth, now_ns)

    def retire(self, number: int, now_ns: int) -> None:
        """Replace a connection without cutting off what runs on it."""
        berth = self._by_number.get(number)
        if berth is None or berth.number != number or not berth.is_open:
            return
        berth.retired.add(number)
        berth.closed()
        self._outside.drop_timer(TimerKey(AGE, str(number)))
        drained_ns = now_ns + round(DRAIN_S * NS_PER_S)
        self._outside.set_timer(TimerKey(DRAINED, str(number)), drained_ns)
        self._connect(berth, now_ns)

    def too_old(self, number: int, reason: str, now_ns: int) -> None:
        """A connection said, on no lane, that it takes no more requests."""
        self.retire(number, now_ns)
        for (on, _), (session, _) in list(self._lanes.items()):
            # Which request that was an answer to is not known; those with an event were accepted.
            if on == number and session.is_unanswered:
                self._leave_all(session, number)
                session.unseated(number, reason, now_ns)

    def lost(self, number: int, reason: str, now_ns: int) -> None:
        """An open connection ended; everybody on it loses their lane."""
        berth = self._by_number.pop(number, None)
        if berth is None:
            return
        self._forget(number)
        if number == berth.number:
            berth.closed()
            self._detail = reason
            if now_ns - berth.opened_ns >= STABLE_NS:
                berth.failures = 0
                self._breaker.succeeded()
            self._try_later(berth, now_ns)
        berth.retired.discard(number)
        self._lanes = {place: who for place, who in self._lanes.items() if place[0] != number}
        for session in list(berth.passengers):
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
                    self._connect(berth, now_ns)

    # --- inside -------------------------------------------------------------------------------

    def _try_later(self, berth: Berth, now_ns: int) -> None:
        berth.failures += 1
        self._breaker.failed(now_ns)
        self._show()
        if not self._refused:
            self._connect_in(berth, backoff_ms(berth.failures, self._outside.luck()), now_ns)

    def _connect_in(self, berth: Berth, wait_ms: float, now_ns: int) -> None:
        due_ns = now_ns + round(wait_ms * NS_PER_MS)
        self._outside.set_timer(TimerKey(CONNECT, berth.name), due_ns)

    def _connect(self, berth: Berth, now_ns: int) -> None:
        if rest_ms := self._breaker.wait_ms(now_ns):
            self._connect_in(berth, rest_ms + FIRST_MS * self._outside.luck(), now_ns)
            return
        self._breaker.began(now_ns)
        berth.number = self._next_number
        self._next_number += 1
        self._by_number[berth.number] = berth
        self._show()
        self._outside.connect(berth.number)

    def _downgrade(self, number: int, now_ns: int, *, sure: bool) -> None:
        """The server knows no lanes. If it is not sure whose answer came, all ask anew."""
        if self.capabilities.lanes:
            self.capabilities = msgspec.structs.replace(self.capabilities, lanes=0, running=1)
        if sure:
            return
        berth = self._by_number[number]
        self._outside.disconnect(number)
        self.lost(number, "the server does not know lanes", now_ns)
        for session in berth.passengers[1:]:
            self.release(session)
            self.admit(session, now_ns)

    def _reseat(self, berth: Berth, session: Session, seat: Seat, reason: str, now_ns: int) -> None:
        """Move to another lane of the same connection, if that still takes requests."""
        self._leave_all(session, seat.connection)
        session.unseated(seat.connection, reason, now_ns)
        if seat.connection == berth.number:
            self._seat(berth, session, now_ns)

    def _seat(self, berth: Berth, session: Session, now_ns: int) -> None:
        session.seated(self._new_seat(berth, session), now_ns)

    def _new_seat(self, berth: Berth, session: Session) -> Seat:
        seat = berth.new_seat(named=bool(self.capabilities.lanes))
        self._lanes[seat.connection, seat.stream_id] = session, seat
        return seat

    def _has_names(self, berth: Berth) -> bool:
        return not self.capabilities.lanes or berth.names_used < self.capabilities.lanes

    def _owner(self, seat: Seat) -> Session | None:
        session, _ = self._lanes.get((seat.connection, seat.stream_id), (None, None))
        return session

    def _leave_all(self, session: Session, number: int | None = None) -> None:
        """Nothing that comes on a session's lanes, of one connection or all, concerns anybody."""
        for place, (who, _) in list(self._lanes.items()):
            if who is session and number in (None, place[0]):
                del self._lanes[place]

    def _forget(self, number: int) -> None:
        self._heard_ns.pop(number, None)
        for kind in (AGE, DRAINED):
            self._outside.drop_timer(TimerKey(kind, str(number)))

    def _show(self) -> None:
        connected = sum(berth.is_open or bool(berth.retired) for berth in self._berths)
        state = LinkState(connected, len(self._berths), self._detail, self._refused)
        self._outside.show_link(state)
