"""Which loops are played, in which order."""

from collections.abc import Iterator

import msgspec

from tools.bench.cache.figures import ClientName, Wire

__all__ = [
    "LONGER",
    "PAGE_TOKENS",
    "ROUNDS",
    "RTTS_MS",
    "TOKENS",
    "TOKENS_PER_S",
    "WIRES",
    "CachePlan",
    "Step",
    "steps",
]

ROUNDS = 30
RTTS_MS = (0.0, 20.0, 50.0, 100.0)

TOKENS = 8
"""In a response, each a delta. Half the calls of Lanternwick's minds are at most so long, a quarter
over 14."""

LONGER = (40, 100)
"""Responses of other lengths, to see what is saved when the mind takes longer."""

TOKENS_PER_S = 1_000.0

PAGE_TOKENS = 910
"""In what the tool answers. Instructions and tools are 1,250, and a round adds 960 with the call
and what stands around both: so thirty rounds come to thirty thousand."""

WIRES: dict[ClientName, tuple[Wire, ...]] = {
    "npcengine": ("ws", "http_fresh", "http_keepalive", "http_previous"),
    "openai": ("ws", "http_keepalive"),
}


class CachePlan(msgspec.Struct, frozen=True):
    """What to measure."""

    clients: tuple[ClientName, ...]
    """npcengine among them."""
    rounds: int
    """Calls in a loop; one more response ends it."""
    repetitions: int
    rtts_ms: tuple[float, ...]
    """20 and 50 among them."""
    longer: tuple[int, ...]
    """Tokens of other responses to measure, at 20 ms."""


class Step(msgspec.Struct, frozen=True):
    """One loop to be played."""

    client: ClientName
    wire: Wire
    rtt_ms: float
    tokens: int
    """In a response."""

    def about_s(self, rounds: int) -> float:
        """Return about how long it takes, for the progress bar."""
        trips = 2 if self.wire == "http_fresh" else 1
        theirs_ms = 25 if (self.client, self.wire) == ("openai", "http_keepalive") else 3
        return 1.5 + (rounds + 1) * (self.rtt_ms * trips + self.tokens + theirs_ms) / 1_000


def steps(plan: CachePlan) -> Iterator[Step]:
    """Yield every loop in the order to play them; who begins changes with every repetition."""
    kinds: list[tuple[ClientName, Wire]] = [
        (client, wire) for client in plan.clients for wire in WIRES[client]
    ]
    for number in range(plan.repetitions):
        first = number % len(kinds)
        in_turn = (*kinds[first:], *kinds[:first])
        for rtt_ms in plan.rtts_ms:
            for client, wire in in_turn:
                yield Step(client, wire, rtt_ms, TOKENS)
        for tokens in plan.longer:
            for client, wire in in_turn:
                if wire == "http_keepalive" or (client, wire) == ("npcengine", "ws"):
                    yield Step(client, wire, 20, tokens)
