"""A server that follows a script: what to expect, what to send, when to hang up."""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from typing import Any

from npcengine.errors import ConnectError, LinkLostError
from npcengine.protocol.capabilities import SERIAL, Capabilities
from npcengine.transport import memory
from npcengine.transport.beat import Beat
from npcengine.transport.link import Frame, LifeSign, Link, Receiver
from npcengine.transport.memory import MemoryLink

__all__ = ["ScriptedServer", "UnexpectedRequestError"]

Event = dict[str, Any]


class UnexpectedRequestError(AssertionError):
    """The client sent something that the script does not provide for."""


class ScriptedServer:
    """An endpoint for a bridge whose every answer is written down beforehand.

    ``answer`` adds what the next request gets; requests are kept in ``requests``, decoded. A
    request beyond the script is kept in ``unexpected``, and :meth:`check` raises for it and for
    answers that nobody asked for.
    """

    transport = "memory"
    name = "scripted:"

    def __init__(self, capabilities: Capabilities = SERIAL) -> None:
        self.capabilities = capabilities
        self.requests: list[Event] = []
        self.unexpected: list[Event] = []
        self.connections = 0
        """Connections opened so far."""
        self.refuse: list[Exception] = []
        """Errors that the next attempts to connect fail with."""
        self._answers: deque[Sequence[Event | None]] = deque()
        self._links: list[MemoryLink] = []

    def answer(self, *events: Event | None) -> None:
        """Add an answer: events to send at once, ``None`` to hang up there."""
        self._answers.append(events)

    def send(self, *events: Event) -> None:
        """Send events on the newest connection, unasked."""
        for event in events:
            self._links[-1].send(json.dumps(event).encode())

    def hang_up(self) -> None:
        """End the newest connection."""
        self._links[-1].close(1006, "hung up")

    def check(self) -> None:
        """Check that the script was followed to its end.

        Raises:
            UnexpectedRequestError: There was a request too many or too few.
        """
        if self.unexpected:
            raise UnexpectedRequestError(f"nothing was scripted for {self.unexpected[0]!r}")
        if self._answers:
            raise UnexpectedRequestError(f"{len(self._answers)} answers were never asked for")

    # --- an endpoint: see bridge/endpoints.py -------------------------------------------------

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        if self.refuse:
            error = self.refuse.pop(0)
            raise error if isinstance(error, ConnectError) else ConnectError(self.name, str(error))
        self.connections += 1
        server = _ServerEnd(self)
        near, far = memory.pair(asyncio.get_running_loop(), receiver, server)
        self._links.append(far)
        return near

    async def close(self) -> None:
        return

    def take(self, request: Event) -> None:
        """Answer a request as the script says."""
        self.requests.append(request)
        if not self._answers:
            self.unexpected.append(request)
            return
        lane = request.get("stream_id")
        for event in self._answers.popleft():
            if event is None:
                self.hang_up()
                return
            self.send({**event, "stream_id": lane} if lane else event)


class _ServerEnd:
    def __init__(self, server: ScriptedServer) -> None:
        self._server = server

    def frames_arrived(self, frames: list[Frame]) -> None:
        for frame in frames:
            self._server.take(json.loads(frame))

    def binary_arrived(self) -> None:
        raise UnexpectedRequestError("a binary frame")

    def sign_of_life(self, sign: LifeSign) -> None:
        return

    def link_lost(self, error: LinkLostError) -> None:
        """Nothing: the client hung up, or we did."""
