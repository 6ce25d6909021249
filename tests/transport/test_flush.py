"""When what a gateway sends leaves: together with more, unless somebody waits for it."""

import asyncio

from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from npcengine.testing import VirtualTimeLoop
from npcengine.transport.websocket import WebSocketLink
from tests.transport.peers import Ear

EVERY_S = 0.002


class Wire(asyncio.Transport):
    """Remembers when something was written, and how many frames it was."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[tuple[float, int]] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        now_s = asyncio.get_running_loop().time()
        self.writes.append((round(now_s, 4), bytes(data).count(b"\x81\x03")))

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        return


def writes(*, flushed: bool) -> list[tuple[float, int]]:
    """Send a frame, and 1 ms later two more, the last of which may be waited for."""

    async def main() -> list[tuple[float, int]]:
        wire = Wire()
        protocol = ServerProtocol()
        protocol.state = OPEN
        link = WebSocketLink(protocol, Ear(), write_every_s=EVERY_S)
        link.connection_made(wire)
        await asyncio.sleep(1)
        link.send(b"one")
        await asyncio.sleep(0.001)
        link.send(b"two")
        link.send(b"end")
        if flushed:
            link.flush()
        await asyncio.sleep(1)
        link.flush()
        link.connection_lost(None)
        return wire.writes

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


def test_frames_wait_for_company() -> None:
    assert writes(flushed=False) == [(1.0, 1), (1.002, 2)]


def test_frames_that_are_waited_for_leave_at_once_and_only_once() -> None:
    assert writes(flushed=True) == [(1.0, 1), (1.001, 2)]
