"""``npc-replay record``: a program is recorded, and ends as it would have."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from npcengine.testing import wait_until
from npcengine.trace import records
from npcengine.trace.reader import read_trace

ROOT = Path(__file__).parents[2]
RECORD = [sys.executable, "-m", "npcengine.replay.command", "record"]

PLAYS = """
import sys
from npcengine import Bridge
with Bridge("off:", virtual=True) as bridge:
    for _ in range(3):
        bridge.update(1 / 60)
print("played")
sys.exit({code})
"""

WAITS = """
import pathlib, signal, threading
from npcengine import Bridge
asked = threading.Event()
signal.signal(signal.{signal}, lambda *_: asked.set())
with Bridge("off:", virtual=True) as bridge:
    bridge.update(1 / 60)
    pathlib.Path("ready").touch()
    while not asked.is_set():
        asked.wait(0.05)
raise SystemExit(5)
"""


def record(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*RECORD, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("code", [0, 7])
def test_the_programs_exit_code_and_output_are_passed_on(tmp_path: Path, code: int) -> None:
    ended = record(tmp_path, "--", sys.executable, "-c", PLAYS.format(code=code))

    assert ended.returncode == code
    assert ended.stdout == "played\n"
    assert "recording.npctrace: 0 turns, 0.1 s" in ended.stderr
    _, lines = read_trace(tmp_path / "recording.npctrace")
    assert sum(isinstance(line, records.Frame) for line in lines) == 3


def test_a_second_recording_does_not_take_the_place_of_the_first(tmp_path: Path) -> None:
    command = ["-o", "a.jsonl", "--", sys.executable, "-c", PLAYS.format(code=0)]
    record(tmp_path, *command)

    ended = record(tmp_path, *command)

    assert "a-2.jsonl: " in ended.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.jsonl", "a.jsonl"]


def test_a_program_without_a_bridge_leaves_nothing_and_that_is_said(tmp_path: Path) -> None:
    ended = record(tmp_path, "--", sys.executable, "-c", "pass")

    assert ended.returncode == 0
    assert "nothing was recorded" in ended.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ([], "say what to run"),
        (["--", "no-such-program"], "there is no program 'no-such-program'"),
        (["-o", "nowhere/a.npctrace", "--", sys.executable], "there is no folder"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(
    tmp_path: Path, command: list[str], says: str
) -> None:
    ended = record(tmp_path, *command)

    assert ended.returncode == 2
    assert says in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_wish_to_end_reaches_the_program_and_the_recording_is_whole(
    tmp_path: Path, name: str
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*RECORD, "--", sys.executable, "-c", WAITS.format(signal=name)]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, start_new_session=True, stderr=subprocess.PIPE
    )
    try:
        wait_until((tmp_path / "ready").exists, within_s=30)
        if name == "SIGINT":  # as a terminal does: to everybody
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 5
    assert b"recording.npctrace: " in said
    _, lines = read_trace(tmp_path / "recording.npctrace")
    assert isinstance(lines[-1], records.End)
