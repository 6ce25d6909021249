"""Files that are damaged in every way: one clear line and exit code 2, never a traceback."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npcengine.errors import TraceError
from npcengine.replay.analysis.analyse import analyse
from npcengine.replay.analysis.comparison import compared
from npcengine.replay.analysis.legs import legs_of
from npcengine.replay.analysis.misses import Slos, misses_of
from npcengine.replay.analysis.reading import read_analysis
from npcengine.replay.analysis.totals import totals_of
from npcengine.replay.command.__main__ import main
from npcengine.replay.export.chrome import chrome_of
from npcengine.replay.export.otlp import otlp_of
from npcengine.replay.export.perfetto import perfetto_of
from npcengine.replay.page.build import page_of
from npcengine.replay.text.waterfall import headline, waterfall
from npcengine.trace import records
from npcengine.trace.reader import read_trace

VERBS: dict[str, Callable[[Path], list[str]]] = {
    "inspect": lambda file: ["inspect", str(file)],
    "table": lambda file: ["table", str(file), "--json"],
    "compare": lambda file: ["compare", str(file), str(file)],
    "gate": lambda file: ["gate", "--budget", "p95(turn)<1", str(file)],
    "chrome": lambda file: ["export", "chrome", str(file), "-o", str(file) + ".out"],
    "perfetto": lambda file: ["export", "perfetto", str(file), "-o", str(file) + ".out"],
    "otlp": lambda file: ["export", "otlp", str(file), "-o", str(file) + ".out"],
    "html": lambda file: ["html", str(file), "-o", str(file) + ".out"],
}


def everything(path: Path) -> bool:
    """Do all that can be done with a file; return whether it could be read."""
    try:
        analysis = read_analysis(path)
    except TraceError:
        return False
    slos = Slos()
    for turn in analysis.turns:
        waterfall(turn, analysis)
        legs_of(turn, analysis.connections, until_ns=analysis.end_ns)
    for miss in misses_of(analysis, slos):
        headline(miss, analysis)
    totals_of(analysis, slos)
    compared(analysis, analysis, seed=1)
    for export in (chrome_of, otlp_of, perfetto_of):
        export(analysis)
    page_of([("one", analysis)], slos)
    return True


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(None, "No such file", id="missing"),
        pytest.param(b"", "nothing in it", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "no recording", id="a picture"),
        pytest.param(b'{"k":"other"}\n', "no recording", id="other lines"),
        pytest.param(b"[1, 2]\n", "no recording", id="other JSON"),
        pytest.param(b'{"k":"npctrace","version":99}\n', "later npcengine", id="of the future"),
        pytest.param(b'{"k":"npctrace","version":1}\n', "header is damaged", id="half a header"),
        pytest.param(gzip.compress(b'{"k":"npctrace"')[:12], "", id="a torn archive"),
    ],
)
def test_a_file_that_is_none_is_one_line_and_exit_2(
    verb: str,
    content: bytes | None,
    why: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "file.npctrace"
    if content is not None:
        path.write_bytes(content)

    code = main(VERBS[verb](path))

    err = capsys.readouterr().err
    assert code == 2
    assert err.startswith("npc-replay: ")
    assert err.count("\n") == 1
    assert why in err


def test_a_recording_that_was_cut_off_is_read_as_far_as_it_goes(
    evening: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.npctrace"
    cut.write_bytes(evening.read_bytes()[:-2_000])

    code = main(["table", str(cut)])

    assert code == 0
    assert "the recording was cut off" in capsys.readouterr().out


def test_a_cut_anywhere_in_a_file_is_read_or_refused(evening: Path, tmp_path: Path) -> None:
    data = evening.read_bytes()
    cut = tmp_path / "cut.npctrace"
    read = 0
    for size in [*range(40), *range(40, len(data), len(data) // 25)]:
        cut.write_bytes(data[:size])
        read += everything(cut)

    assert read > 10


def test_a_cut_anywhere_in_a_line_is_read_or_refused(evening_lines: Path, tmp_path: Path) -> None:
    data = evening_lines.read_bytes()
    first, middle = data.index(b"\n") + 1, len(data) // 2
    cut = tmp_path / "cut.jsonl"
    for size in [*range(1, first, first // 15), *range(middle, middle + 600, 23)]:
        cut.write_bytes(data[:size])
        assert everything(cut) == (size >= first)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_flipped_bits_are_read_or_refused(data: Any, evening_lines: Path, tmp_path: Path) -> None:
    lines = bytearray(_short(evening_lines))
    for place in data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=6)):
        lines[place] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "flipped.jsonl"
    path.write_bytes(lines)

    everything(path)


_SHORT: dict[Path, bytes] = {}


def _short(path: Path) -> bytes:
    """Return some lines of everything that a recording has, few enough to be read often."""
    if path not in _SHORT:
        lines = path.read_bytes().splitlines(keepends=True)
        plain = [line for line in lines[1:] if b'"k":"ticked"' not in line[:20]]
        _SHORT[path] = b"".join([lines[0], *plain[:40], *plain[150:420]])
    return _SHORT[path]


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(data=st.data())
def test_fields_of_another_type_or_size_are_read_or_refused(
    data: Any, evening_lines: Path, tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in _short(evening_lines).splitlines()]
    for _ in range(data.draw(st.integers(1, 4))):
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.sampled_from(sorted(line)))] = data.draw(_VALUES)
    path = tmp_path / "wrong.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    everything(path)


@pytest.mark.parametrize("kind", ["npctrace", "frame", "timer_set", "ask", "frames", "settled"])
def test_a_number_that_cannot_be_is_refused_wherever_it_stands(
    kind: str, evening_lines: Path, tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in evening_lines.read_bytes().splitlines()]
    line = next(one for one in lines if one["k"] == kind)
    field = next(name for name in ("t_ns", "at_ns", "asked_ns") if name in line)
    line[field] = 10**30
    path = tmp_path / "absurd.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert not everything(path)


@pytest.mark.parametrize("place", [b'"prices":{"currency":"USD', b'"definition":{"type":"function'])
def test_bytes_that_are_no_text_are_read_or_refused(
    place: bytes, evening_lines: Path, tmp_path: Path
) -> None:
    data = evening_lines.read_bytes()
    at = data.index(place) + len(place)
    path = tmp_path / "bytes.jsonl"
    path.write_bytes(data[: at - 1] + b"\xff" + data[at:])

    everything(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_lines_that_are_missing_doubled_or_out_of_order_do_no_harm(
    data: Any, evening_lines: Path, tmp_path: Path
) -> None:
    header, lines = _records(evening_lines, tmp_path)
    places: list[int] = data.draw(
        st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=200)
    )

    analysis = analyse(header, [lines[place] for place in places])

    totals_of(analysis, Slos())
    for turn in analysis.turns:
        waterfall(turn, analysis)
    chrome_of(analysis)
    perfetto_of(analysis)


_READ: dict[Path, tuple[records.Header, list[records.Record]]] = {}


def _records(path: Path, tmp_path: Path) -> tuple[records.Header, list[records.Record]]:
    if path not in _READ:
        short = tmp_path / "short.jsonl"
        short.write_bytes(_short(path))
        _READ[path] = read_trace(short)
    return _READ[path]
