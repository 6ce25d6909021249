"""What is on its way from the frame thread to the loop, handed over in one go."""

from collections.abc import Callable

from npcengine.session.inbox import Entered

__all__ = ["Outbox"]


class Outbox:
    """Entries in the order in which the game made them (frame thread)."""

    def __init__(self, hand_over: Callable[[list[Entered]], object]) -> None:
        self._hand_over = hand_over
        self._leaving: list[Entered] = []

    def put(self, entry: Entered) -> None:
        """Add an entry; it leaves with the next :meth:`flush`."""
        self._leaving.append(entry)

    def send(self, entry: Entered) -> None:
        """Add an entry and let everything leave."""
        self._leaving.append(entry)
        self.flush()

    def flush(self) -> None:
        """Hand over what has gathered."""
        if self._leaving:
            leaving, self._leaving = self._leaving, []
            self._hand_over(leaving)
