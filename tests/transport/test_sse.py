"""Frames over HTTP on real loopback sockets, against a server that is scripted byte by byte."""

import asyncio
import json
import socket
import ssl
import subprocess
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npcengine.errors import ConnectError, LinkLostError
from npcengine.server.gateway import Gateway
from npcengine.transport import asking
from npcengine.transport.address import Address
from npcengine.transport.beat import Beat
from npcengine.transport.dial import dial, opener
from npcengine.transport.exchange import Exchange
from npcengine.transport.link import Link
from npcengine.transport.listen import listen
from npcengine.transport.sse import MAX_CONNECTIONS, SseLink, dial_sse
from tests.server.table import TOOLS, make_gateway
from tests.transport.byte_server import ByteServer, Call, Json, chunk, sse
from tests.transport.peers import Ear

pytestmark = pytest.mark.sockets


_loops: list[Callable[[], asyncio.AbstractEventLoop]] = []


@pytest.fixture(scope="module", autouse=True, params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Generator[None]:
    """Which loop everything runs on: they differ in when they read and when they notice an end."""
    module = request.param if request.param == "asyncio" else pytest.importorskip("uvloop")
    _loops.append(asyncio.new_event_loop if module == "asyncio" else module.new_event_loop)
    yield
    _loops.clear()


def run(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=_loops[0]) as runner:
        runner.run(asyncio.wait_for(main, 20))


async def connect(address: Address, **more: Any) -> tuple[SseLink, Ear]:
    ear = Ear()
    given: dict[str, Any] = {"headers": {}, "within_ms": 5_000, **more}
    link = await dial_sse(address, ear, **given)
    ear.opened(link)
    return link, ear


@asynccontextmanager
async def linked(
    answer: Callable[[Call], None] | None = None, **more: Any
) -> AsyncGenerator[tuple[ByteServer, SseLink, Ear]]:
    """A link to a scripted server, which at the end is closed and has lost everything."""
    async with ByteServer.serving(answer) as server:
        link, ear = await connect(server.address, **more)
        yield server, link, ear
        link.close()
        await ear.until(lambda e: e.lost)


def create(lane: str | None = "s0", **more: Any) -> bytes:
    event: Json = {"type": "response.create", "model": "m", "input": "hello", **more}
    return json.dumps({**event, "stream_id": lane} if lane else event).encode()


def created(id: str = "resp_1") -> Json:
    return {"type": "response.created", "response": {"id": id}}


def delta(text: str) -> Json:
    return {"type": "response.output_text.delta", "delta": text}


def completed(id: str = "resp_1") -> Json:
    return {"type": "response.completed", "response": {"id": id, "status": "completed"}}


async def came(ear: Ear, frames: int) -> None:
    """Wait until so many frames have come, and no more."""
    await ear.until(lambda e: len(e.frames) >= frames)
    assert len(ear.frames) == frames


def heard(ear: Ear, lane: str | None = None) -> list[Json]:
    """The events that came, of one lane or all, without the lane."""
    events: list[Json] = [json.loads(frame) for frame in ear.frames]
    if lane is not None:
        events = [event for event in events if event.get("stream_id") == lane]
    return [{k: v for k, v in event.items() if k != "stream_id"} for event in events]


def error_of(ear: Ear, lane: str) -> Json:
    event = heard(ear, lane)[-1]
    assert event["type"] == "error"
    return event


# --- one request --------------------------------------------------------------------------------


def test_a_request_is_posted_and_its_events_come_back_on_its_lane() -> None:
    async def main() -> None:
        headers = {"Authorization": "Bearer key"}
        async with linked(headers=headers) as (server, link, ear):
            frame = create(tools=[])
            link.send(frame)
            call = await server.call(0)
            call.answer(created(), delta("Hi"), completed())
            await came(ear, 3)

            assert call.line == "POST /v1/responses HTTP/1.1"
            assert call.headers["authorization"] == "Bearer key"
            assert call.headers["host"] == f"127.0.0.1:{server.address.port}"
            assert call.headers["accept"] == "text/event-stream"
            assert call.headers["content-type"] == "application/json"
            assert call.json == {"model": "m", "input": "hello", "tools": [], "stream": True}
            assert {json.loads(f)["stream_id"] for f in ear.frames} == {"s0"}
            assert heard(ear) == [created(), delta("Hi"), completed()]
            assert ear.batches == [3]
            meter = link.meter
            assert (meter.frames_sent, meter.bytes_sent) == (1, len(frame))
            assert (meter.frames_received, meter.reads) == (3, 1)
            assert meter.bytes_received == sum(map(len, ear.frames))
            assert not link.keeps_contexts

    run(main())


@given(
    cuts=st.lists(st.integers(1, 400), max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    is_chunked=st.booleans(),
)
@settings(max_examples=25)
def test_events_are_the_same_however_the_bytes_are_cut(
    cuts: list[int], end: str, is_chunked: bool
) -> None:
    events = [created(), delta("Grüß Gott"), {"type": "acme:trace"}, completed()]
    spread = json.dumps(events[1], ensure_ascii=False, indent=1).split("\n")
    stream = b": hello\n\n" + sse(events[0]) + b"retry: 5\n" + b"event: x\n"
    stream += b"".join(b"data: %b\n" % line.encode() for line in spread) + b"\n"
    stream += sse(*events[2:]) + b"data: [DONE]\n\n"
    stream = stream.replace(b"\n", end.encode())

    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            call = await server.call(0)
            if is_chunked:
                call.head()
                wire = b"".join(chunk(p) for p in (stream[:50], stream[50:])) + b"0\r\n\r\n"
            else:
                call.head(content_type="text/event-stream", connection="close")
                wire = stream
            for cut in cuts:
                call.say(wire[:cut])
                wire = wire[cut:]
                await asyncio.sleep(0)
            call.say(wire)
            if not is_chunked:
                call.hang_up()
            await came(ear, 4)
            assert heard(ear, "s0") == events

    run(main())


def test_a_default_lane_stays_without_a_name() -> None:
    async def main() -> None:
        async with linked(lambda call: call.answer(completed())) as (_, link, ear):
            link.send(create(None))
            await came(ear, 1)

        assert json.loads(ear.frames[0]) == completed()

    run(main())


@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_an_answer_that_is_no_stream_is_an_error_that_is_not_tried_again(kind: str) -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            (await server.call(0)).reply("200 OK", b'{"id":"resp_1"}', content_type=kind)
            await came(ear, 1)

        error = error_of(ear, "s0")
        assert error["error"]["code"] == "not_an_event_stream"
        assert "status" not in error

    run(main())


def test_a_refusal_is_an_error_of_its_lane_and_leaves_the_connection_usable() -> None:
    body = b'{"error":{"message":"slow down","type":"t","param":null,"code":"rate"}}'

    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            (await server.call(0)).reply("429 Too Many Requests", body, Retry_After="3")
            await came(ear, 1)
            link.send(create())
            again = await server.call(1)

            assert again.connection == 0
            error = error_of(ear, "s0")
            assert error["status"] == 429
            assert error["headers"] == {"retry-after": "3"}
            assert error["error"]["code"] == "rate"

    run(main())


def test_what_is_not_http_is_the_end_of_its_lane() -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            (await server.call(0)).say(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
            await came(ear, 1)

        assert error_of(ear, "s0")["error"]["code"] == "stream_lost"

    run(main())


def test_what_http_cannot_say_is_answered_and_raises_nothing() -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            call = await server.call(0)
            call.head()
            call.events(created("resp_7"))
            await came(ear, 1)
            words = {"type": "response.steer", "previous_response_id": "resp_7", "input": "short"}
            link.send(json.dumps(words).encode())
            link.send(b'{"type":"response.cancel","stream_id":"s0"}')
            link.send(b'{"type":"response.create","stream_id":7}')
            link.send(b"\xff")
            await came(ear, 5)

        _, steer, cancel, *unreadable = heard(ear)
        lanes = [json.loads(frame).get("stream_id") for frame in ear.frames]
        assert lanes == ["s0", "s0", "s0", None, None]
        assert steer["type"] == "response.steer.failed"
        assert steer["error"]["code"] == "steering_not_supported"
        assert steer["steer"] == {"previous_response_id": "resp_7", "input": "short"}
        assert (cancel["type"], cancel["status"]) == ("error", 400)
        assert [(event["type"], event["status"]) for event in unreadable] == [("error", 400)] * 2
        assert len(server.calls) == 1

    run(main())


# --- connections --------------------------------------------------------------------------------


def test_a_connection_is_used_again() -> None:
    async def main() -> None:
        async with linked(lambda call: call.answer(created(), completed())) as (server, link, ear):
            for number in range(1, 6):
                link.send(create(f"s{number}"))
                await came(ear, 2 * number)

            assert server.connections == 1

    run(main())


def test_a_link_whose_owner_asks_on_in_the_same_breath_uses_its_connection_again() -> None:
    async def main() -> None:
        async with linked(lambda call: call.answer(completed())) as (server, link, ear):
            left = [create() for _ in range(5)]

            def ask_on(_: bytes) -> bytes | None:
                return left.pop() if left else None

            ear._answer = ask_on
            link.send(create())
            await came(ear, 6)

            assert server.connections == 1

    run(main())


def test_lanes_are_answered_at_once_and_each_in_the_order_it_asks() -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            for lane, number in (("a", 0), ("b", 1), ("a", 2)):
                link.send(create(lane, input=str(number)))
            await server.until(lambda s: len(s.calls) == 2)
            calls = {call.json["input"]: call for call in server.calls}
            assert sorted(calls) == ["0", "1"]
            for call in calls.values():
                call.head()
            for text in "xy":
                calls["1"].events(delta(text))
                calls["0"].events(delta(text.upper()))
            await came(ear, 4)
            assert heard(ear, "a") == [delta("X"), delta("Y")]
            assert heard(ear, "b") == [delta("x"), delta("y")]
            calls["0"].events(completed())
            calls["0"].end()
            later = await server.call(2)
            assert later.json["input"] == "2"
            assert later.connection == calls["0"].connection

    run(main())


def test_no_more_than_so_many_requests_run_at_once_and_the_others_wait_in_order() -> None:
    async def main() -> None:
        async with linked() as (server, link, _):
            for number in range(MAX_CONNECTIONS + 2):
                link.send(create(f"s{number}", input=str(number)))
            await server.until(lambda s: len(s.calls) == MAX_CONNECTIONS)
            room = asyncio.create_task(link.writable())
            await asyncio.sleep(0)
            assert not room.done()
            for answered in range(2):
                server.calls[answered].answer(completed())
                call = await server.call(MAX_CONNECTIONS + answered)
                assert call.json["input"] == str(MAX_CONNECTIONS + answered)
            await room
            assert server.connections == MAX_CONNECTIONS

    run(main())


def test_a_body_that_goes_on_after_its_response_holds_up_nobody() -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            first = await server.call(0)
            first.head()
            first.events(created(), completed())
            await came(ear, 2)
            link.send(create())
            first.events(delta("late"), completed())
            second = await server.call(1)
            second.answer(created("resp_2"), completed("resp_2"))
            await came(ear, 4)

            assert second.connection == 1
            assert heard(ear)[2:] == [created("resp_2"), completed("resp_2")]

    run(main())


def test_a_body_that_ends_a_moment_after_its_response_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "FINISH_WITHIN_S", 5.0)

    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            first = await server.call(0)
            first.head()
            first.events(completed())
            await came(ear, 1)
            link.send(create())
            await asyncio.sleep(0)
            first.end()
            second = await server.call(1)

            assert second.connection == 0

    run(main())


def shut_down(end: socket.socket) -> None:
    end.shutdown(socket.SHUT_RDWR)


def say_goodbye(end: socket.socket) -> None:
    end.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    "act",
    [shut_down, say_goodbye],
)
@pytest.mark.parametrize("noticed", [True, False])
def test_a_connection_that_died_while_it_was_idle_costs_nothing_but_another_one(
    act: Callable[[socket.socket], object], noticed: bool
) -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            first = await server.call(0)
            first.answer(completed())
            await came(ear, 1)
            first.at_this_moment(act)
            if noticed:
                await server.until(lambda s: not s.open)
            link.send(create())
            second = await server.call(1)
            second.answer(completed("resp_2"))
            await came(ear, 2)

            assert second.connection == 1
            assert heard(ear)[1] == completed("resp_2")

    run(main())


def test_a_connection_is_not_kept_for_longer_than_servers_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "IDLE_S", 0.01)

    async def main() -> None:
        async with linked() as (server, _, ear):
            await server.until(lambda s: s.connections and not s.open)

            assert ear.lost is None

    run(main())


