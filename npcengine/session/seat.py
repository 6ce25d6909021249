"""Where a session sits: one lane of one connection, and the right to ask for another."""

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from npcengine.session.session import Session

__all__ = ["Seat", "Seating"]


class Seat(msgspec.Struct, frozen=True):
    """One lane. There is one object for each, so lanes are told apart by identity."""

    connection: int
    """Number of the connection, never reused."""
    stream_id: str | None
    """The lane's name on the wire; ``None`` on a serial server."""
    keeps_contexts: bool = True
    """Whether a response can be continued from here; not over plain HTTP."""


class Seating(Protocol):
    """What a session may ask of whoever seats it."""

    @property
    def warms_up(self) -> bool:
        """Whether the server reads ahead without answering."""
        ...

    def does_not_warm_up(self) -> None:
        """It answered what it was to read."""
        ...

    def admit(self, session: "Session", now_ns: int) -> None:
        """Find a place for an NPC; ``seated`` is called when there is a lane for it."""
        ...

    def release(self, session: "Session") -> None:
        """Take an NPC's place away: it has been idle for long."""
        ...

    def leave(self, seat: Seat, reason: str, now_ns: int, *, silent_since_ns: int | None) -> None:
        """Give up a lane that has gone wrong.

        ``unseated`` is called before this returns, and ``seated`` when there is another.

        Args:
            seat: The lane.
            reason: What is wrong with it.
            now_ns: When this is.
            silent_since_ns: Since when it has brought nothing, if that is what is wrong. When its
                whole connection has brought nothing either, the connection is given up.
        """
        ...

    def elsewhere(self, seat: Seat, reason: str, now_ns: int) -> None:
        """Give up a lane that is taken by what nobody hears any more; as :meth:`leave`.

        Nobody else is disturbed: there is another lane, or another connection beside this one.
        """
        ...

    def renew(self, seat: Seat, reason: str, now_ns: int) -> None:
        """Give up a lane because its connection takes no more requests; as :meth:`leave`."""
        ...

    def spare(self, seat: Seat) -> Seat | None:
        """Return another lane of the same connection, if the session may have one more."""
        ...

    def left(self, seat: Seat) -> None:
        """The session has moved to another seat: what comes on this one concerns nobody."""
        ...

    def read_at_once(self, session: "Session", *, wanted: bool) -> None:
        """Say whether the session waits for what its socket brings next."""
        ...
