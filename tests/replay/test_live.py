"""Live: recorded requests asked again of our own gateway, and what may be said of the times."""

import asyncio
import json
from pathlib import Path

import pytest

from npcengine.errors import TraceError
from npcengine.replay.command.__main__ import main
from npcengine.replay.live.arm import Taken
from npcengine.replay.live.figures import live_figures
from npcengine.replay.live.plan import plan_of
from npcengine.replay.live.runs import Arm, cost_of, is_loopback, run_live
from tests.commands.programs import QUICK, serving

FRAME_MS = 1_000 / 60
NPCS = ["mira", "tomas", "pip", "bram"]


# --- the plan ---------------------------------------------------------------------------------


def test_every_request_stands_on_the_whole_recorded_conversation(village: Path) -> None:
    plan = plan_of(str(village), seconds=None, model=None)

    assert plan.npcs == ["Mira", "Pip", "Tomas"]
    assert plan.frame_ms == pytest.approx(FRAME_MS, abs=0.1)
    assert plan.asks[0].at_ns == 0
    assert [ask.at_ns for ask in plan.asks] == sorted(ask.at_ns for ask in plan.asks)
    second = next(ask for ask in plan.asks if (ask.npc, ask.turn, ask.number) == ("Mira", 1, 1))
    kinds = [json.loads(bytes(item))["type"] for item in second.before]
    assert kinds == ["message", "message", "function_call"]
    assert [json.loads(bytes(item))["type"] for item in second.news] == ["function_call_output"]
    assert not any("id" in json.loads(bytes(item)) for item in second.before)


def test_a_part_of_a_recording_can_be_asked_of_another_model(village: Path) -> None:
    plan = plan_of(str(village), seconds=2.0, model="other")

    assert {ask.npc for ask in plan.asks} == {"Mira"}
    assert {bytes(ask.fields["model"]) for ask in plan.asks} == {b'"other"'}


def test_a_recording_in_which_nobody_asks_anything_is_refused(tmp_path: Path) -> None:
    from npcengine import Bridge

    path = tmp_path / "silent.npctrace"
    with Bridge("off:", virtual=True, record=path) as bridge:
        bridge.update(0.1)

    with pytest.raises(TraceError, match="nobody asks anything"):
        plan_of(str(path), seconds=None, model=None)


def test_what_it_costs_counts_every_run_and_what_is_told_ahead(village: Path) -> None:
    plan = plan_of(str(village), seconds=None, model=None)
    told = [ask for ask in plan.asks if ask.before]

    one = cost_of(plan, [Arm("A", "http://127.0.0.1", "http")], pairs=1)
    both = cost_of(
        plan, [Arm("A", "ws://127.0.0.1", "websocket"), Arm("B", "ws://x", "http")], pairs=3
    )

    assert one.requests == len(plan.asks)
    assert one.input_tokens == sum(ask.input_tokens for ask in plan.asks)
    assert both.requests == 6 * len(plan.asks) + 3 * len(told)
    assert both.output_tokens == 6 * one.output_tokens


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("ws://127.0.0.1:8080", True),
        ("http://localhost/v1", True),
        ("ws://[::1]:1", True),
        ("wss://api.openai.com/v1", False),
        ("ws://localhost.example.org", False),
    ],
)
def test_only_this_machine_costs_nobody_anything(url: str, is_here: bool) -> None:
    assert is_loopback(url) is is_here


