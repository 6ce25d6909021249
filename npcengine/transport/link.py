"""The seam between those who carry frames and those who mean something by them."""

from operator import add
from typing import Protocol, TypeAlias, runtime_checkable

import msgspec
from msgspec.structs import astuple

from npcengine.errors import LinkLostError

__all__ = [
    "CLOSE_WITHIN_S",
    "MAX_UNSENT_BYTES",
    "Frame",
    "Link",
    "Meter",
    "Receiver",
    "TakesBinary",
]

Frame: TypeAlias = bytes | bytearray
"""The text of one WebSocket message: UTF-8, owned by whoever received it."""

CLOSE_WITHIN_S = 0.4
"""How long a closing handshake may take before the connection is cut: less than a closing bridge
waits for it, so that it leaves nothing open."""

MAX_UNSENT_BYTES = 32 * 1024 * 1024
"""Unsent bytes at which an end that does not read is cut off."""


class Meter(msgspec.Struct):
    """What a link has carried so far; written by the loop thread, readable from any."""

    bytes_sent: int = 0
    """Payload bytes of text frames, framing and handshake not counted."""
    bytes_received: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    reads: int = 0
    """Wake-ups of the loop that brought data: what reading on a beat makes few."""

    def plus(self, other: "Meter") -> "Meter":
        """Return the sums of both."""
        return Meter(*map(add, astuple(self), astuple(other)))


class Link(Protocol):
    """An open connection that carries text frames, used on the loop thread only."""

    @property
    def meter(self) -> Meter: ...

    @property
    def keeps_contexts(self) -> bool:
        """Whether the other end keeps what was said until the link is lost.

        Without that a request can only name a response that the server was asked to store.
        """
        ...

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        """Queue a frame; never blocks, and does nothing once the link is lost or closing.

        Args:
            frame: What to send.
            at_once: Whether somebody waits for it. Otherwise an end that gathers what it writes may
                keep it for a few milliseconds, until there is more.
        """
        ...

    def read_at_once(self, wanted: bool) -> None:
        """Say whether somebody is waiting for what comes next; otherwise reads keep a beat."""
        ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin to close; ``link_lost`` is called when it is done, within a second or two."""
        ...

    async def writable(self) -> None:
        """Return when the other end has taken enough for more to be worth writing."""
        ...


@runtime_checkable
class TakesBinary(Protocol):
    """A link that can also send what this wire does not have."""

    def send_binary(self, frame: bytes) -> None:
        """Send a binary frame, to see what the other end makes of it."""
        ...


class Receiver(Protocol):
    """Who a link belongs to. Both methods run on the loop thread and must not block."""

    def frames_arrived(self, frames: list[Frame]) -> None:
        """Take the frames of one read, oldest first."""
        ...

    def binary_arrived(self) -> None:
        """A binary frame came and was dropped: this wire has none."""
        ...

    def link_lost(self, error: LinkLostError) -> None:
        """The link is over, whoever ended it; called exactly once, and last."""
        ...
