"""Re-runs: the same bit for bit, or the first difference by its tick, NPC and field."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import npcengine.session.calls
from demo_game.replayed import lanternwick
from npcengine import Bridge
from npcengine.replay.command.__main__ import main
from npcengine.replay.exact import run_exactly
from npcengine.replay.game import run_game_exactly
from npcengine.trace.reader import TraceReader
from tests.replay.evenings import SEED

Json = dict[str, Any]


def changed(path: Path, to: Path, change: Callable[[Json], Json | None]) -> Path:
    """Write a recording anew, each line as ``change`` returns it; ``None`` leaves it out."""
    reader = TraceReader(path)
    lines = [json.loads(line) for line in _lines(path)]
    assert lines[0]["version"] == reader.header.version
    kept = [json.dumps(line) for line in map(change, lines) if line is not None]
    to.write_text("\n".join(kept) + "\n")
    return to


def _lines(path: Path) -> list[str]:
    import gzip

    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode().splitlines()


@pytest.mark.parametrize("scene", ["scene_b", "scene_e"])
def test_sessions_do_again_all_that_they_did_from_the_file_alone(
    scene: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(scene)

    run = run_exactly(TraceReader(path))

    assert run.divergence is None
    assert not run.is_torn
    assert run.effects > 50
    assert run.pictures > 50
    assert run.frames >= 900


@pytest.mark.parametrize("scene", ["scene_b", "scene_e"])
def test_the_game_comes_to_the_same_worlds_through_interruption_and_load(
    scene: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(scene)

    run = run_game_exactly(TraceReader(path), lanternwick)

    assert run.divergence is None
    assert run.checkpoints >= 14
    assert run.frames >= 900


def test_a_changed_constant_of_the_turn_code_is_named_by_tick_npc_and_field(
    scene_b: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npcengine.session.calls, "DUE", "later")

    run = run_exactly(TraceReader(scene_b))

    assert run.divergence is not None
    assert (run.divergence.npc, run.divergence.field) == ("Bram", "timer_set.kind")
    assert (run.divergence.recorded, run.divergence.replayed) == ("due", "later")
    assert run.divergence.tick > 300
    assert f"tick {run.divergence.tick}, npc Bram, field timer_set.kind" in str(run.divergence)


def test_changed_words_to_the_mind_are_found_inside_the_frame(
    scene_b: Path, tmp_path: Path
) -> None:
    def reword(line: Json) -> Json:
        if line["k"] == "perceived" and "What do you sell" in json.dumps(line):
            reworded: Json = json.loads(json.dumps(line).replace("sell", "cell"))
            return reworded
        return line

    run = run_exactly(TraceReader(changed(scene_b, tmp_path / "other.jsonl", reword)))

    assert run.divergence is not None
    assert run.divergence.field.startswith("sent.frame.input[0]")
    assert "sell" in run.divergence.recorded
    assert "cell" in run.divergence.replayed


def test_a_timer_that_nobody_sets_any_more_is_a_divergence(scene_b: Path, tmp_path: Path) -> None:
    seen: list[str] = []

    def invent(line: Json) -> Json:
        if line["k"] == "ticked" and line["n"] > 100 and not seen:
            seen.append("once")
            return {"k": "timer", "n": line["n"], "t_ns": line["t_ns"], "kind": "x", "owner": "y"}
        return line

    run = run_exactly(TraceReader(changed(scene_b, tmp_path / "other.jsonl", invent)))

    assert run.divergence is not None
    assert run.divergence.field == "timer"


def test_a_changed_world_is_named_by_the_tick_of_its_hash(scene_b: Path) -> None:
    def heavier(bridge: Bridge, game: Json) -> Callable[[float, list[Any]], object]:
        frame = lanternwick(bridge, game)

        def slower(dt: float, inputs: list[Any]) -> None:
            # The player misses a step that was made.
            frame(dt, [{**one, "dx": 0} for one in inputs])

        return slower

    run = run_game_exactly(TraceReader(scene_b), heavier)

    assert run.divergence is not None
    assert run.divergence.field == "checkpoint.hash"
    assert run.divergence.tick > 1
    assert run.divergence.recorded != run.divergence.replayed


def test_a_game_that_says_something_else_is_named_with_both_values(scene_b: Path) -> None:
    def louder(bridge: Bridge, game: Json) -> Callable[[float, list[Any]], object]:
        frame = lanternwick(bridge, game)

        def shouting(dt: float, inputs: list[Any]) -> None:
            frame(
                dt, [{**one, "say": one["say"].upper()} if "say" in one else one for one in inputs]
            )

        return shouting

    run = run_game_exactly(TraceReader(scene_b), louder)

    assert run.divergence is not None
    assert run.divergence.npc == "Bram"
    assert run.divergence.field.startswith("perceived.item")
    assert "WHAT DO YOU SELL?" in run.divergence.replayed


def test_a_game_with_another_seed_parts_at_its_first_world(scene_b: Path) -> None:
    def reseeded(bridge: Bridge, game: Json) -> Callable[[float, list[Any]], object]:
        return lanternwick(bridge, {**game, "seed": SEED + 1})

    run = run_game_exactly(TraceReader(scene_b), reseeded)

    assert run.divergence is not None


def test_a_recording_that_was_cut_off_runs_as_far_as_it_goes(scene_b: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.npctrace"
    torn.write_bytes(scene_b.read_bytes()[: scene_b.stat().st_size // 2])

    run = run_exactly(TraceReader(torn))

    assert run.divergence is None
    assert run.is_torn
    assert run.entries > 100


def test_the_command_says_it_in_a_line_and_ends_with_one_where_they_part(
    scene_b: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    game = ["--game", "demo_game.replayed:lanternwick"]

    assert main(["exact", str(scene_b)]) == 0
    assert "the same, bit for bit" in capsys.readouterr().out
    assert main(["exact", str(scene_b), *game, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["divergence"] is None

    other = changed(
        scene_b, tmp_path / "o.jsonl", lambda line: None if line["k"] == "sent" else line
    )
    assert main(["exact", str(other)]) == 1
    assert "first divergence: tick" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["exact", "nowhere.npctrace"], "nowhere.npctrace: No such file"),
        (["exact", __file__], "this is no recording"),
        (["exact", "{simulated}"], "it was never played: run "),
        (["exact", "{scene}", "--game", "nowhere:game"], "no game at 'nowhere:game'"),
        (["exact", "{scene}", "--game", "json:nothing"], "no game at 'json:nothing'"),
    ],
    ids=["no file", "another file", "a what-if", "no module", "no factory"],
)
def test_what_cannot_be_done_is_said_in_one_line(
    scene_b: Path,
    tmp_path: Path,
    arguments: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulated = tmp_path / "simulated.npctrace"
    assert main(["what-if", str(scene_b), "--set", "ttft=x2", "-o", str(simulated)]) == 0
    files = {"{scene}": str(scene_b), "{simulated}": str(simulated)}

    assert main([files.get(one, one) for one in arguments]) == 2

    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1
