"""What is on its way from the frame thread to the loop, handed over in one go."""

from collections.abc import Callable

from npcengine.session.inbox import Answered, Entered, Interrupted, Loaded, Settled

__all__ = ["Outbox"]


class Outbox:
    """Entries in the order in which the game made them (frame thread)."""

    def __init__(self, hand_over: Callable[[list[Entered]], object]) -> None:
        self._hand_over = hand_over
        self._leaving: list[Entered] = []
        self._is_held = False

    def put(self, entry: Entered) -> None:
        """Add an entry; it leaves with the next :meth:`flush`."""
        self._leaving.append(entry)

    def send(self, entry: Entered) -> None:
        """Add an entry and let everything leave."""
        self._leaving.append(entry)
        self.flush()

    def flush(self) -> None:
        """Hand over what has gathered."""
        if self._leaving and not self._is_held:
            leaving, self._leaving = self._leaving, []
            self._hand_over(leaving)

    def hold(self) -> None:
        """Keep everything until :meth:`release` or :meth:`restart`."""
        self.flush()
        self._is_held = True

    def release(self) -> None:
        """Let what was held leave."""
        self._is_held = False
        self.flush()

    def restart(self, load: Loaded) -> None:
        """Let it leave behind a load, but for what was about things that now never were."""
        self._leaving = [one for one in self._leaving if not isinstance(one, _ABOUT_A_MIND)]
        self._leaving.insert(0, load)
        self.release()


_ABOUT_A_MIND = (Settled, Answered, Interrupted)
"""What answers something that a mind said or did."""
