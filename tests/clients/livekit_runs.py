"""The model of LiveKit's agents on a gateway, with nothing of ours beside it.

Writes one line of JSON: what it heard in a tool loop on its WebSocket, and over HTTP.
"""

import asyncio
import importlib
import json
import os
import sys
from typing import Any

agents: Any = importlib.import_module("livekit.agents")
openai: Any = importlib.import_module("livekit.plugins.openai")

BASE_URL = os.environ["OPENAI_BASE_URL"]


async def weather(city: str) -> str:
    """Say what the weather in a city is."""
    return json.dumps({"value": f"raining cats on {city}"})


async def loop(*, use_websocket: bool) -> list[dict[str, Any]]:
    """Ask, answer every call, until nothing more is called."""
    url = f"ws{BASE_URL.removeprefix('http')}/responses" if use_websocket else BASE_URL
    model = openai.responses.LLM(model="rules", base_url=url, use_websocket=use_websocket)
    tools = [agents.llm.function_tool(weather)]
    chat = agents.llm.ChatContext()
    chat.add_message(role="system", content="You are a clerk.")
    chat.add_message(role="user", content="What is the weather in Paris?")
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["called"]:
        said, calls = "", list[Any]()
        async with model.chat(chat_ctx=chat, tools=tools) as stream:
            async for chunk in stream:
                if chunk.delta is not None:
                    said += chunk.delta.content or ""
                    calls += chunk.delta.tool_calls
        heard.append({"said": said, "called": [call.name for call in calls]})
        if said:
            chat.add_message(role="assistant", content=said)
        for call in calls:
            named = {"call_id": call.call_id, "name": call.name}
            output = await weather(**json.loads(call.arguments))
            chat.items += [
                agents.llm.FunctionCall(arguments=call.arguments, **named),
                agents.llm.FunctionCallOutput(output=output, is_error=False, **named),
            ]
    await model.aclose()
    return heard


async def main() -> dict[str, Any]:
    async with agents.utils.http_context.open():
        return {
            "socket": await loop(use_websocket=True),
            "http": await loop(use_websocket=False),
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main())) + "\n")
