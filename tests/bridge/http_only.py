"""A gateway of ours that can be reached over HTTP alone, on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from npcengine.server.gateway import Gateway
from npcengine.server.minds.mind import Mind
from npcengine.server.minds.options import Options
from npcengine.transport.http import HttpReply, HttpRequest, HttpStream, json_error
from npcengine.transport.listen import listen
from tests.bridge.obedient import Obedient

BOUND_S = 10.0

G = TypeVar("G", bound=Gateway)


class HttpOnly(Gateway):
    """A gateway behind a proxy that lets no WebSocket through."""

    def __init__(self, mind: Mind | None = None) -> None:
        super().__init__(mind or Obedient(Options("obedient", {})))
        self.posts: list[bytes] = []

    def refuse(self, request: HttpRequest) -> HttpReply | None:
        if "upgrade" in request.headers:
            return json_error(426, "HTTP only")
        return super().refuse(request)

    async def reply(self, request: HttpRequest, stream: HttpStream) -> HttpReply | None:
        self.posts.append(request.body)
        return await super().reply(request, stream)


@contextmanager
def served(make: Callable[[], G]) -> Generator[tuple[G, int]]:
    """A gateway on a port, on a thread of its own."""
    gateway = make()  # it reads files, which no loop has to wait for
    ready, stop = threading.Event(), asyncio.Event()
    known: list[tuple[int, asyncio.AbstractEventLoop]] = []

    async def serve() -> None:
        listener = await listen(gateway, "127.0.0.1", 0)
        known.append((listener.port, asyncio.get_running_loop()))
        ready.set()
        await stop.wait()
        await listener.close()
        await gateway.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(BOUND_S)
    port, loop = known[0]
    try:
        yield gateway, port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(BOUND_S)
