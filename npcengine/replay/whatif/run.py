"""What the parts of one what-if share."""

from collections import defaultdict
from typing import Protocol

from npcengine.policy.deadlines import Deadlines
from npcengine.replay.whatif.agenda import Agenda
from npcengine.replay.whatif.body import Body
from npcengine.replay.whatif.changes import Changes
from npcengine.replay.whatif.counterparts import Counterparts
from npcengine.replay.whatif.course import Course
from npcengine.replay.whatif.marks import Marks
from npcengine.replay.whatif.recorded import Call, Recorded
from npcengine.replay.whatif.telling import Telling
from npcengine.session.inbox import Entered

__all__ = ["Enter", "Run"]


NOT_YET = 2**53
"""Stands for the ``turn_epoch`` of a turn that has yet to come."""


class Enter(Protocol):
    """Lets something reach the sessions."""

    def __call__(
        self, what: Entered, *, by_game: bool = False, stimulus: int | None = None
    ) -> None:
        """Enter it.

        Args:
            what: It.
            by_game: Whether the frame thread says it.
            stimulus: The recorded entry's number, if the game said it by itself.
        """
        ...


class Run:
    """A recording, what is changed about it, and how far it has come."""

    enter: Enter
    """Set by whoever has the sessions."""

    def __init__(self, recorded: Recorded, changes: Changes, seed: int) -> None:
        self.recorded = recorded
        self.changes = changes
        self.seed = seed
        self.start_ns = recorded.header.t_ns
        self.agenda = Agenda(self.start_ns, recorded.stalls)
        self.course = Course()
        self.marks = Marks()
        self.counterparts = Counterparts(recorded, self.course, self.marks)
        self.telling = Telling()
        self.bodies: dict[str, Body] = defaultdict(Body)
        self.known_ids: dict[str, str] = {}
        """Calls that bear another id than in the recording, with that."""

    @property
    def deadlines(self) -> Deadlines:
        """The deadlines of the new run."""
        return self.changes.deadlines_from(self.recorded.settings.deadlines)

    def call(self, npc: str, call_id: str) -> Call | None:
        """Return a call as it went in the recording, if it has it."""
        return self.recorded.calls.get((npc, self.known_ids.get(call_id, call_id)))

    def epoch_of(self, npc: str, recorded_epoch: int) -> int:
        """Return which ``turn_epoch`` a recorded one is now.

        Of a turn that has yet to come it is one that is past all others; of none it is 0.
        """
        key = self.recorded.keys.get((npc, recorded_epoch))
        if key is None:
            return 0
        epoch = self.course.epoch(key)
        return NOT_YET if epoch is None else epoch
