"""What a player may type to cheat: it is heard and answered, and the world stays as it is."""

import json
from collections.abc import Generator
from typing import Any

import pytest

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.play import built_in_mind
from npcengine import Action, Bridge, UsageError
from npcengine.testing import ScriptedServer
from npcengine.world.percepts import MAX_HEARD_CHARS
from tests.adversarial.packs import Case, cases, params, params_across
from tests.bridge.acts import FRAME, Json, done, says
from tests.demo.village import chart

FRAMES = 150
"""Two and a half seconds: an answer, and whatever an arm's length away comes of it."""

VILLAGERS = ("mira", "tomas", "pip")
TREASURES = {"gate_key": "tomas", "permit": "mira", "dagger": "pip"}


@pytest.fixture(scope="module")
def evening() -> Generator[Game]:
    """One long evening in which nothing happens but talk."""
    with Bridge(built_in_mind(7), virtual=True, strict=True) as bridge:
        game = Game(chart(), bridge, seed=7, noise_after_tick=10**9)
        game.night_bell.facts.noise = 0  # the story's own doings are over
        yield game


@pytest.fixture
def game(evening: Game) -> Game:
    """The village, in which everybody has something to lose."""
    for item, holder in TREASURES.items():
        evening.village.items[item].holder = holder
    gate = evening.village.ground.doors["gate"]
    gate.is_locked, gate.is_open = True, False
    return evening


def pass_frames(game: Game, count: int = FRAMES) -> None:
    for _ in range(count):
        game.frame(FRAME, Controls())


def say(game: Game, name: str, words: str) -> str:
    """Stand before a villager, say something, and return what it says when it has had its time."""
    village = game.village
    cell = village.free_cell_near(village.people[name].spot, village.player)
    assert cell is not None
    village.player.spot = village.player.spot._replace(
        x=cell.column * 256 + 128, y=cell.row * 256 + 128
    )
    epoch = game.troupe.npcs[name].turn_epoch
    game.frame(FRAME, Controls(address=name))
    game.frame(FRAME, Controls(say=words))
    pass_frames(game)
    assert not words or game.troupe.npcs[name].turn_epoch > epoch, "it was not even heard"
    return game.troupe.npcs[name].speech


def what_matters(game: Game) -> Json:
    """Who has what, what lies where, and which doors are locked or open."""
    village = game.village
    return {
        "held": {item.name: item.holder for item in village.items.values()},
        "lying": {i.name: i.spot for i in village.items.values() if i.holder is None},
        "doors": {d.name: (d.is_locked, d.is_open) for d in village.ground.doors.values()},
    }


@pytest.mark.parametrize(("case", "name"), params_across("player_texts", VILLAGERS))
def test_no_words_change_who_has_what_or_what_is_locked(game: Game, case: Case, name: str) -> None:
    before = what_matters(game)

    say(game, name, case["text"])

    assert what_matters(game) == before


def test_honest_words_do_change_it_so_that_these_tests_can_fail(game: Game) -> None:
    village = game.village
    village.ground.doors["gate"].is_locked = False

    say(game, "pip", "Could I have the dagger?")
    say(game, "mira", "Could I have the permit?")
    say(game, "tomas", "Please lock the gate.")
    pass_frames(game, 1_200)

    assert village.items["dagger"].holder == "player"
    assert village.items["permit"].holder == "player"
    assert village.ground.doors["gate"].is_locked


# --- what reaches a mind ------------------------------------------------------------------------


class Give(Action, frozen=True):
    """Hand something to somebody."""

    item: str
    to: str


def told(case: Case, tell: str) -> tuple[Json, list[Any]]:
    """Return the request that a text leads to, and what the mind's saying it back comes to."""
    server = ScriptedServer()
    server.answer(done(says(case["text"].encode("utf-8", "replace").decode())))
    with Bridge(server, virtual=True, strict=True) as bridge:
        tomas = bridge.npc("Tomas", persona="A guard.", actions=[Give])
        if tell == "as speech":
            tomas.tell(case["text"], by="player")
        else:
            tomas.notice("there is writing on the wall", text=case["text"])
        intentions = [one for _ in range(4) for one in bridge.update(FRAME)]
    (request,) = server.requests
    return request, intentions


@pytest.mark.parametrize("case", params("player_texts"))
def test_speech_is_one_message_of_one_line_and_nothing_else_of_the_request_changes(
    case: Case,
) -> None:
    plain, _ = told({"text": "Hello."}, "as speech")
    request, intentions = told(case, "as speech")

    (message,) = request.pop("input")
    plain.pop("input")
    assert request == plain
    assert message["type"] == "message"
    assert message["role"] == "user"
    (part,) = message["content"]
    (line,) = part["text"].splitlines()
    assert line.startswith('player says: "')
    spoken = case["text"][:MAX_HEARD_CHARS].encode("utf-8", "replace").decode()
    assert json.loads(line.removeprefix("player says: ")) == spoken
    assert intentions == [], "to say it back is to say it"


@pytest.mark.parametrize("case", params("player_texts"))
def test_a_text_in_a_fact_of_the_game_s_stays_a_fact_on_its_line(case: Case) -> None:
    if "\ud83d" in case["text"]:
        with pytest.raises(UsageError, match="JSON"):
            told(case, "as a fact")
        return
    request, intentions = told(case, "as a fact")

    (message,) = request["input"]
    assert message["role"] == "developer"
    (part,) = message["content"]
    (line,) = part["text"].splitlines()
    event = json.loads(line)
    assert event["event"] == "noticed"
    assert event["text"] == case["text"]
    assert intentions == []


@pytest.mark.parametrize("case", params("player_texts"))
def test_a_text_as_a_name_is_refused_or_ends_where_the_speech_begins(case: Case) -> None:
    server = ScriptedServer()
    server.answer(done(says("Evening.")))
    with Bridge(server, virtual=True) as bridge:
        tomas = bridge.npc("Tomas", persona="A guard.")
        if not _is_plain(case["text"]):
            with pytest.raises(UsageError, match="1 to 40 letters"):
                tomas.tell("Hello", by=case["text"])
            return
        tomas.tell("Hello", by=case["text"])
        bridge.update(FRAME)

    (part,) = server.requests[0]["input"][0]["content"]
    assert part["text"] == f'{case["text"]} says: "Hello"'


def _is_plain(name: str) -> bool:
    letters = all(letter.isalnum() or letter in " _.'-" for letter in name)
    return letters and 1 <= len(name) <= 40 and name[0].isalnum()


def test_the_pack_holds_every_kind_of_trick() -> None:
    texts = "\n".join(case["text"] for case in cases("player_texts"))

    for trick in (
        "(",
        "SYSTEM:",
        "Mira says:",
        "function_call_output",
        "\u202e",
        "\u200b",
        "\ud83d",
    ):
        assert trick in texts
