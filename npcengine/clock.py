"""The only reader of time.

Network time and game time are different things: this is the first. It is monotonic, starts
anywhere, and is made of ``perf_counter_ns`` because the monotonic clock of older Pythons ticks
only every 15.6 ms on Windows. Everything that needs the time takes a :class:`Clock`.
"""

import time
from typing import Protocol

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """Monotonic time from an arbitrary start."""

    def now_ns(self) -> int:
        """Nanoseconds, as an integer so that no precision is lost over a long session."""
        ...


class SystemClock:
    """The machine's clock; safe to read from any thread."""

    def now_ns(self) -> int:
        return time.perf_counter_ns()


class ThreadCpuClock:
    """CPU time of the calling thread alone, for reports of what a thread costs."""

    def now_ns(self) -> int:
        return time.thread_time_ns()


class ManualClock:
    """A clock that moves when it is told to."""

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        return self._now_ns

    def advance(self, *, ms: float) -> None:
        """Move forward by ``ms`` milliseconds (0 or more)."""
        if ms < 0:
            raise ValueError(f"time can't go backwards: {ms!r} ms")
        self._now_ns += round(ms * NS_PER_MS)


def wall_epoch_s() -> int:
    """Return seconds since 1970: for dates that people and programs read, never for delays."""
    return int(time.time())
