"""A model's server over loopback that follows a script, and a gateway in front of it."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from urllib.parse import urlencode

from npcengine.server.gateway import Gateway
from npcengine.server.minds.registry import make_mind
from tests.server.table import Client, Json
from tests.transport.byte_server import ByteServer, Call, chunk

Script: TypeAlias = "Callable[[Call], object] | list[Json]"


def says(text: str) -> Json:
    return _delta(content=text)


def thinks(text: str) -> Json:
    return _delta(reasoning_content=text)


def begun(name: str, arguments: str = "", *, index: int = 0, id: str = "up_1") -> Json:
    """A call begins, perhaps with some of its arguments."""
    function = {"name": name, "arguments": arguments}
    return _delta(tool_calls=[{"index": index, "id": id, "type": "function", "function": function}])


def more(arguments: str, *, index: int = 0) -> Json:
    return _delta(tool_calls=[{"index": index, "function": {"arguments": arguments}}])


def finish(reason: str = "stop") -> Json:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


def used(prompt: int, cached: int, output: int) -> Json:
    details = {"cached_tokens": cached}
    usage = {"prompt_tokens": prompt, "completion_tokens": output, "prompt_tokens_details": details}
    return {"choices": [], "usage": usage}


def call(name: str = "look", arguments: str = '{"x":1}') -> list[Json]:
    """A whole answer that is one call, written piece by piece."""
    pieces = [more(letter) for letter in arguments]
    return [begun(name), *pieces, finish("tool_calls"), used(20, 5, 7)]


def _delta(**delta: Any) -> Json:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def data(*events: Json) -> bytes:
    return b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)


class Upstream:
    """What the server is, what it was asked, and what it will say.

    Args:
        models: What ``/v1/models`` lists.
        places: What is at other paths, by method and path.
    """

    def __init__(self, *, owner: str = "", places: dict[str, Json] | None = None) -> None:
        self.models: list[Json] = [{"id": "m1", "owned_by": owner}]
        self.places = places or {}
        self.endpoints = {"chat/completions"}
        self.script: deque[Script] = deque()
        self.asked: list[Json] = []
        """Bodies of the requests for an answer."""
        self.calls: list[Call] = []
        self.server: ByteServer

    def will(self, *answers: Script) -> None:
        self.script.extend(answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.address.port}"

    async def is_asked(self, count: int) -> Call:
        """Wait for that many requests for an answer; return the newest of them."""
        await self.server.until(lambda _: len(self.asked) >= count)
        return self.calls[count - 1]

    def take(self, call: Call) -> None:
        method, path, _ = call.line.split()
        endpoint = path.removeprefix("/v1/")
        if f"{method} {path}" in self.places:
            _reply(call, self.places[f"{method} {path}"])
        elif (method, endpoint) == ("GET", "models"):
            _reply(call, {"object": "list", "data": self.models})
        elif method != "POST" or endpoint not in self.endpoints:
            call.reply("404 Not Found", b'{"error":{"message":"no such place"}}')
        elif call.json == {}:
            call.reply("400 Bad Request", b'{"error":{"message":"messages, please"}}')
        else:
            self.asked.append(call.json)
            self.calls.append(call)
            self._answer(call)

    def _answer(self, call: Call) -> None:
        if not self.script:
            return  # a test answers by hand
        script = self.script.popleft()
        if callable(script):
            script(call)
            return
        call.head()
        for event in script:
            tell(call, event)
        call.end()


def tell(call: Call, *events: Json) -> None:
    """Send events of an answer whose head is out."""
    call.say(chunk(data(*events)))


def _reply(call: Call, body: Json) -> None:
    call.reply("200 OK", json.dumps(body).encode(), content_type="application/json")


def refuses(status: str, error: Json | None = None, **headers: str) -> Callable[[Call], None]:
    """An answer that is a refusal."""
    body = json.dumps({"error": error or {"message": "no"}}).encode()
    return lambda call: call.reply(status, body, **headers)


@asynccontextmanager
async def table(
    upstream: Upstream | None = None, *, looks: bool = True, **options: object
) -> AsyncGenerator[tuple[Upstream, Client, Gateway]]:
    """An upstream, a gateway in front of it, and a client of that."""
    upstream = upstream or Upstream()
    async with ByteServer.serving(upstream.take) as server:
        upstream.server = server
        spec = urlencode({"url": upstream.url, "model": "m1", "tries": 0, **options})
        gateway = Gateway(make_mind(f"upstream?{spec}"))
        if looks:
            await gateway.open()
        client = Client(gateway)
        yield upstream, client, gateway
        await client.close()
        await gateway.close()


def run(main: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await main

    asyncio.run(bounded())
