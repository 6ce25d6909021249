"""``bench turns`` measures what its names say, on made-up marks and in a real run."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.clock import NS_PER_MS
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, TextDelta
from tools.bench.turns.figures import turns_figures
from tools.bench.turns.marks import KINDS, GameReport, GatewayReport, Kind, Mark, Moment
from tools.bench.turns.mind import CALL_TOKENS, ROUNDS, TEXT_AFTER_TOKENS, pieces

ROOT = Path(__file__).resolve().parents[2]

GATEWAY: dict[Moment, float] = {"added": 0, "done": 500, "ended": 501, "followed": 513}
GAME: dict[Moment, float] = {
    "hint": 10, "prepare": 50, "commit": 505, "read": 503, "completed": 505, "written": 510,
}  # fmt: skip


def _marks(call_id: str, times_ms: dict[Moment, float], start_ms: float = 0) -> list[Mark]:
    return [(at, call_id, round((start_ms + ms) * NS_PER_MS)) for at, ms in times_ms.items()]


def _reports(
    calls: dict[str, str], changed: dict[str, dict[Moment, float]]
) -> tuple[GameReport, GatewayReport]:
    """Return what both noted of calls, by their ids and what they were for."""
    game: list[Mark] = []
    gateway: list[Mark] = []
    for number, call_id in enumerate(calls):
        times = changed.get(call_id, {})
        game += _marks(call_id, {at: times.get(at, ms) for at, ms in GAME.items()}, number * 1e3)
        gateway += _marks(
            call_id, {at: times.get(at, ms) for at, ms in GATEWAY.items()}, number * 1e3
        )
    return (
        GameReport(game, len(calls), 0.5, 8.0, 8.5, 9.0, {}, 0.5, {}),
        GatewayReport(gateway, calls, 0.1, 0.2, 0.1),
    )


ONE_OF_EACH: dict[str, str] = {kind: kind for kind in KINDS}


def test_a_lead_is_the_way_to_the_end_over_the_way_to_the_phase() -> None:
    found = turns_figures(*_reports(ONE_OF_EACH, {}))

    assert (found.lead_ratio.hint, found.lead_ratio.prepare, found.lead_ratio.commit) == (
        50.5, 10.1, 1.0,
    )  # fmt: skip
    assert (found.lead_ms.hint, found.lead_ms.prepare, found.completed_ms) == (10, 50, 505)


def test_a_lead_is_the_median_of_the_calls_own_ratios() -> None:
    calls = {**ONE_OF_EACH, "slow": "act", "quick": "act"}
    changed: dict[str, dict[Moment, float]] = {"slow": {"hint": 505}, "quick": {"hint": 5}}

    found = turns_figures(*_reports(calls, changed))

    assert found.lead_ratio.hint == 50.5
    assert found.calls == {"act": 3, "snapshot": 1, "frame": 1, "overlap": 1}


def test_a_query_takes_from_its_call_sent_to_its_answer_written() -> None:
    found = turns_figures(*_reports(ONE_OF_EACH, {"snapshot": {"written": 504}}))

    assert (found.query_ms.snapshot.p50, found.query_ms.frame.p99) == (4, 10)
    assert (found.query_after_read_ms.snapshot.p50, found.query_after_read_ms.frame.p99) == (1, 7)


def test_a_round_trip_is_the_silence_between_two_responses() -> None:
    found = turns_figures(*_reports(ONE_OF_EACH, {"overlap": {"written": 503.5, "followed": 505}}))

    assert (found.tool_round_trip_ms.overlap, found.tool_round_trip_ms.no_overlap) == (4, 12)
    assert (found.tool_answer_ms.overlap, found.tool_answer_ms.no_overlap) == (0.5, 7)


def test_what_warmed_up_is_not_measured() -> None:
    slow: dict[Moment, float] = {"hint": 400, "written": 900, "followed": 950}

    found = turns_figures(*_reports({"first": "warm_up", **ONE_OF_EACH}, {"first": slow}))

    assert found == turns_figures(*_reports(ONE_OF_EACH, {}))


def test_a_phase_that_comes_twice_counts_from_its_first_time() -> None:
    game, gateway = _reports(ONE_OF_EACH, {})
    game.marks.insert(0, ("prepare", "act", 300 * NS_PER_MS))

    assert turns_figures(game, gateway).lead_ms.prepare == 50


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_without_calls_is_no_result(kind: Kind) -> None:
    others = {call_id: its for call_id, its in ONE_OF_EACH.items() if its != kind}

    with pytest.raises(ValueError, match=f"no call of the kind '{kind}'"):
        turns_figures(*_reports(others, {}))


def test_a_call_that_was_never_answered_is_no_result() -> None:
    game, gateway = _reports(ONE_OF_EACH, {})
    game.marks.remove(("written", "frame", 2_510 * NS_PER_MS))

    with pytest.raises(ValueError, match="'frame' never came to 'written'"):
        turns_figures(game, gateway)


@given(st.sampled_from(KINDS), st.integers(0, 5))
def test_a_response_calls_once_until_all_rounds_are_over(kind: Kind, answered: int) -> None:
    said = list(pieces(kind, kind, answered))

    calls = [piece for piece in said if isinstance(piece, CallBegun)]
    arguments = "".join(piece.delta for piece in said if isinstance(piece, ArgumentsDelta))
    assert len(calls) == (answered < ROUNDS[kind])
    if calls:
        assert json.loads(arguments)["about"] == kind
        assert isinstance(said[-1], TextDelta) == (kind == "overlap")
    else:
        assert said
        assert all(isinstance(piece, TextDelta) for piece in said)


def test_calls_and_the_text_after_them_have_the_length_they_should() -> None:
    act = [piece for piece in pieces("act", "act", 0) if isinstance(piece, ArgumentsDelta)]
    text = [piece for piece in pieces("overlap", "overlap", 0) if isinstance(piece, TextDelta)]

    assert len(act) == CALL_TOKENS == 40
    assert len(text) == TEXT_AFTER_TOKENS == 60


@pytest.mark.slow
@pytest.mark.sockets
def test_turns_are_measured_on_a_real_wire() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench", "turns", "--quick", "--json"],
        cwd=ROOT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    lead = result["lead_ratio"]
    assert set(lead) == {"hint", "prepare", "commit"}
    assert lead["hint"] >= lead["prepare"] >= lead["commit"] >= 1
    assert result["switch_interval_ms"] == pytest.approx(0.5)
    assert set(result["query_ms"]) == {"snapshot", "frame"}
    for query, after in zip(
        result["query_ms"].values(), result["query_after_read_ms"].values(), strict=True
    ):
        assert 0 < after["p50"] <= query["p50"] <= query["p99"] < math.inf
    assert set(result["tool_round_trip_ms"]) == {"overlap", "no_overlap"}
    assert all(ms > 0 for ms in result["tool_round_trip_ms"].values())
    assert result["turns"] == 16
    assert result["calls"] == {kind: 4 * rounds for kind, rounds in ROUNDS.items()}


@pytest.mark.slow
@pytest.mark.sockets
def test_every_switch_interval_is_measured_in_every_round_and_is_the_games() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench", "intervals", "--json", "--turns", "8", "--rounds",
         "2", "--ms", "0.5", "0.1"],
        cwd=ROOT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    assert [one["switch_interval_ms"] for one in result["intervals"]] == [0.5, 0.1]
    for one in result["intervals"]:
        assert len(one["snapshot_p99_rounds_ms"]) == 2
        assert 0 < one["snapshot_ms"]["p50"] <= one["snapshot_ms"]["p99"] < math.inf
        assert set(one["inflation_ms"]) == {"p50", "p95", "p99"}
