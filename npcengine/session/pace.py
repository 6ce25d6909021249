"""The game's time, as sessions know it: how much has passed, and how long a frame is."""

__all__ = ["Pace"]

_SMOOTHING = 0.1
"""Weight of the newest frame: a hitch passes, a slower machine is noticed within half a second."""


class Pace:
    """Sums of what the game says of its frames."""

    def __init__(self) -> None:
        self.game_ms = 0.0
        """Game time so far."""
        self.frame_ms = 1_000 / 60
        """A running mean of frame times, for deadlines that count in frames."""

    def ticked(self, dt: float) -> None:
        """Take one frame's time in seconds; in the mean, hitches of over 250 ms do not count."""
        self.game_ms += dt * 1_000
        if 0 < dt <= 0.25:
            self.frame_ms += _SMOOTHING * (dt * 1_000 - self.frame_ms)
