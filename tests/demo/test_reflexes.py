"""What villagers do without their minds: at once, while a mind is slow, and with none at all."""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

import pytest

from demo_game.cast import CAST
from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.pilot.pilot import Pilot
from demo_game.play import built_in_mind
from demo_game.reflexes import Reflexes
from demo_game.village.acts import GoTo
from demo_game.village.units import distance_px
from npcengine import Bridge, Npc
from tests.demo.village import chart, make_village

FRAME = 1 / 60
FILLERS = {line for role in CAST for line in role.manners.fillers}
FALLBACKS = {fallback.line for role in CAST for fallback in role.manners.fallbacks}
MIRAS = next(role.manners for role in CAST if role.name == "mira")
SLOW = built_in_mind(7).replace("ttft_ms=350", "ttft_ms=6000")


@contextmanager
def playing(endpoint: str = "off:") -> Generator[Game]:
    with Bridge(endpoint, virtual=endpoint.startswith("local:")) as bridge:
        yield Game(chart(), bridge, seed=7, noise_after_tick=100_000)


def address(game: Game, name: str, words: str) -> None:
    """Stand beside somebody and speak to them."""
    village = game.village
    cell = village.free_cell_near(village.people[name].spot, village.player)
    assert cell is not None
    village.player.spot = village.player.spot._replace(
        x=cell.column * 256 + 128, y=cell.row * 256 + 128
    )
    game.frame(FRAME, Controls(address=name))
    game.frame(FRAME, Controls(say=words))


def words(game: Game, name: str, frames: int) -> dict[int, str]:
    """Return what somebody begins to say, by ticks since now."""
    began, before, said = game.village.tick, game.troupe.words_of(name), dict[int, str]()
    for _ in range(frames):
        game.frame(FRAME, Controls())
        after = game.troupe.words_of(name)
        if after != before and not (before and after.startswith(before)):
            said[game.village.tick - began] = after
        before = after
    return said


def test_a_slow_mind_is_covered_at_1200_ms_and_4_s_and_answers_after_it_all_the_same() -> None:
    with playing(SLOW) as game:
        address(game, "mira", "Good evening!")

        said = words(game, "mira", 239)
        assert game.troupe.npcs["mira"].phase == "thinking"
        later = words(game, "mira", 300)

        # The frame in which the player spoke made its tick after that: one is over already.
        assert list(said) == [71, 239]
        assert said[71] in MIRAS.fillers
        assert said[239] in {fallback.line for fallback in MIRAS.fallbacks}
        assert len(later) == 1
        assert game.troupe.words_of("mira") == game.troupe.npcs["mira"].speech


def test_without_minds_the_same_lines_come_at_the_same_time() -> None:
    with playing() as game:
        address(game, "mira", "Hello?")

        said = words(game, "mira", 600)

        assert list(said) == [71, 239]
        assert said[71] in MIRAS.fillers
        assert game.village.people["mira"].facing != "up"


def test_at_its_ordinary_speed_a_mind_needs_no_filler_in_scene_a() -> None:
    with Bridge(built_in_mind(7), virtual=True, strict=True) as bridge:
        game = Game(chart(), bridge, seed=7, noise_after_tick=480)
        pilot, said = Pilot(game), set[str]()
        for _ in range(1_800):
            game.frame(FRAME, pilot.controls())
            said.update(game.troupe.words_of(role.name) for role in CAST)

    assert game.night_bell.progress == "done"
    assert not said & (FILLERS | FALLBACKS)


def test_a_villager_reacts_in_a_frame_too_short_for_a_tick() -> None:
    with playing() as game:
        address(game, "mira", "Hello?")
        words(game, "mira", 600)
        mira, tick = game.village.people["mira"], game.village.tick
        mira.mark, mira.facing = None, "left"

        game.frame(0.001, Controls(say="Are you there?"))

        assert game.village.tick == tick
        assert mira.mark == "ear"


