"""What one client may ask of the gateway. OpenAI's figures where it states any (protocol.md 8)."""

import math
from collections.abc import Sequence

import msgspec

from npcengine.errors import UsageError
from npcengine.transport.heartbeat import PING_EVERY_S

__all__ = ["Limits", "read_limits"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one gateway."""

    named_lanes: int = 32
    """Distinct lane names in a connection's life; the default lane is not counted."""
    running: int = 16
    """Responses at once per connection, over all lanes."""
    queued: int = 128
    """Requests that may wait per connection. OpenAI states no depth; a server needs one."""
    age_s: float = 60 * 60
    """How old a connection may grow before it takes no more requests."""
    grace_s: float = 60
    """How long the responses that run at that age may go on."""
    ping_every_s: float = PING_EVERY_S
    """Silence after which a client is asked for a sign of life; after three it is cut off."""
    cache_bytes: int = 64 * 1024 * 1024
    """Contexts kept per connection; the lane that was idle longest loses its own first."""
    items: int = 4_096
    """Items in one request."""
    tools: int = 128
    """Tools in one request."""
    output_tokens: int = 4_096
    """Tokens in one response, whatever the request allows."""
    steers: int = 8
    """Steers that may be queued on one response. OpenAI has a bound and does not state it."""
    steer_bytes: int = 64 * 1024
    """JSON of one steer's input."""
    stored_responses: int = 10_000
    """Responses kept for other connections and for HTTP; the oldest go first."""
    stored_bytes: int = 256 * 1024 * 1024
    """JSON of those and of their conversations; what several share is counted once."""
    stored_age_s: int = 30 * 24 * 60 * 60
    """How long they are kept; OpenAI keeps them as long."""
    connections: int = 1_024
    """WebSockets at once; 0 takes none, and sends clients to HTTP."""
    exchanges: int = 1_024
    """Responses at once over HTTP."""


def read_limits(changes: Sequence[str]) -> Limits:
    """Return the limits with some changed, each as ``NAME=NUMBER``.

    Raises:
        UsageError: There is no such limit, or a value is no number that it could have.
    """
    given = {name: number for name, _, number in (change.partition("=") for change in changes)}
    names = Limits.__struct_fields__
    if unknown := [name for name in given if name not in names]:
        raise UsageError(f"there is no limit {unknown[0]!r}; there are: {', '.join(names)}")
    try:
        limits = msgspec.convert(given, Limits, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"--limit takes NAME=NUMBER: {error}") from error
    for name in given:
        if not 0 <= getattr(limits, name) < math.inf:
            raise UsageError(f"the limit {name} cannot be {given[name]}")
    return limits
