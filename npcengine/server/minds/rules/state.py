"""What a rules mind makes of a conversation so far. Never changed, only replaced."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

__all__ = ["Frame", "Spoken", "State"]

REMEMBERED_LINES = 24
"""Lines not to be said again while there are others."""

REMEMBERED_SPEECH = 24
"""Lines that an interruption can find itself among."""

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


class Spoken(msgspec.Struct, frozen=True):
    """A line that went out, and how things were before it did."""

    text: str
    frame: Frame
    """The plan, about to say it."""
    said: tuple[str, ...]


class State(msgspec.Struct, frozen=True):
    """One conversation."""

    who: str = ""
    """Whose conversation it is: the name in the instructions; empty when they had none."""
    frames: tuple[Frame, ...] = ()
    """Plans under way; the last one goes on first."""
    broken_off: Frame | None = None
    """The plan that was under way when one was interrupted last."""
    memory: Mapping[str, object] = {}
    """Facts kept for the whole conversation."""
    said: tuple[str, ...] = ()
    """Lines said, as they stand in the files, newest last."""
    spoken: tuple[Spoken, ...] = ()
    """What went out lately, newest last; whether it was heard is another matter."""
    count: int = 0
    """Items read so far; the source of variety."""

    def pushed(self, frame: Frame) -> "State":
        """Return the state with another plan on top."""
        return replace(self, frames=(*self.frames, frame)[-MAX_FRAMES:])

    def answering(self, frame: Frame, *, after: str) -> "State":
        """Return the state with another plan on top, below one about ``after`` not yet begun.

        What comes up twice before it was begun is one thing, as when words come with a gesture.
        """
        others = tuple(f for f in self.frames if f.topic != frame.topic or f.at or f.is_stopped)
        first = tuple(f for f in others[-1:] if f.topic == after and not f.at)
        kept = others[: len(others) - len(first)]
        return replace(self, frames=(*kept, frame, *first)[-MAX_FRAMES:])

    def resumed(self) -> "State":
        """Return the state that goes on with what was broken off, if anything was."""
        if self.broken_off is None:
            return self
        return replace(self.pushed(self.broken_off), broken_off=None)

    def replaced(self, old: Frame, new: Frame | None) -> "State":
        """Return the state with one plan gone on, or over when ``new`` is ``None``."""
        frames = tuple(
            kept for frame in self.frames if (kept := new if frame is old else frame) is not None
        )
        return replace(self, frames=frames)

    def having_said(self, *lines: str) -> "State":
        """Return the state with more lines behind it."""
        said = (*(s for s in self.said if s not in lines), *lines)[-REMEMBERED_LINES:]
        return replace(self, said=said)

    def having_spoken(self, text: str, said: tuple[str, ...]) -> "State":
        """Return the state in which a line of the plan on top has gone out.

        Args:
            text: The line.
            said: The lines said before it.
        """
        onward = next(frame for frame in reversed(self.frames) if not frame.is_stopped)
        line = Spoken(text, replace(onward, at=onward.at - 1), said)
        return replace(self, spoken=(*self.spoken, line)[-REMEMBERED_SPEECH:])
