"""An HTTP server that says exactly the bytes it is told to, when it is told to."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from npcengine.transport.address import Address

Json = dict[str, Any]
STREAM = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}


def sse(*events: Json) -> bytes:
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode())
        for event in events
    )


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


class Call:
    """One request that came in, and the way to answer it."""

    def __init__(self, connection: int, head: str, body: bytes, writer: asyncio.StreamWriter):
        self.connection = connection
        """Which of the server's connections it came on, from 0."""
        self.line, *lines = head.split("\r\n")
        named = (line.partition(": ") for line in lines if line)
        self.headers = {name.lower(): value for name, _, value in named}
        self.body = body
        self.writer = writer

    @property
    def json(self) -> Json:
        said: Json = json.loads(self.body)
        return said

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    def head(self, status: str = "200 OK", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{name}: {value}" for name, value in (named or STREAM).items()]
        self.say("\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode())

    def reply(self, status: str, body: bytes, **headers: str) -> None:
        self.head(status, content_length=str(len(body)), **headers)
        self.say(body)

    def events(self, *events: Json) -> None:
        self.say(chunk(sse(*events)))

    def end(self) -> None:
        self.say(chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    def answer(self, *events: Json) -> None:
        """Answer in one go, as fast servers do."""
        self.head()
        self.say(chunk(sse(*events)) + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    def hang_up(self) -> None:
        self.writer.close()

    def at_this_moment(self, act: Callable[[socket.socket], object]) -> None:
        """Do something that reaches the client's socket before the client's loop can notice."""
        with socket.socket(fileno=os.dup(self.writer.get_extra_info("socket").fileno())) as end:
            act(end)


class ByteServer:
    """Keeps what comes in; answers by itself only if it is given something to answer with."""

    def __init__(self, answer: Callable[[Call], None] | None = None) -> None:
        self.calls: list[Call] = []
        self.connections = 0
        self.open = 0
        """Connections whose other end has not hung up."""
        self._answer = answer
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def address(self) -> Address:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return Address("127.0.0.1", port, "/v1/responses", False)

    async def until(self, holds: Callable[["ByteServer"], object], within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not holds(self):
                self._changed.clear()
                await self._changed.wait()

    async def call(self, number: int) -> Call:
        """Return the n-th request, from 0, when it has come."""
        await self.until(lambda s: len(s.calls) > number)
        return self.calls[number]

    def stop_listening(self) -> None:
        assert self._server is not None
        self._server.close()

    async def hang_up(self) -> None:
        """End every connection."""
        for writer in self._writers:
            writer.transport.abort()
        await self.until(lambda s: not s.open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = self.connections
        self.connections += 1
        self.open += 1
        self._writers.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                call = Call(number, head, b"", writer)
                call.body = await reader.readexactly(int(call.headers.get("content-length", 0)))
                self.calls.append(call)
                self._changed.set()
                if self._answer is not None:
                    self._answer(call)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.open -= 1
            self._changed.set()
        finally:
            writer.close()

    @classmethod
    @asynccontextmanager
    async def serving(
        cls, answer: Callable[[Call], None] | None = None, **more: Any
    ) -> AsyncGenerator["ByteServer"]:
        self = cls(answer)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, **more)
        try:
            yield self
        finally:
            self._server.close()
            await self.hang_up()
            # Every handler notices, and is done, with the next turns of the loop.
            for _ in range(3):
                await asyncio.sleep(0)
