"""Behaviours that decide which of their children is ticked: in order, or the first that will."""

from collections.abc import Iterable
from typing import TypeVar

from npcengine.reflex.behaviour import Behaviour, Status

__all__ = ["Selector", "Sequence"]

S = TypeVar("S")


class _Composite(Behaviour[S]):
    """Ticks its children in order for as long as they return :attr:`_going_on`."""

    _going_on: Status
    """A child's status after which the next child is ticked, and its own after the last one."""

    def __init__(
        self, name: str, children: Iterable[Behaviour[S]], *, memory: bool = False
    ) -> None:
        """Make one of its children.

        Args:
            name: For whoever looks at the tree.
            children: In the order in which they are ticked; each in one place of one tree.
            memory: Whether to go on with the child that was RUNNING in the last tick, and not to
                look again at those before it.
        """
        super().__init__(name, tuple(children))
        self._has_memory = memory
        self._current = 0

    def initialise(self, subject: S, tick: int) -> None:
        self._current = 0

    def update(self, subject: S, tick: int) -> Status:
        children = self.children
        first = self._current if self._has_memory else 0
        for number in range(first, len(children)):
            self._current = number
            status = children[number].tick_once(subject, tick)
            if status is not self._going_on:
                # What is further on was overtaken, or has its status from an earlier round.
                for later in children[number + 1 :]:
                    if later.status is not Status.INVALID:
                        later.stop(subject)
                return status
        return self._going_on

    def tip(self) -> Behaviour[S] | None:
        if self.status is Status.INVALID or not self.children:
            return super().tip()
        return self.children[self._current].tip() or self


class Sequence(_Composite[S]):
    """Ticks its children until one does not succeed, whose status it takes; else SUCCESS.

    Without memory the first children are conditions that must hold all the time that the last
    one takes. With memory they are steps, one after the other.
    """

    _going_on = Status.SUCCESS


class Selector(_Composite[S]):
    """Ticks its children until one does not fail, whose status it takes; else FAILURE.

    The children stand in order of priority. Without memory one that comes to life interrupts the
    one that was RUNNING after it. With memory whoever has begun may finish.
    """

    _going_on = Status.FAILURE