# --- losses -------------------------------------------------------------------------------------


def break_off(call: Call) -> None:
    call.hang_up()


def break_off_in_the_head(call: Call) -> None:
    call.say(b"HTTP/1.1 200 OK\r\ncontent-")
    call.hang_up()


def end_too_early(call: Call) -> None:
    call.answer(created())


def reset(call: Call) -> None:
    call.head()
    call.writer.transport.abort()


@pytest.mark.parametrize("ending", [break_off, break_off_in_the_head, end_too_early, reset])
def test_what_was_written_is_not_sent_again_but_said_to_be_lost(
    ending: Callable[[Call], None],
) -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create())
            (await server.call(0)).answer(completed())
            await came(ear, 1)
            link.send(create())
            second = await server.call(1)
            assert second.connection == 0
            ending(second)
            await ear.until(lambda e: heard(e)[-1]["type"] == "error")
            link.send(create())
            third = await server.call(2)
            third.answer(completed("resp_3"))
            await ear.until(lambda e: heard(e)[-1]["type"] != "error")

        errors = [event for event in heard(ear, "s0") if event["type"] == "error"]
        assert [(error["status"], error["error"]["code"]) for error in errors] == [
            (503, "stream_lost")
        ]
        assert len(server.calls) == 3

    run(main())


