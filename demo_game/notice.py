"""A line that tells the player something, for a while."""

__all__ = ["FRAMES", "Notice"]

FRAMES = 180


class Notice:
    """The newest thing to say, until its time is over."""

    def __init__(self) -> None:
        self._said = ""
        self._left = 0

    @property
    def text(self) -> str:
        """What to show now; empty for nothing."""
        return self._said if self._left else ""

    def say(self, text: str) -> None:
        """Show this from now on."""
        self._said, self._left = text, FRAMES

    def frame(self) -> None:
        """Let a frame pass."""
        self._left = max(0, self._left - 1)
