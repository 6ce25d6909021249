"""Real loopback sockets: our links against each other and against the websockets library."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import websockets.asyncio.client
import websockets.asyncio.server
from websockets.utils import accept_key

from npcengine.errors import ConnectError, HandshakeError, UsageError
from npcengine.transport import accepting
from npcengine.transport.address import Address, parse_address
from npcengine.transport.beat import Beat
from npcengine.transport.dial import LIBRARY_VARIABLE, dial, opener
from npcengine.transport.link import Link
from npcengine.transport.listen import Listener, listen
from tests.transport.peers import Doorman, Ear

pytestmark = pytest.mark.sockets


@pytest.fixture(autouse=True, params=["websockets", "picows"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which library carries the client's end; the listener's is always carried by websockets."""
    if request.param == "picows":
        pytest.importorskip("picows", reason="the extra `fast` is not installed")
    monkeypatch.setenv(LIBRARY_VARIABLE, request.param)


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 20))


def address_of(listener: Listener, path: str = "/v1/responses") -> Address:
    return Address("127.0.0.1", listener.port, path, False)


@asynccontextmanager
async def serving(doorman: Doorman) -> AsyncGenerator[Listener]:
    """Listen, and at the end see every link closed at both of its ends."""
    listener = await listen(doorman, "127.0.0.1", 0)
    try:
        yield listener
    finally:
        ears = [*doorman.ears, *doorman.callers]
        for ear in ears:
            if ear.link is not None:
                ear.link.close()
        for ear in ears:
            await ear.until(lambda e: e.lost)
        await listener.close()
        await asyncio.sleep(0)


async def connect(doorman: Doorman, listener: Listener, **more: Any) -> tuple[Link, Ear]:
    """Open a link to a doorman; it is closed with the doorman's port."""
    ear = Ear()
    headers = more.pop("headers", {})
    link = await dial(
        address_of(listener), ear, open_link=opener(), headers=headers, within_ms=5_000, **more
    )
    ear.opened(link)
    doorman.callers.append(ear)
    return link, ear


def transport_of(link: Link) -> asyncio.Transport:
    """What carries a link's bytes, to play tricks on it."""
    transport: Any = cast(Any, link)._transport
    return cast(asyncio.Transport, getattr(transport, "underlying_transport", transport))


def test_frames_go_both_ways_whole_and_in_order() -> None:
    async def main() -> None:
        doorman = Doorman(answer=lambda frame: frame.upper())
        async with serving(doorman) as listener:
            link, ear = await connect(doorman, listener)
            sent = [f"hello {n} é".encode() for n in range(50)] + [b"x" * 200_000]
            for frame in sent:
                link.send(frame)
            await ear.until(lambda e: len(e.frames) == len(sent))
            link.close()
            await ear.until(lambda e: e.lost)

        assert ear.frames == [frame.upper() for frame in sent]
        assert link.meter.frames_sent == link.meter.frames_received == len(sent)
        assert ear.lost is not None
        assert ear.lost.code == 1000

    run(main())


def test_frames_that_come_close_together_are_read_together_on_a_beat() -> None:
    async def main() -> None:
        doorman = Doorman()
        async with serving(doorman) as listener:
            link, ear = await connect(
                doorman, listener, beat=Beat(asyncio.get_running_loop(), beat_ms=50)
            )
            far = doorman.ears[0].link
            assert far is not None
            far.send(b"first")
            await ear.until(lambda e: e.frames)
            for n in range(40):
                far.send(b"%d" % n)
                await asyncio.sleep(0)
            await ear.until(lambda e: len(e.frames) == 41)
            link.close()

        assert ear.batches[0] == 1, "an idle link is read at once"
        assert len(ear.batches) <= 5
        assert link.meter.reads <= 6

    run(main())


def test_a_link_that_somebody_waits_for_does_not_keep_the_beat() -> None:
    async def main() -> None:
        doorman = Doorman(answer=lambda frame: frame)
        async with serving(doorman) as listener:
            beat = Beat(asyncio.get_running_loop(), beat_ms=60_000)
            link, ear = await connect(doorman, listener, beat=beat)
            link.read_at_once(True)
            for n in range(5):
                link.send(b"%d" % n)
                await ear.until(lambda e, n=n: len(e.frames) == n + 1)  # type: ignore[misc]
            link.close()

        assert len(ear.frames) == 5

    run(main())


