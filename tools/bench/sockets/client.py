"""Opens connections and leaves them alone, while another of its own talks to the gateway.

As little of a client as can be: what is measured is the gateway.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import cast

import msgspec

from npcengine.bridge.stats import Percentiles
from npcengine.clock import NS_PER_MS, NS_PER_S, SystemClock
from npcengine.world.actions import ActionSpec
from npcengine.world.toolbox import Toolbox
from tools.bench.line import print_line
from tools.bench.loop import new_loop
from tools.bench.sockets.process import Usage, allow_files, usage_of
from tools.bench.villager import ACTIONS
from tools.bench.wire import FrameCutter, masked_frame, upgrade

__all__ = ["SocketsReport", "main"]

AT_ONCE = 64
"""Handshakes under way: within the backlog of a listener, which is 100."""

TURNS = 300
WARM_UP_TURNS = 30
"""Turns of the connection that talks."""

SETTLE_S = 0.3
"""After the last thing that was done, before memory is read."""

WITHIN_S = 10.0
"""How long any answer may take."""

_PERSONA = "You are {name}, who keeps to the market and hears what is said there. " * 8
_TOOLS = Toolbox([ActionSpec(action) for action in ACTIONS]).definitions

_PING = b"\x89\x00"
"""What comes to an idle socket after 20 s; it comes alone."""

_clock = SystemClock()


class SocketsReport(msgspec.Struct, frozen=True):
    """What was measured with one gateway."""

    before: Usage
    opened: Usage
    """With all sockets open."""
    used: Usage
    """With all lanes used, if there are any."""
    sockets: int
    lanes: int
    handshakes_per_s: float
    turn_ms_before: Percentiles
    turn_ms_beside: Percentiles


class _Socket(asyncio.Protocol):
    """One connection. Pings go unanswered: all is over before they count."""

    def __init__(self) -> None:
        self._cutter = FrameCutter()
        self._ends = 0
        self._changed = asyncio.Event()
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(upgrade("127.0.0.1", "/v1/responses"))

    def data_received(self, data: bytes) -> None:
        if not self.is_open:
            if not data.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(data.partition(b"\r\n")[0].decode())
            self.is_open = True
            data = data.partition(b"\r\n\r\n")[2]
        if data == _PING:
            return
        for message in self._cutter.feed(data):
            if message.startswith(b'{"type":"error"'):
                raise ConnectionError(message.decode())
            self._ends += message.startswith(b'{"type":"response.completed"')
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._changed.set()

    async def opened(self) -> None:
        """Wait for the handshake's end."""
        while not self.is_open:
            await self._change()

    async def ask(self, name: str, lanes: Sequence[str | None]) -> None:
        """Ask something on each lane, and wait until all have been answered."""
        wanted = self._ends + len(lanes)
        for lane in lanes:
            request = {
                "type": "response.create",
                "model": "bench",
                "instructions": _PERSONA.format(name=f"{name} {lane}"),
                "tools": msgspec.Raw(_TOOLS),
                "tool_choice": "none",
                "input": "Good evening. What is said at the market today?",
                "store": False,
                **({} if lane is None else {"stream_id": lane}),
            }
            self._transport.write(masked_frame(msgspec.json.encode(request)))
        while self._ends < wanted:
            await self._change()

    async def _change(self) -> None:
        if self._transport.is_closing():
            raise ConnectionError("the gateway hung up")
        self._changed.clear()
        async with asyncio.timeout(WITHIN_S):
            await self._changed.wait()


async def _open(port: int) -> _Socket:
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(_Socket, "127.0.0.1", port)
    await socket.opened()
    return socket


async def _open_all(port: int, count: int) -> list[_Socket]:
    places = asyncio.Semaphore(AT_ONCE)

    async def open_one() -> _Socket:
        async with places:
            return await _open(port)

    return await asyncio.gather(*(open_one() for _ in range(count)))


async def _turn_ms(talker: _Socket) -> Percentiles:
    times_ms: list[float] = []
    for _ in range(TURNS):
        began_ns = _clock.now_ns()
        await talker.ask("Odile", [None])
        times_ms.append((_clock.now_ns() - began_ns) / NS_PER_MS)
    return Percentiles.of(times_ms)


async def _run(port: int, pid: int, sockets: int, lanes: int) -> SocketsReport:
    talker = await _open(port)
    for _ in range(WARM_UP_TURNS):
        await talker.ask("Odile", [None, "spare"])
    turn_ms_before = await _turn_ms(talker)
    before = await _settled(pid)
    began_ns = _clock.now_ns()
    opened = await _open_all(port, sockets)
    seconds = (_clock.now_ns() - began_ns) / NS_PER_S
    with_sockets = await _settled(pid)
    for number, socket in enumerate(opened):
        mine = range(number, lanes, sockets)
        await socket.ask(f"villager {number}", [f"lane_{place}" for place in mine])
    with_lanes = await _settled(pid)
    turn_ms_beside = await _turn_ms(talker)
    return SocketsReport(
        before=before,
        opened=with_sockets,
        used=with_lanes,
        sockets=sockets,
        lanes=lanes,
        handshakes_per_s=sockets / seconds,
        turn_ms_before=turn_ms_before,
        turn_ms_beside=turn_ms_beside,
    )


async def _settled(pid: int) -> Usage:
    await asyncio.sleep(SETTLE_S)
    return usage_of(pid)


def main() -> int:
    """Do all of it against one gateway and print a report as a line of JSON."""
    parser = argparse.ArgumentParser(description="The client of tools.bench; see `sockets`.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--sockets", type=int, required=True)
    parser.add_argument("--lanes", type=int, required=True)
    chosen = parser.parse_args()
    allow_files(chosen.sockets)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        report = runner.run(_run(chosen.port, chosen.pid, chosen.sockets, chosen.lanes))
    print_line(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
