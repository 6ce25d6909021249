"""What a villager's mind can find out: by the names it was told, and no more than it saw."""

import json
from collections.abc import Generator
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_game.actions import LookAt, WalkTo, act_for
from demo_game.game import Game
from demo_game.questions import Taken, Way, Whereabouts
from demo_game.village.acts import Failed, Succeeded
from demo_game.village.names import Names
from demo_game.village.units import Spot
from demo_game.village.view import view_of
from npcengine import Bridge, QueryFailed
from tests.demo.village import chart, make_village


@pytest.fixture
def game() -> Generator[Game]:
    with Bridge("off:", virtual=True) as bridge:
        yield Game(chart(), bridge, seed=3, noise_after_tick=10**9)


def ask(game: Game, who: str, query: str, **arguments: object) -> object:
    """Call a query as a villager's mind would, on the view as it is now."""
    registered = {spec.name: spec for spec in game.bridge._queries}
    spec = registered[query]
    read = spec.arguments.read(json.dumps(arguments))
    return spec.call(game.troupe.npcs[who], view_of(game.village), read)


def everything_named(game: Game) -> list[str]:
    village = game.village
    names = [*village.ground.places, *village.people, *village.items, *village.ground.doors]
    return [*names, *(village.label_of(name) for name in names)]


def show_all(game: Game, who: str) -> None:
    for what in (*game.village.people, *game.village.items):
        game.village.saw(who, what)


def test_every_name_and_label_works_in_every_query_and_action_alike(game: Game) -> None:
    show_all(game, "tomas")

    for words in everything_named(game):
        for said in (words, words.upper(), f"  {words.removeprefix('the ')}. "):
            name = game.village.names.find(said)
            assert name is not None, said
            assert ask(game, "tomas", "where_is", thing=said) != Whereabouts(known=False), said
            way = ask(game, "tomas", "path_to", place=said)
            assert isinstance(way, Way)
            assert way.exists, said
            for action in (WalkTo(said), LookAt(said)):
                ended: list[Succeeded | Failed] = []
                game.village.queue("tomas", act_for(action, game.village), ended.append)
                game.village.step()
                assert not any(isinstance(end, Failed) for end in ended), said
                game.village.break_off("tomas", "enough")
    for door in game.village.ground.doors:
        for said in (door, f"the {door}", f"The {door} door"):
            ask(game, "tomas", "door_state", door=said)


def test_what_nobody_is_called_is_refused_by_name(game: Game) -> None:
    with pytest.raises(QueryFailed, match="'the moon'"):
        ask(game, "tomas", "path_to", place="the moon")
    with pytest.raises(QueryFailed, match="no door called 'the well'"):
        ask(game, "tomas", "door_state", door="the well")
    assert ask(game, "tomas", "where_is", thing="the moon") == Whereabouts(known=False)


@given(words=st.text(max_size=120), names=st.lists(st.text(max_size=12), max_size=6))
def test_any_words_mean_one_of_the_names_or_nothing(words: str, names: list[str]) -> None:
    known = Names({name: f"the {name}" for name in names})

    assert known.find(words) in {*names, None}
    assert all(known.find(name) is not None for name in names)


def test_a_person_is_where_one_last_saw_them_and_that_ages(game: Game) -> None:
    village = game.village
    at_first = ask(game, "tomas", "where_is", thing="Pip")
    assert isinstance(at_first, Whereabouts)

    village.people["pip"].spot = village.ground.places["pip_den"].spot
    for _ in range(600):
        village.step()
    later = ask(game, "tomas", "where_is", thing="Pip")

    assert isinstance(later, Whereabouts)
    assert (later.place, later.where) == (at_first.place, at_first.where)
    assert later.seen_ms_ago == 10_000
    assert ask(game, "tomas", "where_is", thing="the apprentice") == Whereabouts(known=False)


def test_the_way_to_a_person_leads_to_where_one_last_saw_them(game: Game) -> None:
    village = game.village
    before = ask(game, "tomas", "path_to", place="pip")
    village.people["pip"].spot = village.ground.places["pip_den"].spot

    assert ask(game, "tomas", "path_to", place="pip") == before
    with pytest.raises(QueryFailed, match="have not seen the apprentice"):
        ask(game, "tomas", "path_to", place="the apprentice")


