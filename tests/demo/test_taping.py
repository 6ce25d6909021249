"""F8: a recording of the evening that has its beginning."""

from collections.abc import Generator
from pathlib import Path

import pytest

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.play import built_in_mind
from demo_game.taping import Taping
from npcengine import Bridge, Recording
from npcengine.testing import wait_until
from npcengine.trace.reader import TraceReader, read_trace
from npcengine.trace.records import Checkpoint, Frame, Mark
from tests.demo.playing import FRAME
from tests.demo.village import chart


@pytest.fixture
def game() -> Generator[Game]:
    endpoint = built_in_mind(7)
    with Bridge(endpoint, virtual=True, seed=7, record=Recording()) as bridge:
        yield Game(chart(), bridge, seed=7, noise_after_tick=10**9)


def frames(game: Game, count: int) -> None:
    for _ in range(count):
        game.frame(FRAME, Controls())


def test_pressed_in_the_middle_it_keeps_the_evening_from_its_beginning(
    game: Game, tmp_path: Path
) -> None:
    taping = Taping(game, tmp_path / "recordings", is_on_from_the_start=False)
    frames(game, 90)
    taping.switch()
    assert "from the beginning" in game.notice.text
    frames(game, 30)
    taping.switch()
    assert "Recorded to" in game.notice.text
    frames(game, 30)

    folder = tmp_path / "recordings"
    wait_until(lambda: any(is_whole(path) for path in folder.glob("*")))  # the writer is behind
    (path,) = folder.iterdir()
    _, lines = read_trace(path)
    at = next(n for n, line in enumerate(lines) if isinstance(line, Mark))
    before = lines[at - 1]
    assert [line.tick for line in lines if isinstance(line, Frame)] == list(range(1, 121))
    assert isinstance(before, Checkpoint), "what the world was when it was pressed"
    assert before.tick == 90


def is_whole(path: Path) -> bool:
    reader = TraceReader(path)
    return bool(list(reader)) and reader.end is not None


def test_a_folder_that_cannot_be_made_is_said_and_the_evening_goes_on(
    game: Game, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    taping = Taping(game, tmp_path / "file" / "recordings", is_on_from_the_start=False)

    taping.switch()

    assert "Not recorded" in game.notice.text
    frames(game, 3)


def test_an_evening_that_is_recorded_anyway_is_left_alone(game: Game, tmp_path: Path) -> None:
    taping = Taping(game, tmp_path / "recordings", is_on_from_the_start=True)

    taping.switch()

    assert "being recorded" in game.notice.text
    assert not (tmp_path / "recordings").exists()
