"""Words on the screen: whatever is said and suggested stays where it belongs and can be read."""

from collections.abc import Generator
from typing import cast

import pygame
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.screen.assets import Assets
from demo_game.screen.bubbles import Bubbles
from demo_game.screen.dialogue import (
    PANEL,
    PLATE_HEIGHT,
    REPLY_INDENT,
    TEXT_WIDTH,
    DialoguePanel,
)
from demo_game.screen.font import Font
from demo_game.screen.hints import Hints
from demo_game.screen.keycaps import KeyCaps
from demo_game.screen.overlay import WIDTH as OVERLAY_WIDTH
from demo_game.screen.stage import SIZE, Look, Stage
from demo_game.suggestions import suggestions
from npcengine import Bridge, BridgeStats
from tests.demo.village import ASSETS, chart

NOWHERE = (255, 0, 255)
FRAME = 1 / 60
MAY_DRAW = PANEL.union(PANEL.move(0, -PLATE_HEIGHT // 2))
INSIDE_FRAME = PANEL.inflate(-12, -12)

hostile = st.one_of(
    st.text(max_size=300),
    st.builds(str.__mul__, st.text(min_size=1, max_size=9), st.integers(1, 200)),
    st.lists(st.text(alphabet=st.characters(categories=["L", "P"]), max_size=40), max_size=12).map(
        " ".join
    ),
)
on_one_screen = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", autouse=True)
def display() -> Generator[None]:
    pygame.init()
    pygame.display.set_mode(SIZE)
    yield
    pygame.quit()


@pytest.fixture(scope="module")
def font(display: None) -> Font:
    return Font(Assets(ASSETS))


@pytest.fixture(scope="module")
def panel(font: Font) -> DialoguePanel:
    assets = Assets(ASSETS)
    return DialoguePanel(assets, font, KeyCaps(assets, font))


@pytest.fixture
def game() -> Generator[Game]:
    with Bridge("off:", virtual=True) as bridge:
        yield Game(chart(), bridge, seed=7, noise_after_tick=10**9)


def drawn_panel(
    panel: DialoguePanel,
    *,
    words: str = "",
    replies: tuple[str, ...] = (),
    typed: str | None = None,
) -> pygame.Surface:
    target = pygame.Surface(SIZE)
    target.fill(NOWHERE)
    panel.draw(
        target,
        name="mira",
        label="Mira",
        mood="calm",
        words=words,
        phase="thinking",
        replies=replies,
        typed=typed,
        tick=59,
    )
    return target


def changed(before: pygame.Surface, after: pygame.Surface) -> pygame.Rect:
    """Return the smallest box around everything that differs."""
    mask = pygame.mask.from_threshold(after, NOWHERE, (1, 1, 1, 255), before)
    mask.invert()
    whole = pygame.Rect(0, 0, 0, 0)
    # pygame's own types say that this is a single one
    for box in cast("list[pygame.Rect]", mask.get_bounding_rects()):
        whole = whole.union(box) if whole else box
    return whole


def painted(target: pygame.Surface) -> pygame.Rect:
    blank = pygame.Surface(target.get_size())
    blank.fill(NOWHERE)
    return changed(blank, target)


def test_all_that_is_ever_suggested_can_be_read_to_its_end(game: Game, font: Font) -> None:
    village = game.village
    seen: set[str] = set()
    for holder in (None, "player"):
        for item in village.items.values():
            item.holder = holder
        for name in game.troupe.npcs:
            seen.update(s.text for s in suggestions(game, name))

    assert len(seen) >= 9
    for text in seen:
        assert font.clip(text, TEXT_WIDTH - REPLY_INDENT) == text


def test_three_replies_of_sixty_letters_fit(font: Font) -> None:
    reply = "Would you come with me to the great lantern before midnight?"
    assert len(reply) == 60

    assert font.clip(reply, TEXT_WIDTH - REPLY_INDENT) == reply


@on_one_screen
@given(words=hostile, replies=st.lists(hostile, max_size=5), typed=st.none() | hostile)
def test_nothing_is_drawn_outside_the_panel_and_no_words_over_its_frame(
    panel: DialoguePanel, words: str, replies: list[str], typed: str | None
) -> None:
    empty = drawn_panel(panel)

    full = drawn_panel(panel, words=words, replies=tuple(replies), typed=typed)

    words_at = changed(empty, full)

    assert MAY_DRAW.contains(painted(full))
    assert not words_at or INSIDE_FRAME.contains(words_at)


@pytest.mark.parametrize(
    "words", ["so it goes " * 182, "x" * 500, "W" * 2_000, "a\n\n\n\nb\t" * 400]
)
def test_a_hostile_speech_shows_its_end_in_the_panel_and_in_a_bubble(
    panel: DialoguePanel, font: Font, words: str
) -> None:
    empty = drawn_panel(panel)
    bounds = pygame.Rect(4, 4, 276, 148)
    target = pygame.Surface(SIZE)
    target.fill(NOWHERE)

    full = drawn_panel(panel, words=words)
    Bubbles(Assets(ASSETS), font).draw(target, words, (300, 10), bounds)

    assert INSIDE_FRAME.contains(changed(empty, full))
    assert changed(empty, full).height > font.line_height
    assert bounds.inflate(0, 12).contains(painted(target))


@given(text=hostile, width=st.integers(8, 400))
def test_wrapped_lines_fit_and_lose_nothing(font: Font, text: str, width: int) -> None:
    lines = font.wrap(text, width)

    assert all(font.width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")


@given(text=hostile, width=st.integers(20, 400))
def test_a_line_is_cut_at_its_end_or_its_beginning_to_what_fits(
    font: Font, text: str, width: int
) -> None:
    head, tail = font.clip(text, width), font.tail(text, width)

    assert max(font.width(head), font.width(tail)) <= width
    assert head == text or (head.endswith("\u2026") and text.startswith(head[:-1]))
    assert text.endswith(tail)


@pytest.mark.parametrize("width", [SIZE[0], SIZE[0] - OVERLAY_WIDTH])
def test_the_prompt_is_in_the_middle_of_what_is_left_free(
    game: Game, font: Font, width: int
) -> None:
    village = game.village
    village.player.spot = village.people["mira"].spot
    assets = Assets(ASSETS)
    target = pygame.Surface(SIZE)
    target.fill(NOWHERE)

    Hints(assets, font, KeyCaps(assets, font)).draw_prompt(target, game, width)

    box = painted(target)
    assert abs(box.centerx - width // 2) <= 1
    assert box.width > 60


@given(words=hostile.filter(bool), width=st.sampled_from((SIZE[0], SIZE[0] - OVERLAY_WIDTH)))
def test_a_notice_of_any_length_stays_in_what_is_left_free(
    font: Font, words: str, width: int
) -> None:
    assets = Assets(ASSETS)
    target = pygame.Surface(SIZE)
    target.fill(NOWHERE)

    Hints(assets, font, KeyCaps(assets, font)).draw_notice(target, words, width)

    assert pygame.Rect(0, 0, width, 40).contains(painted(target))


def test_the_overlay_reads_the_counts_a_few_times_a_second_and_not_in_every_frame(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, target = Stage(chart(), Assets(ASSETS)), pygame.Surface(SIZE)
    reads = 0
    stats = game.bridge.stats

    def counted(bridge: Bridge) -> BridgeStats:
        nonlocal reads
        reads += 1
        return stats

    monkeypatch.setattr(Bridge, "stats", property(counted))
    for _ in range(60):
        game.frame(FRAME, Controls())
        stage.watch(game, overlay=True)
        stage.draw(target, game, Look(overlay=True))

    assert 2 <= reads <= 6


def test_the_player_is_in_view_above_the_panel_wherever_they_talk(game: Game) -> None:
    village = game.village
    stage = Stage(chart(), Assets(ASSETS))
    for place in village.ground.places.values():
        village.player.spot = village.people["pip"].spot = place.spot
        game.talking_to = "pip"
        for _ in range(200):
            stage.watch(game, overlay=True)

        x, y = village.player.spot.px
        left, top = stage.view.topleft

        assert 0 <= x - left <= SIZE[0] - OVERLAY_WIDTH, place.name
        assert 24 <= y - top <= PANEL.top - PLATE_HEIGHT // 2, place.name
