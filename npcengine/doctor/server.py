"""What was found out about one server."""

from typing import Literal, TypeAlias

import msgspec

__all__ = ["Cancelling", "Counted", "Pieces", "Server", "Steering", "WarmUp"]

WarmUp: TypeAlias = Literal["reads", "answers", "refuses"]
"""What is made of ``generate: false``: the input is read, or answered all the same, or refused."""

Steering: TypeAlias = Literal["takes", "refuses", "unknown event", "silence"]
"""What is made of ``response.steer``."""

Cancelling: TypeAlias = Literal["stops", "refuses", "goes on"]
"""What is made of ``response.cancel``, which is no part of the official wire."""

Pieces: TypeAlias = Literal["in pieces", "in one piece"]
"""How the arguments of a call come."""


class Counted(msgspec.Struct, frozen=True):
    """A number that was found by going up to it."""

    number: int
    is_limit: bool
    """Whether there are no more; otherwise more were not tried."""

    def __str__(self) -> str:
        return str(self.number) if self.is_limit else f"at least {self.number}"


class Server(msgspec.Struct, kw_only=True):
    """What one server did; ``None`` is what could not be found out, and :attr:`unknown` says why.

    Trials write into it, one after another.
    """

    url: str
    model: str
    transport: Literal["websocket", "http"] | None = None
    wants_key: bool | None = None

    first_token_ms: float | None = None
    tokens_per_s: float | None = None
    """Output tokens, as the server counts them, by the time from the first to the last delta."""
    sequence_numbers: bool | None = None
    usage: bool | None = None
    """Whether it says what a response cost."""
    calls: Pieces | None = None

    continues: bool | None = None
    """Whether the newest response of a socket can be continued with ``store: false``."""
    older: bool | None = None
    """The same of an older one."""
    elsewhere_unstored: bool | None = None
    """The same from another socket."""
    elsewhere_stored: bool | None = None
    """Whether another socket can continue what was stored."""
    unknown_ids_refused: bool | None = None
    remembers: bool | None = None
    """Whether a continuation stands on what was said before; by its count of tokens, or because
    ids that it does not know are refused."""

    warm_up: WarmUp | None = None
    lanes_echoed: bool | None = None
    lanes: Counted | None = None
    """Distinct names a socket."""
    running: Counted | None = None
    """Responses at once a socket."""
    steering: Steering | None = None
    cancelling: Cancelling | None = None

    errors: Literal["wrapped", "flat"] | None = None
    error_status: bool | None = None
    """Whether an error frame has the HTTP status that it would have been."""
    bad_json_keeps_socket: bool | None = None
    binary_keeps_socket: bool | None = None

    requests: int = 0
    """Requests that were sent, warm-ups not counted."""
    warm_ups: int = 0
    unknown: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    """What could not be found out, and why not."""
