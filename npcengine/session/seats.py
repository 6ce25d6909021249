"""The lanes of one mind: the one it speaks on, some to spare, and what still drains on any.

There is no way to stop a response (protocol.md section 3.5). One that was interrupted goes on to
its end on its lane, unheard: its *tail*. Meanwhile the mind can speak on a spare lane.
"""

from collections.abc import Callable, Sequence

from npcengine.protocol.chain import Cut
from npcengine.protocol.items import Item
from npcengine.protocol.lane import Lane
from npcengine.protocol.output import AnyCall, AnyOutput, output_of
from npcengine.session.gate import Ticket
from npcengine.session.seat import Seat, Seating

__all__ = ["MAX_SPARES", "Seats", "Tail"]


MAX_SPARES = 3
"""Lanes besides the one that the mind speaks on. One does, but for a player who falls in again and
again; and a connection has so many names for all of its NPCs together."""


class Tail:
    """What is left of a response that was interrupted."""

    def __init__(self, lane: Lane, ticket: Ticket, cut: Cut, outputs: Sequence[AnyOutput]) -> None:
        self.lane = lane
        self.ticket = ticket
        """What the wallet knows it by: its tokens cost as much as any."""
        self.cut = cut
        self.can_be_steered = True
        self.is_warm_up = False
        """Whether it never was a response, but what prepared for the next."""
        self._outputs = {output.call_id: output for output in outputs}

    def outputs(self, items: Sequence[Item], otherwise: str) -> list[AnyOutput]:
        """Return an output for every call among a response's items.

        Args:
            items: What the response came to.
            otherwise: The output of calls that came after the interruption.
        """
        return [
            self._outputs.get(item.call_id) or output_of(item, otherwise)
            for item in items
            if isinstance(item, AnyCall)
        ]


class Seats:
    """Where one mind sits (loop thread)."""

    def __init__(self, seating: Seating, let_go: Callable[[Tail], None]) -> None:
        """Sit nowhere.

        Args:
            seating: Where lanes come from.
            let_go: Told of tails whose end will not be seen.
        """
        self._seating = seating
        self._let_go = let_go
        self.live: Seat | None = None
        """Where the mind speaks."""
        self._spares: list[Seat] = []
        self._next: Seat | None = None
        """On the connection that replaces ours; taken with the next request."""
        self.tails: dict[Seat, Tail] = {}

    @property
    def is_moving(self) -> bool:
        """Whether the next request goes out on another connection."""
        return self._next is not None

    @property
    def has_spare(self) -> bool:
        """Whether there is a lane to spare that nothing drains on."""
        if self._free() is None and self.live is not None and len(self._spares) < MAX_SPARES:
            spare = self._seating.spare(self.live)
            self._spares += [spare] if spare is not None else []
        return self._free() is not None

    def give(self, seat: Seat, *, busy: bool) -> None:
        """Take a lane of another connection, with the next request if we are busy on ours."""
        self._next = seat
        if not busy:
            self.move()

    def move(self) -> None:
        """Move to the connection that replaces ours, if there is one; leave what drains behind."""
        if self._next is None:
            return
        for seat in (self.live, *self._spares):
            if seat is not None:
                self._seating.left(seat)
        self.live, self._spares, self._next = self._next, [], None
        self._drop_tails()

    def lose(self, connection: int) -> bool:
        """A connection is gone; return whether we were on it."""
        if self._next is not None and self._next.connection == connection:
            self._next = None
        if self.live is None or self.live.connection != connection:
            return False
        self.live, self._spares, self._next = self._next, [], None
        self._drop_tails()
        return True

    def clear(self) -> None:
        """Sit nowhere."""
        self.live = self._next = None
        self._spares = []
        self._drop_tails()

    def find_free(self) -> bool:
        """Make the live seat one that nothing drains on; return whether there is any."""
        if self.live is None:
            return False
        if self.live in self.tails:
            if not self.has_spare:
                return False
            free = self._free()
            assert free is not None
            self._spares[self._spares.index(free)] = self.live
            self.live = free
        return True

    def _free(self) -> Seat | None:
        return next((spare for spare in self._spares if spare not in self.tails), None)

    def _drop_tails(self) -> None:
        tails, self.tails = self.tails, {}
        for tail in tails.values():
            self._let_go(tail)
