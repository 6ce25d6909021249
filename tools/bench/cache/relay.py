"""The distance between client and gateway: passes bytes on, half a round trip later each way.

What is read is written, in order, when it is due, on sockets with ``TCP_NODELAY``. A connection
has to be set up first: the kernel accepts it at once, so what the client says on it is held until
a round trip after that, as if its SYN and the answer had made their way, and then travels like
everything else. The server sees the connection half a round trip after it was begun.

Not in it: loss, jitter, a limit to bandwidth, and the slow start of a new TCP connection. All of
them would cost the many and the large requests more than the few and the small.
"""

import argparse
import asyncio
import selectors
import sys
from collections import deque
from collections.abc import Callable
from typing import cast

import msgspec

from npcengine.clock import NS_PER_MS, NS_PER_S, SystemClock
from tools.bench.cache.exchanges import Exchange, Log
from tools.bench.line import print_line
from tools.bench.until_told import until_told

__all__ = ["Relay", "RelayReport", "main"]

_clock = SystemClock()


class RelayReport(msgspec.Struct, frozen=True):
    """What passed."""

    exchanges: list[Exchange]


class _Way(asyncio.Protocol):
    """One end of a connection; what it reads goes on to the other end, late.

    Args:
        read: Notes what came, and returns how long it is held before it sets out.
        written: Notes that it went on.
        late_ns: How long it is on its way.
    """

    def __init__(
        self, read: Callable[[int, int], int], written: Callable[[int], None], late_ns: int
    ) -> None:
        self._read, self._written, self._late_ns = read, written, late_ns
        self._under_way: deque[bytes | None] = deque()
        self._due = 0
        """How many of those are due and wait for the other end to be there."""
        self.other: asyncio.Transport | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        now_ns = _clock.now_ns()
        self._send(data, self._read(now_ns, len(data)))

    def connection_lost(self, exc: Exception | None) -> None:
        self._send(None, 0)

    def reach(self, other: asyncio.Transport) -> None:
        """Know the other end; what was due before goes on now."""
        self.other = other
        for _ in range(self._due):
            self._pass_on()

    def _send(self, data: bytes | None, held_ns: int) -> None:
        self._under_way.append(data)
        # Timers that are due at the same moment may go off in any order: each takes what is first.
        asyncio.get_running_loop().call_later((self._late_ns + held_ns) / NS_PER_S, self._arrive)

    def _arrive(self) -> None:
        if self.other is None:
            self._due += 1
        else:
            self._pass_on()

    def _pass_on(self) -> None:
        assert self.other is not None
        data = self._under_way.popleft()
        if data is None:
            self.other.close()
        else:
            self.other.write(data)
            self._written(_clock.now_ns())


class Relay:
    """See the top of this file.

    Args:
        port: Of the server.
        rtt_ms: How far it is.
    """

    def __init__(self, port: int, rtt_ms: float) -> None:
        self._port = port
        self._rtt_ns = round(rtt_ms * NS_PER_MS)
        self._dials: set[asyncio.Task[None]] = set()
        self.log = Log()

    def accept(self) -> _Way:
        """Return the end for a client that has just connected."""
        opened_ns = _clock.now_ns()
        self.log.opened(opened_ns)

        def asked(now_ns: int, size: int) -> int:
            held_ns = max(0, opened_ns + self._rtt_ns - now_ns)
            self.log.asked(now_ns, size, held_ns)
            return held_ns

        def answered(now_ns: int, size: int) -> int:
            self.log.answered(now_ns, size)
            return 0

        near = _Way(asked, self.log.arrived, self._rtt_ns // 2)
        far = _Way(answered, self.log.over, self._rtt_ns // 2)
        dial = asyncio.get_running_loop().create_task(self._dial(near, far))
        self._dials.add(dial)
        dial.add_done_callback(self._dials.discard)
        return near

    async def _dial(self, near: _Way, far: _Way) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._rtt_ns / 2 / NS_PER_S)
        transport, _ = await loop.create_connection(lambda: far, "127.0.0.1", self._port)
        near.reach(transport)
        assert near.transport is not None
        far.reach(near.transport)


async def _serve(relay: Relay) -> None:
    server = await asyncio.get_running_loop().create_server(relay.accept, "127.0.0.1", 0)
    print_line({"port": server.sockets[0].getsockname()[1]})
    await until_told()
    server.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    # `select` waits for fractions of a millisecond, which `epoll` and uvloop round.
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def main() -> int:
    """Relay until told to stop; print the port first and a report last, as JSON lines."""
    parser = argparse.ArgumentParser(description="The distance in tools.bench; see `cache`.")
    parser.add_argument("--port", type=int, required=True, help="of the gateway")
    parser.add_argument("--rtt-ms", type=float, required=True)
    chosen = parser.parse_args()
    relay = Relay(chosen.port, chosen.rtt_ms)
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_serve(relay))
    print_line(RelayReport(relay.log.exchanges))
    return 0


if __name__ == "__main__":
    sys.exit(main())
