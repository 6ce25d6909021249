"""Whose a request is, and whose luck a draw: both hang on who is being dealt with."""

from collections.abc import Callable

from npcengine.replay.whatif.course import Course, TurnKey
from npcengine.session.inbox import Entered, FramesArrived, TimerFired
from npcengine.session.supervisor import Supervisor

__all__ = ["LuckKeys", "sender"]


def sender(supervisor: Supervisor, connection: int, lane: str | None) -> tuple[str, int]:
    """Return the NPC whose lane it is, and its newest ``turn_epoch``; of nobody's, none."""
    found = supervisor.pool.listener(connection, lane)
    if found is None:
        return "", 0
    session, _ = found
    return session.npc, session.state().turn_epoch


class LuckKeys:
    """Names every draw by what it is for, alike in a recording and in what is made of it.

    A draw belongs to what the game said, if that is what is being dealt with; otherwise to the
    newest turn of whoever is.
    """

    def __init__(self, course: Course, npc_of_frames: Callable[[FramesArrived], str]) -> None:
        self._course = course
        self._npc_of_frames = npc_of_frames
        self._whose: TurnKey | tuple[str, int] = ("", 0)
        self._drawn: dict[TurnKey | tuple[str, int], int] = {}

    def enter(self, what: Entered, stimulus: int | None) -> None:
        """Something is about to be dealt with.

        Args:
            what: It.
            stimulus: The recorded number, if it is something that the game said by itself.
        """
        if stimulus is not None:
            self._whose = "stimulus", stimulus
            return
        match what:
            case FramesArrived():
                npc = self._npc_of_frames(what)
            case TimerFired(key=key):
                npc = key.owner
            case _:
                npc = getattr(what, "npc", "")
        self._whose = npc, self._course.loads, self._course.newest(npc)

    def next(self) -> tuple[object, ...]:
        """Return the key of the next draw."""
        number = self._drawn.get(self._whose, 0)
        self._drawn[self._whose] = number + 1
        return (*self._whose, number)
