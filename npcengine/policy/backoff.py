"""How long to wait before trying again."""

__all__ = ["FIRST_MS", "LONGEST_MS", "backoff_ms"]

FIRST_MS = 250.0
LONGEST_MS = 15_000.0


def backoff_ms(attempt: int, luck: float, *, retry_after_s: float | None = None) -> float:
    """Return the wait before the next attempt, in milliseconds.

    Full jitter: anything from nothing to a ceiling that doubles with each failure, so that a
    village that lost its server at one moment does not come back at one moment.

    Args:
        attempt: Failures in a row so far, from 1.
        luck: A uniform draw from [0, 1).
        retry_after_s: What the server asked for, if it did; waited in full, then jittered.
    """
    ceiling = min(LONGEST_MS, FIRST_MS * 2.0 ** min(attempt - 1, 16))
    asked_ms = 0.0 if retry_after_s is None else retry_after_s * 1_000
    return asked_ms + ceiling * luck
