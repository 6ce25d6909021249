"""``local:`` endpoints: our own gateway, as a child process or inside this one.

The only module of the bridge that may start the server (design.md section 3).
"""

import asyncio
import contextlib
import sys

from npcengine.bridge.child import Child, ChildDied, ChildReady
from npcengine.bridge.endpoints import Endpoint
from npcengine.bridge.fallback import HasWays, Transport, Ways
from npcengine.errors import ConnectError
from npcengine.protocol.capabilities import GATEWAY
from npcengine.transport import memory
from npcengine.transport.beat import Beat
from npcengine.transport.link import Link, Receiver

__all__ = ["ChildEndpoint", "InProcessEndpoint", "local_endpoint"]

START_WITHIN_S = 10.0
"""How long a child may take to come up: an interpreter's start, on a slow disk."""


def local_endpoint(spec: str, *, in_process: bool, transport: Transport = "auto") -> Endpoint:
    """Return the endpoint for what stands behind ``local:``.

    Args:
        spec: A mind and its options, ``practice`` when empty.
        in_process: Run it on the bridge's own loop. A game frozen into an executable has no
            interpreter to start, so there it always does.
        transport: The way to a process of its own.
    """
    mind = spec or "practice"
    if in_process or getattr(sys, "frozen", False):
        return InProcessEndpoint(mind)
    return ChildEndpoint(mind, transport)


class ChildEndpoint(HasWays):
    """A gateway process, started again when it dies."""

    capabilities = GATEWAY

    def __init__(self, mind: str, transport: Transport = "auto") -> None:
        """Begin with no process.

        Raises:
            UsageError: There is no such mind, option or transport, or a value cannot be used.
        """
        from npcengine.server.minds.registry import make_mind

        make_mind(mind)  # the process would say the same, a second later and to nobody
        self._mind = mind
        self.name = f"local:{mind}"
        super().__init__(Ways(transport))
        self._child: Child | None = None
        self._ready: asyncio.Future[ChildReady] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id, while there is one."""
        return self._child.pid if self._child is not None else None

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        try:
            async with asyncio.timeout(START_WITHIN_S):
                ready = await asyncio.shield(self._running())
        except TimeoutError as error:
            raise ConnectError(self.name, "the gateway process does not come up") from error
        headers = {"Authorization": f"Bearer {ready.token}"}
        return await self._ways.open(
            ready.address, receiver, headers=headers, within_ms=within_ms, beat=beat
        )

    async def close(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.cancel()

    def stop(self) -> None:
        """End the process; blocks for up to a second, so not on the loop thread."""
        if self._child is not None:
            self._child.stop()

    def _running(self) -> asyncio.Future[ChildReady]:
        """Return what resolves when the process listens, starting it if there is none."""
        if self._ready is None:
            loop = asyncio.get_running_loop()
            ready: asyncio.Future[ChildReady] = loop.create_future()
            ready.add_done_callback(_look_at)
            self._ready = ready

            def report(news: ChildReady | ChildDied) -> None:
                with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits
                    loop.call_soon_threadsafe(self._heard, ready, news)

            self._child = Child(self._mind, report)
        return self._ready

    def _heard(self, ready: "asyncio.Future[ChildReady]", news: ChildReady | ChildDied) -> None:
        if isinstance(news, ChildReady):
            if not ready.done():
                ready.set_result(news)
            return
        # The next attempt to connect starts another; the pool's backoff paces those attempts.
        if self._ready is ready:
            self._ready = None
        if not ready.done():
            ready.set_exception(news.error(self.name))


def _look_at(ready: "asyncio.Future[ChildReady]") -> None:
    """Take note of an error that nobody waited for; the next attempt will meet its own."""
    if not ready.cancelled():
        ready.exception()


class InProcessEndpoint:
    """A gateway on the bridge's own loop, joined by memory instead of a socket."""

    transport = "memory"
    capabilities = GATEWAY

    def __init__(self, mind: str) -> None:
        from npcengine.server.gateway import Gateway
        from npcengine.server.ids import Ids
        from npcengine.server.minds.registry import make_mind

        self.name = f"local:{mind}"
        self._gateway = Gateway(make_mind(mind), ids=Ids(seed=0), epoch_s=lambda: 0)

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        await self._gateway.open()
        loop = asyncio.get_running_loop()
        connection = self._gateway.connection()
        near, far = memory.pair(loop, receiver, connection)
        connection.opened(far)
        return near

    async def close(self) -> None:
        await self._gateway.close()
