"""A bridge on agentic-api: lanes, continuations, admission, and what is left after a kill.

Behind agentic-api stands a gateway of ours whose mind does as it is told
(:mod:`tests.bridge.obedient`), over HTTP. So whatever it says of a conversation is what came
through a server that we did not write.
"""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from npcengine import Bridge, Capabilities
from npcengine.testing import wait_until
from tests.bridge.acts import FRAME
from tests.bridge.killing import BOUND_S, Game
from tests.bridge.states import EACH_STATE, State, check_after, kill_in
from tests.peers.leaky import LeakyLine, leaky_line
from tests.peers.tapped import Json, Tapped
from tools.peers.running import Running, agentic, gateway

pytestmark = [pytest.mark.peers, pytest.mark.sockets, pytest.mark.slow]

LIMITS = Capabilities(lanes=128, running=64)
"""As `npcengine doctor --thorough` finds them."""


ENDS = ("response.completed", "error")


class Peer:
    """agentic-api as gateways that can be killed: see :class:`tests.bridge.killing.Killable`."""

    def __init__(self, front: Running, held: Path, limits: Capabilities = LIMITS) -> None:
        self.front = front
        self._held = held
        self._reached = held.with_suffix(".reached")
        held.touch()
        self.endpoint = Tapped(front.url, limits)

    @property
    def is_holding(self) -> bool:
        return self._reached.exists()

    def stop(self) -> None:
        self.front.stop()

    def kill(self) -> None:
        self.front.kill()
        self._reached.unlink(missing_ok=True)
        self.front.start()

    def let_go(self) -> None:
        self._held.unlink()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("agentic")


@pytest.fixture(scope="module")
def line(folder: Path) -> Generator[LeakyLine]:
    """What agentic-api has for an upstream: a line to our gateway."""
    mind = f"obedient?held={folder / 'held'}"
    with (
        gateway(mind, folder, module="tests.bridge.obedient") as upstream,
        leaky_line(upstream.port) as line,
    ):
        yield line


@pytest.fixture(scope="module")
def front(folder: Path, line: LeakyLine) -> Generator[Running]:
    with agentic(line.port, folder) as running:
        yield running


@pytest.fixture
def peer(front: Running, folder: Path) -> Generator[Peer]:
    peer = Peer(front, folder / "held")
    yield peer
    for left in folder.glob("held*"):
        left.unlink()


@pytest.fixture
def game(peer: Peer) -> Generator[Game]:
    with closing(Game(peer, "Mira")) as game:
        yield game


def kinds(request: Json) -> list[str]:
    return [item["type"] for item in request["input"]]


def test_a_question_and_an_action_go_round_and_only_what_is_new_is_sent(
    game: Game, peer: Peer
) -> None:
    peer.let_go()
    game.tell("look / ring / say Both.")
    game.until(game.is_quiet)

    first, second, third = (request for _, request in peer.endpoint.requests)
    assert "previous_response_id" not in first
    assert (kinds(second), kinds(third)) == (["function_call_output"], ["function_call_output"])
    ids = [
        e["response"]["id"] for _, e in peer.endpoint.events if e["type"] == "response.completed"
    ]
    assert [second["previous_response_id"], third["previous_response_id"]] == ids[:2]
    assert all(request["store"] is False for request in (first, second, third))
    assert game.conversation()[1:] == [
        *("called look", "look: fresh", "called ring", "ring: succeeded", "said Both."),
    ]
    game.check(rings=1)


def test_villagers_share_one_connection_as_lanes_and_none_hears_the_others(peer: Peer) -> None:
    orders = {
        "Mira": "say Good day.",
        "Tomas": "ring / say Rung.",
        "Odile": "look / say I see.",
        "Pip": "look + ring / say Hush!",
    }
    peer.let_go()
    with closing(Game(peer, *orders)) as game:
        for name, order in orders.items():
            game.tell(order, name)
        game.until(game.is_quiet)

        assert game.bridge.stats.connections == 1
        assert {name: game.spoken(name)[-1] for name in orders} == {
            "Mira": "Good day.", "Tomas": "Rung.", "Odile": "I see.", "Pip": "Hush!",
        }  # fmt: skip
        for name, order in orders.items():
            assert game.conversation(name)[0] == f"heard {order}"
        lanes = {event["stream_id"] for _, event in peer.endpoint.events}
        assert lanes == {f"s{number}" for number in range(len(orders))}
        game.check(rings=2)


def test_a_warm_up_is_what_the_first_turn_goes_on_from(game: Game, peer: Peer) -> None:
    peer.let_go()
    game.mira.overhear("say Psst!", by="Tomas")
    game.mira.prewarm()
    game.until(lambda: peer.endpoint.events and peer.endpoint.events[-1][1]["type"] in ENDS)
    game.tell("say Good day.")
    game.until(game.is_quiet)

    (_, warm_up), (_, turn) = peer.endpoint.requests
    assert (warm_up["generate"], kinds(turn)) == (False, ["message"])
    assert turn["previous_response_id"] == peer.endpoint.ids()[0]
    assert game.conversation() == ["heard say Psst!", "heard say Good day.", "said Good day."]


