"""One meaning of a percentile, for all that is printed."""

from collections.abc import Sequence
from math import ceil

__all__ = ["percentile"]


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest of some values that so many are not above; ``None`` if there are none."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else None
