"""The states of a turn in which a gateway can be lost, and what has to be so afterwards."""

import sys
from collections.abc import Callable

import msgspec
import pytest

from npcengine import Commit
from tests.bridge.killing import Game

stopping = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped there")

Condition = Callable[[Game], object]


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

EACH_STATE = pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, id=name, marks=[stopping] if state.stops else [])
        for name, state in STATES.items()
    ],
)


def kill_in(game: Game, state: State) -> None:
    """Bring a turn into a state, kill the gateway there, and let the game go on to its end."""
    state.before(game)
    game.tell(state.orders)
    game.until(lambda: state.is_there(game))

    game.gateways.let_go()
    game.gateways.kill()
    game.until_lost(connections=1, stalled=state.is_stalled)
    game.stalls_at_a_commit = False
    state.when_down(game)
    game.until_connected(connections=2)
    state.when_back(game)
    game.until(game.is_quiet)


def check_after(game: Game, state: State) -> None:
    """Check that the conversation went on, with nothing missing and nothing said or done twice."""
    assert game.conversation() == [f"heard {state.orders}", *state.conversation]
    assert game.spoken() == state.spoken
    assert len(game.cancels) == state.cancels
    assert game.bridge.stats.turns_failed == state.turns_lost
    game.check(rings=state.rings)
