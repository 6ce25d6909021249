"""Runs of a plan against real servers, the arms taking turns."""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import msgspec

from npcengine.bridge.endpoints import Endpoint, RemoteEndpoint
from npcengine.bridge.fallback import Transport
from npcengine.clock import NS_PER_MS, Clock, SystemClock
from npcengine.replay.live.arm import Seat, Taken
from npcengine.replay.live.plan import Ask, Plan
from npcengine.transport.address import parse_address
from npcengine.transport.beat import BEAT_MS, Beat

__all__ = ["Arm", "Cost", "cost_of", "is_loopback", "run_live"]

HEAD_START_MS = 500.0
"""From the beginning of a run to its first request: connections open, conversations are told."""

SEATS = 2
"""Connections of an NPC, which take turns."""


class Arm(msgspec.Struct, frozen=True):
    """A server, and how it is spoken to."""

    name: str
    url: str
    transport: Transport

    def endpoint(self) -> Endpoint:
        """Return the endpoint; its key comes from the environment.

        Raises:
            UsageError: The URL or the key cannot be used.
        """
        return RemoteEndpoint(self.url, transport=self.transport)


class Cost(msgspec.Struct, frozen=True):
    """What runs will take, at the most likely."""

    requests: int
    """Those that tell a conversation ahead among them."""
    input_tokens: int
    output_tokens: int
    seconds: float


def cost_of(plan: Plan, arms: Sequence[Arm], *, pairs: int) -> Cost:
    """Return what it will take to run a plan."""
    asks = plan.asks
    told = [ask for ask in asks if ask.before]
    warm = sum(arm.transport != "http" for arm in arms) * pairs
    runs = len(arms) * pairs
    return Cost(
        runs * len(asks) + warm * len(told),
        runs * sum(ask.input_tokens for ask in asks) + warm * sum(one.input_tokens for one in told),
        runs * sum(ask.output_tokens for ask in asks),
        runs * (plan.seconds + HEAD_START_MS / 1_000),
    )


def is_loopback(url: str) -> bool:
    """Whether a URL is of this machine, where requests cost nobody anything.

    Raises:
        UsageError: It cannot be used.
    """
    host = parse_address(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def run_live(
    plan: Plan,
    arms: Sequence[Arm],
    *,
    pairs: int,
    progress: Callable[[int], object] = lambda _done: None,
) -> list[list[list[Taken]]]:
    """Run a plan on each arm, as often as there are pairs: A B, B A, A B and so on.

    Whatever changes slowly meanwhile, on the network or at the server, meets both alike.

    Args:
        plan: What is asked.
        arms: One or two.
        pairs: How often.
        progress: Told how many runs are done.

    Returns:
        For each arm, for each run, what came of its requests.
    """
    runs: list[list[list[Taken]]] = [[] for _ in arms]
    done = 0
    for pair in range(pairs):
        order = range(len(arms)) if pair % 2 == 0 else reversed(range(len(arms)))
        for place in order:
            runs[place].append(await _run(plan, arms[place].endpoint(), SystemClock()))
            done += 1
            progress(done)
    return runs


async def _run(plan: Plan, endpoint: Endpoint, clock: Clock) -> list[Taken]:
    beat = Beat(asyncio.get_running_loop(), beat_ms=BEAT_MS)
    start_ns = clock.now_ns() + round(HEAD_START_MS * NS_PER_MS)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(Seat(endpoint, beat, clock).run(asks, start_ns))
                for npc in plan.npcs
                for asks in _dealt([ask for ask in plan.asks if ask.npc == npc])
            ]
    finally:
        await endpoint.close()
    taken = [one for task in tasks for one in task.result()]
    return sorted(taken, key=lambda one: (one.npc, one.turn, one.number))


def _dealt(asks: Sequence[Ask]) -> list[Sequence[Ask]]:
    """Return the requests of an NPC, dealt out to its connections."""
    return [asks[seat::SEATS] for seat in range(SEATS) if asks[seat::SEATS]]
