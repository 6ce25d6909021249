"""Where the events of a response go: the same ones, in the same order, whatever carries them."""

from typing import Protocol

import msgspec

from npcengine.protocol.codec import encode
from npcengine.protocol.incoming import TERMINALS, ArgumentsDone, ServerEvent
from npcengine.transport.http import HttpStream
from npcengine.transport.link import Link

__all__ = ["EventStream", "LastWord", "Outlet", "SocketOutlet"]

_AWAITED = (ArgumentsDone, *TERMINALS)
"""What lets the other end do something: answer a call, ask again. The rest is only looked at."""


class Outlet(Protocol):
    """The way out for one response (loop thread only)."""

    def send(self, event: ServerEvent) -> None:
        """Queue an event; never blocks."""
        ...

    async def writable(self) -> None:
        """Return when more is worth writing."""
        ...


class SocketOutlet:
    """One frame an event, and no waiting with the last: what follows a response follows its end."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def send(self, event: ServerEvent) -> None:
        self._link.send(encode(event), at_once=isinstance(event, _AWAITED))

    async def writable(self) -> None:
        await self._link.writable()


class EventStream:
    """Server-sent events, each under its type, and ``[DONE]`` at the end."""

    def __init__(self, stream: HttpStream) -> None:
        self._stream = stream
        self._has_begun = False

    def send(self, event: ServerEvent) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._stream.begin("text/event-stream; charset=utf-8", {"cache-control": "no-cache"})
        kind = str(event.__struct_config__.tag).encode()
        frame = b"event: %b\ndata: %b\n\n" % (kind, encode(event))
        self._stream.send(frame, at_once=isinstance(event, _AWAITED))

    async def writable(self) -> None:
        await self._stream.writable()

    def end(self) -> None:
        """Say that there is no more; some clients wait for that, official ones do not need it."""
        self._stream.send(b"data: [DONE]\n\n")


class LastWord:
    """Keeps nothing but the response as it ended."""

    response = msgspec.Raw(b"null")

    def send(self, event: ServerEvent) -> None:
        if isinstance(event, TERMINALS):
            self.response = event.response

    async def writable(self) -> None:
        return
