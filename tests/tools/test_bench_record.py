"""``record`` runs, and what it counts has really been recorded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_quick_run_prints_what_recording_costs() -> None:
    command = [sys.executable, "-m", "tools.bench", "record", "--quick", "--json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    result = json.loads(ended.stdout)

    assert result["events_per_s"] > 500
    assert result["lines"] > 100
    assert result["bytes_per_event"] > 1
    assert result["core_share_without"] > 0
    assert len(result["cost_rounds"]) == 1
