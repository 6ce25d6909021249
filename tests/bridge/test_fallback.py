"""Which way is taken to a server, and whole turns over the one that is no WebSocket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
from blockbuster import BlockBuster
from hypothesis import given
from hypothesis import strategies as st
from websockets.utils import accept_key

from npcengine import Bridge, Commit, Npc
from npcengine.bridge import fallback
from npcengine.bridge.endpoints import RemoteEndpoint
from npcengine.bridge.fallback import BACK_AFTER_S, MAX_FAILED_UPGRADES, Transport, Ways
from npcengine.clock import ManualClock
from npcengine.errors import ConnectError, HandshakeError, LinkError, UsageError
from npcengine.protocol.capabilities import GATEWAY
from npcengine.testing import wait_until
from npcengine.transport.address import Address
from npcengine.transport.beat import Beat
from npcengine.transport.dial import LIBRARY_VARIABLE
from npcengine.transport.link import Link
from tests.bridge.acts import FRAME
from tests.bridge.http_only import BOUND_S, HttpOnly, served
from tests.bridge.killing import Ring
from tests.transport.byte_server import ByteServer, Call
from tests.transport.peers import Ear

OK = 101
HANGS_UP = 0
WAIT_MS = BACK_AFTER_S * 1_000


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 20))


# --- the decisions, with nothing opened ---------------------------------------------------------

ADDRESS = Address("127.0.0.1", 1, "/v1/responses", False)
UNREACHED = ConnectError("ws://", "refused")
UNTRUSTED = ConnectError("wss://", "its certificate is not trusted", retryable=False)
HUNG_UP = ConnectError("ws://", "it hung up")
HUNG_UP.was_reached = UNTRUSTED.was_reached = True


def refused(status: int) -> HandshakeError:
    return HandshakeError("ws://", status, "no")


class Doors:
    """Stands for a server: every attempt at a WebSocket ends as is said, HTTP always opens."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.result: LinkError | None = None
        self.tried: list[str] = []
        self.clock = ManualClock()
        self.ways = Ways(clock=self.clock)
        patch.setattr(fallback, "dial", self._dial)
        patch.setattr(fallback, "dial_sse", self._dial_sse)

    async def _dial(self, *_: object, **__: object) -> str:
        self.tried.append("websocket")
        if self.result is not None:
            raise self.result
        return "websocket"

    async def _dial_sse(self, *_: object, **__: object) -> str:
        self.tried.append("http")
        return "http"

    async def knock(self, result: LinkError | None) -> list[str]:
        """Open a link; return what was tried, with ``no`` for last if none came about."""
        self.result, self.tried = result, []
        try:
            await self.ways.open(ADDRESS, Ear(), headers={}, within_ms=1_000)
        except LinkError:
            self.tried.append("no")
        return self.tried


failures = st.sampled_from([404, 400, 502, 429, HANGS_UP])
no_failures = st.sampled_from([UNREACHED, UNTRUSTED, 401, 403])
results = st.one_of(failures, failures, no_failures, st.sampled_from([OK, 426]))
steps = st.lists(st.tuples(results, st.sampled_from([0.0, 1.0, WAIT_MS - 2, WAIT_MS])))


@given(steps=steps)
def test_http_is_taken_when_upgrades_fail_and_a_websocket_tried_again_after_a_while(
    steps: list[tuple[Any, float]],
) -> None:
    async def main() -> None:
        with pytest.MonkeyPatch.context() as patch:
            doors = Doors(patch)
            in_a_row, http_until_ms, now_ms = 0, 0.0, 0.0
            for result, ms in steps:
                doors.clock.advance(ms=ms)
                now_ms += ms
                if now_ms < http_until_ms:
                    assert await doors.knock(None) == ["http"]
                    continue
                if result == OK:
                    assert await doors.knock(None) == ["websocket"]
                    in_a_row, http_until_ms = 0, 0.0
                    assert doors.ways.transport == "websocket"
                    continue
                error = HUNG_UP if result == HANGS_UP else result
                error = refused(error) if isinstance(error, int) else error
                tried = await doors.knock(error)
                is_failure = error not in (UNREACHED, UNTRUSTED) and result not in (401, 403)
                in_a_row += is_failure
                if is_failure and (result == 426 or in_a_row >= MAX_FAILED_UPGRADES):
                    in_a_row, http_until_ms = MAX_FAILED_UPGRADES, now_ms + WAIT_MS
                    assert tried == ["websocket", "http"]
                    assert doors.ways.transport == "http"
                else:
                    assert tried == ["websocket", "no"]
                    assert not is_failure or error.retryable

    asyncio.run(main())


