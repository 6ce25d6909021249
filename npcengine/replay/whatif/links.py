"""A network between two ends, as what it does to one message after another.

Loss is what TCP makes of it: nothing is ever missing, but what was lost comes a time-out later and
everything behind it waits. One lone packet, such as a token, has nothing behind it that could show
that it is missing; so it waits for the whole time-out, and twice as long if it is lost again.
"""

import tomllib
from importlib import resources
from typing import Literal, TypeAlias

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.replay.whatif.draws import draw

__all__ = ["LINKS", "Direction", "LinkProfile", "Wire"]

Direction: TypeAlias = Literal["up", "down"]

PACKET_BYTES = 1_448
FIRST_WINDOW = 10
"""Packets that may be under way before the other end has said anything (RFC 6928)."""
LEAST_RTO_MS = 200.0
"""The shortest time-out of Linux; Windows waits longer."""
MOST_LOSSES = 5
"""After so many in a row the last one arrives: 6 s of stall are enough to be made a point."""
FAST_BEHIND = 3
"""So many packets behind a lost one show that it is missing, after one round trip (RFC 5681)."""


class LinkProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``links.toml`` says of one network."""

    up_ms: float
    down_ms: float
    jitter_ms: float
    loss: float
    up_kbit: float
    down_kbit: float
    tls: bool

    @property
    def rtt_ms(self) -> float:
        """A round trip, without jitter."""
        return self.up_ms + self.down_ms


LINKS = msgspec.convert(
    tomllib.loads(
        resources.files("npcengine.replay.whatif").joinpath("links.toml").read_text("utf-8")
    ),
    dict[str, LinkProfile],
)


class Wire:
    """Carries messages, in virtual time. Without a profile all is there as soon as it is sent."""

    def __init__(self, profile: LinkProfile | None, seed: int) -> None:
        self._profile = profile
        self._seed = seed
        self._free_ns: dict[Direction, int] = {"up": 0, "down": 0}
        """From when on the line takes more, either way: it is one line, whoever sends."""
        self._last_ns: dict[tuple[str, Direction], int] = {}
        """When what was sent last on a socket is there; nothing overtakes it."""

    def carry(
        self, now_ns: int, direction: Direction, socket: str, size: int, key: tuple[object, ...]
    ) -> int:
        """Return when a message is there.

        Args:
            now_ns: When it is sent; never less than the last time.
            direction: Which way.
            socket: On which connection: there it waits for what was sent before.
            size: Its bytes.
            key: What its luck hangs on.
        """
        profile = self._profile
        if profile is None:
            return now_ns
        is_up = direction == "up"
        kbit = profile.up_kbit if is_up else profile.down_kbit
        begins_ns = max(now_ns, self._free_ns[direction])
        leaves_ns = begins_ns + round(size * 8 / kbit * NS_PER_MS)
        self._free_ns[direction] = leaves_ns
        packets = -(-size // PACKET_BYTES) or 1
        late_ms = profile.up_ms if is_up else profile.down_ms
        late_ms += 2 * profile.jitter_ms * draw(self._seed, *key, "jitter")
        late_ms += profile.rtt_ms * _more_windows(packets)
        late_ms += max(self._stall_ms(profile, packets, n, key) for n in range(packets))
        there_ns = leaves_ns + round(late_ms * NS_PER_MS)
        there_ns = max(there_ns, self._last_ns.get((socket, direction), 0))
        self._last_ns[socket, direction] = there_ns
        return there_ns

    def set_up_ns(self, round_trips: int, key: tuple[object, ...]) -> int:
        """Return how long so many round trips take that carry next to nothing."""
        profile = self._profile
        if profile is None:
            return 0
        late_ms = 0.0
        for trip in range(round_trips):
            for way in ("up", "down"):
                here = (*key, trip, way)
                late_ms += 2 * profile.jitter_ms * draw(self._seed, *here, "jitter")
                late_ms += self._stall_ms(profile, 1, 0, here)
        return round((late_ms + round_trips * profile.rtt_ms) * NS_PER_MS)

    def _stall_ms(
        self, profile: LinkProfile, packets: int, n: int, key: tuple[object, ...]
    ) -> float:
        """Return how much later a packet of a message is there because it was lost."""
        stall_ms, wait_ms = 0.0, max(LEAST_RTO_MS, 2 * profile.rtt_ms)
        for attempt in range(MOST_LOSSES):
            if draw(self._seed, *key, "loss", n, attempt) >= profile.loss:
                break
            is_fast = not attempt and n + FAST_BEHIND < packets
            stall_ms += profile.rtt_ms if is_fast else wait_ms
            wait_ms *= 1 if is_fast else 2
        return stall_ms


def _more_windows(packets: int) -> int:
    """Return the round trips that a message needs because it does not fit into the first window.

    The window doubles with each. A socket that has been idle begins anew, so it is the same for one
    that is old.
    """
    trips, window, sent = 0, FIRST_WINDOW, FIRST_WINDOW
    while sent < packets:
        trips, window = trips + 1, window * 2
        sent += window
    return trips
