"""A place for one connection at a time, and for the NPCs that share it."""

from typing import TYPE_CHECKING

from npcengine.session.seat import Seat

if TYPE_CHECKING:
    from npcengine.session.session import Session

__all__ = ["Berth"]


class Berth:
    """What the pool knows of one place; it has no behaviour of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = -1
        """The connection that takes new requests, while one is open or opening."""
        self.is_open = False
        self.keeps_contexts = True
        """Whether the server keeps contexts for the open connection; over plain HTTP none does."""
        self.opened_ns = 0
        self.retired: set[int] = set()
        """Connections that only finish what runs on them."""
        self.is_outdated = False
        """Whether the connection that is opening is to be replaced as soon as it is open."""
        self.failures = 0
        """Connections in a row that came to nothing."""
        self.names_used = 0
        """Lane names spent on this connection."""
        self.passengers: list[Session] = []
        self.in_a_hurry: set[str] = set()
        """NPCs that wait for what the socket brings next."""

    def new_seat(self, *, named: bool) -> Seat:
        """Return a lane of the open connection; a name is spent for the connection's life."""
        name = f"s{self.names_used}" if named else None
        self.names_used += named
        return Seat(self.number, name, self.keeps_contexts)

    def closed(self) -> None:
        """The connection that takes new requests is gone or retired."""
        self.is_open, self.number, self.names_used = False, -1, 0
