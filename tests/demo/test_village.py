"""The world by itself: walking, handing over, locking, seeing, remembering."""

import subprocess
import sys
from pathlib import Path

import pytest

from demo_game.village.acts import Follow, Gesture, GoTo, Look
from demo_game.village.handling import Give, Take, TurnKey
from demo_game.village.senses import Sighting
from demo_game.village.tiled import MapError, read_map
from demo_game.village.units import Cell, Spot, centre_of, distance_px, facing_towards
from tests.demo.village import chart, do, make_village


def test_the_world_needs_neither_pygame_nor_npcengine() -> None:
    program = (
        "import sys\n"
        "import demo_game.village.village, demo_game.village.story, demo_game.village.view\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('pygame', 'npcengine')])"
    )

    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert out.stdout.strip() == "[]"


def test_everybody_can_get_everywhere() -> None:
    village = make_village()

    for person in village.people.values():
        for place in village.ground.places.values():
            way = village.ground.path(person.spot.cell, place.spot.cell)
            assert way is not None, f"{person.name} cannot get to {place.name}"
            assert all(village.ground.is_free(cell) for cell in way)


def test_a_way_is_as_short_as_can_be_and_goes_step_by_step() -> None:
    ground = make_village().ground
    start, goal = ground.places["well"].spot.cell, ground.places["great_lantern"].spot.cell

    way = ground.path(start, goal)

    assert way is not None
    assert way[-1] == goal
    steps = [start, *way]
    assert all(
        abs(a.column - b.column) + abs(a.row - b.row) == 1 for a, b in zip(steps, way, strict=False)
    )


def test_there_is_no_way_into_a_wall_or_off_the_map() -> None:
    ground = make_village().ground
    here = ground.places["well"].spot.cell

    assert ground.path(here, Cell(-1, 0)) is None
    assert ground.path(here, Cell(10_000, 3)) is None


def test_walking_ends_at_the_place_and_says_so() -> None:
    village = make_village()

    end = do(village, "pip", GoTo("great_lantern", hurries=True))

    assert end == "you are at the great lantern"
    place = village.ground.places["great_lantern"].spot
    assert distance_px(village.people["pip"].spot, place) < 24


@pytest.mark.parametrize("act", [GoTo("moon", hurries=False), Follow("moon", 3), Look("moon")])
def test_what_nobody_knows_cannot_be_walked_to_followed_or_looked_at(
    act: GoTo | Follow | Look,
) -> None:
    assert do(make_village(), "pip", act).startswith("failed: there is")


def test_people_are_walked_to_even_when_they_walk_away() -> None:
    village = make_village()
    village.begin("mira", GoTo("well", hurries=False))

    assert do(village, "pip", GoTo("mira", hurries=True)) == "you are at Mira"


def test_a_thing_is_taken_given_and_known_by_whoever_has_it() -> None:
    village = make_village()

    taken = do(village, "mira", Take("bread"))
    village.people["player"].spot = village.ground.places["bakery_counter"].spot
    given = do(village, "mira", Give("bread", "player"))

    assert (taken, given) == ("you have a loaf of bread", "the apprentice has a loaf of bread now")
    assert village.items["bread"].holder == "player"
    assert [told.taker for told in village.take_hand_overs()] == ["player"]
    assert village.take_hand_overs() == []


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (Take("moon"), "there is no such thing"),
        (Take("ladder"), "not within reach"),
        (Give("ladder", "player"), "you do not have"),
        (Give("gate_key", "mira"), "not within reach"),
        (Give("gate_key", "moon"), "there is nobody"),
        (TurnKey("moon", locks=True), "no door called"),
        (TurnKey("gate", locks=True), "not within reach"),
    ],
)
def test_what_cannot_be_done_fails_with_a_reason_and_changes_nothing(
    act: Take | Give | TurnKey, why: str
) -> None:
    village = make_village()
    village.items["gate_key"].holder = "pip"

    end = do(village, "pip", act)

    assert end.startswith("failed: ")
    assert why in end
    assert village.items["gate_key"].holder == "pip"


