"""Scrubbing a recording: nothing of a secret is left, and it runs again bit for bit."""

import zlib
from pathlib import Path

import pytest

from npcengine.replay.command.__main__ import main
from npcengine.replay.exact import run_exactly
from npcengine.replay.scrubbing import scrub_recording
from npcengine.trace.reader import TraceReader


def unpacked(path: Path) -> bytes:
    return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(path.read_bytes())


def test_a_scrubbed_recording_runs_again_exactly(village: Path, tmp_path: Path) -> None:
    path = tmp_path / "public.npctrace"

    scrubbed = scrub_recording(
        village, path, values=["apprentice", "gate_key"], patterns=["thatched cott[a-z]+"]
    )

    data = unpacked(path)
    assert b"apprentice" not in data
    assert b"gate_key" not in data
    assert b"thatched" not in data
    assert scrubbed.found > 50
    assert run_exactly(TraceReader(path)).divergence is None


def test_a_word_that_a_mind_spells_out_is_found_in_its_pieces(
    village: Path, tmp_path: Path
) -> None:
    # It comes without its last letter first, and the game sees it grow.
    piece = "always"[:-1].encode()
    assert b'"delta":" %b"' % piece in unpacked(village).replace(b"\\", b"")
    path = tmp_path / "public.npctrace"

    scrubbed = scrub_recording(village, path, values=["always"], patterns=[])

    data = unpacked(path)
    assert piece not in data
    assert scrubbed.spelled_out == 1
    assert run_exactly(TraceReader(path)).divergence is None


def test_where_there_is_nothing_to_find_every_line_stays_as_it_is(
    village: Path, tmp_path: Path
) -> None:
    path = tmp_path / "same.npctrace"

    scrubbed = scrub_recording(village, path, values=["nobody says this"], patterns=[])

    assert (scrubbed.found, scrubbed.spelled_out) == (0, 0)
    assert unpacked(path) == unpacked(village)


def test_the_command_says_how_much_it_found_and_not_what(
    village: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "public.npctrace"

    assert main(["scrub", str(village), "-o", str(path), "--value", "apprentice"]) == 0

    said = capsys.readouterr().out
    assert "places overwritten" in said
    assert "apprentice" not in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--value", "Bo"], "a value of 2 characters is found everywhere"),
        (["--pattern", "(("], "is no regular expression"),
    ],
)
def test_what_cannot_be_looked_for_is_said_in_one_line(
    village: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    assert main(["scrub", str(village), "-o", str(tmp_path / "a"), *arguments]) == 2

    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_the_recording_itself_is_not_written_over(
    village: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scrub", str(village), "-o", str(village)]) == 2
    assert "that is the recording itself" in capsys.readouterr().err