def test_upgrades_that_fail_side_by_side_count_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        doors = Doors(monkeypatch)
        gate = asyncio.Barrier(8)

        async def fail_together(*_: object, **__: object) -> str:
            await gate.wait()
            raise refused(502)

        monkeypatch.setattr(fallback, "dial", fail_together)
        opening = [
            asyncio.create_task(doors.ways.open(ADDRESS, Ear(), headers={}, within_ms=1_000))
            for _ in range(8)
        ]
        errors = await asyncio.gather(*opening, return_exceptions=True)

        assert {type(error) for error in errors} == {HandshakeError}
        assert doors.ways.transport == "websocket"

    run(main())


def test_credentials_that_are_refused_are_not_tried_again_another_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        doors, error = Doors(monkeypatch), refused(401)
        for _ in range(5):
            assert await doors.knock(error) == ["websocket", "no"]

        assert not error.retryable

    run(main())


@pytest.mark.parametrize(
    ("wanted", "tried"), [("websocket", ["websocket", "no"]), ("http", ["http"])]
)
def test_a_way_that_is_asked_for_is_taken_whatever_comes_of_it(
    wanted: Transport, tried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        doors = Doors(monkeypatch)
        doors.ways.prefer(wanted)
        for _ in range(5):
            assert await doors.knock(refused(426)) == tried

        assert doors.ways.transport == wanted
        doors.ways.prefer("auto")
        assert doors.ways.transport == "websocket"
        assert await doors.knock(refused(426)) == ["websocket", "http"]
        doors.ways.prefer("auto")
        assert await doors.knock(None) == ["websocket"]

    run(main())


def test_a_way_that_there_is_not_is_refused_by_its_name() -> None:
    with pytest.raises(UsageError, match="carrier pigeon"):
        RemoteEndpoint("ws://127.0.0.1:1", transport="carrier pigeon")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# --- the same with real upgrades ----------------------------------------------------------------


@pytest.fixture(params=["websockets", "picows"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which library tries the upgrades."""
    if request.param == "picows":
        pytest.importorskip("picows", reason="the extra `fast` is not installed")
    monkeypatch.setenv(LIBRARY_VARIABLE, request.param)


def status_line(line: str) -> Callable[[Call], None]:
    return lambda call: call.reply(line, b"")


def hang_up(call: Call) -> None:
    call.hang_up()


def babble(call: Call) -> None:
    call.say(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    call.hang_up()


def say_nothing(call: Call) -> None:
    """As a proxy does that waits for the rest of something."""


def accept(call: Call) -> None:
    accepted = accept_key(call.headers["sec-websocket-key"])
    call.head(
        "101 Switching Protocols",
        upgrade="websocket",
        connection="Upgrade",
        sec_websocket_accept=accepted,
    )


@asynccontextmanager
async def endpoint_at(
    answer: Callable[[Call], None], clock: ManualClock
) -> AsyncGenerator[tuple[ByteServer, Callable[..., Awaitable[Link]]]]:
    async with ByteServer.serving(answer) as server:
        endpoint = RemoteEndpoint(server.address.url, clock=clock)
        ears: list[Ear] = []

        async def knock(within_ms: int = 2_000) -> Link:
            ear = Ear()
            beat = Beat(asyncio.get_running_loop())
            link = await endpoint.open(ear, beat, within_ms=within_ms)
            ear.opened(link)
            ears.append(ear)
            assert link.keeps_contexts == (endpoint.transport == "websocket")
            return link

        yield server, knock
        for ear in ears:
            assert ear.link is not None
            ear.link.close()
        await server.hang_up()
        for ear in ears:
            await ear.until(lambda e: e.lost)


@pytest.mark.sockets
@pytest.mark.usefixtures("library")
def test_a_server_that_says_426_is_talked_to_over_http_at_once_and_asked_again_later() -> None:
    async def main() -> None:
        clock = ManualClock()
        answers = [status_line("426 Upgrade Required"), accept]

        def answer(call: Call) -> None:
            answers.pop(0)(call)

        async with endpoint_at(answer, clock) as (server, knock):
            assert not (await knock()).keeps_contexts
            clock.advance(ms=WAIT_MS - 1)
            assert not (await knock()).keeps_contexts
            assert len(server.calls) == 1
            clock.advance(ms=1)
            assert (await knock()).keeps_contexts
            assert len(server.calls) == 2

    run(main())


@pytest.mark.sockets
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(status_line("404 Not Found"), id="404"),
        pytest.param(status_line("200 OK"), id="200"),
        pytest.param(status_line("502 Bad Gateway"), id="502"),
        hang_up,
        babble,
        say_nothing,
    ],
)
def test_upgrades_that_fail_again_and_again_are_given_up_for_http(
    answer: Callable[[Call], None],
) -> None:
    async def main() -> None:
        async with endpoint_at(answer, ManualClock()) as (server, knock):
            within_ms = 100 if answer is say_nothing else 2_000
            for _ in range(MAX_FAILED_UPGRADES - 1):
                with pytest.raises(LinkError) as failed:
                    await knock(within_ms)
                assert failed.value.retryable
            assert not (await knock(within_ms)).keeps_contexts
            assert not (await knock(within_ms)).keeps_contexts
            assert len(server.calls) == MAX_FAILED_UPGRADES

    run(main())


@pytest.mark.sockets
@pytest.mark.usefixtures("library")
def test_a_host_that_cannot_be_reached_is_no_reason_to_fall_back() -> None:
    async def main() -> None:
        async with ByteServer.serving() as server:
            address = server.address
        endpoint = RemoteEndpoint(address.url)
        for _ in range(MAX_FAILED_UPGRADES + 1):
            with pytest.raises(ConnectError) as failed:
                await endpoint.open(Ear(), Beat(asyncio.get_running_loop()), within_ms=2_000)
            assert not failed.value.was_reached
        assert endpoint.transport == "websocket"

    run(main())


# --- whole turns --------------------------------------------------------------------------------


@pytest.fixture
def gateway_in_memory(nothing_blocks_a_loop: BlockBuster) -> None:
    """Let the gateway, which has a loop of its own here, look into its store in memory."""
    for name, function in nothing_blocks_a_loop.functions.items():
        if name.startswith("sqlite3."):
            function.deactivate()


def turns_are(bridge: Bridge, count: int) -> Callable[[], bool]:
    return lambda: bridge.stats.turns_completed == count


@pytest.mark.sockets
@pytest.mark.usefixtures("gateway_in_memory")
@pytest.mark.parametrize("transport", ["auto", "http"])
def test_whole_turns_of_two_npcs_at_once_go_over_http_with_all_their_calls(
    transport: Literal["auto", "http"],
) -> None:
    with served(HttpOnly) as (gateway, port):
        url = f"http://127.0.0.1:{port}/v1"
        # With lanes, so that both are on one link.
        endpoint = RemoteEndpoint(url, transport=transport, capabilities=GATEWAY)
        with Bridge(endpoint) as bridge:

            @bridge.query(where="snapshot")
            def look(where: str, view: str) -> str:
                """Look somewhere."""
                return f"{view} in the {where}"

            bridge.publish("rain")
            npcs = [bridge.npc(name, persona="Obeys.", actions=[Ring]) for name in ("Mira", "Bram")]
            rung: list[Npc] = []

            def step() -> None:
                for intention in bridge.update(FRAME):
                    if isinstance(intention, Commit):
                        rung.append(intention.npc)
                        intention.succeed()

            for number in (1, 2):
                for npc in npcs:
                    npc.tell("look + ring / tell all", by="player")
                wait_until(turns_are(bridge, 2 * number), within_s=BOUND_S, step=step)
            stats, status, name = bridge.stats, bridge.status, bridge.transport

    assert name == "http"
    assert status.link == "connected"
    assert stats.turns_failed == 0
    assert stats.connections == 1
    assert stats.world_queries == len(rung) == 4
    assert sorted(npc.name for npc in rung) == ["Bram", "Bram", "Mira", "Mira"]
    assert stats.query_grades == {"snapshot": 4}
    for npc in npcs:
        # What the last request had told the server, which had kept nothing of those before it.
        told = json.loads(npc.speech)
        assert told.count("look: snapshot") == told.count("ring: succeeded") == 2
    assert len(gateway.posts) >= 4 * 2