def test_locking_needs_the_key_in_hand() -> None:
    village = make_village()
    gate = village.ground.doors["gate"]
    gate.is_open, gate.is_locked = True, False
    do(village, "tomas", GoTo("gate", hurries=True))

    without = do(village, "tomas", TurnKey("gate", locks=True))
    village.items["gate_key"].holder = "tomas"
    locked = do(village, "tomas", TurnKey("gate", locks=True))

    assert without == "failed: you do not have the gate key"
    assert locked == "the gate is locked"
    assert (gate.is_locked, gate.is_open) == (True, False)


def test_what_one_begins_breaks_off_what_one_did_and_tells_it() -> None:
    village = make_village()
    ends: list[object] = []
    village.begin("pip", GoTo("gate", hurries=False), ends.append)
    village.step()

    assert do(village, "pip", Gesture("wave")) == "you wave"
    assert len(ends) == 1


def test_a_thing_is_seen_in_front_and_near_and_not_behind() -> None:
    village = make_village()
    tomas, key = village.people["tomas"], village.items["gate_key"]
    tomas.facing = "right"
    for _ in range(10):
        village.step()
    behind = dict(village.sightings["tomas"])
    tomas.look_at(key.spot)
    for _ in range(10):
        village.step()

    assert "gate_key" not in behind
    assert village.sightings["tomas"]["gate_key"] == Sighting("key_hook", key.spot, 20)


def test_an_empty_place_is_noticed_and_where_it_was_is_remembered() -> None:
    village = make_village()
    tomas, key = village.people["tomas"], village.items["gate_key"]
    tomas.look_at(key.spot)
    for _ in range(10):
        village.step()
    key.holder = "player"
    for _ in range(10):
        village.step()

    assert village.sightings["tomas"]["gate_key"] == Sighting(
        "key_hook", key.spot, 10, is_gone=True
    )


def test_the_player_is_stopped_by_walls_and_slides_along_them() -> None:
    village = make_village()
    player = village.player
    for _ in range(600):
        player.push(-1, 0, village.ground)
    blocked = player.spot
    player.push(-1, 0, village.ground)
    for _ in range(3):
        player.push(-1, 1, village.ground)

    assert blocked == Spot(blocked.x, blocked.y)
    assert player.spot.x >= 0
    assert village.ground.is_free(player.spot.cell)


@pytest.mark.parametrize("words", ["the gate key", "gate_key", "The Gate Key ", "gate key"])
def test_things_are_found_by_what_people_call_them(words: str) -> None:
    assert make_village().name_of(words) == "gate_key"


def test_the_same_seed_gives_the_same_village_and_another_seed_another() -> None:
    def evening(seed: int) -> str:
        village = make_village(seed)
        for tick in range(600):
            if tick % 120 == 0:
                place = village.random.choice(sorted(village.ground.places))
                village.begin("pip", GoTo(place, hurries=bool(village.random.randrange(2))))
            village.step()
        return village.world_hash()

    assert evening(3) == evening(3)
    assert evening(3) != evening(4)


def test_the_hash_notices_a_single_sub_unit() -> None:
    village, other = make_village(), make_village()
    other.people["pip"].spot = Spot(other.people["pip"].spot.x + 1, other.people["pip"].spot.y)

    assert village.world_hash() != other.world_hash()


def test_directions_and_cells_are_what_they_say() -> None:
    here = centre_of(Cell(3, 4))

    assert here.cell == Cell(3, 4)
    assert facing_towards(here, Spot(here.x + 9, here.y), "up") == "right"
    assert facing_towards(here, here, "up") == "up"


def test_a_map_that_cannot_be_used_says_where(tmp_path: Path) -> None:
    bad = tmp_path / "bad.tmj"
    bad.write_text('{"width": "wide"}')

    with pytest.raises(MapError, match=r"bad.tmj.*width"):
        read_map(bad)
    with pytest.raises(MapError, match="No such file"):
        read_map(tmp_path / "none.tmj")
    with pytest.raises(MapError, match="no tile layer"):
        chart().tiles("sky")
