"""When to stop asking a server that only fails, and how to find out that it no longer does."""

__all__ = ["REST_MS", "TRIPS_AT", "Breaker"]

TRIPS_AT = 5
"""Failures in a row, of all minds together, after which nobody asks for a while."""

REST_MS = 15_000.0
"""How long that is; then one asks, and the others wait for what comes of it."""

_NS_PER_MS = 1_000_000


class Breaker:
    """Counts failures in a row. Closed, all may ask; tripped, one now and then."""

    def __init__(self) -> None:
        self._failures = 0
        self._resting_until_ns: int | None = None

    @property
    def is_tripped(self) -> bool:
        """Whether nobody may ask but one."""
        return self._resting_until_ns is not None

    def wait_ms(self, now_ns: int) -> float:
        """Return how long to wait before asking; 0 is not at all."""
        if self._resting_until_ns is None:
            return 0.0
        return max(0, self._resting_until_ns - now_ns) / _NS_PER_MS

    def began(self, now_ns: int) -> None:
        """Somebody asks: if that is the one after a rest, the others wait for what comes of it."""
        if self._resting_until_ns is not None:
            self._rest(now_ns)

    def failed(self, now_ns: int) -> None:
        """It came to nothing."""
        self._failures += 1
        if self._failures >= TRIPS_AT:
            self._rest(now_ns)

    def succeeded(self) -> bool:
        """It went well; return whether that ends a rest."""
        ended = self.is_tripped
        self._failures, self._resting_until_ns = 0, None
        return ended

    def _rest(self, now_ns: int) -> None:
        self._resting_until_ns = now_ns + round(REST_MS * _NS_PER_MS)
