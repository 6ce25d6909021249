"""How long the game's frames are, as deadlines that count in frames need to know."""

__all__ = ["Pace"]

_SMOOTHING = 0.1
"""Weight of the newest frame: a hitch passes, a slower machine is noticed within half a second."""


class Pace:
    """A running mean of frame times."""

    def __init__(self) -> None:
        self.frame_ms = 1_000 / 60

    def ticked(self, dt: float) -> None:
        """Take one frame's time in seconds; pauses and hitches of over 250 ms do not count."""
        if 0 < dt <= 0.25:
            self.frame_ms += _SMOOTHING * (dt * 1_000 - self.frame_ms)
