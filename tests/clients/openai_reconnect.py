"""The openai SDK loses its gateway, and finds it again; with nothing of ours beside it.

Reads one line, a plan ``{"how": NAME, "request": {…}}``, and writes lines of JSON as it goes.
"""

import asyncio
import importlib
import json
import sys
from typing import Any

openai: Any = importlib.import_module("openai")

Json = dict[str, Any]


def tell(what: Json) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def heard(events: Any) -> Any:
    """Return the end of the next response, or the error in its place."""
    ends = ("response.completed", "response.failed", "response.incomplete", "error")
    return next(event for event in events if event.type in ends)


async def heard_async(events: Any) -> Any:
    ends = ("response.completed", "response.failed", "response.incomplete", "error")
    async for event in events:
        if event.type in ends:
            return event
    raise ConnectionError("the server has gone")


async def killed(plan: Json) -> None:
    """Ask, lose the gateway, and ask again while the SDK looks for it: it queues that."""
    lost: asyncio.Queue[int] = asyncio.Queue()

    def on_reconnecting(event: Any) -> None:
        lost.put_nowait(event.close_code)

    client = openai.AsyncOpenAI()
    async with client.responses.connect(
        on_reconnecting=on_reconnecting, max_retries=20, initial_delay=0.1, max_delay=0.5
    ) as connection:
        events = connection.__aiter__()
        await connection.response.create(input="Hello?", **plan["request"])
        first = await heard_async(events)
        tell({"id": first.response.id})
        after = asyncio.ensure_future(heard_async(events))
        code = await lost.get()
        await connection.response.create(
            input="Still there?", previous_response_id=first.response.id, **plan["request"]
        )
        last = await after
        tell({"code": code, "after": last.to_dict(mode="json")})


def too_old(plan: Json) -> None:
    """Ask until the connection is too old for it, and go on on the one that follows."""
    codes: list[int] = []

    def on_reconnecting(event: Any) -> None:
        codes.append(event.close_code)
        # What is sent now waits for the new connection.
        connection.response.create(input="Still there?", **plan["request"])

    with openai.OpenAI().responses.connect(
        on_reconnecting=on_reconnecting, initial_delay=0.1
    ) as connection:
        events = iter(connection)
        turns = 0
        while True:
            connection.response.create(input="Hello?", **plan["request"])
            end = heard(events)
            if end.type == "error":
                break
            turns += 1
        after = heard(events)
        tell(
            {
                "turns": turns,
                "error": end.to_dict(mode="json"),
                "codes": codes,
                "after": after.to_dict(mode="json"),
            }
        )


if __name__ == "__main__":
    plan = json.loads(sys.stdin.readline())
    if plan["how"] == "killed":
        asyncio.run(killed(plan))
    else:
        too_old(plan)
