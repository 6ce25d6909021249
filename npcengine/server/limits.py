"""What one client may ask of the gateway. OpenAI's figures where it states any (protocol.md 8)."""

import math
from collections.abc import Sequence

import msgspec

from npcengine.errors import UsageError
from npcengine.transport.bounds import Bounds

__all__ = ["Limits"]


class Limits(Bounds, frozen=True, kw_only=True):
    """Bounds of one gateway and of its listener."""

    named_lanes: int = 32
    """Distinct lane names in a connection's life; the default lane is not counted."""
    running: int = 16
    """Responses at once per connection, over all lanes."""
    queued: int = 128
    """Requests that may wait per connection. OpenAI states no depth; a server needs one."""
    queued_bytes: int = 32 * 1024 * 1024
    """JSON of those, and of those that run; one request is always taken."""
    age_s: float = 60 * 60
    """How old a connection may grow before it takes no more requests."""
    grace_s: float = 60
    """How long the responses that run at that age may go on."""
    cache_bytes: int = 64 * 1024 * 1024
    """Contexts kept per connection; the lane that was idle longest loses its own first."""
    settings_bytes: int = 8 * 1024 * 1024
    """Instructions and tools kept per connection, so that they need not be read again."""
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
    """WebSockets at once, per token; 0 takes none, and sends clients to HTTP."""
    exchanges: int = 1_024
    """Responses at once over HTTP, per token."""

    def changed(self, changes: Sequence[str]) -> "Limits":
        """Return these limits with some changed.

        Args:
            changes: Such as ``age_s=600``.

        Raises:
            UsageError: There is no such limit, or that is no value for it.
        """
        values = dict[str, str]()
        for change in changes:
            name, _, value = change.partition("=")
            if name not in self.__struct_fields__:
                known = ", ".join(self.__struct_fields__)
                raise UsageError(f"there is no limit {name!r}; there are: {known}")
            values[name] = value
        try:
            changed = msgspec.convert(values, Limits, strict=False)
        except msgspec.ValidationError as error:
            raise UsageError(f"a limit is NAME=NUMBER: {error}") from error
        given = {name: getattr(changed, name) for name in values}
        if small := [name for name, value in given.items() if not 0 <= value < math.inf]:
            raise UsageError(f"the limit {small[0]} cannot be {values[small[0]]}")
        return msgspec.structs.replace(self, **given)
