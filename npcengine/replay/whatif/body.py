"""What the game knows of one NPC in a what-if: what it shows, and what it is doing."""

from npcengine.session.inbox import Interrupted, Shown
from npcengine.session.outside import Edge, NpcState, TurnOver
from npcengine.world.actions import OnInterrupt

__all__ = ["Body"]


class Body:
    """As :class:`~npcengine.bridge.barge_in.BargeIn`, without a game behind it."""

    def __init__(self) -> None:
        self._number = 0
        """Interruptions so far."""
        self._state = NpcState()
        """The newest picture that a frame has seen."""
        self.running: dict[str, OnInterrupt] = {}
        """Actions that were begun and are not over, with what becomes of each."""
        self.loads = 0

    def take(self, state: NpcState) -> None:
        """See a newer picture."""
        if state.barge_ins >= self._number:
            self._state = state

    def is_void(self, edge: Edge) -> bool:
        """Whether something was meant before the newest interruption."""
        return not isinstance(edge, TurnOver) and edge.barge_ins < self._number

    def interrupt(self, recorded: Interrupted, heard_of: int) -> Interrupted:
        """Somebody falls in; return what the mind is told now.

        Args:
            recorded: What it was told.
            heard_of: The turn whose words were being heard then, by its number now.
        """
        shown = self.shown(recorded.heard_chars, heard_of)
        running = dict(self.running)
        self._number = recorded.number
        self.running = {id: how for id, how in running.items() if how == "finish_and_tell"}
        return Interrupted(
            recorded.npc,
            recorded.number,
            recorded.reason,
            shown.speech_epoch,
            shown.heard_chars,
            running,
        )

    def shown(self, heard_chars: int, heard_of: int) -> Shown:
        """Return how far the game has come, if it shows words as fast as it did.

        Args:
            heard_chars: How much of them had been heard.
            heard_of: Of which turn's.
        """
        state = self._state
        # Words that are older than those that were heard had long been said.
        is_older = state.speech_epoch < heard_of
        heard = len(state.speech) if is_older else min(heard_chars, len(state.speech))
        return Shown(state.speech_epoch, heard, frozenset(self.running))

    def restart(self, number: int) -> None:
        """The game goes back to a save: nothing has been shown or begun."""
        self._number = number
        self._state = NpcState(self._state.turn_epoch, barge_ins=number)
        self.running.clear()
        self.loads += 1
