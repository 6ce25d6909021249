"""Behaviours around one other: what bounds how long it takes, and how often it comes."""

from collections.abc import Hashable
from typing import TypeVar

from npcengine.errors import UsageError
from npcengine.reflex.behaviour import Behaviour, Status

__all__ = ["Cooldown", "Timeout"]

S = TypeVar("S")


class _Decorator(Behaviour[S]):
    def __init__(self, child: Behaviour[S], *, ticks: int) -> None:
        if ticks < 1:
            raise UsageError(f"{type(self).__name__} around {child.name!r} needs a tick or more")
        super().__init__(child.name, (child,))
        self._child = child
        self._ticks = ticks

    def tip(self) -> Behaviour[S] | None:
        return None if self.status is Status.INVALID else self._child.tip() or self


class Timeout(_Decorator[S]):
    """Fails once its child has been RUNNING for ``ticks``, and interrupts it."""

    def __init__(self, child: Behaviour[S], *, ticks: int) -> None:
        super().__init__(child, ticks=ticks)
        self._began_tick = 0

    def initialise(self, subject: S, tick: int) -> None:
        self._began_tick = tick

    def update(self, subject: S, tick: int) -> Status:
        status = self._child.tick_once(subject, tick)
        late = tick - self._began_tick >= self._ticks
        return Status.FAILURE if late and status is Status.RUNNING else status

    def memory(self) -> Hashable:
        return self._began_tick


class Cooldown(_Decorator[S]):
    """Fails for ``ticks`` after its child has succeeded, without ticking it.

    A child that failed or was interrupted may try again at once.
    """

    def __init__(self, child: Behaviour[S], *, ticks: int) -> None:
        super().__init__(child, ticks=ticks)
        self._ready_tick: int | None = None

    def update(self, subject: S, tick: int) -> Status:
        if self._ready_tick is not None:
            if tick < self._ready_tick:
                return Status.FAILURE
            self._ready_tick = None
        status = self._child.tick_once(subject, tick)
        if status is Status.SUCCESS:
            self._ready_tick = tick + self._ticks
        return status

    def memory(self) -> Hashable:
        return self._ready_tick
