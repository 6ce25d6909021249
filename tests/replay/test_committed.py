"""The recordings that are kept: they run again, and their latencies are held to.

``just rerecord`` makes them again. The evening is ten minutes in virtual time; scenes A, B and E
were played in real time, against a gateway in a process of its own.
"""

from pathlib import Path

import pytest

from demo_game.replayed import lanternwick
from npcengine.replay.command.__main__ import main
from npcengine.replay.exact import run_exactly
from npcengine.replay.game import run_game_exactly
from npcengine.testing import Replay
from npcengine.trace.reader import TraceReader

FOLDER = Path(__file__).parent / "recordings"
SCENES = ("night_bell", "hold_on", "liars_quest")
EVENING = FOLDER / "evening.npctrace"


@pytest.mark.parametrize("name", ["evening", *SCENES])
def test_a_kept_recording_runs_again_bit_for_bit(name: str) -> None:
    path = FOLDER / f"{name}.npctrace"

    alone = run_exactly(TraceReader(path))
    with_game = run_game_exactly(TraceReader(path), lanternwick)

    assert (alone.divergence, with_game.divergence) == (None, None)
    assert not alone.is_torn
    assert with_game.checkpoints > with_game.seconds * 0.5


def test_the_evening_is_ten_minutes_of_everything() -> None:
    replay = Replay(EVENING)

    assert replay.analysis.end_ns - replay.analysis.begin_ns >= 600 * 10**9
    assert {turn.npc for turn in replay.analysis.turns} == {
        "Mira",
        "Tomas",
        "Pip",
        "Bram",
        "Aldous",
    }
    assert {turn.outcome for turn in replay.analysis.turns} == {"completed", "interrupted"}
    assert max(turn.rounds for turn in replay.analysis.turns) >= 4


def test_nothing_of_the_machine_it_was_made_on_is_in_a_kept_recording() -> None:
    for path in FOLDER.iterdir():
        header = TraceReader(path).header
        assert header.endpoint == "local:rules"
        assert "/" not in bytes(header.game).decode()


@pytest.mark.parametrize("name", SCENES)
def test_nothing_stale_comes_about_in_a_scene_and_every_answer_is_in_time(name: str) -> None:
    replay = Replay(FOLDER / f"{name}.npctrace")

    replay.no_stale_commits()
    replay.no_overdue_queries()
    replay.p95("query").under(ms=60)
    replay.p95("update").under(ms=8)


def test_scene_a_tomas_is_on_his_way_before_the_player_can_wonder() -> None:
    replay = Replay(FOLDER / "night_bell.npctrace")

    replay.assert_turn("Mira", 1).first_reaction_within(frames=1)
    replay.assert_turn("Mira", 1).first_intention_within(ms=1_200)
    replay.assert_turn("Tomas", 1).first_intention_within(ms=4_000)
    replay.goodput().at_least(0.8)


def test_scene_b_bram_looks_up_at_once_and_is_cut_off_in_the_frame_of_the_word() -> None:
    replay = Replay(FOLDER / "hold_on.npctrace")

    replay.assert_turn("Bram", 1).first_reaction_within(frames=1)
    replay.assert_turn("Bram", 2).first_reaction_within(frames=1)
    replay.assert_turn("Bram", 2).first_intention_within(ms=2_500)
    assert [turn.outcome for turn in replay.analysis.turns][:2] == ["interrupted", "completed"]


def test_scene_e_aldous_answers_each_lie_soon_and_gives_nothing_for_it() -> None:
    replay = Replay(FOLDER / "liars_quest.npctrace")

    for turn in replay.analysis.turns:
        if turn.npc == "Aldous" and turn.stimulus is not None and turn.stimulus.is_address:
            replay.assert_turn("Aldous", turn.ordinal).first_token_within(ms=900)
    given = [
        intended
        for turn in replay.analysis.turns
        for intended in turn.intentions
        if (intended.npc, intended.action) == ("Aldous", "give")
    ]
    assert len(given) == 1, "for the ring that he saw, and for no word"


def test_the_evening_re_timed_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    change = ["--set", "ttft=x2", "--set", "link=mobile"]
    one, two = tmp_path / "one.npctrace", tmp_path / "two.npctrace"

    for path in (one, two):
        assert main(["what-if", str(EVENING), *change, "-o", str(path)]) == 0

    assert one.read_bytes() == two.read_bytes()
