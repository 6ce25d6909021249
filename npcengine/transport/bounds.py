"""What anybody may take of a listener: its time, its memory, its connections."""

import msgspec

from npcengine.transport.heartbeat import PING_EVERY_S
from npcengine.transport.link import MAX_UNSENT_BYTES

__all__ = ["Bounds"]


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one listener; they hold before it is known who somebody is, and after."""

    head_within_s: float = 10.0
    """How long a client may take over the head of its first request."""
    body_within_s: float = 60.0
    """How long it may take over a body."""
    idle_s: float = 75.0
    """How long a connection may wait between two requests, the head of the second included."""
    stalled_after_s: float = 60.0
    """How long a client may take not one byte of what waits for it."""
    ping_every_s: float = PING_EVERY_S
    """Silence after which a client is asked for a sign of life; after three it is cut off."""
    unsent_bytes: int = MAX_UNSENT_BYTES
    """What may wait for a client that reads too slowly. What a mind says waits with the mind and
    not here, so only large events and refusals come anywhere near."""
    bodies_bytes: int = 256 * 1024 * 1024
    """Of all bodies that are being read or answered; only large ones are refused for it."""
    tcp_connections: int = 4_096
    """Connections that are not WebSockets. Above it, whoever has said nothing for longest goes."""
