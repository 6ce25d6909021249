"""The openai-agents SDK on its WebSocket transport, with nothing of ours beside it.

Reads a plan, ``{"how": NAME}``, from its standard input; writes one line of JSON.
"""

import asyncio
import importlib
import json
import sys
from typing import Any

agents: Any = importlib.import_module("agents")


def weather(city: str) -> str:
    """Say what the weather in a city is."""
    return json.dumps({"value": f"raining cats on {city}"})


SETTINGS = {"model": "rules", "tools": [agents.function_tool(weather)]}
CLERK = agents.Agent(name="clerk", instructions="You are a clerk.", **SETTINGS)
BRAM = agents.Agent(name="bram", instructions="You are Bram.", **SETTINGS)
PORTER = agents.Agent(
    name="porter", instructions="You are a porter.", model="rules", handoffs=[BRAM]
)

WEATHER = "What is the weather in Paris?"
BRAM_PLEASE = "Let me talk to Bram about Paris."


def account(result: Any) -> dict[str, Any]:
    """Return what came of a run."""
    return {
        "said": result.final_output,
        "by": result.last_agent.name,
        "items": [item.type for item in result.new_items],
        "responses": [response.response_id for response in result.raw_responses],
        "input_tokens": [response.usage.input_tokens for response in result.raw_responses],
        "cached_tokens": [
            response.usage.input_tokens_details.cached_tokens for response in result.raw_responses
        ],
    }


async def streamed(run: Any) -> dict[str, Any]:
    """Take a streamed run to its end; return its account, and what was heard on the way."""
    kinds: list[str] = []
    deltas: list[str] = []
    async for event in run.stream_events():
        kinds.append(event.type)
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            deltas.append(event.data.delta)
    return {**account(run), "kinds": sorted(set(kinds)), "spoken": "".join(deltas)}


async def in_a_session() -> list[dict[str, Any]]:
    """Run on one socket: a tool loop, one more turn of it, a handoff, a streamed run."""
    async with agents.responses_websocket_session() as session:
        first = await session.run(CLERK, WEATHER)
        again = await session.run(CLERK, WEATHER, previous_response_id=first.last_response_id)
        passed_on = await session.run(PORTER, BRAM_PLEASE)
        aloud = await streamed(session.run_streamed(CLERK, WEATHER))
    return [account(first), account(again), account(passed_on), aloud]


async def plainly() -> list[dict[str, Any]]:
    """Run with nothing that lasts: every run opens a socket of its own."""
    agents.set_default_openai_responses_transport("websocket")
    first = await agents.Runner.run(CLERK, WEATHER)
    again = await agents.Runner.run(CLERK, WEATHER, previous_response_id=first.last_response_id)
    chained = await agents.Runner.run(CLERK, WEATHER, auto_previous_response_id=True)
    whole = await agents.Runner.run(
        CLERK, [*chained.to_input_list(), {"role": "user", "content": WEATHER}]
    )
    passed_on = await agents.Runner.run(PORTER, BRAM_PLEASE)
    aloud = await streamed(agents.Runner.run_streamed(CLERK, WEATHER))
    return [*map(account, (first, again, chained, whole, passed_on)), aloud]


async def refused() -> dict[str, Any]:
    """Continue from what is nowhere, then ask again on the same session."""
    async with agents.responses_websocket_session() as session:
        try:
            await session.run(CLERK, WEATHER, previous_response_id="resp_of_nobody")
        except Exception as error:  # noqa: BLE001 - which one is what we want to know
            kind, said = type(error).__name__, str(error)
        else:
            kind, said = "", ""
        return {"kind": kind, "said": said, "after": account(await session.run(CLERK, WEATHER))}


HOW = {"in a session": in_a_session, "plainly": plainly, "refused": refused}

if __name__ == "__main__":
    plan = json.load(sys.stdin)
    sys.stdout.write(json.dumps(asyncio.run(HOW[plan["how"]]())) + "\n")
