"""Shares; and how sure a difference is: bootstrap intervals over NPCs, drawn with a seed.

An NPC's turns are not independent of each other: one that walks far makes all its turns long. So
whole NPCs are drawn, not turns.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeVar

import msgspec

__all__ = ["DRAWS", "Interval", "Share", "bootstrap"]

_T = TypeVar("_T")

DRAWS = 2_000
MIN_CLUSTERS = 3
"""With fewer NPCs there is nothing to draw from, and no interval."""


class Share(msgspec.Struct, frozen=True):
    """So many of so many."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; ``None`` of nothing."""
        return self.part / self.whole if self.whole else None


class Interval(msgspec.Struct, frozen=True):
    """Within which a number lies in 95 of 100 draws."""

    low: float
    high: float


def bootstrap(
    clusters: Mapping[str, Sequence[_T]], statistic: Callable[[list[_T]], float], *, seed: int
) -> Interval | None:
    """Return the 95 % interval of a statistic; ``None`` where there are too few clusters.

    Args:
        clusters: What was measured, by NPC.
        statistic: Makes a number of the measurements of some draw.
        seed: Of the draws: the same one gives the same interval.
    """
    groups = [list(clusters[name]) for name in sorted(clusters) if clusters[name]]
    if len(groups) < MIN_CLUSTERS:
        return None
    random = Random(seed)  # noqa: S311 - draws that can be made again
    drawn = sorted(
        statistic([one for group in random.choices(groups, k=len(groups)) for one in group])
        for _ in range(DRAWS)
    )
    return Interval(drawn[round(0.025 * (DRAWS - 1))], drawn[round(0.975 * (DRAWS - 1))])
