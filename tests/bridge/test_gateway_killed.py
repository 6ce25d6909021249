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
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest
from blockbuster import BlockBuster, BlockBusterFunction, BlockingError

from npcengine import Commit
from npcengine.clock import NS_PER_MS, ThreadCpuClock
from tests.bridge.killing import Game, Gateways

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

stopping = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped there")

ALSO_BLOCKING = (
    "os.waitpid",
    "socket.getaddrinfo",
    "subprocess.Popen.__init__",
    "subprocess.Popen.wait",
    "threading.Thread.join",
)
"""What else would hold up a frame, besides what the detector knows."""

Condition = Callable[[Game], object]


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


def nothing(game: Game) -> None: ...


def close_the_gate(game: Game) -> None:
    game.gate.is_closed = True


def open_the_gate(game: Game) -> None:
    game.gate.open()


def stall_at_a_commit(game: Game) -> None:
    game.stalls_at_a_commit = True


def begin_to_ring(game: Game) -> None:
    game.on_commit = Commit.start


def ring_into_the_void(game: Game) -> None:
    def ring(commit: Commit) -> None:
        game.stop_the_gateway()
        commit.succeed()

    game.on_commit = ring


def end_the_ringing(game: Game) -> None:
    game.commits[0].succeed()
    game.reasons += 1


def stop_the_gateway(game: Game) -> None:
    game.until_connected(connections=1)
    game.stop_the_gateway()


def greet(game: Game) -> None:
    game.tell("say Good day.")


def has_sent(game: Game) -> bool:
    return game.has_sent


def has_asked_and_sent(game: Game) -> bool:
    if game.gate.has_a_queue:
        game.stop_the_gateway()
        game.gate.open()
    return game.has_sent


def is_accepted(game: Game) -> bool:
    return game.bridge.stats.frames_received == len(("created", "in_progress"))


def is_asking(game: Game) -> bool:
    return game.gate.has_a_queue


def is_asking_and_calling(game: Game) -> bool:
    return game.gate.has_a_queue and game.bridge.stats.prepares == 1


def is_answered_and_calling(game: Game) -> bool:
    stats = game.bridge.stats
    return stats.query_grades == {"fresh": 1} and stats.prepares == 1


def is_calling(game: Game) -> bool:
    return game.bridge.stats.prepares == 1


def is_interrupted(game: Game) -> bool:
    """Whether Mira was interrupted; she is, where her gateway is held."""
    if not game.gateways.is_holding or not (game.mira.speech or game.hints):
        return False
    game.mira.interrupt("a noise")
    game.reasons -= 1  # her turn is over, and counts neither as completed nor as failed
    return True


def is_interrupted_and_told(game: Game) -> bool:
    if is_interrupted(game):
        game.tell("|say Pardon?")
        return True
    return False


def has_committed(game: Game) -> bool:
    return bool(game.commits)


def has_said(speech: str) -> Condition:
    return lambda game: game.mira.speech == speech


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A state of a turn, and what comes of it when the gateway is killed there."""

    orders: str
    """What Mira is told; see :mod:`tests.bridge.obedient`."""
    before: Condition = nothing
    is_there: Condition
    """Whether the turn has come to the state, in which it then stays."""
    is_stalled: bool = False
    """Whether the game stands still until the loss shows."""
    when_down: Condition = nothing
    when_back: Condition = nothing
    conversation: list[str]
    """What the new gateway is told, after the orders."""
    spoken: list[str]
    """All that was said, turn by turn."""
    rings: int = 0
    cancels: int = 0
    turns_lost: int = 0
    stops: bool = False
    """Whether it is reached by stopping the gateway's process."""


