"""A connection is read little at a time, and who makes much work waits for it."""

import asyncio
from collections.abc import Callable

import pytest
from websockets.asyncio.client import connect

from npcengine.errors import LinkLostError
from npcengine.testing import VirtualTimeLoop
from npcengine.transport.bounds import Bounds
from npcengine.transport.http import HttpReply, HttpRequest, HttpStream
from npcengine.transport.link import Frame, Link, Receiver
from npcengine.transport.listen import listen
from npcengine.transport.portions import WAIT_FACTOR, Share

WITHIN_S = 10.0


def test_who_makes_work_waits_a_multiple_of_it_and_everybody_of_a_share_waits_in_turn() -> None:
    async def main() -> list[float]:
        share, other = Share(), Share()
        waits = [share.wait_s(0.1), share.wait_s(0.1), other.wait_s(0.2)]
        await asyncio.sleep(10)
        return [*waits, share.wait_s(0.1)]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        waits = runner.run(main())

    one = 0.1 * WAIT_FACTOR
    assert waits == pytest.approx([one, 2 * one, 2 * one, one])


class Busy:
    """A host whose every frame takes some work; of each link it keeps how many have come."""

    def __init__(self) -> None:
        self.heard: list[list[int]] = []

    def refuse(self, request: HttpRequest) -> HttpReply | None:
        return None

    def whose(self, request: HttpRequest) -> str:
        return request.path

    async def reply(self, request: HttpRequest, stream: HttpStream) -> HttpReply | None:
        return HttpReply(200, b"")

    def welcome(self, request: HttpRequest) -> tuple[Receiver, Callable[[Link], None]]:
        echo = Echo()
        self.heard.append(echo.heard)
        return echo, echo.opened


class Echo:
    """Says everything again, after some work."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def opened(self, link: Link) -> None:
        self._link = link

    def frames_arrived(self, frames: list[Frame]) -> None:
        for frame in frames:
            sum(range(2_000))
            self.heard.append(len(frame))
            self._link.send(frame)

    def binary_arrived(self) -> None:
        raise AssertionError("nobody sends any")

    def link_lost(self, error: LinkLostError) -> None:
        return


@pytest.mark.sockets
def test_a_large_message_and_a_flood_arrive_whole_and_others_are_answered_in_between() -> None:
    floods = 20_000

    async def main() -> tuple[int, int, int]:
        host = Busy()
        listener = await listen(host, "127.0.0.1", 0)
        url = f"ws://127.0.0.1:{listener.port}"
        async with (
            asyncio.timeout(60),
            connect(f"{url}/flood", proxy=None, max_size=None) as flooding,
            connect(f"{url}/other", proxy=None) as other,
        ):
            flooded, _ = host.heard

            async def flood() -> None:
                for _ in range(floods):
                    await flooding.send("x")

            async def drain() -> None:
                for _ in range(floods):
                    await flooding.recv()

            running = asyncio.gather(flood(), drain())
            await other.send("Hello?")
            await other.recv()
            when_answered = len(flooded)
            await running
            await flooding.send("y" * 3_000_000)
            large = len(await flooding.recv())
        await listener.close()
        return when_answered, len(flooded), large

    when_answered, in_all, large = asyncio.run(main())

    assert when_answered < floods
    assert (in_all, large) == (floods + 1, 3_000_000)


@pytest.mark.sockets
def test_when_all_who_came_are_being_served_a_newcomer_is_told_so() -> None:
    served = asyncio.Event()

    class Slow(Busy):
        async def reply(self, request: HttpRequest, stream: HttpStream) -> HttpReply | None:
            served.set()
            await asyncio.sleep(WITHIN_S)
            return HttpReply(200, b"")

    async def main() -> tuple[bytes, bytes]:
        listener = await listen(Slow(), "127.0.0.1", 0, Bounds(tcp_connections=1))
        async with asyncio.timeout(WITHIN_S):
            silent, asking = [
                await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(2)
            ]
            gone = await silent[0].read()
            asking[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await served.wait()
            late = await asyncio.open_connection("127.0.0.1", listener.port)
            told = await late[0].read()
            for _, writer in (silent, asking, late):
                writer.close()
                await writer.wait_closed()
        await listener.close()
        return gone, told

    gone, told = asyncio.run(main())

    assert gone == b"", "whoever says nothing makes room"
    assert told.startswith(b"HTTP/1.1 503 ")
