"""A village that is saved and restored is the same village, and goes on in the same way."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_game.village.acts import Act, Follow, Gesture, GoTo, Look
from demo_game.village.handling import Fetch, Give, PutBack, Take
from demo_game.village.saves import SaveError, restore, save
from demo_game.village.story import NightBell
from demo_game.village.village import Village
from demo_game.village.work import Fine, Forge, Inspect, StopWork
from tests.demo.village import make_village as make_ignorant_village

WHO = ("mira", "tomas", "pip", "bram", "aldous", "player")
ACTS: tuple[Callable[[], Act], ...] = (
    lambda: GoTo("anvil", hurries=True),
    lambda: GoTo("player", hurries=False),
    lambda: Follow("pip", 3),
    lambda: Look("well"),
    lambda: Gesture("wave"),
    lambda: Take("bread"),
    lambda: Take("ring"),
    lambda: Fetch("sword"),
    lambda: Fetch("dagger"),
    lambda: PutBack("sword"),
    lambda: Give("bread", "player"),
    lambda: Give("permit", "player"),
    lambda: Forge(3),
    StopWork,
    lambda: Inspect("player"),
    lambda: Fine("player"),
)

evenings = st.lists(
    st.tuples(
        st.sampled_from(WHO),
        st.sampled_from(ACTS),
        st.sampled_from(("queue", "begin", "stop", "steal", "show")),
        st.integers(0, 200),
    ),
    max_size=12,
)


def make_village(seed: int = 1) -> Village:
    village = make_ignorant_village(seed)
    for item in ("sword", "dagger", "ring"):
        village.saw("bram", item)
    return village


def live(village: Village, evening: Any) -> None:
    for who, make, how, ticks in evening:
        item = village.items["ring"]
        if how == "queue":
            village.queue(who, make(), key="a key")
        elif how == "begin":
            village.begin(who, make())
        elif how == "stop":
            village.break_off(who, "enough")
        elif how == "steal" and item.holder is None:
            village.player.spot = village.ground.places["ware_rack"].spot
            village.pick_up(item, village.player)
        elif how == "show" and item.holder == "player":
            village.hold_out(item, village.player)
        for _ in range(ticks):
            village.step()


def story_of(village: Village) -> NightBell:
    return NightBell(village, not_before_tick=10**9)


def saved(village: Village) -> Any:
    return json.loads(json.dumps(save(village, story_of(village))))


@given(seed=st.integers(0, 9), before=evenings, between=evenings, after=evenings)
@settings(max_examples=60)
def test_a_restored_village_is_the_same_and_goes_on_the_same(
    seed: int, before: Any, between: Any, after: Any
) -> None:
    village = make_village(seed)
    live(village, before)
    data = saved(village)
    hashed = village.world_hash()
    other = make_village(seed + 1)
    live(other, between)

    restore(other, story_of(other), data)

    assert other.world_hash() == hashed
    assert saved(village) == data, "what was saved is not the village any more"
    for one in (village, other):
        live(one, after)
        for _ in range(120):
            one.step()
    assert other.world_hash() == village.world_hash()
    assert (village.thefts.known, village.hand_overs) == (other.thefts.known, other.hand_overs)


def test_what_was_under_way_goes_on_and_what_was_not_yet_saved_is_told_to_be_over() -> None:
    village = make_village()
    village.queue("bram", Fetch("sword"))
    for _ in range(60):
        village.step()
    data = saved(village)
    ends: list[object] = []
    village.queue("mira", Take("bread"), ends.append)

    restore(village, story_of(village), data)
    assert village.doing("bram") == "reaching for sword"
    assert len(ends) == 1
    for _ in range(120):
        village.step()

    assert village.items["sword"].holder == "bram"
    assert village.items["bread"].holder is None


def test_the_story_comes_back_with_the_village() -> None:
    village = make_village()
    story = story_of(village)
    story.facts.noise = 77
    data = save(village, story)
    story.facts.noise, story.facts.gate_locked = None, 99

    restore(village, story, json.loads(json.dumps(data)))

    assert save(village, story) == data
    assert data["night_bell"]["noise"] == 77


def broken(*path: str | int, value: object) -> Any:
    data = saved(make_village())
    part = data
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "Expected `object`"),
        ({}, "missing required field"),
        (broken("version", value=2), "version 2"),
        (broken("village", "tick", value=-1), r"\$.village.tick"),
        (broken("village", "luck", value=[3, [1, 2], None]), "luck"),
        (broken("village", "people", "pip", "pose", value="fly"), r"people\[...\].pose"),
        (broken("village", "people", "pip", "pennies", value=-5), "pennies"),
        (broken("village", "people", "pip", "spot", value=[-9, 0]), "people.pip.spot"),
        (broken("village", "people", "pip", "shows", value="moon"), "people.pip.shows"),
        (broken("village", "people", "moon", value={}), "moon|missing"),
        (broken("village", "items", "ring", "holder", value="moon"), "items.ring.holder"),
        (broken("village", "items", value={}), "only in one"),
        (broken("village", "hand_overs", value=[["moon", "pip", "pip"]]), "'moon'"),
        (broken("village", "people", "pip", "doings", value=[{"key": ""}]), "doings"),
        (broken("village", "people", "pip", "way", value=[[0, 0]] * 5_000), "way"),
    ],
)
def test_a_save_that_cannot_be_is_refused_with_its_reason_and_changes_nothing(
    data: Any, why: str
) -> None:
    village = make_village()
    live(village, [("bram", lambda: Fetch("sword"), "queue", 60)])
    before, story = village.world_hash(), story_of(village)

    with pytest.raises(SaveError, match=why):
        restore(village, story, data)

    assert village.world_hash() == before