STATES = {
    "between turns": State(
        orders="say Good day.",
        is_there=Game.is_quiet,
        when_down=lambda game: game.tell("say Who is there?"),
        conversation=["said Good day.", "heard say Who is there?", "said Who is there?"],
        spoken=["Good day.", "Who is there?"],
    ),
    "a request is out": State(
        orders="say Good day.",
        before=stop_the_gateway,
        is_there=has_sent,
        conversation=["said Good day."],
        spoken=["Good day."],
        stops=True,
    ),
    "a request is accepted": State(
        orders="|say Good day.",
        is_there=is_accepted,
        conversation=["said Good day."],
        spoken=["Good day."],
    ),
    "words are streaming": State(
        orders="say Good |day.",
        is_there=has_said("Good "),
        conversation=["said Good "],
        spoken=["Good "],
        turns_lost=1,
    ),
    "an action is announced": State(
        orders="ring| / say Rung.",
        is_there=is_calling,
        conversation=["called ring", "ring: succeeded", "said Rung."],
        spoken=["Rung."],
        rings=1,
        cancels=1,
    ),
    "an action is announced after words": State(
        orders="say Listen! + ring| / say Rung.",
        is_there=is_calling,
        conversation=["said Listen!"],
        spoken=["Listen!"],
        cancels=1,
        turns_lost=1,
    ),
    "a query is running": State(
        orders="look / say I see.",
        before=close_the_gate,
        is_there=is_asking,
        when_down=open_the_gate,
        conversation=["called look", "look: fresh", "said I see."],
        spoken=["I see."],
    ),
    "a query is running and goes on until there is another gateway": State(
        orders="look / say I see.",
        before=close_the_gate,
        is_there=is_asking,
        when_back=open_the_gate,
        conversation=["called look", "look: fresh", "said I see."],
        spoken=["I see."],
    ),
    "a query is running beside an announced action": State(
        orders="look + ring| / say Both.",
        before=close_the_gate,
        is_there=is_asking_and_calling,
        when_back=open_the_gate,
        conversation=["called look", "look: fresh", "called ring", "ring: succeeded", "said Both."],
        spoken=["Both."],
        rings=1,
        cancels=1,
    ),
    "a query is answered and its response goes on": State(
        orders="look + ring| / say Both.",
        is_there=is_answered_and_calling,
        conversation=["called look", "look: fresh", "called ring", "ring: succeeded", "said Both."],
        spoken=["Both."],
        rings=1,
        cancels=1,
    ),
    "words are streaming after a query": State(
        orders="look + say I |see.",
        is_there=has_said("I "),
        conversation=["said I ", "called look", "look: fresh"],
        spoken=["I "],
    ),
    "words are streaming after other words and a query": State(
        orders="say Well, + look + say I |see.",
        is_there=has_said("Well,\nI "),
        conversation=["said Well,", "said I ", "called look", "look: fresh"],
        spoken=["Well,\nI "],
    ),
    "the answer of a query is out": State(
        orders="look / say I see.",
        before=close_the_gate,
        is_there=has_asked_and_sent,
        conversation=["called look", "look: fresh", "said I see."],
        spoken=["I see."],
        stops=True,
    ),
    "words are streaming after an action": State(
        orders="ring / say It |rings.",
        is_there=has_said("It "),
        conversation=["called ring", "ring: succeeded", "said It "],
        spoken=["It "],
        rings=1,
        turns_lost=1,
    ),
    "an action is committed and nobody has taken it up": State(
        orders="ring / say It rings.",
        before=stall_at_a_commit,
        is_there=has_committed,
        is_stalled=True,
        conversation=["called ring", "ring: started", "said It rings."],
        spoken=["It rings."],
        rings=1,
    ),
    "an action is committed and its response goes on": State(
        orders="ring + look| / say Both.",
        before=stall_at_a_commit,
        is_there=has_committed,
        is_stalled=True,
        conversation=["called ring", "ring: started", "called look", "look: fresh", "said Both."],
        spoken=["Both."],
        rings=1,
    ),
    "the outcome of an action is out": State(
        orders="ring / say Rung.",
        before=ring_into_the_void,
        is_there=has_sent,
        conversation=["called ring", "ring: succeeded", "said Rung."],
        spoken=["Rung."],
        rings=1,
        stops=True,
    ),
    "an action has outlived its turn and ends while it is down": State(
        orders="ring / say It rings.",
        before=begin_to_ring,
        is_there=Game.is_quiet,
        when_down=end_the_ringing,
        conversation=[
            *("called ring", "ring: started", "said It rings."),
            *("ring ended: succeeded", "said ring ended: succeeded!"),
        ],
        spoken=["It rings.", "ring ended: succeeded!"],
        rings=1,
    ),
    "an action has outlived its turn and ends under another gateway": State(
        orders="ring / say It rings.",
        before=begin_to_ring,
        is_there=Game.is_quiet,
        when_back=end_the_ringing,
        conversation=[
            *("called ring", "ring: started", "said It rings."),
            *("ring ended: succeeded", "said ring ended: succeeded!"),
        ],
        spoken=["It rings.", "ring ended: succeeded!"],
        rings=1,
    ),
    "words were broken off": State(
        orders="say Good |day.",
        is_there=is_interrupted,
        conversation=["said Good ", "interrupted: a noise"],
        spoken=["Good "],
    ),
    "words were broken off, and there was an answer to them": State(
        orders="say Good |day.",
        is_there=is_interrupted_and_told,
        conversation=[
            *("said Good ", "interrupted: a noise"),
            *("heard |say Pardon?", "said Pardon?"),
        ],
        spoken=["Good ", "Pardon?"],
    ),
    "an announced action was broken off": State(
        orders="ring| / say Rung.",
        is_there=is_interrupted,
        conversation=["interrupted: a noise"],
        spoken=[],
        cancels=1,
    ),
    "an announced action was broken off, and there was an answer to it": State(
        orders="ring| / say Rung.",
        is_there=is_interrupted_and_told,
        conversation=["interrupted: a noise", "heard |say Pardon?", "said Pardon?"],
        spoken=["Pardon?"],
        cancels=1,
    ),
}


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, id=name, marks=[stopping] if state.stops else [])
        for name, state in STATES.items()
    ],
)
def test_after_a_kill_a_conversation_goes_on_and_nothing_is_said_or_done_twice(
    game: Game, gateways: Gateways, state: State
) -> None:
    state.before(game)
    game.tell(state.orders)
    game.until(lambda: state.is_there(game))

    gateways.let_go()
    gateways.kill()
    game.until_lost(connections=1, stalled=state.is_stalled)
    game.stalls_at_a_commit = False
    state.when_down(game)
    game.until_connected(connections=2)
    state.when_back(game)
    game.until(game.is_quiet)

    assert game.conversation() == [f"heard {state.orders}", *state.conversation]
    assert game.spoken() == state.spoken
    assert len(game.cancels) == state.cancels
    assert game.bridge.stats.turns_failed == state.turns_lost
    game.check(rings=state.rings)
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
