"""What all sessions of a bridge have in common."""

from dataclasses import dataclass

from npcengine.policy.deadlines import Deadlines
from npcengine.policy.habits import Habits
from npcengine.session.gate import Gate
from npcengine.session.outside import Outside
from npcengine.session.pace import Pace
from npcengine.session.remembering import Remembering
from npcengine.session.seat import Seating
from npcengine.session.tally import Tally

__all__ = ["Shared"]


@dataclass(frozen=True)
class Shared:
    """Handed to every session."""

    model: str
    outside: Outside
    seating: Seating
    deadlines: Deadlines
    pace: Pace
    tally: Tally
    gate: Gate
    steering: bool
    """Whether the server can be steered."""
    habits: Habits | None
    """What is known of the queries that follow stimuli, where that is wanted."""
    remembering: Remembering
    tool_rounds: int
    """In one turn of a mind that has all the attention there is."""
