"""Whether one mind has lanes: it sleeps when idle for long, and is warmed before it is needed."""

from typing import TYPE_CHECKING

from npcengine.protocol.chain import Shape
from npcengine.session.line import Line
from npcengine.session.seat import Seating

if TYPE_CHECKING:
    from npcengine.session.session import Session

__all__ = ["Readiness"]


class Readiness:
    """Awake or asleep, warm or not (loop thread)."""

    def __init__(self, session: "Session", line: Line, seating: Seating) -> None:
        self._session = session
        self._line = line
        self._seating = seating
        self._is_asleep = False
        self._warm_up_due = False

    def prewarm(self, shape: Shape, now_ns: int) -> None:
        """Let the server read what there is, now or as soon as there is a lane."""
        self._warm_up_due = True
        self.wake_up(now_ns)
        if self._line.seats.live is not None:
            self.warm_up(shape)

    def warm_up(self, shape: Shape) -> None:
        """There is a lane: do what is due."""
        if self._warm_up_due:
            self._warm_up_due = False
            self._line.warm_up(shape)

    def asked(self) -> None:
        """A request is out: that warms as well."""
        self._warm_up_due = False

    def fall_asleep(self) -> None:
        """Give up lanes that somebody else may need; the next turn tells everything anew."""
        self._is_asleep = True
        self._seating.release(self._session)
        self._line.sleep()

    def wake_up(self, now_ns: int) -> None:
        """Ask for lanes again, if they were given up."""
        if self._is_asleep:
            self._is_asleep = False
            self._seating.admit(self._session, now_ns)