def test_who_strolls_stops_and_turns_when_spoken_to_and_strolls_on_afterwards() -> None:
    with playing() as game:
        pip, village = game.village.people["pip"], game.village
        for _ in range(450):
            game.frame(FRAME, Controls())
        assert pip.is_walking

        address(game, "pip", "Wait!")

        assert not pip.is_walking
        assert village.doing("pip") == ""
        assert distance_px(pip.spot, village.player.spot) < 52
        village.player.spot = village.people["tomas"].spot
        game.talking_to = None
        strolls = 0
        for _ in range(900):
            game.frame(FRAME, Controls())
            strolls += village.doing("pip").startswith("going to")
        assert strolls


def test_what_the_mind_has_begun_is_left_alone_by_the_reflexes() -> None:
    with playing() as game:
        village = game.village
        for _ in range(450):
            game.frame(FRAME, Controls())
        assert village.doing("pip")

        village.begin("pip", GoTo("bakery_counter", hurries=False))
        address(game, "pip", "Where are you going?")
        game.frame(FRAME, Controls())

        assert village.doing("pip") == "going to bakery_counter"


class Seen:
    """A villager's mind, as the reflexes see it."""

    def __init__(self, phase: str, open_calls: tuple[str, ...] = ()) -> None:
        self.phase, self.open_calls = phase, open_calls
        self.turn_epoch, self.speech = 0, ""


def line_after(frames: int, mind: Seen) -> str:
    """Return what Mira says of herself some frames after somebody spoke to her."""
    village = make_village()
    reflexes, minds = Reflexes(village, CAST), cast("dict[str, Npc]", defaultdict(lambda: mind))
    reflexes.addressed("mira", minds["mira"])
    for _ in range(frames):
        village.step()
        reflexes.step(minds)
    return reflexes.line_of("mira")


def test_whose_mind_uses_a_tool_leaves_the_filler_out_and_falls_back_all_the_same() -> None:
    assert line_after(72, Seen("thinking")) in FILLERS
    assert line_after(239, Seen("thinking", ("where_is",))) == ""
    assert line_after(240, Seen("thinking", ("where_is",))) in FALLBACKS


def test_who_is_on_the_way_for_somebody_needs_no_filler() -> None:
    with playing() as game:
        address(game, "tomas", "Could you see to the lantern?")
        game.village.begin("tomas", GoTo("bakery_counter", hurries=False))

        assert list(words(game, "tomas", 300)) == [239]


@pytest.mark.parametrize(("phase", "facing"), [("idle", "right"), ("thinking", "up")])
def test_who_thinks_is_not_distracted_by_the_player(phase: str, facing: str) -> None:
    village = make_village()
    mira, player = village.people["mira"], village.player
    player.spot = mira.spot._replace(x=mira.spot.x + 400)
    mira.facing = "up"
    minds = cast("dict[str, Npc]", defaultdict(lambda: Seen(phase)))

    Reflexes(village, CAST).step(minds)

    assert mira.facing == facing


def test_what_a_mind_has_somebody_do_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    acts: list[tuple[str, int]] = []

    def acted(name: str, turn_epoch: int) -> None:
        acts.append((name, turn_epoch))

    with playing(built_in_mind(7)) as game:
        monkeypatch.setattr(game.troupe.reflexes, "acted", acted)
        address(game, "mira", "Could I have some bread?")
        words(game, "mira", 120)

    assert ("mira", 1) in acts


def test_the_same_seed_tells_the_same_story_without_minds_and_another_seed_another() -> None:
    def story(seed: int) -> tuple[list[str], str]:
        with Bridge("off:") as bridge:
            game = Game(chart(), bridge, seed=seed, noise_after_tick=100_000)
            said: list[str] = []
            for name in ("mira", "tomas", "pip", "mira", "tomas", "pip"):
                address(game, name, "Hello?")
                said += words(game, name, 300).values()
            return said, game.village.world_hash()

    assert story(1) == story(1)
    assert story(1)[0] != story(2)[0]
