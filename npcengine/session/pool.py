"""Connections, and who sits where on them.

A connection carries as many NPCs as the server's lanes allow. Lane names are slots of a connection
and not names of NPCs, because a name is spent for the connection's life. When a connection is
lost, everybody on it moves to the one that replaces it.
"""

from npcengine.clock import NS_PER_MS
from npcengine.policy.backoff import backoff_ms
from npcengine.protocol.capabilities import Capabilities
from npcengine.session.inbox import TimerKey
from npcengine.session.outside import LinkState, Outside
from npcengine.session.seat import Seat
from npcengine.session.session import Session

__all__ = ["Pool"]


class _Berth:
    """A place for one connection at a time, and for the NPCs that share it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = -1
        """The connection's number while one is open or opening."""
        self.is_open = False
        self.failures = 0
        """Connections in a row that came to nothing."""
        self.names_used = 0
        """Lane names spent on this connection."""
        self.passengers: list[Session] = []
        self.lanes: dict[str | None, Session] = {}
        self.in_a_hurry: set[str] = set()
        """NPCs that wait for what the socket brings next."""


class Pool:
    """All connections of one bridge (loop thread only)."""

    def __init__(self, outside: Outside, capabilities: Capabilities) -> None:
        self._outside = outside
        self._capabilities = capabilities
        self._berths: list[_Berth] = []
        self._by_number: dict[int, _Berth] = {}
        self._by_session: dict[str, _Berth] = {}
        self._next_number = 0
        self._detail = ""
        self._refused = False
        self.opened = 0
        """Connections opened so far."""

    # --- sessions -----------------------------------------------------------------------------

    def admit(self, session: Session, now_ns: int) -> None:
        """Find a place for an NPC; it is seated when there is a lane for it."""
        room = self._capabilities.npcs_per_connection
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

    def leave(self, session: Session, reason: str, now_ns: int) -> None:
        """Give up a lane that has gone wrong, and find another."""
        berth = self._by_session[session.npc]
        name = next((name for name, who in berth.lanes.items() if who is session), None)
        if not berth.is_open:
            session.unseated(reason, now_ns)
        elif name is None or berth.names_used >= self._capabilities.lanes:
            # No other lane to go to: the connection itself has to be replaced.
            self._outside.disconnect(berth.number)
            self.lost(berth.number, reason, now_ns)
        else:
            del berth.lanes[name]
            session.unseated(reason, now_ns)
            self._seat(berth, session, now_ns)

    def read_at_once(self, session: Session, *, wanted: bool) -> None:
        """Note who waits for what the socket brings next."""
        berth = self._by_session[session.npc]
        before = bool(berth.in_a_hurry)
        (berth.in_a_hurry.add if wanted else berth.in_a_hurry.discard)(session.npc)
        if berth.is_open and bool(berth.in_a_hurry) != before:
            self._outside.read_at_once(berth.number, not before)

    def listener(self, connection: int, stream_id: str | None) -> Session | None:
        """Return whose lane an event is on."""
        berth = self._by_number.get(connection)
        if berth is None:
            return None
        session = berth.lanes.get(stream_id)
        if session is None and stream_id is None and len(berth.passengers) == 1:
            # A server that does not know lanes answers without a name; with one NPC on the
            # connection there is no doubt whose answer it is.
            return berth.passengers[0]
        return session

    # --- connections --------------------------------------------------------------------------

    def opened_link(self, number: int, now_ns: int) -> None:
        """A connection can carry requests."""
        berth = self._by_number.get(number)
        if berth is None:
            return
        berth.is_open = True
        berth.failures = 0
        self.opened += 1
        self._detail = ""
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

    def lost(self, number: int, reason: str, now_ns: int) -> None:
        """An open connection ended; everybody on it loses their lane."""
        berth = self._by_number.pop(number, None)
        if berth is None:
            return
        berth.is_open, berth.number = False, -1
        berth.lanes, berth.names_used = {}, 0
        berth.in_a_hurry = set()
        self._detail = reason
        self._try_later(berth, now_ns)
        for session in berth.passengers:
            session.unseated(reason, now_ns)

    def retry(self, name: str) -> None:
        """A wait before a new connection is over."""
        berth = next(b for b in self._berths if b.name == name)
        if berth.number < 0 and not self._refused:
            self._connect(berth)

    def _try_later(self, berth: _Berth, now_ns: int) -> None:
        berth.failures += 1
        self._show()
        if self._refused:
            return
        wait_ms = backoff_ms(berth.failures, self._outside.luck())
        self._outside.set_timer(
            TimerKey("connect", berth.name), now_ns + round(wait_ms * NS_PER_MS)
        )

    def _connect(self, berth: _Berth) -> None:
        berth.number = self._next_number
        self._next_number += 1
        self._by_number[berth.number] = berth
        self._show()
        self._outside.connect(berth.number)

    def _seat(self, berth: _Berth, session: Session, now_ns: int) -> None:
        name: str | None = None
        if self._capabilities.lanes:
            name = f"s{berth.names_used}"
            berth.names_used += 1
        berth.lanes[name] = session
        session.seated(Seat(berth.number, name), now_ns)

    def _show(self) -> None:
        connected = sum(berth.is_open for berth in self._berths)
        state = LinkState(connected, len(self._berths), self._detail, self._refused)
        self._outside.show_link(state)
