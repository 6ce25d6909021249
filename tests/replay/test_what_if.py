"""What-if: nothing changed gives the recording again; one thing changed gives just its effect."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from demo_game.play import Options, play
from npcengine.errors import TraceError, UsageError
from npcengine.protocol.capabilities import GATEWAY, SERIAL
from npcengine.replay.whatif.changes import read_changes
from npcengine.replay.whatif.counterparts import STORM
from npcengine.replay.whatif.what_if import WhatIf, what_if
from npcengine.trace import records
from npcengine.trace.reader import read_trace
from tests.replay.wild_evenings import record_evening

FRAME_MS = 1_000 / 60


def run(path: Path, *settings: str, seed: int = 0) -> WhatIf:
    return what_if(path, read_changes(settings), seed=seed)


def intentions(lines: list[records.Record]) -> Counter[str]:
    return Counter(
        f"{line.npc} {line.call_id} {line.action} {bytes(line.value)!r}"
        for line in lines
        if isinstance(line, records.Committed)
    )


def commit_fates(lines: list[records.Record]) -> Counter[str]:
    return Counter(
        f"{fate.npc} {fate.call_id} {fate.fate}"
        for line in lines
        if isinstance(line, records.Frame)
        for fate in line.fates
        if fate.step == "commit"
    )


def commit_ticks(lines: list[records.Record]) -> dict[str, int]:
    return {
        fate.call_id: line.tick
        for line in lines
        if isinstance(line, records.Frame)
        for fate in line.fates
        if fate.step == "commit"
    }


def marks(result: WhatIf) -> list[str]:
    return [turn.mark for turn in result.turns]


# --- nothing changed --------------------------------------------------------------------------


def check_identity(path: Path, result: WhatIf) -> None:
    _, recorded = read_trace(path)
    assert intentions(result.lines) == intentions(recorded)
    assert commit_fates(result.lines) == commit_fates(recorded)
    now = commit_ticks(result.lines)
    assert all(abs(now[id] - tick) <= 1 for id, tick in commit_ticks(recorded).items())
    assert all(turn.recorded is not None for turn in result.turns)
    whole = [turn for turn in result.turns if turn.now.total_ms is not None]
    assert {turn.mark for turn in whole} == {"valid"}
    for turn in whole:
        assert turn.recorded is not None
        assert turn.now.total_ms == pytest.approx(turn.recorded.total_ms, abs=FRAME_MS)
        assert turn.now.first_token_ms == pytest.approx(turn.recorded.first_token_ms, abs=FRAME_MS)


def test_with_nothing_changed_a_virtual_evening_comes_out_as_it_was(village: Path) -> None:
    check_identity(village, run(village))


@pytest.mark.slow
@pytest.mark.sockets
def test_with_nothing_changed_an_evening_in_real_time_comes_out_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "paced.npctrace"
    play(Options(headless=True, autoplay="night_bell", frames=360, record=path))

    result = run(path)

    assert result.turns
    check_identity(path, result)


@pytest.mark.parametrize("seed", range(6))
def test_with_nothing_changed_a_wild_evening_has_the_same_intentions(
    tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "wild.jsonl"
    record_evening(
        path,
        seed=seed,
        capabilities=[GATEWAY, SERIAL][seed % 2],
        where=["frame", "snapshot"][seed // 2 % 2],
    )
    _, recorded = read_trace(path)

    result = run(path)

    assert intentions(result.lines) == intentions(recorded)
    assert commit_fates(result.lines) == commit_fates(recorded)
    assert "void" not in marks(result)


# --- the same bytes ---------------------------------------------------------------------------


def test_the_same_what_if_is_the_same_file_also_with_another_hash_seed(
    village: Path, tmp_path: Path
) -> None:
    def digest(name: str, hash_seed: str) -> str:
        command = [sys.executable, "-m", "npcengine.replay.command", "what-if", str(village)]
        changes = ["--set", "ttft=x2", "--set", "link=mobile", "-o", str(tmp_path / name)]
        subprocess.run([*command, *changes], check=True, env={"PYTHONHASHSEED": hash_seed})
        return hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    assert digest("a.npctrace", "1") == digest("b.npctrace", "2")


def test_another_seed_is_other_luck(village: Path) -> None:
    one, other = run(village, "link=mobile"), run(village, "link=mobile", seed=1)

    assert one.turns[0].now.first_token_ms != other.turns[0].now.first_token_ms


def test_what_comes_out_is_a_recording_that_names_its_parent(village: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    run(village, "ttft=x2", "drop_at=3", "drop_at=9").write(path)

    header, lines = read_trace(path)

    assert header.retimed is not None
    assert header.retimed.parent == "village.npctrace"
    assert header.retimed.digest == hashlib.sha256(village.read_bytes()).hexdigest()
    assert header.retimed.changes == {"drop_at": "3,9", "ttft": "x2"}
    entries = [line.n for line in lines if isinstance(line, records.AnyEntry)]
    assert entries == list(range(len(entries)))
    ended = {(line.npc, line.turn) for line in lines if isinstance(line, records.TurnOver)}
    marked = {(line.npc, line.turn) for line in lines if isinstance(line, records.Validity)}
    assert ended <= marked
    assert isinstance(lines[-1], records.End)
    assert lines[-1].records == len(lines)


def test_frames_and_inputs_are_those_of_the_recording(village: Path) -> None:
    _, recorded = read_trace(village)

    result = run(village, "link=wifi_bad")

    def of(lines: list[records.Record]) -> list[tuple[int, int, float]]:
        return [(one.tick, one.t_ns, one.dt) for one in lines if isinstance(one, records.Frame)]

    assert of(result.lines) == of(recorded)
    assert [one for one in result.lines if isinstance(one, records.Input)] == [
        one for one in recorded if isinstance(one, records.Input)
    ]


# --- one thing changed ------------------------------------------------------------------------


def test_twice_the_time_to_the_first_token_is_just_that(village: Path) -> None:
    result = run(village, "ttft=x2")

    mira = [turn for turn in result.turns if turn.npc == "Mira"]
    assert [turn.mark for turn in mira] == ["valid"] * 3
    assert [turn.now.first_token_ms for turn in mira] == [700.0] * 3
    for turn in mira:
        assert turn.recorded is not None
        assert turn.now.total_ms == pytest.approx((turn.recorded.total_ms or 0) + 350, abs=FRAME_MS)


def test_a_token_rate_stretches_what_is_behind_the_first_token(village: Path) -> None:
    half, slow = run(village, "rate=x0.5"), run(village, "rate=10")

    # Thirteen words and three frames around them: thirteen gaps of a thirtieth of a second.
    recorded, halved, slowed = (
        next(t for t in result.turns if (t.npc, t.turn) == ("Mira", 3)).now
        for result in (run(village), half, slow)
    )
    assert halved.first_token_ms == recorded.first_token_ms == slowed.first_token_ms
    gaps_ms = (recorded.total_ms or 0) - 350
    assert (halved.total_ms or 0) - 350 == pytest.approx(2 * gaps_ms)
    assert (slowed.total_ms or 0) - 350 == pytest.approx(12 * 100)


def test_over_http_whole_conversations_are_sent_and_read_again(village: Path) -> None:
    def sent_bytes(result: WhatIf) -> int:
        return sum(len(line.frame) for line in result.lines if isinstance(line, records.Sent))

    socket, http = run(village, "link=home"), run(village, "link=home", "transport=http")

    assert sent_bytes(http) > 1.1 * sent_bytes(socket)
    assert '"previous_response_id"' not in "".join(
        line.frame for line in http.lines if isinstance(line, records.Sent)
    )
    for one, other in zip(socket.turns[:6], http.turns[:6], strict=True):
        assert (one.npc, one.turn) == (other.npc, other.turn)
        assert (other.now.first_token_ms or 0) > (one.now.first_token_ms or 0)
    assert http.header.transport == "http"


def test_a_connection_for_each_request_pays_for_setting_it_up_each_time(village: Path) -> None:
    kept = run(village, "link=cross_region", "transport=http").turns[0]
    fresh = run(village, "link=cross_region", "transport=http_fresh").turns[0]

    # TCP and TLS are two round trips of 160 ms, and the turn has two requests.
    assert kept.now.first_token_ms is not None
    assert fresh.now.total_ms is not None
    assert kept.now.total_ms is not None
    assert fresh.now.total_ms - kept.now.total_ms == pytest.approx(640, abs=60)


def test_a_query_that_is_slow_but_in_time_leaves_turns_valid(village: Path) -> None:
    result = run(village, "slow_query=where_is:+100")

    turn = next(turn for turn in result.turns if (turn.npc, turn.turn) == ("Pip", 1))
    assert turn.mark == "valid"
    assert turn.recorded is not None
    assert turn.now.total_ms == pytest.approx((turn.recorded.total_ms or 0) + 100, abs=FRAME_MS)


def test_a_deadline_that_had_not_come_voids_the_turn_and_those_behind_it(village: Path) -> None:
    result = run(village, "slow_query=where_is:+500")

    pip = [turn for turn in result.turns if turn.npc == "Pip"]
    assert [turn.mark for turn in pip] == ["void", "void"]
    assert "where_is" in pip[0].reason
    assert {turn.mark for turn in result.turns if turn.npc == "Mira"} == {"valid"}


def test_a_smaller_query_budget_is_a_deadline(village: Path) -> None:
    result = run(village, "query_budget_ms=1")

    assert json.loads(bytes(result.header.deadlines))["frame_query_ms"] == 1
    assert "void" in marks(result)


def test_a_dropped_socket_loses_what_was_said_and_is_opened_again(village: Path) -> None:
    result = run(village, "drop_at=12.5")

    lost = [line for line in result.lines if isinstance(line, records.LinkLost)]
    assert lost[0].t_ns - result.header.t_ns == 12_500_000_000
    assert sum(isinstance(line, records.LinkOpened) for line in result.lines) == 2
    over = [line.outcome for line in result.lines if isinstance(line, records.TurnOver)]
    assert over.count("lost") == 1


def test_a_socket_that_is_dropped_before_the_first_token_costs_time_only(village: Path) -> None:
    # Mira has been asked 200 ms before.
    result = run(village, "drop_at=1.466")

    turn = result.turns[0]
    assert (turn.npc, turn.mark) == ("Mira", "valid")
    assert turn.recorded is not None
    assert (turn.now.first_token_ms or 0) > (turn.recorded.first_token_ms or 0) + 200


def test_a_server_that_takes_nothing_is_asked_again_later(village: Path) -> None:
    result = run(village, "rate_limit=429@1..1.5")

    turn = result.turns[0]
    errors = [
        frame
        for line in result.lines
        if isinstance(line, records.Frames)
        for frame in line.frames
        if '"status":429' in frame
    ]
    assert errors
    assert (turn.npc, turn.mark) == ("Mira", "valid")
    assert turn.recorded is not None
    assert (turn.now.first_token_ms or 0) > (turn.recorded.first_token_ms or 0)


def test_a_storm_wakes_everybody_one_after_the_other(village: Path) -> None:
    result = run(village, "storm=0.5")

    woken = [line for line in result.lines if isinstance(line, records.Perceived)]
    woken = [line for line in woken if STORM in bytes(line.item).decode()]
    assert {line.npc for line in woken} == {"Mira", "Tomas", "Pip", "Bram", "Aldous"}
    sent = [line for line in result.lines if isinstance(line, records.Sent) and STORM in line.frame]
    assert len(sent) >= 5
    storm = [turn for turn in result.turns if "storm" in turn.reason]
    assert {turn.npc for turn in storm} >= {"Bram", "Aldous"}
    assert "void" not in {turn.mark for turn in storm[:5]}


def test_one_slot_makes_a_storm_wait_in_line(village: Path) -> None:
    def slowest(*settings: str) -> float:
        turns = run(village, "storm=0.5", *settings).turns[:5]
        return max(turn.now.first_token_ms or 0 for turn in turns)

    assert slowest("slots=1") > 2 * slowest()


def test_a_faster_mind_meets_the_world_earlier_and_that_is_said(village: Path) -> None:
    result = run(village, "ttft=x0.1", "rate=x4")

    assert "void" not in marks(result)
    suspect = [turn for turn in result.turns if turn.mark == "suspect"]
    assert any("earlier than recorded" in turn.reason for turn in suspect)


@pytest.mark.parametrize(
    "settings",
    [
        ["ttft=x3"],
        ["link=wifi_bad"],
        ["transport=http", "link=mobile"],
        ["drop_at=3", "drop_at=7", "transport=http"],
        ["storm=5", "slots=1"],
        ["rate_limit=503@3..6"],
        ["deadline.turn_ms=700"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("seed", [3, 4])
def test_every_turn_of_any_what_if_of_a_wild_evening_is_marked(
    tmp_path: Path, seed: int, settings: list[str]
) -> None:
    path = tmp_path / "wild.jsonl"
    record_evening(path, seed=seed, frames=600, capabilities=[GATEWAY, SERIAL][seed % 2])

    result = run(path, *settings)

    over = [line for line in result.lines if isinstance(line, records.TurnOver)]
    marked = Counter((turn.npc, turn.turn) for turn in result.turns)
    assert {(line.npc, line.turn) for line in over} <= marked.keys()
    assert set(marked.values()) <= {1}
    times = [line.t_ns for line in result.lines if isinstance(line, records.AnyEntry)]
    assert times == sorted(times)


# --- what cannot be ---------------------------------------------------------------------------


def test_a_what_if_of_a_what_if_is_refused(village: Path, tmp_path: Path) -> None:
    path = tmp_path / "once.npctrace"
    run(village, "ttft=x2").write(path)

    with pytest.raises(TraceError, match=r"begin with what it is of, village\.npctrace"):
        run(path)


def test_a_recording_that_sessions_do_not_run_over_any_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wild.jsonl"
    record_evening(path, seed=2)
    path.write_text(path.read_text().replace("You are mira", "You are Mira", 1))

    with pytest.raises(TraceError, match="cannot be re-timed: record it again"):
        run(path)


def test_a_query_that_nobody_has_cannot_be_slow(village: Path) -> None:
    with pytest.raises(UsageError, match="the recording's queries are door_state, "):
        run(village, "slow_query=nowhere:+1")
