"""A gateway and its clients on one virtual loop."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any, TypeVar, cast

from npcengine.errors import LinkLostError
from npcengine.protocol.items import FunctionCall, Item, Message, text_of
from npcengine.server.connection import Connection
from npcengine.server.gateway import Gateway
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.minds.mind import Piece, Thinking
from npcengine.server.minds.pace import Act, Call, Pace, Say
from npcengine.server.settings import Settings
from npcengine.testing import VirtualTimeLoop
from npcengine.transport import memory
from npcengine.transport.link import Frame, Link

Json = dict[str, Any]
T = TypeVar("T")


class ParrotMind:
    """Says what it heard last; calls a tool when it hears ``call NAME``; does several things when
    they are parted by ``; ``; says all it heard on ``everything``; takes as long as it is told."""

    name = "parrot"

    def __init__(self, pace: Pace | None = None) -> None:
        self.pace = pace or Pace(ttft_ms=10, tokens_per_s=100)
        self.read_items = 0
        """Items that were read, over all conversations."""
        self.fault: Exception | None = None
        self.stopped = 0
        """Answers that were broken off."""

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        self.read_items += len(items)
        heard = cast("tuple[str, ...]", state or ())
        said = [
            text_of(item.content)
            if isinstance(item, Message)
            else f"{item.name}!"
            if isinstance(item, FunctionCall)
            else text_of(getattr(item, "output", ""))
            for item in items
        ]
        return (*heard, *said)

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        heard = cast("tuple[str, ...]", thinking.state)
        last = heard[-1] if heard else "(nothing)"
        acts: list[Act] = [Say(last)]
        if last == "everything":
            acts = [Say(" / ".join(heard))]
        elif thinking.tool_choice.mode != "none":
            acts = [act for words in last.split("; ") for act in _acts(words)]
        try:
            async for piece in self.pace.play(acts):
                if self.fault is not None:
                    raise self.fault
                yield piece
        except (GeneratorExit, asyncio.CancelledError):
            self.stopped += 1
            raise


def _acts(words: str) -> list[Act]:
    if words.startswith("call "):
        return [Call(name, {"x": 1}) for name in words.split()[1:]]
    return [Say(words)]


class Client:
    """One connection to a gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self.events: list[Json] = []
        self.lost: LinkLostError | None = None
        self.connection: Connection = gateway.connection()
        loop = asyncio.get_running_loop()
        self.link: Link
        self.link, far = memory.pair(loop, self, self.connection)
        self._changed = asyncio.Event()
        self.connection.opened(far)

    def frames_arrived(self, frames: list[Frame]) -> None:
        self.events += [json.loads(frame) for frame in frames]
        self._changed.set()

    def binary_arrived(self) -> None:
        raise AssertionError("this wire has no binary frames")

    def link_lost(self, error: LinkLostError) -> None:
        self.lost = error
        self._changed.set()

    def create(self, text: str | list[Json] = "hello", /, **more: Any) -> None:
        self.send({"type": "response.create", "model": "m", "input": text, **more})

    def steer(self, response_id: str, words: Any, **more: Any) -> None:
        self.send(
            {"type": "response.steer", "previous_response_id": response_id, "input": words, **more}
        )

    def send(self, event: Json | bytes) -> None:
        self.link.send(event if isinstance(event, bytes) else json.dumps(event).encode())

    async def until(self, holds: Callable[[list[Json]], object]) -> None:
        async with asyncio.timeout(7_200):
            while not holds(self.events):
                self._changed.clear()
                await self._changed.wait()

    async def ends(self, count: int = 1) -> list[Json]:
        """Wait for that many ends of requests in all, and return them."""
        await self.until(lambda _: len(self.ended()) >= count)
        return self.ended()

    async def ask(self, text: str | list[Json] = "hello", /, **more: Any) -> Json:
        """Send a request and return its terminal event."""
        before = len(self.ended())
        self.create(text, **more)
        return (await self.ends(before + 1))[before]

    def ended(self) -> list[Json]:
        kinds = ("response.completed", "response.failed", "response.incomplete", "error")
        return [event for event in self.events if event["type"] in kinds]

    def of(self, kind: str) -> list[Json]:
        return [event for event in self.events if event["type"] == kind]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def close(self) -> None:
        self.link.close()
        await self.until(lambda _: self.lost)


TOOL: Json = {
    "type": "function",
    "name": "look",
    "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
}
TOOLS = [TOOL, {**TOOL, "name": "ask"}]


def make_gateway(
    mind: ParrotMind | None = None, *, token: str | None = None, **limits: Any
) -> Gateway:
    return Gateway(
        mind or ParrotMind(),
        token=token,
        limits=Limits(**limits),
        ids=Ids(seed=1),
        epoch_s=lambda: 1_000_000,
    )


def run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def text_in(end: Json) -> str:
    """What a response says."""
    return "".join(
        part["text"]
        for item in end["response"]["output"]
        if item["type"] == "message"
        for part in item["content"]
    )
