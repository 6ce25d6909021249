"""The numbers that are printed."""

from collections.abc import Mapping, Sequence

import msgspec

from tools.bench.cache.figures import (
    ClientName,
    Loop,
    Saving,
    Wire,
    last_over_first,
    median_loop,
    saved,
    turn_cpu_ms,
)
from tools.bench.cache.steps import PAGE_TOKENS, TOKENS, TOKENS_PER_S, WIRES, CachePlan, Step
from tools.bench.machine import Machine

__all__ = ["ByTokens", "CacheResult", "Measured", "RunRow", "SavedAgainst", "result_of"]


class RunRow(msgspec.Struct, frozen=True):
    """One client at one distance: medians, in seconds; ``None`` where there is no such loop."""

    rtt_ms: float
    rounds: int
    client: ClientName
    ws_s: float | None
    http_fresh_s: float | None
    http_keepalive_s: float | None
    http_previous_s: float | None


class SavedAgainst(msgspec.Struct, frozen=True):
    """The fraction of time that npcengine's WebSocket loop saves against others."""

    sdk_http: float | None
    """The official SDK, everything sent again on a connection that is kept alive."""
    sdk_ws: float | None
    fresh: float | None
    """npcengine itself, with a connection for each request; so are the next two."""
    keepalive: float | None
    previous: float | None


class LastOverFirst(msgspec.Struct, frozen=True):
    """The gateway's CPU for the last turns over that for the first."""

    ws: float
    http_keepalive: float


class ByTokens(msgspec.Struct, frozen=True):
    """What is saved at 20 ms with responses of some length."""

    tokens: int
    sdk_http: float | None
    keepalive: float | None


class Measured(msgspec.Struct, frozen=True):
    """All loops of one kind."""

    client: ClientName
    wire: Wire
    rtt_ms: float
    tokens: int
    least_s: float
    most_s: float
    median: Loop


class CacheResult(msgspec.Struct, frozen=True):
    """What was measured."""

    runs: list[RunRow]
    saving_at_20ms: SavedAgainst
    saving_at_50ms: SavedAgainst
    server_cpu_last_over_first: LastOverFirst
    server_cpu_ms: dict[Wire, list[float]]
    """npcengine's turns in their order, medians over all distances and repetitions."""
    saving_parts_at_20ms: dict[str, Saving]
    """By whom it is against; milliseconds of the median loops."""
    saving_by_tokens: list[ByTokens]
    loops: list[Measured]
    tokens_per_response: int
    tokens_per_s: float
    page_tokens: int
    repetitions: int
    tls: bool
    facts: dict[ClientName, dict[str, str]]
    machine: Machine

    def loop(self, client: ClientName, wire: Wire, rtt_ms: float) -> Loop | None:
        """Return the median loop of a kind."""
        wanted = client, wire, rtt_ms, self.tokens_per_response
        for one in self.loops:
            if (one.client, one.wire, one.rtt_ms, one.tokens) == wanted:
                return one.median
        return None


_AGAINST: dict[str, tuple[ClientName, Wire]] = {
    "sdk_http": ("openai", "http_keepalive"),
    "sdk_ws": ("openai", "ws"),
    "fresh": ("npcengine", "http_fresh"),
    "keepalive": ("npcengine", "http_keepalive"),
    "previous": ("npcengine", "http_previous"),
}
"""Who stands for what in :class:`SavedAgainst`."""


class _Played:
    """All loops that were played."""

    def __init__(self, loops: Mapping[Step, Sequence[Loop]]) -> None:
        self._loops = loops

    def median(self, client: ClientName, wire: Wire, rtt_ms: float, tokens: int) -> Loop | None:
        loops = self._loops.get(Step(client, wire, rtt_ms, tokens))
        return None if loops is None else median_loop(loops)

    def seconds(
        self, client: ClientName, wire: Wire, rtt_ms: float, tokens: int = TOKENS
    ) -> float | None:
        loop = self.median(client, wire, rtt_ms, tokens)
        return None if loop is None else loop.seconds

    def saved(self, whom: str, rtt_ms: float, tokens: int = TOKENS) -> float | None:
        ours = self.seconds("npcengine", "ws", rtt_ms, tokens)
        return saved(ours, self.seconds(*_AGAINST[whom], rtt_ms, tokens))

    def cpu_ms(self, wire: Wire) -> list[float]:
        """Return the gateway's CPU for each turn of npcengine's, over all distances."""
        return turn_cpu_ms(
            [
                loop
                for step, loops in self._loops.items()
                if (step.client, step.wire, step.tokens) == ("npcengine", wire, TOKENS)
                for loop in loops
            ]
        )

    def parts(self, rtt_ms: float) -> dict[str, Saving]:
        ours = self.median("npcengine", "ws", rtt_ms, TOKENS)
        return {
            whom: ours.parts.saving(theirs.parts)
            for whom, (client, wire) in _AGAINST.items()
            if ours is not None
            and (theirs := self.median(client, wire, rtt_ms, TOKENS)) is not None
        }

    def measured(self) -> list[Measured]:
        return [
            Measured(
                step.client,
                step.wire,
                step.rtt_ms,
                step.tokens,
                min(loop.seconds for loop in loops),
                max(loop.seconds for loop in loops),
                median_loop(loops),
            )
            for step, loops in self._loops.items()
        ]


def result_of(
    plan: CachePlan,
    loops: Mapping[Step, Sequence[Loop]],
    facts: dict[ClientName, dict[str, str]],
    machine: Machine,
) -> CacheResult:
    """Put together what was measured."""
    played = _Played(loops)
    cpu_ms: dict[Wire, list[float]] = {wire: played.cpu_ms(wire) for wire in WIRES["npcengine"]}
    return CacheResult(
        runs=[
            RunRow(
                rtt_ms,
                plan.rounds,
                client,
                *(played.seconds(client, wire, rtt_ms) for wire in WIRES["npcengine"]),
            )
            for rtt_ms in plan.rtts_ms
            for client in plan.clients
        ],
        saving_at_20ms=SavedAgainst(*(played.saved(whom, 20) for whom in _AGAINST)),
        saving_at_50ms=SavedAgainst(*(played.saved(whom, 50) for whom in _AGAINST)),
        server_cpu_last_over_first=LastOverFirst(
            last_over_first(cpu_ms["ws"]), last_over_first(cpu_ms["http_keepalive"])
        ),
        server_cpu_ms=cpu_ms,
        saving_parts_at_20ms=played.parts(20),
        saving_by_tokens=[
            ByTokens(
                tokens,
                played.saved("sdk_http", 20, tokens),
                played.saved("keepalive", 20, tokens),
            )
            for tokens in (TOKENS, *plan.longer)
        ],
        loops=played.measured(),
        tokens_per_response=TOKENS,
        tokens_per_s=TOKENS_PER_S,
        page_tokens=PAGE_TOKENS,
        repetitions=plan.repetitions,
        tls=False,
        facts=facts,
        machine=machine,
    )