def answer_well(call: Call) -> None:
    call.answer(delta(call.json["input"]), completed())


def answer_and_hang_up(call: Call) -> None:
    call.answer(delta(call.json["input"]), completed())
    call.hang_up()


def answer_and_say_more(call: Call) -> None:
    call.answer(delta(call.json["input"]), completed(), delta("more"), completed())


def answer_and_never_end(call: Call) -> None:
    call.head()
    call.events(delta(call.json["input"]), completed())


def refuse(call: Call) -> None:
    call.reply("503 Service Unavailable", b"{}")


def babble(call: Call) -> None:
    call.say(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


BEHAVIOURS = [
    answer_well,
    answer_and_hang_up,
    answer_and_say_more,
    answer_and_never_end,
    refuse,
    babble,
    break_off,
    break_off_in_the_head,
    end_too_early,
    reset,
]


@given(asked=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(BEHAVIOURS)), max_size=9))
@settings(max_examples=40)
def test_whatever_a_server_does_every_request_ends_once_and_in_the_order_of_its_lane(
    asked: list[tuple[str, Callable[[Call], None]]],
) -> None:
    async def main() -> None:
        def answer(call: Call) -> None:
            asked[int(call.json["input"])][1](call)

        async with linked(answer) as (server, link, ear):
            for number, (lane, _) in enumerate(asked):
                link.send(create(lane, input=str(number)))
            ends = ("response.completed", "error")
            await ear.until(
                lambda e: [x["type"] in ends for x in heard(e)].count(True) == len(asked)
            )
            assert sorted(int(call.json["input"]) for call in server.calls) == [*range(len(asked))]

        for lane in "abc":
            wanted = [number for number, (of, _) in enumerate(asked) if of == lane]
            got = heard(ear, lane)
            assert [event["type"] in ends for event in got].count(True) == len(wanted)
            echoes = [int(event["delta"]) for event in got if "delta" in event]
            assert echoes == sorted(echoes)
            assert set(echoes) <= set(wanted)

    run(main())


