"""Ids of responses, items and calls."""

import secrets
from random import Random

__all__ = ["Ids"]


class Ids:
    """Makes ids that nobody can guess; from a seed, ids that every run makes alike."""

    def __init__(self, seed: int | None = None) -> None:
        self._random: Random = secrets.SystemRandom() if seed is None else Random(seed)  # noqa: S311

    def new(self, kind: str) -> str:
        """Return a fresh id such as ``resp_8a3f…``."""
        return f"{kind}_{self._random.getrandbits(96):024x}"
