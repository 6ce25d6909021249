"""What differs between servers, as data: the client knows no dialects."""

import msgspec

__all__ = ["GATEWAY", "SERIAL", "Capabilities"]


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What one server can do, and its limits; ``npcengine doctor URL`` finds them out."""

    lanes: int = 0
    """Distinct named lanes per connection; 0 is a serial server, one response at a time."""
    running: int = 1
    """Responses at once per connection."""
    age_limit_s: float = 60 * 60
    """How old a connection may grow."""
    contexts: bool = True
    """Whether a connection keeps what was said on it. Where it does not, every request tells
    everything."""
    warm_up: bool = True
    """Whether ``generate: false`` prepares a response instead of making one."""
    steering: bool = False
    """Whether ``response.steer`` works."""

    @property
    def npcs_per_connection(self) -> int:
        """How many NPCs share a connection: each has a lane to live on and one to spare."""
        return max(1, min(self.running, self.lanes // 2))


SERIAL = Capabilities()
"""The least that any server of this wire does."""

GATEWAY = Capabilities(lanes=32, running=16, steering=True)
"""Our own gateway, which keeps OpenAI's limits (protocol.md section 8)."""