def test_a_stream_that_breaks_off_is_lost_to_its_own_lane_alone() -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create("a", input="a"))
            link.send(create("b", input="b"))
            await server.until(lambda s: len(s.calls) == 2)
            calls = {call.json["input"]: call for call in server.calls}
            for call in calls.values():
                call.head()
                call.events(created(), delta("some"))
            await came(ear, 4)
            calls["a"].hang_up()
            await came(ear, 5)
            calls["b"].events(completed())
            calls["b"].end()
            await came(ear, 6)

            assert error_of(ear, "a")["status"] == 503
            assert heard(ear, "b") == [created(), delta("some"), completed()]
            assert ear.lost is None

    run(main())


def test_a_server_that_says_nothing_at_all_is_given_up() -> None:
    async def main() -> None:
        async with linked(ping_every_s=0.01) as (server, link, ear):
            link.send(create())
            (await server.call(0)).head()
            await came(ear, 1)

        error = error_of(ear, "s0")
        assert error["error"]["code"] == "stream_lost"
        assert "no sign of life" in error["error"]["message"]

    run(main())


def test_a_link_is_lost_when_its_server_cannot_be_reached_any_more() -> None:
    async def main() -> None:
        async with ByteServer.serving() as server:
            link, ear = await connect(server.address)
            link.send(create())
            call = await server.call(0)
            server.stop_listening()
            call.hang_up()
            await came(ear, 1)
            link.send(create())
            await ear.until(lambda e: e.lost)
            link.send(create())
            link.close()

            assert error_of(ear, "s0")["error"]["code"] == "stream_lost"
            assert len(ear.frames) == 1
            assert "refused" in str(ear.lost)

    run(main())


