"""A mind that babbles, a gateway for it in virtual time, and a record of what crosses the wire."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from npcengine.protocol.capabilities import Capabilities
from npcengine.protocol.items import Item
from npcengine.server.faults import MindError
from npcengine.server.gateway import Gateway
from npcengine.server.ids import Ids
from npcengine.server.minds.mind import Piece, Thinking
from npcengine.server.minds.pace import Act, Call, Pace, Say
from npcengine.server.settings import Settings
from npcengine.transport import memory
from npcengine.transport.beat import Beat
from npcengine.transport.link import Frame, LifeSign, Link, Receiver
from npcengine.transport.memory import MemoryLink

Json = dict[str, Any]

WORD = re.compile(r"w\d+z")


class Babbler:
    """Says words and calls tools at random; no word and no argument is ever used twice."""

    name = "babbler"

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._number = 0
        self.tools = {"walk_to": "place", "unlock": "thing", "where_is": "thing"}
        """What it calls, each with the argument that it gives it."""
        self.is_calm = False
        """Only talks, so that there is an end to it."""

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        return None

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        draw = self._random
        if draw.random() < 0.03:
            raise MindError("it fell asleep")
        acts: list[Act] = []
        for _ in range(draw.randint(1, 3)):
            kind = draw.choice(["say", "say", *self.tools])
            if self.is_calm or kind == "say" or not thinking.tool_choice.allows(kind):
                acts.append(Say(" ".join(self.word() for _ in range(draw.randint(1, 6)))))
            else:
                acts.append(Call(kind, {self.tools[kind]: self.word()}))
        pace = Pace(draw.choice([0.0, 40.0, 300.0]), draw.choice([20.0, 100.0]))
        async for piece in pace.play(acts):
            yield piece

    def word(self) -> str:
        """Return a word that nobody has used."""
        self._number += 1
        return f"w{self._number}z"


class Tapped:
    """An endpoint whose wire can be read and cut."""

    transport = "memory"
    name = "tapped:"

    def __init__(self, seed: int, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self.mind = Babbler(seed)
        self._gateway = Gateway(self.mind, ids=Ids(seed=0), epoch_s=lambda: 0)
        self.answered: list[Json] = []
        self._links: list[MemoryLink] = []
        self.running: dict[str, str] = {}
        """What each response that has not ended has said so far, by its id."""
        self._by_lane: dict[tuple[int, str | None], str] = {}
        self.said: dict[str, str] = {}
        """What each response said, by its id."""

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        await asyncio.sleep(0.02)
        loop = asyncio.get_running_loop()
        connection = self._gateway.connection()
        number = len(self._links)
        near, far = memory.pair(
            loop,
            _Tap(receiver, partial(self._read, number), partial(self._lost, number)),
            connection,
            delay_s=0.01,
        )
        self._links.append(near)
        connection.opened(far)
        return near

    async def close(self) -> None:
        await self._gateway.close()

    def hang_up(self) -> None:
        """Cut every link there is."""
        for link in self._links:
            link.close(1006, "cut")
        self.running.clear()

    def _lost(self, number: int) -> None:
        for (on, _), response_id in self._by_lane.items():
            if on == number:
                self.running.pop(response_id, None)

    def _read(self, number: int, frames: list[Frame]) -> None:
        for frame in frames:
            event: Json = json.loads(frame)
            self.answered.append(event)
            lane = (number, event.get("stream_id"))
            if event["type"] == "response.created":
                self._by_lane[lane] = event["response"]["id"]
                self.running[event["response"]["id"]] = ""
                self.said[event["response"]["id"]] = ""
            elif event["type"] == "response.output_text.delta":
                self.said[self._by_lane[lane]] += event["delta"]
            elif event["type"] == "response.output_item.done":
                self.said[self._by_lane[lane]] += " "
            elif event["type"] in _TERMINAL:
                self.running.pop(event["response"]["id"], None)


_TERMINAL = ("response.completed", "response.incomplete", "response.failed")


class _Tap:
    def __init__(
        self,
        receiver: Receiver,
        note: Callable[[list[Frame]], None],
        note_loss: Callable[[], None],
    ) -> None:
        self._receiver = receiver
        self._note = note
        self._note_loss = note_loss

    def frames_arrived(self, frames: list[Frame]) -> None:
        self._note(frames)
        self._receiver.frames_arrived(frames)

    def binary_arrived(self) -> None:
        self._receiver.binary_arrived()

    def sign_of_life(self, sign: LifeSign) -> None:
        return

    def link_lost(self, error: Any) -> None:
        self._note_loss()
        self._receiver.link_lost(error)


def words(text: str) -> set[str]:
    return set(WORD.findall(text))
