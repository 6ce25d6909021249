"""Behaviours with nothing below them, made from functions."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from npcengine.errors import UsageError
from npcengine.reflex.behaviour import Behaviour, Status

__all__ = ["Condition", "Do", "Wait"]

S = TypeVar("S")


class Condition(Behaviour[S]):
    """Succeeds while something is so, and fails otherwise."""

    def __init__(self, name: str, holds: Callable[[S], bool]) -> None:
        super().__init__(name)
        self._holds = holds

    def update(self, subject: S, tick: int) -> Status:
        return Status.SUCCESS if self._holds(subject) else Status.FAILURE


class Do(Behaviour[S]):
    """Calls a function each time it is ticked, and is what the function returns."""

    def __init__(self, name: str, act: Callable[[S], Status]) -> None:
        """Make one of a function.

        Args:
            name: For whoever looks at the tree.
            act: Given the subject, in which it keeps what it has to remember.
        """
        super().__init__(name)
        self._act = act

    def update(self, subject: S, tick: int) -> Status:
        return self._act(subject)


class Wait(Behaviour[S]):
    """Is RUNNING for a number of ticks, and then succeeds."""

    def __init__(self, name: str, *, ticks: int) -> None:
        if ticks < 0:
            raise UsageError(f"Wait {name!r} cannot take {ticks} ticks")
        super().__init__(name)
        self._ticks = ticks
        self._began_tick = 0

    def initialise(self, subject: S, tick: int) -> None:
        self._began_tick = tick

    def update(self, subject: S, tick: int) -> Status:
        return Status.SUCCESS if tick - self._began_tick >= self._ticks else Status.RUNNING

    def memory(self) -> Hashable:
        return self._began_tick
