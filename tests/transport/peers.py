"""Far ends for links: one that remembers everything, and a gateway's doorman."""

import asyncio
from collections.abc import Callable

from npcengine.errors import LinkLostError
from npcengine.transport.http import HttpReply, HttpRequest, HttpStream, json_error
from npcengine.transport.link import Frame, Link, Receiver


class Ear:
    """Remembers what arrived, and lets a test wait for it."""

    def __init__(self, answer: Callable[[bytes], bytes | None] | None = None) -> None:
        self.frames: list[bytes] = []
        self.batches: list[int] = []
        self.binaries = 0
        self.lost: LinkLostError | None = None
        self.link: Link | None = None
        self._answer = answer
        self._changed = asyncio.Event()

    def opened(self, link: Link) -> None:
        self.link = link
        self._changed.set()

    def frames_arrived(self, frames: list[Frame]) -> None:
        self.batches.append(len(frames))
        for frame in frames:
            self.frames.append(bytes(frame))
            if self._answer is not None and self.link is not None:
                reply = self._answer(bytes(frame))
                if reply is not None:
                    self.link.send(reply)
        self._changed.set()

    def binary_arrived(self) -> None:
        self.binaries += 1
        self._changed.set()

    def link_lost(self, error: LinkLostError) -> None:
        self.lost = error
        self._changed.set()

    async def until(self, holds: Callable[["Ear"], object], within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not holds(self):
                self._changed.clear()
                await self._changed.wait()


class Doorman:
    """A host for a listener: lets in whoever says the word, and keeps their ears."""

    def __init__(
        self, word: str | None = None, answer: Callable[[bytes], bytes | None] | None = None
    ):
        self.ears: list[Ear] = []
        self.callers: list[Ear] = []
        self.requests: list[HttpRequest] = []
        self._word = word
        self._answer = answer

    def refuse(self, request: HttpRequest) -> HttpReply | None:
        if self._word is not None and request.headers.get("authorization") != self._word:
            return json_error(401, "no")
        return None

    async def reply(self, request: HttpRequest, stream: HttpStream) -> HttpReply:
        self.requests.append(request)
        return HttpReply(200, b'{"ok":true}')

    def whose(self, request: HttpRequest) -> str:
        return ""

    def welcome(self, request: HttpRequest) -> tuple[Receiver, Callable[[Link], None]]:
        ear = Ear(self._answer)
        self.ears.append(ear)
        return ear, ear.opened
