"""A remote endpoint that keeps what went over its connections, to be looked at afterwards."""

import json
from typing import Any

from npcengine.bridge.endpoints import RemoteEndpoint
from npcengine.errors import LinkLostError
from npcengine.protocol.capabilities import Capabilities
from npcengine.transport.beat import Beat
from npcengine.transport.link import Frame, Link, Meter, Receiver

Json = dict[str, Any]


class Tapped(RemoteEndpoint):
    """Requests and events, each with the number of its connection, in the order they were seen."""

    def __init__(self, url: str, capabilities: Capabilities | None = None) -> None:
        super().__init__(url, transport="websocket", capabilities=capabilities)
        self.requests: list[tuple[int, Json]] = []
        self.events: list[tuple[int, Json]] = []
        self._connections = 0

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        ear = _Ear(receiver, self.events)
        link = await super().open(ear, beat, within_ms=within_ms)
        ear.number = self._connections
        self._connections += 1
        return _Mouth(ear.number, link, self.requests)

    def ids(self) -> list[str]:
        """The ids of the responses that have completed."""
        ends = (e["response"] for _, e in self.events if e["type"] == "response.completed")
        return [response["id"] for response in ends]

    def errors(self) -> list[Json]:
        """The error frames among the events."""
        return [event for _, event in self.events if event["type"] == "error"]


class _Ear:
    number = -1

    def __init__(self, receiver: Receiver, events: list[tuple[int, Json]]) -> None:
        self._receiver = receiver
        self._events = events

    def frames_arrived(self, frames: list[Frame]) -> None:
        self._events += [(self.number, json.loads(frame)) for frame in frames]
        self._receiver.frames_arrived(frames)

    def binary_arrived(self) -> None:
        raise AssertionError("a binary frame")

    def link_lost(self, error: LinkLostError) -> None:
        self._receiver.link_lost(error)


class _Mouth:
    keeps_contexts = True

    def __init__(self, number: int, link: Link, requests: list[tuple[int, Json]]) -> None:
        self._number = number
        self._link = link
        self._requests = requests

    @property
    def meter(self) -> Meter:
        return self._link.meter

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        self._requests.append((self._number, json.loads(frame)))
        self._link.send(frame, at_once=at_once)

    def read_at_once(self, wanted: bool) -> None:
        self._link.read_at_once(wanted)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._link.close(code, reason)

    async def writable(self) -> None:
        await self._link.writable()
