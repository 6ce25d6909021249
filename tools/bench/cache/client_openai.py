"""The official SDK, as its documentation has a loop of tool calls: events one by one, then again.

Runs in an environment of its own (:mod:`tools.clients`). Over HTTP everything is sent again with
every request, on a connection that the SDK keeps alive by itself; over a WebSocket it is what is
new. It asks what npcengine asked, and answers with as many words.
"""

import asyncio
import importlib
import importlib.metadata
import json
import sys
import time
from typing import Any

from tools.bench.cache.plan import WARM_UP_ROUNDS, Asked, read_asked
from tools.bench.client import now_ns

__all__ = ["main"]

openai: Any = importlib.import_module("openai")


def _client(port: int) -> Any:
    return openai.AsyncOpenAI(
        api_key="bench",
        base_url=f"http://127.0.0.1:{port}/v1",
        websocket_base_url=f"ws://127.0.0.1:{port}/v1",
        max_retries=0,
    )


def _outputs(response: Any, pages: list[str]) -> list[dict[str, str]]:
    """Answer the calls of a response, as a snapshot query of npcengine would."""
    outputs: list[dict[str, str]] = []
    for item in response.output:
        if item.type == "function_call":
            asked = json.loads(item.arguments)
            page = f"{pages[asked['page'] - 1]} ({asked['why']})"
            answer = {"value": page, "grade": "snapshot", "as_of_tick": 100, "age_ms": 10}
            output = {"type": "function_call_output", "call_id": item.call_id}
            outputs.append({**output, "output": json.dumps(answer)})
    return outputs


class _Http:
    """Everything is sent again with every request."""

    async def open(self, client: Any) -> None:
        self._client = client

    async def loop(self, pages: list[str], request: dict[str, Any]) -> int:
        """Return how many tool rounds it took."""
        told: list[Any] = list(request["input"])
        rounds = 0
        while True:
            asked = {**request, "input": told}
            response = None
            async for event in await self._client.responses.create(**asked, stream=True):
                if event.type == "response.completed":
                    response = event.response
            if response is None:
                raise ConnectionError("the response never completed")
            outputs = _outputs(response, pages)
            if not outputs:
                return rounds
            rounds += 1
            told += [*response.output, *outputs]

    async def close(self) -> None:
        return


class _WebSocket:
    """What is new is sent, and what it continues named."""

    async def open(self, client: Any) -> None:
        self._connection = await client.responses.connect().enter()

    async def loop(self, pages: list[str], request: dict[str, Any]) -> int:
        """Return how many tool rounds it took."""
        rounds = 0
        await self._connection.response.create(**request)
        async for event in self._connection:
            if event.type != "response.completed":
                continue
            outputs = _outputs(event.response, pages)
            if not outputs:
                return rounds
            rounds += 1
            await self._connection.response.create(
                **{**request, "input": outputs}, previous_response_id=event.response.id
            )
        raise ConnectionError("the gateway has gone")

    async def close(self) -> None:
        await self._connection.close()


_WIRES: dict[str, type[_Http] | type[_WebSocket]] = {"ws": _WebSocket, "http_keepalive": _Http}


async def _loop(asked: Asked, port: int, rounds: int) -> tuple[float, float]:
    """Go through one loop; return its seconds and those of the CPU."""
    request = {name: given for name, given in asked.plan.request.items() if name != "type"}
    said = json.dumps(request["input"]).replace(f"{asked.rounds} pages", f"{rounds} pages")
    client, wire = _client(port), _WIRES[asked.wire]()
    began_ns, began_cpu_ns = now_ns(), time.process_time_ns()
    await wire.open(client)
    came = await wire.loop(asked.plan.pages, {**request, "input": json.loads(said)})
    spent = (now_ns() - began_ns) / 1e9, (time.process_time_ns() - began_cpu_ns) / 1e9
    if came != rounds:
        raise RuntimeError(f"{came} rounds, not {rounds}")
    await wire.close()
    await client.close()
    return spent


async def _run(asked: Asked) -> tuple[float, float]:
    await _loop(asked, asked.near_port, min(asked.rounds, WARM_UP_ROUNDS))
    return await _loop(asked, asked.port, asked.rounds)


def main() -> int:
    """Go through one loop; see :func:`tools.bench.cache.plan.read_asked` for its arguments."""
    asked = read_asked()
    loop_s, cpu_s = asyncio.run(_run(asked))
    versions = {name: importlib.metadata.version(name) for name in ("openai", "websockets")}
    facts = {"loop": "asyncio", **versions}
    told = {"loop_s": loop_s, "cpu_s": cpu_s, "facts": facts, "request": asked.plan.request}
    print(json.dumps(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
