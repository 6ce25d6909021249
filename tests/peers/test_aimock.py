"""A bridge on aimock, which is sloppy: no lanes, no ids, no numbers, no status, no usage.

It matches what is said last, or the output that came last, with the fixtures in ``aimock.json``.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import pytest

from npcengine import Action, Bridge, Capabilities, Commit, Deadlines, Npc
from npcengine.testing import wait_until
from tests.bridge.acts import FRAME
from tests.bridge.killing import BOUND_S, Ring
from tests.peers.tapped import Json, Tapped
from tools.peers.running import Running, aimock

pytestmark = [pytest.mark.peers, pytest.mark.sockets, pytest.mark.slow]

FIXTURES = Path(__file__).with_name("aimock.json")

FOUND = Capabilities(contexts=False, warm_up=False)
"""As ``npcengine doctor`` finds it."""


@pytest.fixture
def server(tmp_path: Path) -> Generator[Running]:
    """One a test: it counts how often each fixture has matched."""
    with aimock(FIXTURES, tmp_path) as running:
        yield running


class Village:
    """A bridge to it, and what came of it."""

    def __init__(self, url: str, capabilities: Capabilities | None, *names: str) -> None:
        self.wire = Tapped(url, capabilities)
        self.bridge = Bridge(self.wire, deadlines=Deadlines(settle_ms=30_000), seed=1990)
        self.npcs = {name: self.npc(name) for name in names}
        self.commits: list[Action] = []
        self.looks: list[str] = []

        @self.bridge.query
        def look(where: str) -> str:
            """Look somewhere."""
            self.looks.append(where)
            return "lanterns"

    def npc(self, name: str) -> Npc:
        return self.bridge.npc(name, persona="A villager.", actions=[Ring])

    def frame(self) -> None:
        for intention in self.bridge.update(FRAME):
            if isinstance(intention, Commit):
                self.commits.append(intention.action)
                intention.succeed()

    def until_over(self, turns: int) -> None:
        def are_over() -> bool:
            stats = self.bridge.stats
            return stats.turns_completed + stats.turns_failed == turns

        wait_until(are_over, within_s=BOUND_S, step=self.frame)

    def ask(self, *texts: str, of: Iterable[str] = ("Mira",)) -> None:
        """Say something to some, one thing after another."""
        for text in texts:
            before = self.bridge.stats.turns_completed + self.bridge.stats.turns_failed
            for name in of:
                self.npcs[name].tell(text, by="player")
            self.until_over(before + len(list(of)))


@contextmanager
def village(
    server: Running, capabilities: Capabilities | None = None, *names: str
) -> Generator[Village]:
    village = Village(server.url, capabilities, *(names or ("Mira",)))
    with village.bridge:
        yield village


def kinds(request: Json) -> list[str]:
    return [item["type"] for item in request["input"]]


def test_a_question_and_an_action_go_round_with_arguments_in_one_piece(server: Running) -> None:
    with village(server) as v:
        v.ask("Ring, would you?")

        deltas = [e["delta"] for _, e in v.wire.events if "arguments.delta" in e["type"]]
        assert '{"where":"square"}' in deltas, "in one piece"
        assert v.looks == ["square"]
        assert v.commits == [Ring(times=1, bell="big")]
        assert v.npcs["Mira"].speech == "I rang the big bell."
        assert v.bridge.stats.turns_completed == 1
        assert v.bridge.stats.hints == 1


def test_nothing_of_what_it_leaves_out_is_missed(server: Running) -> None:
    with village(server) as v:
        v.ask("Hello?")

        for _, event in v.wire.events:
            assert not {"sequence_number", "stream_id"} & set(event)
        (usage,) = (e["response"]["usage"] for _, e in v.wire.events if "completed" in e["type"])
        assert usage["total_tokens"] == 0
        assert v.bridge.stats.frames_refused == 0
        assert v.bridge.spent.estimated == 1
        assert v.npcs["Mira"].speech == "Good day to you."


NAMES = ("Mira", "Tomas", "Odile", "Pip")


@pytest.mark.parametrize("capabilities", [None, Capabilities(lanes=32, running=16)])
def test_where_lanes_are_not_echoed_everybody_gets_a_socket_and_an_answer(
    server: Running, capabilities: Capabilities | None
) -> None:
    with village(server, capabilities, *NAMES) as v:
        v.ask("Hello?", "Tell me a story.", of=NAMES)

        stats = v.bridge.stats
        assert {npc.speech for npc in v.npcs.values()} == {
            "Once there was a bell that nobody had ever heard, and it hung in a tower."
        }
        assert (stats.turns_completed, stats.turns_failed) == (2 * len(NAMES), 0)
        live = {connection for connection, _ in v.wire.requests[-len(NAMES) :]}
        assert len(live) == len(NAMES)
        # With lanes, what was asked on the first socket could have been anybody's: it was given up.
        assert stats.connections == len(NAMES) + (capabilities is not None)


def test_a_server_that_ignores_ids_is_told_everything_each_time(server: Running) -> None:
    with village(server, FOUND) as v:
        v.ask("Ring, would you?", "Hello?")

        assert not [r for _, r in v.wire.requests if "previous_response_id" in r]
        assert kinds(v.wire.requests[-1][1]) == [
            *("message", "function_call", "function_call_output"),
            *("function_call", "function_call_output", "message", "message"),
        ]


def test_a_warm_up_that_it_answers_is_neither_heard_nor_gone_on_from(server: Running) -> None:
    with village(server) as v:
        mira = v.npcs["Mira"]
        mira.overhear("Hello, you!", by="Tomas")
        mira.prewarm()
        wait_until(
            lambda: [e for _, e in v.wire.events if e["type"] == "response.completed"],
            within_s=BOUND_S,
            step=v.frame,
        )
        quiet = mira.speech
        mira.prewarm()
        v.ask("Hello?")

        assert quiet == ""
        assert [request.get("generate") for _, request in v.wire.requests] == [False, None]
        assert "previous_response_id" not in v.wire.requests[1][1]
        assert mira.speech == "Good day to you."


@pytest.mark.parametrize(
    ("text", "speech"), [("A storm?", "It has passed."), ("A crowd?", "There they all are.")]
)
def test_an_error_that_has_a_type_and_nothing_else_is_waited_out(
    server: Running, text: str, speech: str
) -> None:
    with village(server) as v:
        v.ask(text)

        (error,) = v.wire.errors()
        assert not {"status", "code"} & {*error, *error["error"]}
        assert len(v.wire.requests) == 2
        assert v.npcs["Mira"].speech == speech
        assert v.bridge.stats.turns_failed == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [("A secret?", "content_policy: Not that."), ("Gibberish", "no_fixture_match")],
)
def test_a_refusal_ends_the_turn_and_says_why(server: Running, text: str, says: str) -> None:
    with village(server) as v:
        v.ask(text)

        assert len(v.wire.requests) == 1
        assert v.bridge.stats.turns_failed == 1
        assert v.bridge.stats.last_failure.startswith(says)

        v.ask("Hello?")
        assert v.npcs["Mira"].speech == "Good day to you."


def test_reasoning_is_not_speech(server: Running) -> None:
    with village(server) as v:
        v.ask("What do you think?")

        assert [e for _, e in v.wire.events if "reasoning" in e["type"]]
        assert v.npcs["Mira"].speech == "It is late."


def test_words_that_broke_off_with_their_socket_are_kept_and_not_asked_for_again(
    server: Running,
) -> None:
    with village(server, FOUND) as v:
        v.ask("Tell me half a tale.", "Hello?")

        assert len(v.wire.requests) == 2
        broken, _, last = v.wire.requests[1][1]["input"][1:], None, v.npcs["Mira"].speech
        said = broken[0]["content"][0]["text"]
        assert said
        assert "Once there was a bell that nobody had ever heard.".startswith(said)
        assert last == "Good day to you."


def test_a_server_that_is_killed_in_the_middle_of_words_is_gone_on_with(server: Running) -> None:
    with village(server, FOUND) as v:
        mira = v.npcs["Mira"]
        v.ask("Ring, would you?")
        mira.tell("Tell me a story.", by="player")
        wait_until(lambda: mira.speech.startswith("Once"), within_s=BOUND_S, step=v.frame)

        server.kill()
        v.until_over(2)
        server.start()
        v.ask("Hello?")

        assert mira.speech == "Good day to you."
        assert v.commits == [Ring(times=1, bell="big")], "nothing was done twice"
        told = kinds(v.wire.requests[-1][1])
        assert told.count("function_call") == told.count("function_call_output") == 2
