"""Waiting for a state, with a bound: never for a time."""

import threading
from collections.abc import Callable

from npcengine.clock import NS_PER_S, SystemClock

__all__ = ["wait_until"]


def wait_until(
    holds: Callable[[], object], *, within_s: float = 5.0, step: Callable[[], object] | None = None
) -> None:
    """Return when ``holds()`` is true.

    Args:
        holds: Asked again and again, a few hundred times a second.
        within_s: How long to wait at most, in seconds of real time.
        step: Called before each time; ``lambda: list(bridge.update(1 / 60))``, for example.

    Raises:
        TimeoutError: It did not become true in time.
    """
    clock, pause = SystemClock(), threading.Event()
    deadline_ns = clock.now_ns() + round(within_s * NS_PER_S)
    while True:
        if step is not None:
            step()
        if holds():
            return
        if clock.now_ns() > deadline_ns:
            raise TimeoutError(f"not so within {within_s:g} s")
        pause.wait(0.002)
