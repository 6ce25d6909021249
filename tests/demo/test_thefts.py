"""Taking what is not one's own: who sees it, who hears of it, and what comes of it."""

import pytest

from demo_game.village.handling import Give, PutBack, Take
from demo_game.village.thefts import CRY_PX
from demo_game.village.units import CELL, Spot, distance_px
from demo_game.village.village import Village
from demo_game.village.work import FINE_PENNIES, Fine
from tests.demo.village import do, make_village


def at_the_rack(village: Village, *, seen: bool) -> None:
    """Put the player in front of the rack, where Bram looks or does not."""
    village.player.spot = village.ground.places["ware_rack"].spot
    bram = village.people["bram"]
    bram.facing = "right" if seen else "left"


def steal(*, seen: bool = True) -> Village:
    village = make_village()
    at_the_rack(village, seen=seen)
    village.pick_up(village.items["ring"], village.player)
    return village


def test_whoever_sees_it_cries_out_and_whoever_hears_the_cry_knows_of_it() -> None:
    village = steal()

    (theft,) = village.thefts.take_untold()

    assert (theft.thief, theft.item, theft.owner) == ("player", "ring", "bram")
    assert theft.witnesses == ("bram",)
    assert "aldous" in theft.told
    crier = village.people["bram"].spot
    for name, person in village.people.items():
        is_near = distance_px(person.spot, crier) <= CRY_PX
        assert (name in (*theft.witnesses, *theft.told, "player")) == (is_near or name == "player")
    assert village.people["bram"].mark == "exclaim"
    assert village.thefts.take_untold() == ()


def test_what_nobody_sees_nobody_knows() -> None:
    village = steal(seen=False)

    assert village.items["ring"].holder == "player"
    assert village.thefts.known == ()
    assert do(village, "aldous", Fine("player")) == (
        "failed: you know of nothing that the apprentice has taken"
    )


@pytest.mark.parametrize(("who", "item"), [("bram", "sword"), ("mira", "bread")])
def test_ones_own_and_what_is_nobodys_is_taken_and_not_stolen(who: str, item: str) -> None:
    village = make_village()
    village.people[who].spot = village.items[item].spot

    do(village, who, Take(item))

    assert village.items[item].holder == who
    assert village.thefts.known == ()


def test_neighbours_are_caught_as_well() -> None:
    village = make_village()
    at_the_rack(village, seen=True)
    village.people["pip"].spot = village.player.spot

    do(village, "pip", Take("dagger"))

    assert [theft.thief for theft in village.thefts.known] == ["pip"]


def test_the_reeve_fines_whom_he_can_reach_and_takes_the_thing_once() -> None:
    village = steal()
    player, aldous = village.player, village.people["aldous"]
    before = player.pennies

    far = do(village, "aldous", Fine("player"))
    aldous.spot = Spot(player.spot.x - CELL, player.spot.y)
    near = do(village, "aldous", Fine("player"))
    again = do(village, "aldous", Fine("player"))

    assert "not within reach" in far
    assert "has paid 3 pennies" in near
    assert "you have the lamplighter's ring now" in near
    assert again.startswith("failed: you know of nothing")
    assert (before - player.pennies, aldous.pennies) == (FINE_PENNIES, FINE_PENNIES)
    assert village.items["ring"].holder == "aldous"
    assert player.mark == "cross"


def test_nobody_pays_more_than_they_have() -> None:
    village = steal()
    village.player.pennies = 1
    village.people["aldous"].spot = village.player.spot

    assert "has paid 1 penny," in do(village, "aldous", Fine("player"))

    assert village.player.pennies == 0


def test_nobody_is_fined_for_what_somebody_else_has_taken() -> None:
    village = make_village()
    at_the_rack(village, seen=True)
    village.people["pip"].spot = village.player.spot
    village.pick_up(village.items["sword"], village.people["pip"])
    village.people["aldous"].spot = village.player.spot

    assert village.thefts.known
    assert "you know of nothing" in do(village, "aldous", Fine("player"))


def test_who_neither_saw_nor_heard_of_it_cannot_fine_for_it() -> None:
    village = make_village()
    village.people["aldous"].spot = village.ground.places["pip_den"].spot
    at_the_rack(village, seen=True)
    village.pick_up(village.items["ring"], village.player)
    village.people["aldous"].spot = village.player.spot

    assert "you know of nothing" in do(village, "aldous", Fine("player"))


def test_what_is_brought_back_to_its_owner_is_forgiven() -> None:
    village = steal()
    village.people["bram"].spot = village.player.spot

    do(village, "player", Give("ring", "bram"))

    (theft,) = village.thefts.known
    assert theft.is_settled
    assert village.thefts.open_for("player", known_to="bram") is None
    assert do(village, "bram", PutBack("ring")) == "the lamplighter's ring is back in its place"
    assert village.items["ring"].holder is None


def test_who_puts_a_thing_back_unasked_is_forgiven_as_well() -> None:
    village = steal()

    do(village, "player", PutBack("ring"))

    assert [theft.is_settled for theft in village.thefts.known] == [True]


def test_what_an_owner_gives_away_is_theirs_no_more_and_taking_it_back_is_a_theft() -> None:
    village = make_village()
    ring = village.items["ring"]
    village.hand_over(ring, village.people["bram"], village.player)
    assert ring.owner == "player"
    ring.holder = None
    village.player.spot = village.people["bram"].spot = ring.spot
    village.player.facing = "up"

    village.pick_up(ring, village.people["bram"])

    assert [theft.owner for theft in village.thefts.known] == ["player"]
