"""HTTP requests to a gateway with no socket in between, as the listener brings them."""

import json
from collections.abc import Mapping
from typing import Any

from npcengine.server.gateway import Gateway
from npcengine.transport.http import HttpReply, HttpRequest
from tests.server.table import Json

JSON_TYPE = {"content-type": "application/json"}


class Way:
    """An ``HttpStream`` that is always writable."""

    def __init__(self) -> None:
        self.content_type = ""
        self.data = b""

    def begin(self, content_type: str, headers: Mapping[str, str]) -> None:
        assert not self.content_type
        self.content_type = content_type

    def send(self, data: bytes, *, at_once: bool = False) -> None:
        assert self.content_type
        self.data += data

    async def writable(self) -> None:
        return


class Came:
    """What came back."""

    def __init__(self, reply: HttpReply | None, way: Way) -> None:
        self.status = 200 if reply is None else reply.status
        self.headers = {} if reply is None else dict(reply.headers)
        self.body = way.data if reply is None else reply.body
        self.is_stream = reply is None
        assert reply is None or not way.content_type

    @property
    def json(self) -> Json:
        said: Json = json.loads(self.body)
        return said

    def events(self) -> list[Json]:
        """The events of a stream, whose form is checked."""
        assert self.is_stream, self.body
        return read_events(self.body)


def read_events(body: bytes) -> list[Json]:
    """Return the events of a stream that has ended, and check how they are written."""
    *blocks, done, rest = body.decode().split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    events: list[Json] = []
    for block in blocks:
        kind, data = block.split("\n")
        event: Json = json.loads(data.removeprefix("data: "))
        assert kind == f"event: {event['type']}"
        events.append(event)
    return events


async def ask(gateway: Gateway, method: str, target: str, body: Any = None, **headers: str) -> Came:
    """Send a request: a body that is not bytes goes as JSON."""
    path, _, query = target.partition("?")
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    if body is not None:
        named = {**JSON_TYPE, **named}
    request = HttpRequest(method, path, named, query=query)
    way = Way()
    if (refusal := gateway.refuse(request)) is not None:
        return Came(refusal, way)
    given = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    reply = await gateway.reply(HttpRequest(method, path, named, given, query), way)
    return Came(reply, way)


async def post(gateway: Gateway, text: Any = "hello", **more: Any) -> Came:
    """Ask for a response."""
    body = {"model": "m", "input": text, **more}
    return await ask(gateway, "POST", "/v1/responses", body)