def test_who_falls_in_is_answered_on_another_lane_while_the_rest_goes_on(
    game: Game, peer: Peer
) -> None:
    game.tell("say Good day.")
    game.until(game.is_quiet)
    game.tell("say Well |then.")
    game.until(lambda: game.mira.speech == "Well ")

    game.mira.interrupt("a noise")
    game.reasons -= 1  # that turn is over, and counts neither as completed nor as failed
    game.tell("say Pardon?")
    game.until(lambda: game.mira.speech == "Pardon?" and game.is_quiet())

    lanes = [request["stream_id"] for _, request in peer.endpoint.requests]
    forked = peer.endpoint.requests[2][1]
    assert lanes == ["s0", "s0", "s1"]
    assert forked["previous_response_id"] == peer.endpoint.ids()[0]
    assert game.conversation() == [
        *("heard say Good day.", "said Good day."),
        *("heard say Well |then.", "said Well ", "interrupted: a noise"),
        *("heard say Pardon?", "said Pardon?"),
    ]


@EACH_STATE
def test_after_a_kill_a_conversation_goes_on_and_nothing_is_said_or_done_twice(
    game: Game, peer: Peer, state: State
) -> None:
    kill_in(game, state)

    check_after(game, state)


def test_after_a_kill_everything_is_told_again_and_no_id_that_is_gone_is_named(
    game: Game, peer: Peer
) -> None:
    peer.let_go()
    game.tell("look / say I see.")
    game.until(game.is_quiet)
    before = len(peer.endpoint.requests)

    peer.kill()
    game.until_lost(connections=1)
    game.until_connected(connections=2)
    game.tell("say And you?")
    game.until(game.is_quiet)

    ((connection, again),) = peer.endpoint.requests[before:]
    assert connection == 1
    assert "previous_response_id" not in again
    assert kinds(again) == [
        *("message", "function_call", "function_call_output", "message", "message"),
    ]
    assert peer.endpoint.errors() == []


# --- what is behind it fails ----------------------------------------------------------------------


def test_a_request_that_failed_before_anything_began_is_asked_again(
    game: Game, peer: Peer, line: LeakyLine
) -> None:
    peer.let_go()
    line.refuse(2)
    game.tell("ring / say Rung.")
    game.until(game.is_quiet)

    errors = peer.endpoint.errors()
    assert line.refused == 2
    assert {error["status"] for error in errors} == {502}
    assert len(peer.endpoint.requests) == len(errors) + 2
    assert game.spoken() == ["Rung."]
    assert game.bridge.stats.turns_failed == 0
    game.check(rings=1)


def test_words_that_broke_off_are_not_asked_for_again(
    game: Game, peer: Peer, line: LeakyLine
) -> None:
    game.tell("say Good |day.")
    game.until(lambda: game.mira.speech == "Good ")

    peer.let_go()
    line.cut()
    game.until(game.is_quiet)

    ((_, request),) = peer.endpoint.requests
    (error,) = peer.endpoint.errors()
    assert request["input"]
    assert error["status"] == 500
    assert game.bridge.stats.turns_failed == 1
    assert game.conversation() == ["heard say Good |day.", "said Good "]
    assert game.spoken() == ["Good "]


def test_an_action_of_a_response_that_broke_off_is_done_once_and_told_of(
    game: Game, peer: Peer, line: LeakyLine
) -> None:
    game.tell("ring + say I |rang.")
    game.until(lambda: game.commits and game.mira.speech == "I ")

    peer.let_go()
    line.cut()
    game.until(game.is_quiet)

    assert peer.endpoint.errors()
    assert game.conversation() == [
        *("heard ring + say I |rang.", "said I ", "called ring", "ring: succeeded"),
    ]
    game.check(rings=1)


# --- more at once than it takes -------------------------------------------------------------------

CROWD = 100


def test_a_crowd_of_more_than_it_admits_is_all_answered_and_soon(peer: Peer, folder: Path) -> None:
    """It admits 64 requests a socket (429 for the rest), and nobody has told the bridge."""
    unaware = Tapped(peer.front.url, Capabilities(lanes=4 * CROWD, running=2 * CROWD))
    peer.let_go()
    with Bridge(unaware) as bridge:
        crowd = [bridge.npc(f"npc {number}", persona="A villager.") for number in range(CROWD)]
        for number, npc in enumerate(crowd):
            npc.tell(f"say {number}.", by="player")

        def all_are_over() -> bool:
            return bridge.stats.turns_completed + bridge.stats.turns_failed == CROWD

        wait_until(all_are_over, within_s=BOUND_S, step=lambda: list(bridge.update(FRAME)))

        stats = bridge.stats
        assert (stats.turns_completed, stats.turns_failed, stats.last_failure) == (CROWD, 0, "")
        assert [npc.speech for npc in crowd] == [f"{number}." for number in range(CROWD)]
    refusals = unaware.errors()
    assert refusals
    assert {refusal["status"] for refusal in refusals} == {429}
