"""What a rules mind makes of a conversation so far. Never changed, only replaced."""

from collections.abc import Mapping

import msgspec

__all__ = ["Frame", "State"]

REMEMBERED_LINES = 24
"""Lines not to be said again while there are others."""

MAX_FRAMES = 6
"""Plans under way at once; the oldest is given up."""


class Frame(msgspec.Struct, frozen=True):
    """A plan under way."""

    topic: str
    at: int = 0
    """The next operation."""
    scope: Mapping[str, object] = {}
    """Variables: the names in what was heard, and the answers so far."""
    calling: str | None = None
    """A call whose output has not come: its id, or ``""`` before the id is known."""
    waiting_for: str | None = None
    """A call whose action has not ended."""
    tries: int = 0
    """How often the present call was made again."""

    @property
    def is_stopped(self) -> bool:
        """Whether it cannot go on by itself."""
        return self.calling is not None or self.waiting_for is not None


class State(msgspec.Struct, frozen=True):
    """One conversation."""

    who: str = ""
    """Whose conversation it is: the name in the instructions; empty when they had none."""
    frames: tuple[Frame, ...] = ()
    """Plans under way; the last one goes on first."""
    memory: Mapping[str, object] = {}
    """Facts kept for the whole conversation."""
    said: tuple[str, ...] = ()
    """Lines said, as they stand in the files, newest last."""
    count: int = 0
    """Items read so far; the source of variety."""

    def pushed(self, frame: Frame) -> "State":
        """Return the state with another plan on top."""
        return msgspec.structs.replace(self, frames=(*self.frames, frame)[-MAX_FRAMES:])

    def replaced(self, old: Frame, new: Frame | None) -> "State":
        """Return the state with one plan gone on, or over when ``new`` is ``None``."""
        frames = tuple(
            kept for frame in self.frames if (kept := new if frame is old else frame) is not None
        )
        return msgspec.structs.replace(self, frames=frames)

    def having_said(self, *lines: str) -> "State":
        """Return the state with more lines behind it."""
        said = (*(s for s in self.said if s not in lines), *lines)[-REMEMBERED_LINES:]
        return msgspec.structs.replace(self, said=said)
