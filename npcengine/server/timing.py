"""Where the time of one request goes, for ``--stats`` and for whoever wants it shorter."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal, TypeAlias

import msgspec

from npcengine.clock import NS_PER_MS, Clock

__all__ = ["Part", "Times", "Timing"]

Part: TypeAlias = Literal["parse", "recall", "render", "mind", "keep"]


class Times(msgspec.Struct, frozen=True):
    """Wall time of one request, in milliseconds."""

    parse: float
    """Reading and checking what was sent."""
    recall: float
    """Getting what it continues from the store."""
    render: float
    """Rendering and tokenising what the context was not made of yet, and the mind reading it."""
    mind: float
    """The mind thinking, from the question to its last piece."""
    keep: float
    """Reading the answer into the context, and storing it if that was asked for."""
    total: float
    """From the request's last byte until its end is ready to be sent. What the others leave of it
    is waiting: for the lane, for the loop, for a thread."""


class Timing:
    """Watches one request, from now on (loop thread)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_ns = clock.now_ns()
        self._ns: dict[Part, int] = {}

    @contextmanager
    def of(self, part: Part) -> Generator[None]:
        """Count the block's time."""
        began_ns = self._clock.now_ns()
        try:
            yield
        finally:
            self._ns[part] = self._ns.get(part, 0) + self._clock.now_ns() - began_ns

    def times(self) -> Times:
        """Return what has been counted so far."""
        total_ns = self._clock.now_ns() - self._began_ns

        def ms(part: Part) -> float:
            return round(self._ns.get(part, 0) / NS_PER_MS, 3)

        return Times(
            ms("parse"),
            ms("recall"),
            ms("render"),
            ms("mind"),
            ms("keep"),
            round(total_ns / NS_PER_MS, 3),
        )