def test_a_wrong_key_is_refused_with_its_status() -> None:
    async def main() -> None:
        doorman = Doorman(word="Bearer right")
        async with serving(doorman) as listener:
            with pytest.raises(HandshakeError) as caught:
                await connect(doorman, listener, headers={"Authorization": "Bearer wrong"})
            assert (caught.value.status, caught.value.retryable) == (401, False)
            await connect(doorman, listener, headers={"Authorization": "Bearer right"})

    run(main())


def test_nobody_listening_is_said_so() -> None:
    async def main() -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with pytest.raises(ConnectError, match="no server is listening"):
            await dial(
                Address("127.0.0.1", port, "/", False),
                Ear(),
                open_link=opener(),
                headers={},
                within_ms=2_000,
            )

    run(main())


@pytest.mark.parametrize(
    "hello", [b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"SSH-2.0\r\n\r\n", b""]
)
def test_a_server_of_another_kind_is_an_error_of_ours(hello: bytes) -> None:
    async def main() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.write(hello)
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises((ConnectError, HandshakeError)):
            await dial(
                Address("127.0.0.1", port, "/", False),
                Ear(),
                open_link=opener(),
                headers={},
                within_ms=2_000,
            )
        server.close()

    run(main())


def test_a_server_that_agrees_and_closes_in_the_same_breath_is_heard() -> None:
    async def main() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            key = next(
                line for line in head.splitlines() if line.lower().startswith("sec-websocket-key")
            )
            accepted = accept_key(key.partition(":")[2].strip())
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accepted.encode() + b"\r\n\r\n"
                b"\x81\x05hello" + b"\x88\x06\x03\xf0gone"
            )
            await writer.drain()
            await reader.read()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        ear = Ear()
        await dial(
            Address("127.0.0.1", port, "/", False),
            ear,
            open_link=opener(),
            headers={},
            within_ms=2_000,
        )
        await ear.until(lambda e: e.lost)
        server.close()
        await server.wait_closed()

        assert ear.frames == [b"hello"]
        assert ear.lost is not None
        assert (ear.lost.code, ear.lost.reason) == (1008, "gone")

    run(main())


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    async def main() -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            port = silent.getsockname()[1]
            with pytest.raises(ConnectError, match="nothing within 100 ms"):
                await dial(
                    Address("127.0.0.1", port, "/", False),
                    Ear(),
                    open_link=opener(),
                    headers={},
                    within_ms=100,
                )

    run(main())


def test_a_name_look_up_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        stuck.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    async def main() -> None:
        with pytest.raises(ConnectError, match="nothing within"):
            await dial(
                Address("some.host", 80, "/", False),
                Ear(),
                open_link=opener(),
                headers={},
                within_ms=100,
            )

    try:
        run(main())
    finally:
        stuck.set()


