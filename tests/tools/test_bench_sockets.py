"""``bench sockets`` counts what is really there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bench.sockets.process import SPARE_FILES, allow_files, usage_of

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc"
)


def test_a_process_is_seen_with_its_memory_and_its_files() -> None:
    before = usage_of(os.getpid())
    with Path(os.devnull).open() as _:
        during = usage_of(os.getpid())

    assert during.files == before.files + 1
    assert 10_000 < before.pss_kb <= before.rss_kb < 10_000_000


class Limit:
    """Stands for the limit of open files of this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, soft: int, hard: int) -> None:
        import resource

        self.set: list[tuple[int, int]] = []
        self._now = soft, hard
        monkeypatch.setattr(resource, "getrlimit", self._get)
        monkeypatch.setattr(resource, "setrlimit", self._set)

    def _get(self, what: int) -> tuple[int, int]:
        return self._now

    def _set(self, what: int, limits: tuple[int, int]) -> None:
        self.set.append(limits)


@pytest.mark.parametrize(
    ("soft", "hard", "set_to"),
    [
        (1_024, 4_096, [(2_000 + SPARE_FILES, 4_096)]),
        (1_024, 2_000 + SPARE_FILES, [(2_000 + SPARE_FILES, 2_000 + SPARE_FILES)]),
        (1_024, -1, [(2_000 + SPARE_FILES, -1)]),
        (4_096, 4_096, []),
        (-1, -1, []),
    ],
)
def test_as_many_files_are_asked_for_as_are_needed(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, set_to: list[tuple[int, int]]
) -> None:
    limit = Limit(monkeypatch, soft, hard)

    allow_files(2_000)

    assert limit.set == set_to


def test_a_system_that_allows_too_few_files_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = Limit(monkeypatch, 1_024, 2_000)

    with pytest.raises(OSError, match=r"2256 open files are needed.*the hard limit is 2000"):
        allow_files(2_000)

    assert limit.set == []


@pytest.mark.slow
@pytest.mark.sockets
def test_idle_sockets_and_lanes_are_measured_on_a_real_gateway() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench", "sockets", "--quick", "--json"],
        cwd=ROOT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    sockets, lanes = result["sockets"], result["lanes"]
    assert (sockets["sockets"], sockets["lanes"]) == (200, 0)
    assert (lanes["sockets"], lanes["lanes"]) == (7, 200)
    assert result["lanes_per_socket"] == 32
    for idle in (sockets, lanes):
        assert idle["files_per_socket"] == 1
        assert idle["handshakes_per_s"] > 0
        assert 0 < idle["turn_ms_before"]["p50"] <= idle["turn_ms_before"]["p99"]
        assert 0 < idle["turn_ms_beside"]["p50"] <= idle["turn_ms_beside"]["p99"]
        assert idle["rss_kb"] >= idle["rss_kb_before"] > 0
    assert 0 < sockets["rss_kb_per_socket"] < 100
    assert sockets["rss_kb_per_lane"] is None
    assert 0 < lanes["rss_kb_per_lane"] < 100
