"""Lanes: whether names are echoed, how many there may be, and how many responses run at once."""

from itertools import pairwise

from npcengine.clock import NS_PER_MS
from npcengine.doctor.asking import Asking
from npcengine.doctor.server import Counted
from npcengine.doctor.wire import Timed, Wire

__all__ = ["Overlap", "lanes", "warm_up"]

NAMES, NAMES_THOROUGH = 40, 130
"""Names that are tried; most servers that have a limit have one below."""

AT_ONCE, AT_ONCE_THOROUGH = 4, 72
"""Requests that are sent together."""

CLEARLY_NS = 20 * NS_PER_MS
"""A beginning that comes later than this waited for something."""


async def warm_up(asking: Asking) -> None:
    """Try whether a server reads ahead without answering."""
    async with asking.socket() as wire:
        reply = await wire.reply_to(asking.warm_up())
    if not reply.is_good:
        asking.server.warm_up = "refuses"
    else:
        asking.server.warm_up = "answers" if reply.output or reply.deltas else "reads"


async def lanes(asking: Asking) -> None:
    """Try a name, then as many as there may be, then some at once."""
    server = asking.server
    async with asking.socket() as wire:
        reply = await wire.reply_to(asking.request("Say hello.", stream_id="doctor.0"))
        server.lanes_echoed = all(t.event.get("stream_id") == "doctor.0" for t in reply.events)
        if not server.lanes_echoed:
            return
        if server.warm_up == "reads":
            server.lanes = await _count_names(asking, wire)
        else:
            server.unknown["lanes"] = "counting names takes warm-ups, which it does not do"
    async with asking.socket() as wire:
        running = await _count_running(asking, wire)
    if running.number:
        server.running = running
    else:
        server.unknown["running"] = "none of those that were sent together was answered"


async def _count_names(asking: Asking, wire: Wire) -> Counted:
    """Use one name after another until one is refused; the first is used already."""
    most = NAMES_THOROUGH if asking.thorough else NAMES
    for number in range(1, most):
        reply = await wire.reply_to(asking.warm_up(stream_id=f"doctor.{number}"))
        if not reply.is_good:
            return Counted(number, is_limit=True)
    return Counted(most, is_limit=False)


async def _count_running(asking: Asking, wire: Wire) -> Counted:
    count = AT_ONCE_THOROUGH if asking.thorough else AT_ONCE
    if (names := asking.server.lanes) is not None and names.is_limit:
        count = min(count, names.number)
    for number in range(count):
        text = "Count from one to fifty, in words."
        wire.send(asking.request(text, stream_id=f"doctor.{number}"))
    overlap = Overlap()
    while overlap.ended < count:
        overlap.take(await wire.next())
    return overlap.verdict


class Overlap:
    """How many responses ran at once, by the order and the times of their beginnings and ends."""

    def __init__(self) -> None:
        self._running: set[str] = set()
        self._starts_ns: list[int] = []
        self._most = 0
        self._before_an_end = 0
        """How many had begun when the first one ended."""
        self._refused = 0
        self.ended = 0

    def take(self, timed: Timed) -> None:
        """Take the next event of any of them."""
        lane = str(timed.event.get("stream_id"))
        if timed.is_end:
            if lane not in self._running and timed.type == "error":
                self._refused += 1
            elif not self._before_an_end:
                self._before_an_end = len(self._starts_ns)
            self.ended += 1
            self._running.discard(lane)
        elif (timed.type == "response.in_progress" or timed.is_delta) and lane not in self._running:
            self._running.add(lane)
            self._starts_ns.append(timed.t_ns)
            self._most = max(self._most, len(self._running))

    @property
    def verdict(self) -> Counted:
        """The most that ran at once, and whether a limit of the server kept it to that.

        It did if some were refused; or if the rest began only when others had ended, and clearly
        later than the first ones had begun after each other. Answers that are over before the last
        has begun look otherwise.
        """
        if self._refused:
            return Counted(self.ended - self._refused, is_limit=True)
        waits_ns = [after - before for before, after in pairwise(self._starts_ns)]
        first, rest = waits_ns[: self._most - 1], waits_ns[self._most - 1 :]
        is_limit = (
            bool(rest)
            and self._most == self._before_an_end
            and rest[0] > max(CLEARLY_NS, 3 * max(first, default=0))
        )
        return Counted(self._most, is_limit=is_limit)
