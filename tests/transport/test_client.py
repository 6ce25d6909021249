"""Requests over HTTP whose answers are read while they come, against a server of bytes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from npcengine.errors import ConnectError, LinkLostError
from npcengine.transport import client as client_module
from npcengine.transport.client import HttpAnswer, HttpClient
from tests.transport.byte_server import ByteServer, Call, chunk

pytestmark = pytest.mark.sockets

JSON = {"content_type": "application/json"}


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 20))


@asynccontextmanager
async def asking(
    answer: Callable[[Call], None] | None = None,
) -> AsyncGenerator[tuple[ByteServer, HttpClient]]:
    async with ByteServer.serving(answer) as server:
        client = HttpClient(server.address, headers={"authorization": "Bearer k"}, silence_s=60)
        yield server, client
        await client.close()
        await server.until(lambda s: not s.open)


async def whole(answer: HttpAnswer) -> bytes:
    return await answer.whole(within_s=5, most_bytes=1_000_000)


def test_a_request_goes_out_as_it_was_asked_and_its_answer_comes_back() -> None:
    async def main() -> None:
        async with asking(lambda call: call.reply("200 OK", b'{"a":1}', **JSON)) as (
            server,
            client,
        ):
            async with client.ask("GET", "/props?x=1", within_s=5) as answer:
                assert answer.status == 200
                assert answer.headers["content-type"] == "application/json"
                assert await whole(answer) == b'{"a":1}'
            async with client.ask("POST", "/v1/x", b"{}", within_s=5) as answer:
                assert await whole(answer) == b'{"a":1}'

        first, second = server.calls
        assert first.line == "GET /props?x=1 HTTP/1.1"
        assert first.headers["authorization"] == "Bearer k"
        assert (second.line, second.body) == ("POST /v1/x HTTP/1.1", b"{}")
        assert (first.connection, second.connection) == (0, 0)

    run(main())


def test_a_stream_is_read_while_it_comes_and_the_connection_used_again() -> None:
    async def main() -> None:
        async with asking() as (server, client):
            for number in range(2):
                ask = asyncio.ensure_future(_first_piece(client))
                call = await server.call(number)
                call.head()
                call.say(chunk(b"one"))
                answer, piece, leave = await ask
                assert piece == b"one"
                call.say(chunk(b"two") + b"0\r\n\r\n")
                assert await whole(answer) == b"two"
                await leave()

        assert server.connections == 1

    run(main())


async def _first_piece(
    client: HttpClient,
) -> tuple[HttpAnswer, bytes, Callable[[], Coroutine[Any, Any, None]]]:
    context = client.ask("POST", "/x", within_s=5)
    answer = await context.__aenter__()
    pieces = answer.pieces(within_s=5)
    piece = bytes(await anext(pieces))
    await pieces.aclose()

    async def leave() -> None:
        await context.__aexit__(None, None, None)

    return answer, piece, leave


@pytest.mark.parametrize("how", ["leaves", "is cancelled", "fails"])
def test_who_leaves_early_hangs_up(how: str) -> None:
    async def main() -> None:
        async with asking(Call.head) as (server, client):

            async def read() -> None:
                async with client.ask("POST", "/x", within_s=5) as answer:
                    if how == "leaves":
                        return
                    if how == "fails":
                        raise ZeroDivisionError
                    await whole(answer)

            task = asyncio.ensure_future(read())
            await server.call(0)
            if how == "is cancelled":
                task.cancel()
            await asyncio.wait([task])
            await server.until(lambda s: not s.open)
            assert task.cancelled() is (how == "is cancelled")

    run(main())


def test_a_request_that_was_never_sent_goes_over_another_connection() -> None:
    async def main() -> None:
        async with asking(lambda call: call.reply("200 OK", b"{}", **JSON)) as (server, client):
            async with client.ask("GET", "/x", within_s=5) as answer:
                await whole(answer)
            server.calls[0].at_this_moment(lambda end: end.shutdown(2))
            async with client.ask("GET", "/x", within_s=5) as answer:
                assert await whole(answer) == b"{}"

        assert [call.connection for call in server.calls] == [0, 1]

    run(main())


def test_what_goes_wrong_before_the_head_is_told_apart() -> None:
    async def main() -> None:
        async with asking() as (server, client):
            task = asyncio.ensure_future(_ask(client))
            (await server.call(0)).hang_up()
            with pytest.raises(LinkLostError):
                await task
            with pytest.raises(TimeoutError):
                await _ask(client, within_s=0.05)
            server.stop_listening()
            with pytest.raises(ConnectError):
                await _ask(client)

    run(main())


async def _ask(client: HttpClient, within_s: float = 5) -> None:
    async with client.ask("POST", "/x", within_s=within_s):
        raise AssertionError("answered")


def test_a_body_that_is_cut_off_is_what_came_of_it_and_says_so() -> None:
    def cut(call: Call) -> None:
        call.head()
        call.say(chunk(b"half"))
        call.hang_up()

    async def main() -> None:
        async with asking(cut) as (_, client), client.ask("GET", "/x", within_s=5) as answer:
            assert await whole(answer) == b"half"
            assert answer.lost

    run(main())


def test_a_silence_is_an_error() -> None:
    async def main() -> None:
        async with asking(Call.head) as (_, client), client.ask("GET", "/x", within_s=5) as answer:
            with pytest.raises(TimeoutError):
                await answer.whole(within_s=0.05, most_bytes=10)

    run(main())


def test_an_answer_that_nobody_read_leaves_a_connection_that_is_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "HOLD_BYTES", 100)  # it is held in its one and only read

    async def main() -> None:
        async with asking(lambda call: call.reply("200 OK", b"x" * 500)) as (server, client):
            for _ in range(3):
                async with client.ask("GET", "/x", within_s=5) as answer:
                    while not answer.is_over:
                        await answer.change()

        assert server.connections == 1

    run(main())


def test_who_does_not_read_makes_the_server_wait_and_gets_all_of_it_in_the_end() -> None:
    size = 40 * 1024 * 1024

    async def main() -> None:
        async with asking() as (server, client):
            ask = asyncio.ensure_future(_first_piece(client))
            call = await server.call(0)
            call.head(content_type="text/plain", content_length=str(size))
            call.say(b"x" * size)
            answer, piece, leave = await ask
            for _ in range(200):
                await asyncio.sleep(0)
            assert answer._unread_bytes < client_module.HOLD_BYTES + 1024 * 1024
            assert call.writer.transport.get_write_buffer_size() > size // 4
            rest = await answer.whole(within_s=5, most_bytes=2 * size)
            assert len(piece) + len(rest) == size
            await leave()

    run(main())
