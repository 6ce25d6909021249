"""The official SDK: ``AsyncOpenAI().responses.connect()`` and its events, and nothing else.

Runs in an environment of its own (:mod:`tools.clients`), on the loop that ``asyncio.run``
gives everybody. What a game would still have to do with the events is not in it.
"""

import asyncio
import importlib
import importlib.metadata
import sys
from typing import Any

from tools.bench.client import TURN_ROUNDS, Feed, Sampler, Tally, read_feed, report

__all__ = ["main"]


def _count_reads(tally: Tally) -> None:
    """Count what the SDK's connections read, where asyncio hands it to them."""
    connection: Any = importlib.import_module("websockets.asyncio.client").ClientConnection
    original = connection.data_received

    def data_received(self: object, data: bytes) -> None:
        tally.reads += 1
        original(self, data)

    connection.data_received = data_received


async def _converse(connection: Any, tally: Tally, sampler: Sampler) -> None:
    """Ask, take the events until the response has completed, ask again."""
    responses = 0
    while True:
        responses += 1
        wanted = {"tool_choice": "none"} if responses % TURN_ROUNDS == 0 else {}
        await connection.response.create(model="bench", input="go on", **wanted)
        async for event in connection:
            tally.events += 1
            if tally.events == 1:
                sampler.begin()
            if event.type == "response.completed":
                break
        else:
            raise ConnectionError("the generator has gone")


async def _run(feed: Feed) -> Sampler:
    openai: Any = importlib.import_module("openai")
    client: Any = openai.AsyncOpenAI(
        api_key="bench", websocket_base_url=f"ws://127.0.0.1:{feed.port}/v1"
    )
    tally = Tally()
    sampler = Sampler(tally, feed)
    _count_reads(tally)
    connections = [await client.responses.connect().enter() for _ in range(feed.npcs)]
    talks = [asyncio.create_task(_converse(one, tally, sampler)) for one in connections]
    over = asyncio.create_task(sampler.over.wait())
    await asyncio.wait((over, *talks), return_when=asyncio.FIRST_COMPLETED)
    for task in (over, *talks):
        if task.done() and (error := task.exception()) is not None:
            raise error
        task.cancel()
    await asyncio.gather(over, *talks, return_exceptions=True)
    await asyncio.gather(*(one.close() for one in connections), return_exceptions=True)
    return sampler


def main() -> int:
    """Run one SDK client; see :func:`tools.bench.client.read_feed` for its arguments."""
    sampler = asyncio.run(_run(read_feed()))
    versions = {name: importlib.metadata.version(name) for name in ("openai", "websockets")}
    report(sampler.samples, {"loop": "asyncio", **versions})
    return 0


if __name__ == "__main__":
    sys.exit(main())
