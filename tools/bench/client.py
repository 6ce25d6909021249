"""What the three clients share: how they are called, what they count, how they report it.

Only the standard library: the official SDK's client imports this in an environment of its own,
which has neither npcengine nor msgspec.
"""

import argparse
import asyncio
import json
import time
from typing import NamedTuple

__all__ = [
    "SAMPLE_EVERY_S",
    "TURN_ROUNDS",
    "Feed",
    "Sample",
    "Sampler",
    "Tally",
    "is_over",
    "now_ns",
    "read_feed",
    "report",
]

SAMPLE_EVERY_S = 0.1
"""Between two readings: often enough to see a client fall behind, too rare to cost anything."""

TURN_ROUNDS = 9
"""Every ninth response says something instead of calling the tool, for every client: npcengine ends
its turns like that, after the 8 tool rounds that ``npcengine.session.rounds`` allows."""

# Not `npcengine.clock`, which reads the same clock: it cannot be imported beside the SDK.
now_ns = time.perf_counter_ns  # noqa: TID251
"""Monotonic time, comparable between the processes of one machine."""


class Sample(NamedTuple):
    """Everything a client has counted so far, read at one moment."""

    t_ns: int
    cpu_ns: int
    """CPU time of the client: of its process, or of npcengine's loop thread."""
    events: int
    reads: int
    """Wake-ups that brought data."""
    drain_ns: int = 0
    """CPU time of the frame thread inside npcengine; 0 for clients that have no frame."""


class Tally:
    """What one client has received, on all its connections."""

    def __init__(self) -> None:
        self.events = 0
        self.reads = 0

    def sample(self) -> Sample:
        """Return the counts together with the process's CPU time so far."""
        return Sample(now_ns(), time.process_time_ns(), self.events, self.reads)


class Sampler:
    """Takes readings on the client's own loop, so that each is consistent in itself.

    The first is taken ``warm_up_s`` after the first event, the last when ``seconds`` have passed
    since then: connecting, importing and the first use of every cache are in none of them.
    """

    def __init__(self, tally: Tally, feed: "Feed") -> None:
        self._tally = tally
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self.samples: list[Sample] = []
        self.over = asyncio.Event()
        """Set with the last reading."""

    def begin(self) -> None:
        """The first event has come."""
        self._loop.call_later(self._feed.warm_up_s, self._take)

    def _take(self) -> None:
        self.samples.append(self._tally.sample())
        if is_over(self.samples, self._feed.seconds):
            self.over.set()
        else:
            self._loop.call_later(SAMPLE_EVERY_S, self._take)


def is_over(samples: list[Sample], seconds: float) -> bool:
    """Return whether the readings span the time that is to be measured."""
    return (samples[-1].t_ns - samples[0].t_ns) / 1e9 >= seconds


class Feed(NamedTuple):
    """What a client is told: where its events come from, and when to count them."""

    port: int
    npcs: int
    """Connections, each with one response at a time."""
    warm_up_s: float
    seconds: float


def read_feed() -> Feed:
    """Read the command line of a client."""
    parser = argparse.ArgumentParser(description="One client of tools.bench; see `events`.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--npcs", type=int, required=True)
    parser.add_argument("--warm-up-s", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    chosen = parser.parse_args()
    return Feed(chosen.port, chosen.npcs, chosen.warm_up_s, chosen.seconds)


def report(samples: list[Sample], facts: dict[str, str]) -> None:
    """Print the readings for whoever started this client, as one line of JSON.

    Args:
        samples: Oldest first.
        facts: Versions, and which event loop it ran on.
    """
    print(json.dumps({"samples": samples, "facts": facts}), flush=True)
