"""What things cost that a recording does not show, as numbers in a file."""

import tomllib
from importlib import resources

import msgspec

__all__ = ["COSTS", "Costs"]


class _Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    read_ms_per_kb: float
    request_ms: float


class _Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    connect_ms: float


class _Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    request_head_bytes: int
    answer_head_bytes: int
    event_bytes: int


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See ``costs.toml``, where each is explained."""

    server: _Server
    client: _Client
    http: _Http

    def reading_ms(self, size: int, recorded_size: int) -> float:
        """Return how much longer a server reads a request than the recorded one."""
        return self.server.read_ms_per_kb * max(0, size - recorded_size) / 1_000


COSTS = msgspec.convert(
    tomllib.loads(
        resources.files("npcengine.replay.whatif").joinpath("costs.toml").read_text("utf-8")
    ),
    Costs,
)