# --- against a real gateway -------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.sockets
def test_both_transports_are_asked_in_turns_and_answer(
    village: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(str(village), seconds=2.0, model=None)
    with serving("--mind", QUICK) as served:
        monkeypatch.setenv("NPCENGINE_TOKEN", served.token)
        url = f"ws://{served.host}:{served.port}"
        arms = [Arm("A", url, "websocket"), Arm("B", url, "http")]
        runs = asyncio.run(run_live(plan, arms, pairs=2))

    assert [len(mine) for mine in runs] == [2, 2]
    every = [taken for mine in runs for run in mine for taken in run]
    assert [taken.fault for taken in every if taken.fault] == []
    assert all(taken.first_token_ms is not None for taken in every)
    assert all((taken.total_ms or 0) >= (taken.first_token_ms or 0) > 0 for taken in every)
    # Over a WebSocket the conversation was told ahead, and only what was new is asked.
    follow_ups = [taken for run in runs[0] for taken in run if (taken.turn, taken.number) != (1, 0)]
    assert follow_ups
    assert all(taken.is_continued for taken in follow_ups)
    assert not any(taken.is_continued for run in runs[1] for taken in run)


@pytest.mark.slow
@pytest.mark.sockets
def test_the_command_prints_what_it_costs_and_what_came_of_it(
    village: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving("--mind", QUICK) as served:
        monkeypatch.setenv("NPCENGINE_TOKEN", served.token)
        url = f"ws://{served.host}:{served.port}"
        more = ["--pairs", "1", "--seconds", "1", "--json"]
        assert main(["live", str(village), "--endpoint", url, *more]) == 0

    said = capsys.readouterr()
    assert "it takes 3 requests, about " in said.err
    figures = json.loads(said.out)
    assert figures["arms"][0]["turns"] == 1
    assert figures["is_refused"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--endpoint", "wss://api.openai.com/v1"], "say --yes to spend that"),
        (["--endpoint", "gopher://x"], "needs to begin with ws://"),
        (["--endpoint", "ws://127.0.0.1:9", "--pairs", "0"], "say 1 to 100"),
        (["--endpoint", "ws://127.0.0.1:9", "--pairs", "1", "--seconds", "0"], "answers nothing"),
    ],
)
def test_what_cannot_be_asked_is_said_before_it_is_asked(
    village: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["live", str(village), *arguments]) == 2
    assert says in capsys.readouterr().err


# --- figures ----------------------------------------------------------------------------------


def run_of(first_ms: dict[str, float], *, lag_ms: float = 0.1, turns: int = 5) -> list[Taken]:
    return [
        Taken(npc, turn, 0, lag_ms, first + turn, 10 * first, True)
        for npc, first in first_ms.items()
        for turn in range(turns)
    ]


def test_a_difference_that_all_npcs_share_is_a_verdict() -> None:
    one = [run_of(dict.fromkeys(NPCS, 100.0)) for _ in range(5)]
    other = [run_of(dict.fromkeys(NPCS, 120.0)) for _ in range(5)]

    figures = live_figures(["A", "B"], [one, other], frame_ms=FRAME_MS)

    assert figures.first_token is not None
    assert figures.first_token.mean_ms == pytest.approx(20)
    assert figures.first_token.low_ms <= 20 <= figures.first_token.high_ms
    assert "first token: A is faster" in figures.verdict
    assert not figures.is_refused


def test_a_difference_that_one_npc_alone_makes_is_none() -> None:
    """A hundred turns of one NPC are one NPC: drawn by turn, this would be sure."""
    one = [run_of(dict.fromkeys(NPCS, 100.0), turns=100) for _ in range(3)]
    other = [run_of({**dict.fromkeys(NPCS, 100.0), "mira": 160.0}, turns=100) for _ in range(3)]

    figures = live_figures(["A", "B"], [one, other], frame_ms=FRAME_MS)

    assert figures.first_token is not None
    assert figures.first_token.low_ms == 0
    assert "first token: no difference was shown" in figures.verdict


def test_the_same_runs_give_the_same_interval() -> None:
    arms = [[run_of({npc: 90.0 + n * k for k, npc in enumerate(NPCS)}) for n in range(3)]] * 2

    assert live_figures(["A", "B"], arms, frame_ms=16) == live_figures(
        ["A", "B"], arms, frame_ms=16
    )


def test_a_client_that_is_late_by_a_frame_gives_no_verdict_and_says_why() -> None:
    good = [run_of(dict.fromkeys(NPCS, 100.0))] * 3
    late = [run_of(dict.fromkeys(NPCS, 200.0), lag_ms=17.0)] * 3

    figures = live_figures(["A", "B"], [good, late], frame_ms=FRAME_MS)

    assert figures.is_refused
    assert "lag p99" in figures.verdict
    assert "a frame of 16.7 ms" in figures.verdict


@pytest.mark.parametrize(
    ("npcs", "runs", "says"),
    [(NPCS, 1, "one pair of runs"), (NPCS[:2], 3, "2 NPCs cannot say")],
)
def test_too_little_to_go_by_gives_no_verdict(npcs: list[str], runs: int, says: str) -> None:
    arms = [[run_of(dict.fromkeys(npcs, 100.0))] * runs] * 2

    figures = live_figures(["A", "B"], arms, frame_ms=FRAME_MS)

    assert figures.is_refused
    assert says in figures.verdict


def test_turns_with_a_fault_are_left_out_and_counted() -> None:
    broken = Taken("mira", 9, 0, 0.0, fault="no answer in time")
    one = [[*run_of(dict.fromkeys(NPCS, 100.0)), broken]] * 2

    figures = live_figures(["A"], [one], frame_ms=FRAME_MS)

    assert (figures.arms[0].turns, figures.arms[0].failed) == (40, 2)
    assert figures.arms[0].faults == ["no answer in time"]
