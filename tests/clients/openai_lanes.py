"""The openai SDK's helper for lanes, with nothing of ours beside it.

Reads a plan, ``{"how": NAME, "request": {…}}``, from its standard input; writes one line of JSON.
"""

import asyncio
import importlib
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

openai: Any = importlib.import_module("openai")
lanes: Any = importlib.import_module("openai.lib.responses_websocket")

Json = dict[str, Any]


def create(plan: Json, **more: Any) -> Json:
    return {"type": "response.create", **plan["request"], **more}


@asynccontextmanager
async def a_session() -> AsyncGenerator[Any]:
    limits = lanes.ResponsesWebSocketLimits(
        max_lanes=64,
        max_events_per_lane=4_096,
        max_events=65_536,
        max_bytes_per_lane=16 * 1024 * 1024,
        max_bytes=64 * 1024 * 1024,
    )
    async with (
        openai.AsyncOpenAI() as client,
        client.responses.connect() as connection,
        lanes.AsyncResponsesWebSocketSession(connection, limits=limits) as session,
    ):
        yield session


async def final(lane: Any) -> Json:
    response: Json = (await lane.get_final_response()).to_dict(mode="json")
    return response


async def seen(lane: Any, kind: str) -> Any:
    """Take a lane's events up to one of a kind; return it."""
    while True:
        event = await lane.recv()
        if event.type == kind:
            return event


async def side_by_side(plan: Json) -> Json:
    """Ask on twenty lanes and the default one at once; say in which order they began and ended."""
    begun_and_ended: list[int] = []

    async def follow(lane: Any) -> Json:
        accumulator = lanes.ResponsesWebSocketAccumulator()
        while True:
            event = await lane.recv()
            accumulator.add_event(event)
            if event.type == "response.created":
                begun_and_ended.append(1)
            elif event.type == "response.completed":
                begun_and_ended.append(-1)
                text: str = accumulator.snapshot().output_text
                return {"text": text, "final": event.response.output_text, "id": event.response.id}

    async with a_session() as session:
        every = [session.default, *(session.lane(f"lane-{number}") for number in range(20))]
        for lane in every:
            await lane.send(create(plan, input="Hello?"))
        told = await asyncio.gather(*map(follow, every))
    return {"told": told, "begun_and_ended": begun_and_ended}


async def fork(plan: Json) -> Json:
    """Go on from one response on two lanes, the source waiting for the fork to have begun."""
    async with a_session() as session:
        source, branch = session.lane("source"), session.lane("branch")
        await source.send(create(plan, input="Hello?"))
        first = await final(source)
        await branch.send(create(plan, input="On the one hand.", previous_response_id=first["id"]))
        await seen(branch, "response.in_progress")
        await source.send(create(plan, input="On the other.", previous_response_id=first["id"]))
        return {"first": first, "source": await final(source), "branch": await final(branch)}


async def refused(plan: Json) -> Json:
    """Name a response that is nowhere on one lane while another answers; then go on on both."""
    async with a_session() as session:
        good, bad = session.lane("good"), session.lane("bad")
        await good.send(create(plan, input="Hello?"))
        await bad.send(create(plan, input="Hello?", previous_response_id="resp_of_nobody"))
        try:
            await final(bad)
        except lanes.ResponsesWebSocketError as error:
            told = error.event.to_dict(mode="json")
        else:
            raise AssertionError("it was not refused")
        await bad.send(create(plan, input="Hello again?"))
        return {"error": told, "good": await final(good), "after": await final(bad)}


async def steer(plan: Json) -> Json:
    """Steer a response on a named lane as soon as it has begun."""
    async with a_session() as session:
        lane = session.lane("steered")
        await lane.send(create(plan, input="Hello?"))
        created = await seen(lane, "response.created")
        await lane.send(
            {
                "type": "response.steer",
                "previous_response_id": created.response.id,
                "input": "Keep it short.",
            }
        )
        accepted = await seen(lane, "response.steer.accepted")
        cut = await seen(lane, "response.incomplete")
        successor = await seen(lane, "response.created")
        done = await seen(lane, "response.completed")
        events = (created, accepted, cut, successor, done)
        return {"events": [event.to_dict(mode="json") for event in events]}


async def warm_up(plan: Json) -> Json:
    """Prepare a conversation without an answer, as the SDK's guide does, and go on from it."""
    kind: Any = importlib.import_module("openai.types.responses.responses_client_event")
    async with a_session() as session:
        lane = session.lane("warm")
        prepare = create(plan, input="You are at the well.", generate=False)
        await lane.send(kind.ResponseCreate(**prepare))
        warm = await final(lane)
        await lane.send(create(plan, input="Hello?", previous_response_id=warm["id"]))
        return {"warm": warm, "after": await final(lane)}


HOW = {
    "side by side": side_by_side,
    "fork": fork,
    "refused": refused,
    "steer": steer,
    "warm up": warm_up,
}

if __name__ == "__main__":
    plan = json.load(sys.stdin)
    sys.stdout.write(json.dumps(asyncio.run(HOW[plan["how"]](plan))) + "\n")
