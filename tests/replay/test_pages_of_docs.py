"""The pages about recordings say what is so."""

import re
import shlex
import shutil
from pathlib import Path

import msgspec
import pytest

from npcengine.replay.analysis.legs import LEG_KINDS
from npcengine.replay.analysis.metrics import METRICS
from npcengine.replay.analysis.misses import Slos
from npcengine.replay.analysis.totals import SHARES
from npcengine.replay.command.__main__ import VERBS, main
from npcengine.trace import records

DOCS = Path(__file__).parents[2] / "docs"
HOWTO = (DOCS / "howto" / "replay.md").read_text("utf-8")
METRICS_PAGE = (DOCS / "reference" / "metrics.md").read_text("utf-8")
TRACE_PAGE = (DOCS / "reference" / "trace.md").read_text("utf-8")

pytest_plugins = ["pytester"]


def test_every_kind_of_line_is_on_the_page_of_the_format() -> None:
    kinds = {str(kind.__struct_config__.tag) for kind in records.Record.__args__}

    assert {kind for kind in kinds if f"`{kind}`" not in TRACE_PAGE} == {"npctrace"}


def test_every_metric_share_leg_and_slo_is_on_the_page_of_metrics() -> None:
    slos = [name.removesuffix("_ms") for name in Slos.__struct_fields__]

    named = {*METRICS, *SHARES, *LEG_KINDS, *slos}
    assert {name for name in named if f"`{name}`" not in METRICS_PAGE} == set()


def test_the_defaults_of_slos_are_the_ones_of_the_page() -> None:
    for name, value in msgspec.structs.asdict(Slos()).items():
        shown = "none" if value is None else f"{value:g}"
        assert f"| `{name.removesuffix('_ms')}` | {shown} |" in METRICS_PAGE


def test_every_command_of_the_how_to_runs(
    evening: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = {verb.name for verb in VERBS}
    for name in ("evening", "new", "slow"):
        shutil.copy(evening, f"{name}.npctrace")
    commands = re.findall(r"^npc-replay .*$", HOWTO, re.MULTILINE)

    assert len(commands) >= 7
    for command in commands:
        _, verb, *arguments = shlex.split(command)
        if verb in known:
            assert main([verb, *arguments]) in (0, 1), command


def test_the_test_of_the_how_to_passes_on_the_village(
    evening: Path, pytester: pytest.Pytester
) -> None:
    code = next(b for b in re.findall(r"```python\n(.*?)```", HOWTO, re.DOTALL) if "def test" in b)
    pytester.makepyfile(code)
    shutil.copy(evening, pytester.path / "evening.npctrace")

    pytester.runpytest_subprocess().assert_outcomes(passed=1)