def test_a_connection_too_many_is_a_loss_of_its_lane_while_others_are_answered() -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            link.send(create("a"))
            call = await server.call(0)
            server.stop_listening()
            link.send(create("b"))
            await came(ear, 1)
            call.answer(completed())
            await came(ear, 2)

            assert error_of(ear, "b")["status"] == 503
            assert heard(ear, "a") == [completed()]
            assert ear.lost is None

    run(main())


def test_a_server_that_hangs_up_on_everybody_is_not_called_again_and_again() -> None:
    async def main() -> None:
        async with ByteServer.serving() as server:
            link, ear = await connect(server.address)
            await server.until(lambda s: s.connections)
            calls: list[int] = []

            async def slam(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                calls.append(1)
                writer.transport.abort()

            address = server.address
            server.stop_listening()
            other = await asyncio.start_server(slam, address.host, address.port)
            await server.hang_up()
            link.send(create())
            await came(ear, 1)
            link.close()
            await ear.until(lambda e: e.lost)
            other.close()
            await asyncio.sleep(0)

            assert error_of(ear, "s0")["error"]["code"] == "stream_lost"
            assert len(calls) == 1

    run(main())


def test_a_connection_that_was_lost_before_it_could_be_used_says_so() -> None:
    async def main() -> None:
        async with linked() as (server, link, ear):
            connection = await link._dial()
            connection.cut()
            await server.until(lambda s: s.connections == 2 and s.open == 1)
            exchange = Exchange("s0", b"")
            connection.ask(exchange)

            assert error_of(ear, "s0")["error"]["code"] == "stream_lost"

    run(main())


class CountsLosses(Ear):
    losses = 0
    left: int | None = None
    """Connections and attempts at some that were still there when the link was lost."""

    def link_lost(self, error: LinkLostError) -> None:
        self.losses += 1
        assert isinstance(self.link, SseLink)
        self.left = len(self.link._connections) + len(self.link._dials)
        super().link_lost(error)


@pytest.mark.parametrize("requests", [0, 1, MAX_CONNECTIONS + 3])
def test_closing_cuts_everything_and_is_told_once(requests: int) -> None:
    async def main() -> None:
        async with ByteServer.serving() as server:
            ear = CountsLosses()
            link = await dial_sse(server.address, ear, headers={}, within_ms=5_000)
            ear.opened(link)
            for number in range(requests):
                link.send(create(f"s{number}"))
            if requests:
                (await server.call(0)).head()
            else:
                await server.until(lambda s: s.connections)
                await server.hang_up()
            link.close(1001, "enough")
            assert ear.lost is None, "whoever closes is not called back at once"
            link.close()
            link.send(create("late"))
            await ear.until(lambda e: e.lost)
            await server.until(lambda s: not s.open)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

            assert str(ear.lost) == "connection lost: enough (close code 1001)"
            assert (ear.losses, ear.left, ear.frames) == (1, 0, [])

    run(main())


def test_a_host_that_cannot_be_reached_is_found_when_the_link_is_opened() -> None:
    async def main() -> None:
        async with ByteServer.serving() as server:
            address = server.address
        with pytest.raises(ConnectError, match="refused"):
            await connect(address)

    run(main())


# --- pace ---------------------------------------------------------------------------------------


def test_events_that_come_close_together_are_read_together_on_a_beat() -> None:
    async def main() -> None:
        beat = Beat(asyncio.get_running_loop(), beat_ms=50)
        async with linked(beat=beat) as (server, link, ear):
            link.send(create())
            call = await server.call(0)
            call.head()
            for number in range(40):
                call.events(delta(str(number)))
                await asyncio.sleep(0)
            call.events(completed())
            call.end()
            await came(ear, 41)

            assert link.meter.reads <= 6

    run(main())


def test_a_link_that_somebody_waits_for_does_not_keep_the_beat() -> None:
    async def main() -> None:
        beat = Beat(asyncio.get_running_loop(), beat_ms=3_600_000)
        async with linked(beat=beat) as (server, link, ear):
            link.read_at_once(True)
            link.send(create())
            call = await server.call(0)
            call.head()
            for number in range(3):
                call.events(delta(str(number)))
                await came(ear, number + 1)

    run(main())


# --- certificates -------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for ``localhost`` that nobody trusts, with its key."""
    path = tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(path)]
    try:
        subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no openssl to make a certificate with")
    return path


