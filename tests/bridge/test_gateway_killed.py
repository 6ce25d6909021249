"""A gateway is killed in every state of a turn: the game goes on, and so does each conversation.

Everything is real but the wits: the bridge's threads, the child process, the signal, the sockets
and the wire. Only the mind is one that does as it is told (:mod:`tests.bridge.obedient`), so that a
turn can be held in any state until it is seen to be there. In the end the mind of the new gateway
says the whole conversation as it was told it: nothing may be missing, and nothing there twice.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from blockbuster import BlockBuster, BlockBusterFunction, BlockingError

from npcengine.clock import NS_PER_MS, ThreadCpuClock
from tests.bridge.killing import Game, Gateways
from tests.bridge.states import (
    EACH_STATE,
    Condition,
    State,
    check_after,
    kill_in,
    nothing,
    stopping,
)

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

ALSO_BLOCKING = (
    "os.waitpid",
    "socket.getaddrinfo",
    "subprocess.Popen.__init__",
    "subprocess.Popen.wait",
    "threading.Thread.join",
)
"""What else would hold up a frame, besides what the detector knows."""


@pytest.fixture(autouse=True)
def nothing_else_blocks_either(nothing_blocks_a_loop: BlockBuster) -> Generator[None]:
    more = [BlockBusterFunction(None, name) for name in ALSO_BLOCKING]
    for function in more:
        function.activate()
    yield
    for function in more:
        function.deactivate()


@pytest.fixture
def gateways(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gateways:
    return Gateways(monkeypatch, tmp_path)


@pytest.fixture
def game(gateways: Gateways) -> Generator[Game]:
    with closing(Game(gateways, "Mira")) as game:
        yield game


@EACH_STATE
def test_after_a_kill_a_conversation_goes_on_and_nothing_is_said_or_done_twice(
    game: Game, gateways: Gateways, state: State
) -> None:
    kill_in(game, state)

    check_after(game, state)
    assert gateways.have_died(1)
    assert len(gateways.children) == 2


def kill_and_go_on(game: Game, *, connections: int = 1) -> None:
    game.gateways.kill()
    game.until_lost(connections=connections)
    game.until_connected(connections=connections + 1)


def test_villagers_on_one_connection_are_each_taken_up_where_they_were(gateways: Gateways) -> None:
    orders = {
        "Mira": "say Good |day.",
        "Tomas": "ring| / say Rung.",
        "Odile": "look / say I see.",
        "Pip": "say Hush!",
    }
    with closing(Game(gateways, *orders)) as game:
        mira, tomas, odile, _ = game.npcs.values()
        game.gate.is_closed = True
        for name, order in orders.items():
            game.tell(order, name)
        game.until(lambda: mira.speech == "Good " and tomas.open_calls and odile.open_calls)
        game.until(lambda: game.bridge.stats.turns_completed == 1)
        assert game.bridge.stats.connections == 1

        gateways.let_go()
        kill_and_go_on(game)
        game.gate.open()
        game.until(game.is_quiet)

        assert {name: game.conversation(name)[1:] for name in orders} == {
            "Mira": ["said Good "],
            "Tomas": ["called ring", "ring: succeeded", "said Rung."],
            "Odile": ["called look", "look: fresh", "said I see."],
            "Pip": ["said Hush!"],
        }
        assert {name: game.spoken(name) for name in orders} == {
            "Mira": ["Good "],
            "Tomas": ["Rung."],
            "Odile": ["I see."],
            "Pip": ["Hush!"],
        }
        game.check(rings=1)


@pytest.mark.parametrize(
    ("orders", "conversation", "rings"),
    [
        ("|say Good day.", ["said Good day."], 0),
        ("ring| / say Rung.", ["called ring", "ring: succeeded", "said Rung."], 1),
        ("ring / |say Rung.", ["called ring", "ring: succeeded", "said Rung."], 1),
    ],
)
def test_a_gateway_that_is_killed_again_where_the_last_one_was_changes_nothing(
    game: Game, gateways: Gateways, orders: str, conversation: list[str], rings: int
) -> None:
    game.tell(orders)
    game.until(lambda: gateways.is_holding)
    kill_and_go_on(game)
    game.until(lambda: gateways.is_holding)
    gateways.let_go()
    kill_and_go_on(game, connections=2)
    game.until(game.is_quiet)

    assert game.conversation() == [f"heard {orders}", *conversation]
    assert game.spoken() == [conversation[-1].removeprefix("said ")]
    game.check(rings=rings)
    assert gateways.have_died(2)


@pytest.mark.parametrize("has_talked", [False, True])
def test_gateways_that_are_killed_while_they_start_are_started_again(
    game: Game, gateways: Gateways, has_talked: bool
) -> None:
    served = int(has_talked)
    if has_talked:
        game.tell("say Good day.")
        game.until(game.is_quiet)
        gateways.kill()
    game.tell("say Who is there?")
    for count in (served + 1, served + 2):
        game.until(partial(gateways.have_begun, count))
        gateways.kill()
    game.until_connected(connections=served + 1)
    game.until(game.is_quiet)

    before = ["heard say Good day.", "said Good day."] if has_talked else []
    assert game.conversation() == [*before, "heard say Who is there?", "said Who is there?"]
    game.check()
    assert gateways.have_died(served + 2)
    assert gateways.were_ready == served + 1


@stopping
def test_a_gateway_that_is_killed_before_it_opens_its_door_is_started_again(
    game: Game, gateways: Gateways
) -> None:
    gateways.stop_at_the_door = True
    game.tell("say Good day.")
    game.until(lambda: gateways.were_ready)
    gateways.stop_at_the_door = False
    gateways.kill()
    game.until_connected(connections=1)
    game.until(game.is_quiet)

    assert game.conversation() == ["heard say Good day.", "said Good day."]
    game.check()
    assert gateways.have_died(1)


def test_an_update_that_blocks_or_spins_would_have_been_found(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = threading.Thread(target=threading.Event().wait, args=(0.01,))
    thread.start()
    cpu = ThreadCpuClock()

    def spin(_: Game) -> None:
        over_ns = cpu.now_ns() + 300 * NS_PER_MS
        while cpu.now_ns() < over_ns:
            pass

    def updating_is(work: Condition) -> None:
        def update(dt: float) -> list[object]:
            return [work(game)]

        monkeypatch.setattr(game.bridge, "update", update)

    blocks: list[Condition] = [
        lambda _: threading.Event().wait(0.001),
        lambda _: subprocess.run([sys.executable, "--version"], check=False),
        lambda _: socket.create_connection(("127.0.0.1", 9)),
        lambda _: thread.join(),
    ]
    for block in blocks:
        updating_is(block)
        with pytest.raises(BlockingError):
            game.frame()
    updating_is(nothing)
    for _ in range(300):
        game.frame()
    game.check()
    updating_is(spin)
    game.frame()
    with pytest.raises(AssertionError, match="spun"):
        game.check()


def test_a_bridge_that_closes_does_not_mean_to_connect_again(game: Game) -> None:
    game.until_connected(connections=1)
    game.bridge.close()

    assert not game.bridge._engine._timers