def test_a_frame_over_the_bound_ends_the_link_with_1009(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        monkeypatch.setattr(accepting, "MAX_FRAME_BYTES", 1_000)
        doorman = Doorman()
        async with serving(doorman) as listener:
            link, ear = await connect(doorman, listener)
            link.send(b"x" * 1_001)
            await ear.until(lambda e: e.lost)

        assert ear.lost is not None
        assert ear.lost.code == 1009
        assert doorman.ears[0].frames == []

    run(main())


def test_our_client_talks_to_the_librarys_server_fragments_pings_and_binary_included() -> None:
    async def main() -> None:
        async def serve(peer: websockets.asyncio.server.ServerConnection) -> None:
            await peer.send(["one ", "frame, ", "three pieces"])  # fragmented
            await (await peer.ping())
            await peer.send(b"binary")
            await peer.send([b"bin", b"ary"])
            await peer.send("last")
            async for message in peer:
                await peer.send(message)

        ear = Ear()
        async with websockets.asyncio.server.serve(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            link = await dial(
                Address("127.0.0.1", port, "/", False),
                ear,
                open_link=opener(),
                headers={},
                within_ms=5_000,
            )
            link.send("ping pong é".encode())
            await ear.until(lambda e: len(e.frames) == 3)
            link.close()
            await ear.until(lambda e: e.lost)

        assert [frame.decode() for frame in ear.frames] == [
            "one frame, three pieces",
            "last",
            "ping pong é",
        ]
        assert ear.binaries == 2
        assert ear.signs == ["ping"]

    run(main())


def test_pings_in_a_silence_and_their_pongs_can_be_noted() -> None:
    async def main() -> None:
        doorman = Doorman()
        async with serving(doorman) as listener:
            _, ear = await connect(doorman, listener, ping_every_s=0.02)
            await ear.until(lambda e: "pong" in e.signs)
            far = doorman.ears[0]

            assert ear.signs[:2] == ["ping_sent", "pong"]
            assert far.signs[:1] == ["ping"]

    run(main())


def test_the_librarys_client_talks_to_our_listener() -> None:
    async def main() -> None:
        doorman = Doorman(answer=lambda frame: b"<" + frame + b">")
        async with serving(doorman) as listener:
            uri = f"ws://127.0.0.1:{listener.port}/v1/responses"
            async with websockets.asyncio.client.connect(uri, proxy=None) as client:
                await client.send(["frag", "mented"])
                assert await client.recv() == "<fragmented>"
                await client.send(b"binary")
                await client.send("after")
                assert await client.recv() == "<after>"
                await (await client.ping())
            await doorman.ears[0].until(lambda e: e.lost)

        assert doorman.ears[0].binaries == 1

    run(main())


def test_an_end_that_gives_no_sign_of_life_is_given_up() -> None:
    async def main() -> None:
        doorman = Doorman()
        async with serving(doorman) as listener:
            _, ear = await connect(doorman, listener, ping_every_s=0.02)
            far = doorman.ears[0].link
            assert far is not None
            transport_of(far).pause_reading()  # pings arrive, and nobody is there to answer
            await ear.until(lambda e: e.lost)

        assert ear.lost is not None
        assert "no sign of life" in str(ear.lost)

    run(main())


def test_a_reader_that_does_not_read_makes_its_writer_wait() -> None:
    async def main() -> None:
        doorman = Doorman()
        async with serving(doorman) as listener:
            link, _ = await connect(doorman, listener)
            far = doorman.ears[0].link
            assert far is not None
            transport_of(link).pause_reading()
            waited = False
            for _ in range(200):
                far.send(b"x" * 100_000)
                await asyncio.sleep(0)
                waiting = asyncio.ensure_future(far.writable())
                done, _ = await asyncio.wait([waiting], timeout=0.01)
                if not done:
                    waited = True
                    waiting.cancel()
                    break
            transport_of(link).resume_reading()
            await asyncio.wait_for(far.writable(), 5)
            link.close()

        assert waited

    run(main())


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n", 200, id="plain request"),
        pytest.param(b"POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}", 200, id="body"),
        pytest.param(b"nonsense\r\n\r\n", 400, id="no HTTP"),
        pytest.param(
            b"GET /x HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 40_000, 431, id="head too large"
        ),
        pytest.param(
            b"GET /x HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
            400,
            id="half a handshake",
        ),
        pytest.param(
            b"POST /x HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
            405,
            id="handshake by POST",
        ),
    ],
)
def test_http_on_the_same_port_is_answered(request_bytes: bytes, status: int) -> None:
    async def main() -> None:
        async with serving(Doorman()) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(request_bytes)
            line = await reader.readline()
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

        assert line.split()[1] == b"%d" % status

    run(main())


def test_two_requests_share_a_connection() -> None:
    async def main() -> None:
        doorman = Doorman()
        async with serving(doorman) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            for _ in range(2):
                writer.write(b"GET /stats HTTP/1.1\r\nhost: a\r\n\r\n")
                assert b"200" in await reader.readline()
                await reader.readuntil(b'{"ok":true}')
            writer.close()

        assert len(doorman.requests) == 2

    run(main())


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ws://127.0.0.1:8000/v1/responses", Address("127.0.0.1", 8000, "/v1/responses", False)),
        ("http://localhost:8000/v1", Address("localhost", 8000, "/v1/responses", False)),
        ("https://api.x.ai/v1/", Address("api.x.ai", 443, "/v1/responses", True)),
        ("wss://host", Address("host", 443, "/v1/responses", True)),
        ("ws://[::1]:9/a?b=c", Address("::1", 9, "/a?b=c", False)),
    ],
)
def test_urls_are_read_as_people_write_them(url: str, address: Address) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize("url", ["foo://x", "ws://", "localhost:80", "ws://h:99999", "ws://k:s@h/"])
def test_urls_that_cannot_be_used_say_why(url: str) -> None:
    with pytest.raises(UsageError):
        parse_address(url)
