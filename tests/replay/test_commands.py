"""The verbs of npc-replay that report: what they print, and what they return."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from npcengine.replay.command.__main__ import VERBS, main
from npcengine.trace import records
from npcengine.trace.scrub import Scrubber
from npcengine.trace.sink import Sink
from npcengine.trace.writer import TraceWriter
from tests.replay.script import Script, completed, created, delta, header

HOSTILE = "Mira\x1b[2J</script><script>window.ran=true</script>[bold red]"


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code, out, _ = ran(capsys, *arguments, "--json")
    assert code in (0, 1)
    return json.loads(out)


def written(lines: list[records.Record], path: Path, **about: Any) -> Path:
    """Write a recording by hand."""

    def same(line: object) -> Any:
        return line

    writer = TraceWriter(Sink(path), same, scrubber=Scrubber(), now_ns=lambda: 0)
    for line in [header(**about), *lines]:
        writer.put(line)
    assert writer.close(5.0)
    return path


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A recording whose every text wants something of whoever shows it."""
    script = Script(HOSTILE)
    script.tell(0, HOSTILE, HOSTILE)
    script.begin(HOSTILE)
    script.send(HOSTILE)
    script.read(10, created("r1"))
    script.read(5_000, delta(), completed("r1"))
    script.effect(records.Hinted(HOSTILE, 1, 0, "c1", HOSTILE))
    script.frame(5_010, fates=[records.Fate(HOSTILE, 1, "c1", "hint")])
    script.mark(5_011, HOSTILE, HOSTILE)
    script.over(HOSTILE, words=HOSTILE)
    return written(script.lines, tmp_path / "hostile.npctrace", endpoint=HOSTILE)


def test_inspect_shows_the_worst_first_with_its_waterfall(
    evening: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(capsys, "inspect", evening, "--slo", "turn=500", "--top", "2")

    assert code == 0
    first = out.index("1. ")
    assert "limit 500.0 ms" in out[first:]
    assert out.index("prefill", first) < out.index("2. ")
    assert "valid, 0 suspect, 0 void" in out


def test_inspect_says_the_same_as_json(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "inspect", evening, "--slo", "turn=500", "--top", "0")

    over = [miss["value_ms"] / miss["limit_ms"] for miss in found["shown"] if miss["npc"]]
    assert over == sorted(over, reverse=True)
    assert found["misses"] == len(found["shown"])


def test_inspect_shows_one_turn(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "inspect", evening, "--npc", "Mira", "--turn", "1")

    assert code == 0
    assert out.startswith("Mira, turn 1: ")
    assert "intention take: hint" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--npc", "Nobody"),
        ("--turn", "1"),
        ("--npc", "Mira", "--turn", "99"),
        ("--slo", "turn"),
        ("--slo", "nothing=1"),
    ],
)
def test_a_wish_that_cannot_be_met_is_one_line_and_exit_2(
    arguments: tuple[str, ...], evening: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capsys, "inspect", evening, *arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)


def test_table_prints_every_metric_and_every_query(
    evening: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(capsys, "table", evening)

    assert code == 0
    for text in (
        "first_reaction_frames",
        "frame_wait",
        "nearby",
        "goodput",
        "cost per played hour",
    ):
        assert text in out
    assert out.count("0 suspect, 0 void") == 3  # below each of its tables


def test_table_of_two_has_a_line_each(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "table", evening, evening)
    code, out, _ = ran(capsys, "table", evening, evening)

    assert code == 0
    assert out.count("evening ") >= 2
    first, second = found["files"]
    assert first == second
    assert first["metrics"]["query:nearby"]["percentiles"]["count"] == 1


def test_a_recording_does_not_differ_from_itself(
    evening: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = as_json(capsys, "compare", evening, evening)

    assert found["speed_up"] == 1
    assert all(part["a"] == part["b"] for part in found["parts"])
    assert ran(capsys, "compare", evening, evening)[0] == 0


def test_a_gate_is_open_or_shut(
    evening: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    junit = tmp_path / "gate.xml"
    good, bad = "p95(query:nearby)<100", "p95(turn)<1"

    code, _, _ = ran(capsys, "gate", "--budget", good, "--baseline", evening, evening)
    shut, out, _ = ran(capsys, "gate", "--budget", good, "--budget", bad, "--junit", junit, evening)

    assert (code, shut) == (0, 1)
    assert "MISSED" in out
    suite = ET.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite.iter("testcase")] == [good, bad]
    assert len(list(suite.iter("failure"))) == 1


def test_a_gate_with_nothing_to_hold_to_is_a_mistake(
    evening: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = ran(capsys, "gate", evening)

    assert code == 2
    assert "--budget" in err


@pytest.mark.parametrize("verb", ["chrome", "perfetto", "otlp"])
def test_a_file_that_cannot_be_written_is_one_line(
    verb: str, evening: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = ran(capsys, "export", verb, evening, "-o", tmp_path / "no" / "folder")

    assert (code, err.count("\n")) == (2, 1)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_shows_how_it_is_used(verb: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main([verb.name, "--help"])

    out = capsys.readouterr().out
    assert exited.value.code == 0
    assert f"npc-replay {verb.name} " in out.partition("examples:")[2]


@pytest.mark.parametrize(
    "arguments",
    [("inspect",), ("inspect", "--npc", HOSTILE, "--turn", "1"), ("table",), ("compare",)],
    ids=lambda arguments: " ".join(arguments[:3:2]),
)
def test_what_a_recording_says_does_nothing_to_the_terminal(
    arguments: tuple[str, ...], hostile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb, *more = arguments
    files = [hostile, hostile] if verb == "compare" else [hostile]

    code, out, err = ran(capsys, verb, *files, *more)

    assert code == 0
    assert "\x1b" not in out + err
    assert verb != "inspect" or "[bold red]" in out


def test_letters_that_a_terminal_does_not_have_are_no_traceback(tmp_path: Path) -> None:
    script = Script("千尋")
    script.tell(0, "千尋", "こんばんは")
    script.begin("千尋")
    script.send("千尋")
    script.over("千尋", outcome="failed")
    file = written(script.lines, tmp_path / "far.npctrace")
    command = (sys.executable, "-m", "npcengine.replay.command", "inspect", str(file))

    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ended = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"??, turn 1" in ended.stdout
