"""One way of asking: an endpoint and what carries the frames. Times what it answers.

It is open loop: when a request is to go out hangs on the recording, never on an answer. Times count
from then, so whatever made it wait is in them; a server that is slow cannot make itself look better
by keeping its clients from asking.

Each NPC has two connections that take turns: while one answers, the other gets ready for the next.
"""

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec import Raw

from npcengine.bridge.endpoints import Endpoint
from npcengine.clock import NS_PER_MS, NS_PER_S, Clock
from npcengine.errors import LinkError, LinkLostError
from npcengine.replay.live.plan import Ask
from npcengine.replay.whatif.lanes import Said, read_said
from npcengine.replay.whatif.recorded import Piece
from npcengine.transport.beat import Beat
from npcengine.transport.link import Frame, LifeSign, Link

__all__ = ["Seat", "Taken"]

WITHIN_S = 60.0
"""How long one answer may take."""
CONNECT_MS = 10_000

_ENDS = frozenset({"response.completed", "response.failed", "response.incomplete", "error"})

_json = msgspec.json.Encoder()


class Taken(msgspec.Struct, frozen=True):
    """How long one request took."""

    npc: str
    turn: int
    number: int
    lag_ms: float
    """How much later it went out than it was to, through nobody's fault but ours."""
    first_token_ms: float | None = None
    total_ms: float | None = None
    is_continued: bool = False
    """Whether the server had been told the conversation ahead."""
    fault: str = ""
    """Why there is no answer."""


class Seat:
    """One connection, for one request after another. Receives for it."""

    def __init__(self, endpoint: Endpoint, beat: Beat, clock: Clock) -> None:
        self._endpoint = endpoint
        self._beat = beat
        self._clock = clock
        self._link: Link | None = None
        self._is_lost = asyncio.Event()
        self._answer: _Answer | None = None

    async def run(self, asks: Sequence[Ask], start_ns: int) -> list[Taken]:
        """Ask everything when it is due; return what came of each."""
        taken = [await self._ask(ask, start_ns + ask.at_ns) for ask in asks]
        if self._link is not None:
            self._link.close()
            await self._is_lost.wait()  # links see to it that this is within a second or two
        return taken

    # --- what the link calls ------------------------------------------------------------------

    def frames_arrived(self, frames: list[Frame]) -> None:
        now_ns = self._clock.now_ns()
        for frame in frames:
            if self._answer is not None and self._answer.take(read_said(frame), now_ns):
                self._answer = None

    def binary_arrived(self) -> None:
        return

    def sign_of_life(self, sign: LifeSign) -> None:
        return

    def link_lost(self, error: LinkLostError) -> None:
        self._link = None
        self._is_lost.set()
        if self._answer is not None:
            self._answer.lose(str(error))
            self._answer = None

    # --- inside -------------------------------------------------------------------------------

    async def _ask(self, ask: Ask, due_ns: int) -> Taken:
        parent: str | None = None
        try:
            link = await self._open()
            if link.keeps_contexts and ask.before:
                parent = await self._tell_ahead(link, ask)
        except (LinkError, TimeoutError) as error:
            return Taken(
                ask.npc, ask.turn, ask.number, 0.0, fault=str(error) or "no answer in time"
            )
        ready_ns = max(due_ns, self._clock.now_ns())
        await asyncio.sleep(max(0, due_ns - self._clock.now_ns()) / NS_PER_S)
        items = ask.news if parent is not None else (*ask.before, *ask.news)
        sent_ns = self._clock.now_ns()
        answer = await self._send(link, ask, items, parent=parent)
        return Taken(
            ask.npc,
            ask.turn,
            ask.number,
            (sent_ns - ready_ns) / NS_PER_MS,
            _since(due_ns, answer.first_ns),
            _since(due_ns, answer.over_ns),
            parent is not None,
            answer.fault,
        )

    async def _open(self) -> Link:
        if self._link is None:
            self._link = await self._endpoint.open(self, self._beat, within_ms=CONNECT_MS)
            self._is_lost.clear()
            # Otherwise reads keep a beat, and what is measured is as late as that.
            self._link.read_at_once(True)
        return self._link

    async def _tell_ahead(self, link: Link, ask: Ask) -> str | None:
        """Let the server read the conversation; return its id, ``None`` if it does not do that."""
        answer = await self._send(link, ask, ask.before, generate=False)
        return None if answer.fault else answer.response_id

    async def _send(
        self,
        link: Link,
        ask: Ask,
        items: Sequence[Raw],
        *,
        parent: str | None = None,
        generate: bool = True,
    ) -> "_Answer":
        fields = {
            "type": Raw(b'"response.create"'),
            **ask.fields,
            "input": Raw(b"[%b]" % b",".join(map(bytes, items))),
        }
        if parent is not None:
            fields["previous_response_id"] = Raw(_json.encode(parent))
        if not generate:
            fields["generate"] = Raw(b"false")
        answer = self._answer = _Answer()
        link.send(_json.encode(fields))
        try:
            async with asyncio.timeout(WITHIN_S):
                await answer.is_over.wait()
        except TimeoutError:
            answer.lose("no answer in time")
            self._answer = None
            link.close()
        return answer


class _Answer:
    """What has come of a request."""

    def __init__(self) -> None:
        self.response_id = ""
        self.first_ns: int | None = None
        self.over_ns: int | None = None
        self.fault = ""
        self.is_over = asyncio.Event()

    def take(self, said: Said, now_ns: int) -> bool:
        """Take a frame; return whether it is the last."""
        if said.response is not None and not self.response_id:
            self.response_id = said.response.id
        if self.first_ns is None and Piece(0, said.type, "").is_output:
            self.first_ns = now_ns
        if said.type not in _ENDS:
            return False
        self.over_ns = now_ns
        if said.type in ("error", "response.failed"):
            self.lose(said.type)
        self.is_over.set()
        return True

    def lose(self, reason: str) -> None:
        """There will be no good end."""
        self.fault = reason
        self.first_ns = self.over_ns = None
        self.is_over.set()


def _since(due_ns: int, t_ns: int | None) -> float | None:
    return None if t_ns is None else (t_ns - due_ns) / NS_PER_MS
