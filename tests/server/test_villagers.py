"""The villagers of Lanternwick as a player meets them: what they make of ordinary English."""

from itertools import pairwise
from pathlib import Path

import pytest

from npcengine.protocol.items import FunctionCall
from npcengine.server.minds.registry import make_mind
from npcengine.world.percepts import heard
from tests.server.test_minds import settings, think, words_of
from tests.server.test_rules_mind import EARS, TOOLS, Talk, calls, rules

LINES = (Path(__file__).parent / "lines.txt").read_text().splitlines()
"""What players say, in plain and less plain English."""

EVERYBODY = pytest.mark.parametrize("who", ["Mira", "Tomas", "Pip"])


def talk_to(who: str) -> Talk:
    return Talk(settings(*TOOLS, instructions=f"You are {who}."))


@EVERYBODY
def test_they_speak_for_themselves_whatever_comes_of_what_they_do(who: str) -> None:
    """Reasons are written to the mind ("you do not have it"): they are never its own words."""
    for line in LINES:
        talk = talk_to(who)
        added = talk.hear(line)
        said = [words_of(added)]
        while any(isinstance(item, FunctionCall) for item in added):
            added = talk.output('{"status":"failed","detail":"you do not have the gate key"}')
            said.append(words_of(added))

        assert "you do not have" not in " ".join(said).lower(), line
        assert any(said), line


@EVERYBODY
def test_they_have_an_answer_to_everything_and_never_the_same_twice_in_a_row(who: str) -> None:
    mind, given = rules(), settings(instructions=f"You are {who}.")
    state: object = None
    said: list[str] = []
    for line in [*LINES, *LINES]:
        state = mind.read(state, given, [heard(line, "player")])
        added = think(mind, state, given)
        state = mind.read(state, given, added)
        said.append(words_of(added))

    assert all(said)
    assert all(one != other for one, other in pairwise(said))
    assert not any(sign in text for text in said for sign in "{}_@")


@EVERYBODY
@pytest.mark.parametrize("line", ["What is outside?", "mooncalf gallimaufry"])
def test_the_same_question_ten_times_gets_no_answer_twice_in_a_row(who: str, line: str) -> None:
    talk = talk_to(who)

    said = [words_of(talk.hear(line)) for _ in range(10)]

    assert all(said)
    assert all(one != other for one, other in pairwise(said))


@pytest.mark.parametrize(
    ("who", "text", "does"),
    [
        ("Pip", "Follow me!", ["follow"]),
        ("Pip", "stop following me", ["walk_to"]),
        ("Pip", "don't follow me", ["walk_to"]),
        ("Pip", "dont climb the tower", []),
        ("Mira", "Please don't paint the well.", []),
        ("Tomas", "Do not lock the gate!", []),
        ("Tomas", "Come with me to the well.", []),
        ("Tomas", "Will you come to the great lantern?", []),
    ],
)
def test_they_do_what_they_are_told_and_not_what_they_are_told_not_to(
    who: str, text: str, does: list[str]
) -> None:
    done = talk_to(who).hear(text)

    assert [name for name, _ in calls(done)] == does
    assert words_of(done)


def test_tomas_without_the_key_goes_for_it_before_he_locks_up() -> None:
    talk = talk_to("Tomas")

    steps = [
        talk.hear("Lock the gate, please."),
        talk.output('{"value":{"is_locked":false},"grade":"fresh"}'),
        talk.output('{"value":false,"grade":"fresh"}'),
        talk.output('{"value":{"known":true,"where":"at its hook"},"grade":"fresh"}'),
    ]

    assert [call for step in steps for call in calls(step)] == [
        ("door_state", {"door": "gate"}),
        ("has_item", {"person": "Tomas", "item": "gate_key"}),
        ("where_is", {"thing": "gate_key"}),
        ("walk_to", {"place": "key_hook"}),
    ]


@pytest.mark.parametrize(
    ("who", "text", "topic"),
    [
        ("Tomas", "I have the key", "have_key"),
        ("Tomas", "I don't have the key", "no_key"),
        ("Tomas", "do you have the key", "key_with_you"),
        ("Tomas", "Don't you have the key?", "key_with_you"),
        ("Tomas", "why won't you open the gate", "open_gate"),
        ("Tomas", "the gate is open!", "lock_up"),
        ("Tomas", "leave the gate open", "leave_open"),
        ("Tomas", "where is tomas", "where_self"),
        ("Mira", "I don't want bread", "declined"),
        ("Mira", "I found the ladder!", "ladder_found"),
        ("Mira", "Mira, could I have bread?", "bread"),
        ("Mira", "what do you think about tomas", "opinion"),
        ("Mira", "where does odile live", "where_person"),
        ("Mira", "ladder", None),
        ("Pip", "can you fetch the ladder for me?", "fetch_ladder"),
        ("Pip", "Pip, where is the ladder?", "ladder"),
        ("Pip", "what do you think about odile and the banner?", "opinion"),
        ("Pip", "let's go to the great lantern", "go_there"),
        ("Pip", "how do I get to the smithy", "where_place"),
        ("Pip", "Pip!", None),
    ],
)
def test_one_word_more_or_less_makes_the_difference(who: str, text: str, topic: str | None) -> None:
    assert EARS[who].hear(text).topic == topic


def test_an_order_not_to_do_something_is_told_from_a_question() -> None:
    assert EARS["Mira"].hear("Don't paint the roof.").is_forbidden
    assert not EARS["Mira"].hear("Don't you paint roofs?").is_forbidden


@pytest.mark.parametrize(
    ("about", "asks"),
    [("where the ladder is", "where the ladder is, or"), ("", "?")],
)
def test_they_ask_which_of_two_was_meant_in_words_for_people(
    tmp_path: Path, about: str, asks: str
) -> None:
    (tmp_path / "v.toml").write_text(f"""
name = "V"
[lines]
which_one = ["{{rivals.0}}, or {{rivals.1}}?"]
puzzled = ["Pardon?"]
[[topics]]
name = "topic_one"
about = "{about}"
hears = ["ladder garden blue"]
[[topics]]
name = "topic_two"
about = "{about}"
hears = ["ladder garden green"]
""")
    talk = talk_to("V")
    talk.mind = make_mind(f"rules?data={tmp_path}&ttft_ms=0&tokens_per_s=0")

    said = words_of(talk.hear("ladder garden"))

    assert asks in said
    assert "topic" not in said
