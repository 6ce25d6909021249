"""The bridge as games run it: a loop thread, a child process, real sockets, real faults."""

import asyncio
import contextlib
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster

from npcengine import Bridge, Commit, Npc, UsageError
from npcengine.bridge.local import ChildEndpoint
from npcengine.clock import SystemClock
from npcengine.testing import wait_until
from tests.bridge.acts import FRAME, WalkTo, Wave

pytestmark = pytest.mark.sockets

CLOSE_WITHIN_S = 2.0
VILLAGERS = Path(__file__).parents[2] / "assets/minds"


def frame(bridge: Bridge) -> Callable[[], object]:
    return lambda: list(bridge.update(FRAME))


def child_pid(bridge: Bridge) -> int:
    endpoint = bridge._endpoint
    assert isinstance(endpoint, ChildEndpoint)
    assert endpoint.pid is not None
    return endpoint.pid


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def closing_in_time(bridge: Bridge) -> Generator[Bridge]:
    clock = SystemClock()
    try:
        yield bridge
    finally:
        began_ns = clock.now_ns()
        bridge.close()
        took_s = (clock.now_ns() - began_ns) / 1e9
    assert took_s < CLOSE_WITHIN_S


def test_a_turn_over_the_real_wire_with_its_actions_and_its_child_process() -> None:
    with closing_in_time(Bridge("local:practice?ttft_ms=5&tokens_per_s=1000")) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo, Wave])
        commits: list[Commit] = []

        def step() -> None:
            for intention in bridge.update(FRAME):
                if isinstance(intention, Commit):
                    commits.append(intention)
                    intention.succeed("done")

        mira.tell("Hello?", by="player")
        wait_until(lambda: bridge.stats.turns_completed, within_s=10, step=step)
        pid = child_pid(bridge)

        assert bridge.status.link == "connected"
        assert bridge.transport == "websocket"
        assert commits
        assert mira.speech
        assert sys.getswitchinterval() == pytest.approx(0.0005)
    assert not is_alive(pid)
    assert sys.getswitchinterval() > 0.001


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_child_that_is_killed_is_reported_and_replaced_and_the_talk_goes_on() -> None:
    with closing_in_time(Bridge("local:practice?ttft_ms=5&tokens_per_s=1000")) as bridge:
        mira = bridge.npc("Mira", persona="A baker.")
        mira.tell("Hello?", by="player")
        wait_until(lambda: bridge.stats.turns_completed, within_s=10, step=frame(bridge))
        first = child_pid(bridge)

        os.kill(first, signal.SIGKILL)
        wait_until(lambda: bridge.status.link == "down", within_s=10, step=frame(bridge))
        detail = bridge.status.detail
        wait_until(lambda: bridge.status.link == "connected", within_s=10, step=frame(bridge))
        mira.tell("Are you still there?", by="player")
        wait_until(lambda: bridge.stats.turns_completed == 2, within_s=10, step=frame(bridge))
        second = child_pid(bridge)

    assert detail
    assert first != second
    assert not is_alive(second)


def test_the_way_to_the_gateway_can_be_changed_in_the_middle_of_a_talk_and_back() -> None:
    with closing_in_time(Bridge("local:practice?ttft_ms=20&tokens_per_s=400")) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[Wave])
        ways: list[tuple[str, str]] = []
        for transport in ("websocket", "http", "websocket"):
            mira.tell("Hello?", by="player")
            wait_until(lambda: mira.phase == "speaking", within_s=10, step=frame(bridge))
            bridge.prefer("http" if transport == "websocket" else "websocket")
            wait_until(lambda: mira.phase == "idle", within_s=10, step=frame(bridge))
            ways.append((transport, bridge.transport))
        stats = bridge.stats

        assert ways == [("websocket", "http"), ("http", "websocket"), ("websocket", "http")]
        assert (stats.turns_completed, stats.turns_failed) == (3, 0)
        assert mira.speech


@pytest.mark.parametrize(
    ("spec", "transport", "wrong"),
    [("off:", "http", "one way"), ("local:", "carrier pigeon", "carrier pigeon")],
)
def test_a_way_that_there_is_not_cannot_be_preferred(spec: str, transport: Any, wrong: str) -> None:
    with closing_in_time(Bridge(spec)) as bridge, pytest.raises(UsageError, match=wrong):
        bridge.prefer(transport)


