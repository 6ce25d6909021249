"""HTTP on a real port: bodies, streams, pipelines, and clients that are slow, gone or hostile."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import h11
import pytest

from npcengine.testing import VirtualTimeLoop
from npcengine.transport.accepting import MAX_BODY_BYTES
from npcengine.transport.answering import HttpAnswers
from npcengine.transport.bounds import Bounds
from npcengine.transport.http import HttpReply, HttpRequest, HttpStream, json_error
from npcengine.transport.link import Link, Receiver
from npcengine.transport.listen import Listener, listen
from tests.transport.peers import Ear

pytestmark = pytest.mark.sockets

WITHIN_S = 10.0

Streaming = Callable[[HttpStream], Awaitable[None]]


class House:
    """A host that says of each request what it was, or streams what it is told to."""

    def __init__(self, streaming: Streaming | None = None) -> None:
        self.streaming = streaming
        self.requests: list[HttpRequest] = []
        self.cancelled = asyncio.Event()

    def refuse(self, request: HttpRequest) -> HttpReply | None:
        return json_error(404, "no") if request.path == "/nowhere" else None

    def whose(self, request: HttpRequest) -> str:
        return ""

    async def reply(self, request: HttpRequest, stream: HttpStream) -> HttpReply | None:
        self.requests.append(request)
        if request.path == "/broken":
            raise ZeroDivisionError
        if self.streaming is None:
            return HttpReply(200, b"%b %d" % (request.path.encode(), len(request.body)))
        stream.begin("text/event-stream", {"cache-control": "no-cache"})
        try:
            await self.streaming(stream)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return None

    def welcome(self, request: HttpRequest) -> tuple[Receiver, Callable[[Link], None]]:
        ear = Ear(None)
        return ear, ear.opened


class Caller:
    """A client that writes bytes as it pleases."""

    def __init__(
        self, listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.listener = listener
        self._reader = reader
        self.writer = writer

    def say(self, head: str, body: bytes = b"") -> None:
        self.writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

    async def hear(self, *, bodiless: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Read one answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        status = int(head[0].split()[1])
        if bodiless or status == 100:
            return status, headers, b""
        if headers.get("transfer-encoding") == "chunked":
            return status, headers, b"".join([chunk async for chunk in self.chunks()])
        return status, headers, await self._reader.readexactly(int(headers["content-length"]))

    async def chunks(self) -> AsyncGenerator[bytes]:
        while size := int(await self._reader.readline(), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()

    async def is_over(self) -> bool:
        """Read to the end; return whether there was nothing more."""
        return await self._reader.read() == b""


@asynccontextmanager
async def calling(house: House) -> AsyncGenerator[Caller]:
    listener: Listener = await listen(house, "127.0.0.1", 0)
    async with asyncio.timeout(WITHIN_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        try:
            yield Caller(listener, reader, writer)
        finally:
            writer.close()
            await listener.close()


POST = "POST /x HTTP/1.1\nHost: h\n"


def test_bodies_of_either_framing_arrive_whole_however_they_are_cut() -> None:
    async def main() -> list[bytes]:
        house = House()
        async with calling(house) as caller:
            caller.say(POST + "Content-Length: 5", b"he")
            await asyncio.sleep(0)
            caller.writer.write(b"llo")
            one = await caller.hear()
            caller.say(POST + "Transfer-Encoding: chunked", b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
            two = await caller.hear()
        assert one[2] == two[2] == b"/x 5"
        return [request.body for request in house.requests]

    assert asyncio.run(main()) == [b"hello", b"hello"]


def test_requests_sent_ahead_are_answered_in_their_order_and_an_upgrade_after_them() -> None:
    async def main() -> tuple[list[bytes], int]:
        async with calling(House()) as caller:
            for number in range(5):
                caller.say(f"GET /{number} HTTP/1.1\nHost: h")
            caller.say(
                "GET /v1/responses HTTP/1.1\nHost: h\nUpgrade: websocket\nConnection: Upgrade\n"
                "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
            )
            answers = [(await caller.hear())[2] for _ in range(5)]
            status, _, _ = await caller.hear(bodiless=True)
        return answers, status

    assert asyncio.run(main()) == ([b"/%d 0" % number for number in range(5)], 101)


def test_what_is_sent_ahead_of_a_long_answer_is_not_read_without_end() -> None:
    async def main() -> tuple[int, int]:
        go_on = asyncio.Event()

        async def wait(stream: HttpStream) -> None:
            stream.send(b"begun")
            await go_on.wait()

        house = House(wait)
        async with calling(house) as caller:
            caller.say("GET /first HTTP/1.1\nHost: h")
            await caller._reader.readuntil(b"begun\r\n")
            one = b"GET /more HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 1_000 + b"\r\n\r\n"
            caller.writer.write(one * 20_000)
            (accepted,) = caller.listener._crowd.members
            while accepted._transport.is_reading():  # noqa: ASYNC110 - of a thing with no events
                await asyncio.sleep(0)
            taken = accepted._ahead_bytes
            go_on.set()
            await caller._reader.readuntil(b"0\r\n\r\n")
            for _ in range(1_000):
                await caller.hear()
            taken = max(taken, accepted._ahead_bytes)
        return taken, 1_000 * len(one)

    taken, answered = asyncio.run(main())

    assert taken < 1_000_000 < answered, "the client is made to wait, and served all the same"


def test_head_gets_the_head_and_the_connection_goes_on() -> None:
    async def main() -> tuple[int, dict[str, str], bytes]:
        async with calling(House()) as caller:
            caller.say("HEAD /x HTTP/1.1\nHost: h")
            status, headers, _ = await caller.hear(bodiless=True)
            caller.say("GET /y HTTP/1.1\nHost: h")
            return status, headers, (await caller.hear())[2]

    status, headers, after = asyncio.run(main())

    assert (status, headers["content-length"], after) == (200, "4", b"/y 0")


def test_a_body_that_is_announced_too_long_is_refused_before_it_is_sent() -> None:
    async def main() -> tuple[int, str, bool]:
        async with calling(House()) as caller:
            caller.say(POST + f"Content-Length: {MAX_BODY_BYTES + 1}\nExpect: 100-continue")
            status, headers, _ = await caller.hear()
            return status, headers["connection"], await caller.is_over()

    assert asyncio.run(main()) == (413, "close", True)


def test_a_body_that_becomes_too_long_is_refused_while_it_is_still_being_sent() -> None:
    async def main() -> tuple[int, int]:
        async with calling(House()) as caller:
            caller.say(POST + "Transfer-Encoding: chunked\nExpect: 100-continue")
            await caller.hear()
            (accepted,) = caller.listener._crowd.members
            chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"

            kept: list[int] = []

            async def send() -> None:
                for _ in range(40):
                    caller.writer.write(chunk)
                    await caller.writer.drain()
                    kept.append(len(accepted._body))

            sending = asyncio.ensure_future(send())
            status, _, _ = await caller.hear()
            await asyncio.gather(sending, return_exceptions=True)
            assert kept[-1] == 0
            return status, max(kept)

    status, kept = asyncio.run(main())

    assert status == 413
    assert kept < MAX_BODY_BYTES + 0x100000


def test_who_waits_to_be_asked_for_the_body_is_asked() -> None:
    async def main() -> list[int]:
        async with calling(House()) as caller:
            caller.say(POST + "Content-Length: 2\nExpect: 100-continue")
            asked, _, _ = await caller.hear()
            caller.writer.write(b"hi")
            answered, _, _ = await caller.hear()
            return [asked, answered]

    assert asyncio.run(main()) == [100, 200]


def test_a_refusal_reaches_a_client_that_is_still_sending() -> None:
    async def main() -> tuple[int, bool]:
        async with calling(House()) as caller:
            caller.say("POST /nowhere HTTP/1.1\nHost: h\nContent-Length: 3000000", b"x" * 1_000_000)
            await asyncio.sleep(0)
            caller.writer.write(b"x" * 2_000_000)
            status, _, _ = await caller.hear()
            return status, await caller.is_over()

    assert asyncio.run(main()) == (404, True)


@pytest.mark.parametrize(
    "head",
    [
        "POST /x HTTP/1.1\nHost: h\nContent-Length: 1\nContent-Length: 2",
        "POST /x HTTP/1.1\nHost: h\nContent-Length: -1",
        "GET /x HTTP/1.1",
        "GET /x HTTP/1.1\nHost: h\nX: " + "y" * 1_000_000,
        "nonsense",
    ],
)
def test_what_is_no_http_is_told_so_once(head: str) -> None:
    async def main() -> tuple[int, bool]:
        async with calling(House()) as caller:
            caller.say(head)
            status, _, _ = await caller.hear()
            return status, await caller.is_over()

    status, over = asyncio.run(main())

    assert status in (400, 431)
    assert over


def test_a_host_that_breaks_is_an_answer_too(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> tuple[int, int]:
        async with calling(House()) as caller:
            caller.say("GET /broken HTTP/1.1\nHost: h")
            broken, _, _ = await caller.hear()
            caller.say("GET /x HTTP/1.1\nHost: h")
            after, _, _ = await caller.hear()
            return broken, after

    assert asyncio.run(main()) == (500, 200)
    assert "ZeroDivisionError" in caplog.text


# --- streams ----------------------------------------------------------------------------------


def test_a_stream_arrives_as_it_is_written_and_another_request_follows_it() -> None:
    async def main() -> tuple[bytes, bytes, str]:
        heard = asyncio.Event()

        async def say(stream: HttpStream) -> None:
            stream.send(b"one ")
            await heard.wait()
            for _ in range(100):
                await stream.writable()
                stream.send(b"two ")

        async with calling(House(say)) as caller:
            caller.say("GET /x HTTP/1.1\nHost: h")
            head = await caller._reader.readuntil(b"\r\n\r\n")
            chunks = caller.chunks()
            first = await anext(chunks)
            heard.set()
            rest = b"".join([chunk async for chunk in chunks])
            caller.say("GET /x HTTP/1.1\nHost: h")
            again = (await caller.hear())[2]
        assert again == first + rest
        return first, rest, head.decode().lower()

    first, rest, head = asyncio.run(main())

    assert (first, rest) == (b"one ", b"two " * 100)
    assert "content-type: text/event-stream\r\n" in head


def test_an_old_client_gets_the_stream_until_the_connection_ends() -> None:
    async def main() -> bytes:
        async def say(stream: HttpStream) -> None:
            stream.send(b"all of it")

        async with calling(House(say)) as caller:
            caller.say("GET /x HTTP/1.0")
            return await caller._reader.read()

    said = asyncio.run(main())

    assert said.endswith(b"\r\n\r\nall of it")
    assert b"chunked" not in said


@pytest.mark.parametrize("politely", [True, False])
def test_a_client_that_vanishes_in_silence_ends_its_request(politely: bool) -> None:
    async def main() -> None:
        async def think(stream: HttpStream) -> None:
            stream.send(b"hm")
            await asyncio.Event().wait()

        house = House(think)
        async with calling(house) as caller:
            caller.say("GET /x HTTP/1.1\nHost: h")
            await caller._reader.readuntil(b"hm")
            if politely:
                caller.writer.close()
            else:
                caller.writer.transport.abort()
            await house.cancelled.wait()

    asyncio.run(main())


async def _flood(stream: HttpStream, written: list[int]) -> None:
    while True:
        await stream.writable()
        stream.send(b"x" * 10_000)
        written.append(10_000)
        await asyncio.sleep(0)


def test_a_client_that_does_not_read_is_waited_for_and_cut_off_in_the_end() -> None:
    async def main() -> int:
        written: list[int] = []
        house = House(lambda stream: _flood(stream, written))
        listener = await listen(house, "127.0.0.1", 0, Bounds(stalled_after_s=0.2))
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(deaf, ("127.0.0.1", listener.port))
            await loop.sock_sendall(deaf, b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
            async with asyncio.timeout(WITHIN_S):
                await house.cancelled.wait()
        await listener.close()
        return sum(written)

    assert asyncio.run(main()) < 16_000_000, "what the kernel takes, and a little more"


class Slow(asyncio.Transport):
    """Has so many bytes waiting as it is told, and may be aborted."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 100_000
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(("taken_each_minute", "kept"), [(1, True), (0, False)])
def test_a_client_is_kept_as_long_as_it_takes_anything(taken_each_minute: int, kept: bool) -> None:
    async def main() -> bool:
        transport = Slow()
        http = h11.Connection(h11.SERVER)
        answers = HttpAnswers(http, transport, write_every_s=0, stalled_after_s=60)
        answers.pause()
        for _ in range(10):
            transport.waiting -= taken_each_minute
            await asyncio.sleep(60)
        answers.resume()
        return not transport.aborted

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) is kept
