"""On what terms a connection is opened: all that those who open one have to know."""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec

from npcengine.transport.address import Address
from npcengine.transport.beat import Beat
from npcengine.transport.link import Link, Receiver

__all__ = ["Opener", "Terms"]


class Terms(msgspec.Struct, frozen=True):
    """What a connection is to be."""

    address: Address
    """What the server is called, for its certificate and the upgrade request."""
    receiver: Receiver
    """Gets what arrives."""
    context: ssl.SSLContext | None
    """For TLS; ``None`` for a plain connection."""
    headers: Mapping[str, str]
    """Sent with the upgrade request."""
    beat: Beat | None
    """Sets the pace of reading; ``None`` reads everything at once."""
    ping_every_s: float
    """Silence after which the other end is asked for a sign of life."""
    reached: Callable[[], None]
    """Called when something has taken the connection; what fails then is the handshake."""


Opener: TypeAlias = Callable[[Terms, str, int], Awaitable[Link]]
"""Connects to one IP address and port and does the opening handshake. Raises ``OSError`` when
nothing is there, and a ``LinkError`` when what is there is not for us."""
