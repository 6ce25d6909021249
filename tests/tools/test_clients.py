"""Installing the clients of others: what is said when one is not there, or cannot be had."""

from pathlib import Path

import pytest

from tools.clients import install as installing
from tools.clients.__main__ import main
from tools.clients.install import MissingError, installed
from tools.clients.pins import CLIENTS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(installing, "FOLDER", tmp_path)
    return tmp_path


def test_a_client_that_is_missing_says_how_to_get_it() -> None:
    with pytest.raises(MissingError) as missing:
        installed("codex")

    assert str(missing.value) == (
        "codex is not installed: uv run python -m tools.clients install codex"
    )


def test_a_client_of_another_version_counts_as_missing(folder: Path) -> None:
    (folder / "codex").mkdir()
    stamp = folder / "codex" / "finished"
    stamp.write_text("@openai/codex@0.1.0")
    with pytest.raises(MissingError):
        installed("codex")
    stamp.write_text("\n".join(CLIENTS["codex"].requirements))

    assert installed("codex") == folder / "codex"


def test_one_that_cannot_be_installed_is_one_line_and_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")

    assert main(["install", "node"]) == 1

    said = capsys.readouterr().out.split("\n")
    assert said[0].startswith("1 of 1: cannot install node: it needs Node.js")
    assert main(["list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(CLIENTS)
    assert all("not installed" in line for line in listed)


def test_a_client_that_there_is_not_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["install", "nobody"])

    assert "there is no client 'nobody'; there are: openai, agents, node" in capsys.readouterr().err