def secure(address: Address, host: str) -> Address:
    return Address(host, address.port, address.path, True)


def test_a_secure_server_is_talked_to_if_its_certificate_is_trusted_and_its_own(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, certificate.with_name("key.pem"))

    async def main() -> None:
        async with ByteServer.serving(lambda c: c.answer(completed()), ssl=served) as server:
            with pytest.raises(ConnectError, match="not trusted") as untrusted:
                await connect(secure(server.address, "localhost"))
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            with pytest.raises(ConnectError, match="not trusted"):
                await connect(secure(server.address, "127.0.0.1"))
            link, ear = await connect(secure(server.address, "localhost"))
            for number in range(1, 3):
                link.send(create())
                await came(ear, number)
            link.close()
            await ear.until(lambda e: e.lost)

            assert not untrusted.value.retryable
            assert {call.connection for call in server.calls} == {server.calls[0].connection}
            assert heard(ear, "s0") == [completed()] * 2

    run(main())


# --- our own gateway ----------------------------------------------------------------------------


async def one_more(ear: Ear, kinds: tuple[str, ...]) -> None:
    """Wait for more, up to an event of one of these kinds."""
    seen = len(ear.frames)
    await ear.until(lambda e: len(e.frames) > seen and heard(e)[-1]["type"] in kinds)


async def converse(gateway: Gateway, opened: Callable[[Address, Ear], Any]) -> list[Json]:
    """Hold one conversation, tool calls and refusals included; return what came of it."""
    listener = await listen(gateway, "127.0.0.1", 0)
    ear = Ear()
    link: Link = await opened(Address("127.0.0.1", listener.port, "/v1/responses", False), ear)
    ear.opened(link)
    ends = ("response.completed", "error")
    output = {"type": "function_call_output", "call_id": "call_1", "output": "22"}
    call = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
    heard_first = {"role": "user", "content": "Grüß Gott"}
    asked: list[Json] = [
        {"input": "hello"},
        {"input": "call look ask; and then some words", "tools": TOOLS},
        {"input": [heard_first, call, output], "tools": TOOLS},
        {"input": [heard_first, call], "tools": TOOLS},
        {"input": 7},
        {"input": "on", "previous_response_id": "resp_unknown"},
        {"input": "kept", "store": True},
    ]
    for request in asked:
        link.send(create("s0", **{"store": False, **request}))
        await one_more(ear, ends)
    link.close()
    await ear.until(lambda e: e.lost)
    await listener.close()
    await gateway.close()
    return [without_cache(json.loads(frame)) for frame in ear.frames]


def without_cache(event: Json) -> Json:
    """Leave out how many tokens came from a cache: over HTTP there is none."""
    usage: Json | None = event.get("response", {}).get("usage")
    if usage is not None:
        del usage["input_tokens_details"]
    return event


def test_the_same_mind_says_the_same_over_http_as_over_a_websocket() -> None:
    async def main() -> None:
        more: dict[str, Any] = {"headers": {}, "within_ms": 5_000}
        over_websocket = await converse(
            make_gateway(), lambda a, ear: dial(a, ear, open_link=opener(), **more)
        )
        over_http = await converse(make_gateway(), lambda a, ear: dial_sse(a, ear, **more))

        assert over_http == over_websocket
        assert {event["type"] for event in over_http} >= {
            "response.function_call_arguments.done",
            "response.output_text.delta",
            "error",
        }

    run(main())
