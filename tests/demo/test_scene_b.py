"""Scene B, "Hold on, wait": Bram's list is cut off in mid-word, and his hand comes back."""

from collections import defaultdict
from collections.abc import Generator

import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_game.controls import Controls
from demo_game.keyboard import Keyboard
from demo_game.reveal import Reveal
from npcengine import Cancel
from tests.demo.playing import Playing, playing


@pytest.fixture
def play() -> Generator[Playing]:
    with playing() as play:
        yield play


def reaching(play: Playing) -> None:
    """Let Bram be in the middle of his list with a hand on its way to the sword."""
    play.stand_by("bram")
    play.say("What do you sell?")
    bram = play.village.people["bram"]
    words = play.village.said
    play.until(lambda: bram.pose == "reach" and "forty" in words.get("bram", ""))


def test_the_text_stops_in_mid_word_and_the_hand_comes_back_in_that_frame(play: Playing) -> None:
    reaching(play)
    before = play.village.said["bram"]
    said = play.game.troupe.npcs["bram"].speech
    assert said.startswith(before)
    assert len(said) > len(before), "more of it had come than was shown"

    play.say("Not that one, the dagger.")

    assert play.village.people["bram"].pose != "reach"
    assert play.village.doing("bram") == ""
    assert play.village.said["bram"] == before
    assert play.game.troupe.npcs["bram"].speech == before
    cancelled = [one for one in play.game.troupe.recent["bram"] if isinstance(one, Cancel)]
    assert [one.action_type.__name__ for one in cancelled] == ["Fetch"]
    assert "the apprentice speaks" in cancelled[0].reason
    play.frames(20)
    assert play.village.said["bram"] == before, "and not a letter more"


def test_he_knows_that_he_was_cut_off_and_fetches_the_dagger(play: Playing) -> None:
    reaching(play)
    play.say("Not that one, the dagger.")

    play.until(lambda: play.village.doing("bram") == "reaching for dagger")
    words = play.village.said["bram"].lower()
    play.until(lambda: play.village.items["dagger"].holder == "bram")

    assert any(sign in words for sign in ("cut me off", "not done", "let a man finish"))
    assert "dagger" in words
    assert play.village.people["bram"].shows == "dagger"
    assert play.village.items["sword"].holder is None
    assert "dagger" in play.answer("bram").lower()


def test_a_sword_already_in_his_hand_goes_back_before_the_dagger_comes(play: Playing) -> None:
    reaching(play)
    play.until(lambda: play.village.items["sword"].holder == "bram")

    play.say("Not that one, the dagger.")
    play.until(lambda: play.village.items["dagger"].holder == "bram")

    assert play.village.items["sword"].holder is None


def test_a_hand_is_called_off_when_there_are_no_words_to_cut_as_well(play: Playing) -> None:
    play.stand_by("bram")
    play.say("Show me the sword, please.")
    bram, troupe = play.village.people["bram"], play.game.troupe
    play.until(lambda: bram.pose == "reach" and not troupe.is_speaking("bram"))

    play.say("No, the dagger!")
    play.until(lambda: play.village.items["dagger"].holder == "bram")

    assert play.village.items["sword"].holder is None
    assert not troupe.can_be_stopped("bram")


def test_stopped_with_a_key_he_goes_on_where_he_was_when_he_is_asked_to(play: Playing) -> None:
    reaching(play)
    heard = play.village.said["bram"]
    play.frames(1, Controls(interrupt=True))
    play.frames(120)
    assert play.village.said["bram"] == heard, "nobody has said a thing yet"

    play.say("Go on.")
    play.frames(20)
    rest = play.answer("bram")

    assert "The sword" not in rest, "that was heard"
    for ware in ("shoes", "inges", "ending"):
        assert ware in rest


def test_a_player_who_looks_for_words_and_finds_none_has_interrupted_nothing(
    play: Playing,
) -> None:
    reaching(play)
    before = play.village.said["bram"]

    for _ in range(30):
        play.frames(1, Controls(hold=True))
    assert play.village.said["bram"] == before
    assert play.village.people["bram"].pose == "reach", "what he does goes on"
    play.until(lambda: play.village.items["sword"].holder == "bram")

    assert "blade" in play.answer("bram")
    assert play.game.troupe.npcs["bram"].turn_epoch <= 2


@pytest.mark.parametrize("name", [pygame.K_SPACE, pygame.K_ESCAPE])
def test_a_key_stops_him_first_and_leaves_only_when_he_is_quiet(play: Playing, name: int) -> None:
    reaching(play)
    keyboard, pressed = Keyboard(), pygame.event.Event(pygame.KEYDOWN, key=name)
    before = play.village.said["bram"]
    held: defaultdict[int, bool] = defaultdict(bool)

    first = keyboard.controls([pressed], held, play.game)
    play.frames(1, first)
    second = keyboard.controls([pressed], held, play.game)

    assert first == Controls(interrupt=True)
    assert play.village.said["bram"] == before
    assert play.game.talking_to == "bram"
    assert second == Controls(address="" if name == pygame.K_ESCAPE else None)


def test_the_same_interruption_on_the_same_seed_makes_the_same_world() -> None:
    hashes: list[str] = []
    for _ in range(2):
        with playing(seed=5) as play:
            reaching(play)
            play.say("Not that one, the dagger.")
            play.frames(600)
            hashes.append(play.village.world_hash())

    assert hashes[0] == hashes[1]


# --- the letters ------------------------------------------------------------------------------


@given(
    parts=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=6),
    ticks=st.lists(st.integers(0, 20), min_size=6, max_size=6),
)
@settings(max_examples=200)
def test_letters_come_in_order_never_before_they_are_said_and_all_in_the_end(
    parts: list[str], ticks: list[int]
) -> None:
    reveal, said, shown = Reveal(), "", ""
    for part, wait in zip(parts, ticks, strict=False):
        said += part
        reveal.follow(said, 1)
        reveal.pass_ticks(wait)
        assert said.startswith(reveal.text)
        assert reveal.text.startswith(shown)
        assert reveal.chars - len(shown) <= wait
        shown = reveal.text
    reveal.pass_ticks(10_000)

    assert reveal.text == said
    assert not reveal.is_on


@given(words=st.text(min_size=2, max_size=80), shown=st.integers(0, 80), turn=st.integers(1, 2))
def test_what_is_broken_off_stays_as_it_was_shown(words: str, shown: int, turn: int) -> None:
    reveal = Reveal()
    reveal.follow(words, 1)
    reveal.pass_ticks(shown)
    before = reveal.text

    reveal.follow(before, turn)
    reveal.pass_ticks(100)

    assert reveal.text == before
    assert not reveal.is_on


def test_the_words_of_the_next_turn_begin_anew() -> None:
    reveal = Reveal()
    reveal.follow("Good evening.", 1)
    reveal.pass_ticks(100)

    reveal.follow("Good night.", 2)

    assert (reveal.text, reveal.is_on) == ("", True)
