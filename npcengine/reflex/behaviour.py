"""One node of a behaviour tree, and the life that every node leads."""

from collections.abc import Hashable, Iterator
from enum import Enum
from typing import Generic, TypeVar

from npcengine.errors import UsageError

__all__ = ["Behaviour", "Status"]

S = TypeVar("S")


class Status(Enum):
    """How a behaviour is, after a tick."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    RUNNING = "RUNNING"
    INVALID = "INVALID"
    """It has never been ticked, was interrupted, or was passed over in this round."""


class Behaviour(Generic[S]):
    """A node: subclass it and write :meth:`update`, and the other two where there is a need.

    A tree knows nothing but what it is given with each tick: a *subject*, which is whatever the
    game wants its behaviours to see and change, and the number of the tick. It can therefore be
    copied with ``copy.deepcopy``, and one that is ticked the same way does the same things.

    Between one ``initialise`` and the next there is exactly one ``terminate``, and no ``update``
    after it. An exception of yours goes through to whoever ticks the tree, which can be stopped or
    ticked again.
    """

    def __init__(self, name: str, children: tuple["Behaviour[S]", ...] = ()) -> None:
        self.name = name
        self.children = children
        self.status = Status.INVALID

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.status.value}>"

    # --- for authors --------------------------------------------------------------------------

    def initialise(self, subject: S, tick: int) -> None:
        """Begin: called before ``update`` whenever it was not RUNNING."""

    def update(self, subject: S, tick: int) -> Status:
        """Do a tick's worth; return SUCCESS, FAILURE or RUNNING."""
        raise NotImplementedError

    def terminate(self, subject: S, status: Status) -> None:
        """Clean up: it is over, or with ``INVALID`` it was RUNNING and is interrupted."""

    def memory(self) -> Hashable:
        """Return what of its own, besides its status, decides what it does next."""
        return ()

    # --- for whoever has the tree -------------------------------------------------------------

    def tick_once(self, subject: S, tick: int) -> Status:
        """Tick it, and below it whatever is to be ticked.

        Args:
            subject: What its behaviours see and change.
            tick: Number of the tick, which must not fall; it may rise by more than one, and the
                same may come again.
        """
        if self.status is not Status.RUNNING:
            self.initialise(subject, tick)
            # Set first, so that one whose update raises is terminated when it is stopped.
            self.status = Status.RUNNING
        status = self.update(subject, tick)
        if status is not Status.RUNNING:
            if status is Status.INVALID:
                raise UsageError(f"{self!r} returned INVALID, which is for interruptions")
            for child in self.children:
                if child.status is Status.RUNNING:
                    child.stop(subject)
            self.status = status
            self.terminate(subject, status)
        return status

    def stop(self, subject: S) -> None:
        """Interrupt it and everything below it, children first; all are INVALID afterwards."""
        for child in self.children:
            if child.status is not Status.INVALID:
                child.stop(subject)
        was, self.status = self.status, Status.INVALID
        if was is Status.RUNNING:
            self.terminate(subject, Status.INVALID)

    def tip(self) -> "Behaviour[S] | None":
        """Return the deepest behaviour that decided the last tick; ``None`` if it is INVALID."""
        return None if self.status is Status.INVALID else self

    def iterate(self) -> Iterator["Behaviour[S]"]:
        """Return it and everything below it, each parent before its children."""
        yield self
        for child in self.children:
            yield from child.iterate()

    def state(self) -> Hashable:
        """Return all that decides what it does next: trees of a kind in equal states act alike."""
        below = tuple(child.state() for child in self.children)
        return self.status.value, self.memory(), below