def test_a_game_that_dies_takes_its_child_along() -> None:
    program = (
        "import os, sys, npcengine\n"
        "bridge = npcengine.Bridge('local:')\n"
        "bridge.npc('Mira', persona='A baker.')\n"
        "while bridge.status.link != 'connected': bridge.update(0.01)\n"
        "print(bridge._endpoint.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    game = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert game.stdout is not None
    pid = int(game.stdout.readline())

    game.kill()
    game.wait(5)

    wait_until(lambda: not is_alive(pid))
    game.communicate()


@pytest.mark.parametrize(
    ("mind", "wrong"),
    [
        ("nobody", "there is no mind 'nobody'"),
        ("practice?speed=3", "no option 'speed'"),
        ("rules?data=nowhere", "no folder"),
    ],
)
def test_a_mind_that_there_is_not_is_refused_before_anything_is_started(
    mind: str, wrong: str
) -> None:
    threads = threading.active_count()

    with pytest.raises(UsageError, match=wrong):
        Bridge(f"local:{mind}")

    assert threading.active_count() == threads


def test_a_mind_that_its_process_cannot_have_is_said_once_and_not_tried_again(
    tmp_path: Path,
) -> None:
    data = shutil.copytree(VILLAGERS, tmp_path / "minds")
    with closing_in_time(Bridge(f"local:rules?data={data}")) as bridge:
        shutil.rmtree(data)
        bridge.npc("Mira", persona="A baker.")
        wait_until(lambda: bridge.status.link == "refused", within_s=10, step=frame(bridge))

        assert "there is no folder of villagers" in bridge.status.detail


def test_close_does_not_wait_for_a_name_look_up_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck, asked = threading.Event(), threading.Event()

    def look_up(*_: object, **__: object) -> list[Any]:
        asked.set()
        stuck.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    try:
        with closing_in_time(Bridge("ws://some.host/v1")) as bridge:
            bridge.npc("Mira", persona="A baker.")
            wait_until(asked.is_set)
    finally:
        stuck.set()


def test_close_does_not_wait_for_a_server_that_takes_connections_and_says_nothing() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with closing_in_time(Bridge(f"ws://127.0.0.1:{silent.getsockname()[1]}/v1")) as bridge:
            bridge.npc("Mira", persona="A baker.")
            wait_until(lambda: bridge.status.link == "connecting")


ASKING = "local:practice?ttft_ms=5&tokens_per_s=1000"


def test_close_does_not_wait_for_a_question_that_nobody_has_answered() -> None:
    with closing_in_time(Bridge(ASKING)) as bridge:

        @bridge.query
        def who_is_near(npc: Npc) -> list[str]:
            """Names of the people near you."""
            return []

        mira = bridge.npc("Mira", persona="A baker.")
        mira.tell("Who is here?", by="player")
        wait_until(lambda: bridge._mailbox.questions, within_s=10)


def test_close_does_not_wait_for_a_query_that_never_returns() -> None:
    began, cancelled = threading.Event(), threading.Event()
    with closing_in_time(Bridge(ASKING)) as bridge:

        @bridge.query(where="async")
        async def who_is_near() -> list[str]:
            """Names of the people near you."""
            began.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            return []

        mira = bridge.npc("Mira", persona="A baker.")
        mira.tell("Who is here?", by="player")
        wait_until(began.is_set, within_s=10, step=frame(bridge))

    assert cancelled.wait(1), "the task is not left running"


@pytest.mark.parametrize("virtual", [False, True])
def test_close_does_not_wait_for_a_query_that_will_not_be_cancelled(
    virtual: bool, caplog: pytest.LogCaptureFixture
) -> None:
    began, enough = threading.Event(), threading.Event()
    with closing_in_time(Bridge(ASKING, virtual=virtual)) as bridge:

        @bridge.query(where="async")
        async def who_is_near() -> list[str]:
            """Names of the people near you."""
            began.set()
            while not enough.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
            return []

        mira = bridge.npc("Mira", persona="A baker.")
        mira.tell("Who is here?", by="player")
        wait_until(began.is_set, within_s=10, step=frame(bridge))
    enough.set()
    gc.collect()

    assert "1 tasks would not end" in caplog.text
    assert [record.name for record in caplog.records] == ["npcengine"], "asyncio says nothing more"


def test_close_does_not_wait_for_a_query_that_blocks_the_loop_thread(
    nothing_blocks_a_loop: BlockBuster,
) -> None:
    nothing_blocks_a_loop.deactivate()
    began, stuck = threading.Event(), threading.Event()
    try:
        with closing_in_time(Bridge(ASKING)) as bridge:

            @bridge.query(where="snapshot")
            def who_is_near(view: object) -> list[str]:
                """Names of the people near you."""
                began.set()
                stuck.wait(30)
                return []

            bridge.publish("anything")
            mira = bridge.npc("Mira", persona="A baker.")
            mira.tell("Who is here?", by="player")
            wait_until(began.is_set, within_s=10, step=frame(bridge))
            pid = child_pid(bridge)
        assert not is_alive(pid)
    finally:
        stuck.set()


def test_two_bridges_share_the_switch_interval_and_the_last_restores_it() -> None:
    before = sys.getswitchinterval()
    one = Bridge("off:", switch_interval_ms=1.0)
    other = Bridge("off:", switch_interval_ms=1.0)
    one.close()
    between = sys.getswitchinterval()
    other.close()

    assert between == pytest.approx(0.001)
    assert sys.getswitchinterval() == before


def test_frames_go_on_without_any_mind() -> None:
    with closing_in_time(Bridge("off:")) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[Wave])
        mira.tell("Hello?", by="player")
        wait_until(lambda: mira.phase == "offline", step=frame(bridge))

        assert bridge.status.link == "refused"
        assert mira.speech == ""
