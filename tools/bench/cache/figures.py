"""From what relay, gateway and client noted to where the time of a loop went."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any, Literal, TypeAlias

import msgspec

from npcengine.clock import NS_PER_MS, NS_PER_S
from tools.bench.cache.exchanges import Exchange
from tools.bench.cache.gateway import Served

__all__ = [
    "ClientName",
    "ClientReport",
    "Loop",
    "Parts",
    "Saving",
    "Wire",
    "last_over_first",
    "loop_of",
    "median_loop",
    "saved",
    "turn_cpu_ms",
]

ClientName: TypeAlias = Literal["npcengine", "openai"]
Wire: TypeAlias = Literal["ws", "http_fresh", "http_keepalive", "http_previous"]

FEW_TURNS = 3
"""Turns at either end whose CPU is compared: one turn alone is a millisecond or two."""


class ClientReport(msgspec.Struct, frozen=True):
    """What a client printed."""

    loop_s: float
    cpu_s: float
    facts: dict[str, str]
    request: dict[str, Any]
    """What it asked first."""


class Parts(msgspec.Struct, frozen=True):
    """Where the time of a loop went, in milliseconds; together they are all of it."""

    set_up: float
    """Connections: the round trip that the relay held each of them for, and a WebSocket's
    handshake."""
    bytes: float
    """Bytes: from the first to the last of a request at the relay, and of the gateway's time what
    is not its work on the request: reading and writing sockets, framing, HTTP."""
    parse: float
    """The gateway reading JSON and checking it."""
    render: float
    """The gateway rendering and tokenising, and getting what is stored."""
    wire: float
    """Half a round trip each way, for every question and its answer."""
    mind: float
    """The mind, thinking."""
    gateway: float
    """The rest of the gateway's work on the request: keeping the answer, waiting for its turn."""
    client: float
    """The client: from an answer at its socket to the next request, and whatever else is left."""

    @property
    def waiting(self) -> float:
        """For the wire, for the mind, for the gateway's loop."""
        return self.wire + self.mind + self.gateway

    def saving(self, other: "Parts") -> "Saving":
        """Return what this loop saves against another, by what it saves it on."""
        return Saving(
            set_up=other.set_up - self.set_up,
            bytes=other.bytes - self.bytes,
            parse=other.parse - self.parse,
            render=other.render - self.render,
            waiting=other.waiting - self.waiting,
            client=other.client - self.client,
        )


class Saving(msgspec.Struct, frozen=True):
    """The parts of a saving, in milliseconds."""

    set_up: float
    bytes: float
    parse: float
    render: float
    waiting: float
    """For the wire, for the mind, for the gateway's loop."""
    client: float


class Loop(msgspec.Struct, frozen=True):
    """One loop of one client over one wire."""

    seconds: float
    client_cpu_s: float
    parts: Parts
    connections: int
    """TCP handshakes; there is no TLS."""
    bytes_up: int
    """On the connection: heads and frames included, the WebSocket's handshake as well."""
    bytes_down: int
    turn_cpu_ms: list[float]
    """CPU of the gateway's process for each response."""
    context_tokens: list[int]
    """What each response was made from."""


def loop_of(
    client: ClientReport, exchanges: Sequence[Exchange], served: Sequence[Served], wire: Wire
) -> Loop:
    """Return one loop.

    Args:
        client: What the client measured.
        exchanges: What passed the relay; closing handshakes may follow the last answer.
        served: Every response of the loop, and before it the last one of the warm-up.
        wire: Over a WebSocket the first exchange is its handshake.

    Raises:
        ValueError: Some of it is missing.
    """
    before, *loop = served
    shakes = 1 if wire == "ws" else 0
    passed = [exchange for exchange in exchanges if exchange.over_ns][: shakes + len(loop)]
    if len(passed) < shakes + len(loop):
        raise ValueError(f"{len(passed)} exchanges for {len(loop)} responses")
    cpu_ns = [before.cpu_ns, *(one.cpu_ns for one in loop)]
    return Loop(
        seconds=client.loop_s,
        client_cpu_s=client.cpu_s,
        parts=_parts(client.loop_s, passed[:shakes], passed[shakes:], loop),
        connections=sum(exchange.is_new for exchange in passed),
        bytes_up=sum(exchange.bytes_up for exchange in passed),
        bytes_down=sum(exchange.bytes_down for exchange in passed),
        turn_cpu_ms=[(after - earlier) / NS_PER_MS for earlier, after in pairwise(cpu_ns)],
        context_tokens=[one.work.context_tokens for one in loop],
    )


def _parts(
    loop_s: float, shakes: Sequence[Exchange], answers: Sequence[Exchange], served: Sequence[Served]
) -> Parts:
    times = [one.work.ms for one in served]
    worked_ms = sum(ms.total for ms in times)
    serving_ms = sum(one.answered_ns - one.arrived_ns for one in answers) / NS_PER_MS
    upload_ms = sum(one.asked_ns - one.began_ns for one in answers) / NS_PER_MS
    set_up_ns = sum(one.set_up_ns for one in answers)
    set_up_ns += sum(one.over_ns - one.began_ns for one in shakes)
    parse, mind = sum(ms.parse for ms in times), sum(ms.mind for ms in times)
    render = sum(ms.render + ms.recall for ms in times)
    parts = Parts(
        set_up=set_up_ns / NS_PER_MS,
        bytes=upload_ms + serving_ms - worked_ms,
        parse=parse,
        render=render,
        wire=sum(
            one.arrived_ns - one.asked_ns - one.set_up_ns + one.over_ns - one.answered_ns
            for one in answers
        )
        / NS_PER_MS,
        mind=mind,
        gateway=worked_ms - parse - render - mind,
        client=0.0,
    )
    rest = loop_s * NS_PER_S / NS_PER_MS - sum(msgspec.structs.astuple(parts))
    return msgspec.structs.replace(parts, client=rest)


def median_loop(loops: Sequence[Loop]) -> Loop:
    """Return the loop that took as long as half of them at most; its parts are of one piece."""
    ranked = sorted(loops, key=lambda loop: loop.seconds)
    return ranked[(len(ranked) - 1) // 2]


def saved(ours_s: float | None, theirs_s: float | None) -> float | None:
    """Return the fraction of their time that ours saves."""
    return None if ours_s is None or theirs_s is None else 1 - ours_s / theirs_s


def turn_cpu_ms(loops: Sequence[Loop]) -> list[float]:
    """Return the gateway's CPU for each turn of a loop, medians over several of the same length."""
    return [median(turn) for turn in zip(*(loop.turn_cpu_ms for loop in loops), strict=True)]


def last_over_first(cpu_ms: Sequence[float]) -> float:
    """Return how many times more the last calls cost than the first continuations.

    Turn 1 is left out: it reads instructions and tools, which over a WebSocket happens once, and a
    dear beginning would make the growth look small. The last turn of all speaks, and is left out.
    """
    return median(cpu_ms[:-1][-FEW_TURNS:]) / median(cpu_ms[1 : 1 + FEW_TURNS])