def test_whoever_one_sees_or_hears_one_knows_the_place_of(game: Game) -> None:
    village = game.village
    tomas = village.people["tomas"]
    tomas.facing = "up"
    village.player.spot = Spot(tomas.spot.x, tomas.spot.y + 60 * 16)
    for _ in range(10):
        village.step()
    assert ask(game, "tomas", "where_is", thing="the apprentice") == Whereabouts(known=False)

    game.troupe.say_to("tomas", "Behind you!")
    heard = cast("Whereabouts", ask(game, "tomas", "where_is", thing="the apprentice"))
    tomas.facing = "down"
    village.player.spot = Spot(tomas.spot.x, tomas.spot.y + 100 * 16)
    for _ in range(10):
        village.step()
    seen = cast("Whereabouts", ask(game, "tomas", "where_is", thing="the apprentice"))

    assert heard.known
    assert seen.seen_ms_ago == 0


def test_who_is_nearby_is_remembered(game: Game) -> None:
    village = game.village
    village.people["tomas"].facing = "up"
    village.player.spot = Spot(village.people["tomas"].spot.x, village.people["tomas"].spot.y + 960)

    ask(game, "tomas", "nearby")

    assert cast("Whereabouts", ask(game, "tomas", "where_is", thing="player")).known


def test_a_thing_never_seen_is_not_walked_to_and_one_that_is_gone_is(game: Game) -> None:
    village = game.village
    ends: list[Succeeded | Failed] = []
    village.queue("mira", act_for(WalkTo("the ladder"), village), ends.append)
    village.items["gate_key"].holder = "player"
    village.queue("tomas", act_for(WalkTo("the gate key"), village), ends.append)
    for _ in range(600):
        village.step()

    unknown, gone = ends
    assert isinstance(unknown, Failed)
    assert unknown.reason == "you do not know where the ladder is"
    assert isinstance(gone, Succeeded)


def test_what_is_in_a_pocket_is_not_seen_and_what_is_in_both_hands_is(game: Game) -> None:
    village = game.village
    tomas = village.people["tomas"]
    tomas.facing = "down"
    village.player.spot = Spot(tomas.spot.x, tomas.spot.y + 20 * 16)
    for item in ("gate_key", "bread"):
        village.items[item].holder = "player"
    for _ in range(10):
        village.step()

    with pytest.raises(QueryFailed, match="in a pocket"):
        ask(game, "tomas", "has_item", person="the apprentice", item="the gate key")
    assert ask(game, "tomas", "has_item", person="the apprentice", item="the bread") is True
    bread = cast("Whereabouts", ask(game, "tomas", "where_is", thing="bread"))
    assert (bread.place, bread.where) == ("player", "with the apprentice")
    village.items["gate_key"].holder = "tomas"
    assert ask(game, "tomas", "has_item", person="tomas", item="gate_key") is True


def test_what_is_held_out_is_seen_until_it_goes_back_into_the_pocket(game: Game) -> None:
    village = game.village
    aldous, ring = village.people["aldous"], village.items["ring"]
    ring.holder = "player"
    village.player.spot = Spot(aldous.spot.x, aldous.spot.y + 20 * 16)
    with pytest.raises(QueryFailed, match="ask to be shown"):
        ask(game, "aldous", "has_item", person="the apprentice", item="ring")

    village.hold_out(ring, village.player)
    village.step()
    shown = ask(game, "aldous", "has_item", person="the apprentice", item="ring")
    for _ in range(10):
        village.step()
    where = cast("Whereabouts", ask(game, "aldous", "where_is", thing="ring"))
    for _ in range(600):
        village.step()

    assert shown is True
    assert where.where == "with the apprentice"
    with pytest.raises(QueryFailed, match="in a pocket"):
        ask(game, "aldous", "has_item", person="the apprentice", item="ring")


def test_what_is_given_away_is_not_held_out_any_more(game: Game) -> None:
    village = game.village
    ring = village.items["ring"]
    ring.holder = "player"
    village.hold_out(ring, village.player)
    village.hand_over(ring, village.player, village.people["bram"])
    village.step()

    assert village.player.shows is None


def test_who_saw_a_theft_is_known_to_who_was_there_and_to_nobody_else(game: Game) -> None:
    village = game.village
    village.player.spot = village.ground.places["ware_rack"].spot
    village.people["bram"].facing = "right"
    village.people["mira"].spot = village.ground.places["pip_den"].spot
    village.pick_up(village.items["sword"], village.player)
    village.tick += 120

    seen = ask(game, "bram", "who_saw", thing="the sword")
    told = ask(game, "aldous", "who_saw", thing="sword")

    assert seen == Taken(True, "the apprentice", "Bram", ["Bram"], 2_000, is_settled=False)
    assert told == seen
    assert ask(game, "mira", "who_saw", thing="sword") == Taken(False)
    assert ask(game, "bram", "who_saw", thing="dagger") == Taken(False)
    assert ask(game, "bram", "who_saw", thing="the moon") == Taken(False)


def test_questions_and_the_live_village_understand_the_same_names() -> None:
    village = make_village()

    assert view_of(village).names is village.names
