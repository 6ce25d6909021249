"""Shares, costs, misses and their causes, legs, and the marks that say how far to believe them."""

from collections.abc import Sequence

import pytest

from npcengine.errors import UsageError
from npcengine.replay.analysis.budgets import judged, read_budget, regressions
from npcengine.replay.analysis.comparison import compared
from npcengine.replay.analysis.legs import legs_of
from npcengine.replay.analysis.metrics import METRICS, samples_of
from npcengine.replay.analysis.misses import Slos, goodput_of, misses_of, read_slos
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.analysis.reading import read_analysis
from npcengine.replay.analysis.statistics import bootstrap
from npcengine.replay.analysis.totals import totals_of
from npcengine.trace import records
from tests.replay.script import Script, asked, call, completed, created, delta, query, raw, refused

SLOS = Slos()


def one_turn(
    script: Script, *, at_ms: float, ttft_ms: float, npc: str = "Mira", turn: int = 1
) -> None:
    """A turn of one response, whose first token takes so long and whose rest 100 ms."""
    id, lane = f"{npc}{turn}", npc
    script.tell(at_ms, npc)
    script.begin(npc)
    script.send(npc, lane=lane)
    script.read(at_ms + 10, created(id), lane=lane)
    script.read(at_ms + ttft_ms, delta(), lane=lane)
    script.read(at_ms + ttft_ms + 100, delta(), completed(id), lane=lane)
    script.over(npc, turn)


def intended(script: Script, call_id: str, *fates: tuple[records.Step, str]) -> None:
    """An action that goes through some steps, each with its fate in the next frame."""
    of = "Mira", 1, 0, call_id, "walk_to"
    effects: dict[records.Step, records.Effect] = {
        "hint": records.Hinted(*of),
        "prepare": records.Prepared(*of, raw({})),
        "commit": records.Committed(*of, raw({}), 0.0),
        "cancel": records.Cancelled(*of, "response_died"),
    }
    for step, fate in fates:
        script.effect(effects[step])
        script.frame(0, fates=[records.Fate("Mira", 1, call_id, step, fate)])


def begun() -> Script:
    script = Script()
    script.tell(0)
    script.begin()
    script.send()
    script.read(10, created("r1"), delta())
    return script


# --- shares -------------------------------------------------------------------------------------


def test_a_partial_is_wasted_when_no_commit_of_it_reached_the_game() -> None:
    script = begun()
    intended(script, "c1", ("hint", "delivered"), ("commit", "delivered"))
    intended(script, "c2", ("hint", "delivered"), ("cancel", "delivered"))
    intended(script, "c3", ("hint", "delivered"), ("commit", "stale"))
    intended(script, "c4", ("commit", "delivered"))

    wasted = totals_of(script.analysis(), SLOS).wasted_partials

    assert (wasted.part, wasted.whole) == (2, 3)


def test_what_a_guardrail_drops_is_not_stale() -> None:
    script = begun()
    for number, fate in enumerate(("delivered", "stale", "required", "interrupted", "rate")):
        intended(script, f"c{number}", ("commit", fate))

    totals = totals_of(script.analysis(), SLOS)

    assert (totals.stale_drops.part, totals.stale_drops.whole) == (3, 5)
    assert totals.other_drops == {"rate": 1}


def test_only_what_had_something_to_go_on_from_counts_as_a_continuation() -> None:
    script = begun()
    script.read(20, completed("r1"))
    script.send(after="r1")
    script.read(30, refused("previous_response_not_found"))
    script.send()
    script.read(40, created("r2"), completed("r2"))
    script.send(after="r2")
    script.read(50, created("r3"), completed("r3"))

    totals = totals_of(script.analysis(), SLOS)

    assert (totals.continuation_hits.part, totals.continuation_hits.whole) == (1, 3)
    assert (totals.full_resends, totals.not_found) == (1, 1)


def test_an_hour_costs_what_the_tokens_of_the_played_time_cost() -> None:
    script = begun()
    usage = {"input_tokens": 1_000_000, "output_tokens": 100_000, "cached": 500_000}
    script.read(20, completed("r1", **usage))
    script.frame(0)
    script.frame(36_000)  # a hundredth of an hour

    cost = totals_of(script.analysis(), SLOS).cost

    assert cost.amount == pytest.approx(0.5 * 1.0 + 0.5 * 0.1 + 0.1 * 10.0)
    assert cost.per_hour == pytest.approx(cost.amount * 100)
    assert cost.unknown == 0


def test_a_response_that_does_not_say_what_it_used_is_counted_as_unknown() -> None:
    script = begun()
    script.read(20, completed("r1"))

    assert totals_of(script.analysis(), SLOS).cost.unknown == 1


def test_a_usage_that_cannot_be_is_not_believed() -> None:
    script = begun()
    script.read(20, completed("r1", input_tokens=10**30, output_tokens=1))

    assert script.turn().exchanges[0].usage is None


def test_updates_that_were_not_measured_are_absent_not_zero() -> None:
    script = begun()
    script.frame(0, took_ms=0)
    script.frame(16, took_ms=0)

    assert totals_of(script.analysis(), SLOS).frame_overruns is None
    assert samples_of(script.analysis(), "update") == []


# --- where the time went ------------------------------------------------------------------------


def test_a_turn_is_cut_into_legs_at_its_moments() -> None:
    script = Script(tools=[query("nearby")])
    script.tell(0)
    script.enter(records.TimerFired, 60, "wake", "Mira")
    script.begin()
    script.send()
    script.read(65, created("r1"))
    script.read(165, call("nearby", "c1"))
    script.effect(asked(165, "nearby", "c1"))
    script.read(200, completed("r1"))
    script.frame(210, answered=[("Mira", "c1")])
    script.enter(records.Answered, 214, "Mira", "c1", "1", "fresh", 1.0, "nearby")
    script.send(after="r1", outputs=["c1"])
    script.read(220, created("r2"))
    script.read(300, completed("r2"))
    script.over()

    legs = legs_of(script.turn(), script.analysis().connections, until_ns=0)

    assert [(leg.kind, leg.ms) for leg in legs] == [
        ("queue", 60),
        ("network", 5),
        ("prefill", 100),
        ("decode", 35),
        ("frame_wait", 10),
        ("query", 4),
        ("network", 6),
        ("prefill", 80),
    ]


def test_waiting_for_a_connection_is_a_leg_of_its_own() -> None:
    script = Script()
    script.tell(10)
    script.begin()
    script.effect(records.Connect(1))
    script.enter(records.LinkOpened, 90, 1)
    script.send(connection=1)
    script.over()

    legs = legs_of(script.turn(), script.analysis().connections, until_ns=0)

    assert [(leg.kind, leg.ms) for leg in legs] == [("connect", 80)]


def test_the_legs_of_every_turn_in_the_village_follow_each_other_without_a_gap(
    evening: object,
) -> None:
    analysis = read_analysis(str(evening))

    for turn in analysis.turns:
        legs = legs_of(turn, analysis.connections, until_ns=analysis.end_ns)
        end_ns = analysis.end_ns if turn.ended_ns is None else turn.ended_ns
        assert [leg.begin_ns for leg in legs] == [turn.start_ns, *(leg.end_ns for leg in legs[:-1])]
        assert legs[-1].end_ns == end_ns


# --- misses -------------------------------------------------------------------------------------


def test_the_worst_miss_comes_first_with_what_took_most_of_its_time() -> None:
    script = Script()
    one_turn(script, at_ms=0, ttft_ms=1_000)
    one_turn(script, at_ms=2_000, ttft_ms=50, turn=2)
    one_turn(script, at_ms=3_000, ttft_ms=3_000, turn=3)

    misses = misses_of(script.analysis(), Slos(turn_ms=500))

    assert [(m.what, m.turn.ordinal if m.turn else 0, m.value_ms, m.cause) for m in misses] == [
        ("turn", 3, 3_100, "prefill"),
        ("turn", 1, 1_100, "prefill"),
    ]


@pytest.mark.parametrize(
    ("frame_at_ms", "took_ms", "cause"),
    [
        pytest.param(52, 1.0, "frame_wait", id="the frame came late"),
        pytest.param(12, 40.0, "query", id="the query's own code is slow"),
    ],
)
def test_an_overdue_query_says_whose_fault_it_is(
    frame_at_ms: float, took_ms: float, cause: str
) -> None:
    script = Script(tools=[query("nearby")])
    script.tell(0)
    script.begin()
    script.send()
    script.read(10, created("r1"), call("nearby", "c1"))
    script.effect(asked(10, "nearby", "c1"))
    script.frame(frame_at_ms, answered=[("Mira", "c1")])
    script.enter(records.Answered, 54, "Mira", "c1", "1", "fresh", took_ms, "nearby")

    found = {miss.what: miss.cause for miss in misses_of(script.analysis(), SLOS)}

    assert found["query"] == cause
    assert ("run" in found) == (took_ms > 8)


def test_a_slow_reaction_is_a_miss_only_where_the_game_marks_reactions() -> None:
    def script(*, marks: bool) -> Analysis:
        script = Script("Mira", "Tomas")
        script.frame(0)
        if marks:
            script.mark(0, "reaction", "Tomas")
        script.tell(1)
        script.begin()
        script.send()
        script.read(300, created("r1"), delta("Hm"))
        script.frame(304, seen=[records.Seen("Mira", 3, 1, "speaking", 1, 0, "Hm")])
        return script.analysis()

    assert [m.what for m in misses_of(script(marks=True), SLOS)] == ["reaction"]
    assert misses_of(script(marks=False), SLOS) == []


def test_goodput_counts_turns_that_kept_to_everything() -> None:
    script = Script()
    one_turn(script, at_ms=0, ttft_ms=50)
    one_turn(script, at_ms=1_000, ttft_ms=50, turn=2)
    one_turn(script, at_ms=2_000, ttft_ms=900, turn=3)
    script.tell(4_000)
    script.begin()
    script.send()
    script.over(turn=4, outcome="failed")

    goodput = goodput_of(script.analysis(), Slos(turn_ms=500))

    assert (goodput.part, goodput.whole, goodput.share) == (2, 4, 0.5)


def test_a_void_turn_counts_as_missed_and_its_times_count_for_nothing() -> None:
    script = Script()
    one_turn(script, at_ms=0, ttft_ms=50)
    one_turn(script, at_ms=1_000, ttft_ms=900, turn=2)
    script.lines.append(records.Validity("Mira", 2, "void", "an interruption lands elsewhere"))
    analysis = script.analysis()

    goodput = goodput_of(analysis, SLOS)

    assert (goodput.part, goodput.whole) == (1, 2)
    assert [sample.value for sample in samples_of(analysis, "first_token")] == [50]
    assert totals_of(analysis, SLOS).marks == {"valid": 1, "void": 1}


@pytest.mark.parametrize("text", ["nothing=1", "turn=soon", "turn_ms="])
def test_an_slo_that_cannot_be_read_is_refused(text: str) -> None:
    name, _, value = text.partition("=")

    with pytest.raises(UsageError):
        read_slos({name: value})


def test_an_slo_can_be_set_and_left_out() -> None:
    slos = read_slos({"intention": "700", "sign_ms": "none"})

    assert (slos.intention_ms, slos.sign_ms) == (700, None)


# --- two recordings -----------------------------------------------------------------------------


def several(ttft_ms: Sequence[float], *, npcs: int = 4) -> Analysis:
    names = [f"npc {number}" for number in range(npcs)]
    script = Script(*names)
    for at, ms in enumerate(ttft_ms):
        for number, npc in enumerate(names):
            one_turn(script, at_ms=5_000 * at, ttft_ms=ms + number, npc=npc, turn=at + 1)
    return script.analysis()


def test_turns_are_paired_and_the_difference_lies_in_the_part_that_grew() -> None:
    a, b = several([100, 200]), several([300, 400])

    found = compared(a, b, seed=1)

    deltas = {one.name: one.delta for one in found.differences}
    parts = {part.name: part.delta for part in found.parts}
    assert (found.pairs, found.only_a, found.only_b) == (8, 0, 0)
    assert deltas["first_token"] == pytest.approx(200)
    assert parts["prefill"] == pytest.approx(8 * 200)
    assert parts["decode"] == parts["network"] == 0
    assert sum(parts[kind] for kind in ("prefill", "decode", "network")) == parts["whole"]
    assert found.speed_up is not None
    assert found.speed_up < 1


def test_turns_without_a_partner_are_counted_and_compared_with_nothing() -> None:
    found = compared(several([100, 200]), several([100]), seed=1)

    assert (found.pairs, found.only_a, found.only_b) == (4, 4, 0)
    assert all(one.delta == 0 for one in found.differences)


def test_intervals_are_drawn_by_npc_and_the_same_seed_draws_the_same() -> None:
    a, b = several([100, 200]), several([300, 400])

    assert compared(a, b, seed=7) == compared(a, b, seed=7)
    assert compared(several([1], npcs=2), several([2], npcs=2), seed=7).speed_up_interval is None


def test_an_interval_holds_the_mean_and_is_wide_when_npcs_differ() -> None:
    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    alike = bootstrap({str(n): [10.0, 10.0] for n in range(5)}, mean, seed=1)
    apart = bootstrap({str(n): [10.0 * n] * 2 for n in range(5)}, mean, seed=1)

    assert alike is not None
    assert (alike.low, alike.high) == (10, 10)
    assert apart is not None
    assert apart.low < 20 < apart.high
    assert apart.high - apart.low > 10


# --- budgets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("p95(first_token)<300", True),
        (" max( first_token ) <= 203 ", True),
        ("p50(first_token)<100", False),
        ("count(turn)>=8", True),
        ("mean(query)<1", False),  # there were none
        ("goodput>=1", True),
        ("continuation_hits>=0.5", False),
        ("p95(first_token)<1.1*base", True),
        ("p95(first_token)<0.9*base", False),
    ],
)
def test_a_budget_is_kept_or_not(text: str, *, is_kept: bool) -> None:
    analysis = several([100, 200])

    assert judged(read_budget(text), analysis, analysis, SLOS).is_kept is is_kept


@pytest.mark.parametrize(
    "text", ["", "p95(turn)", "p95(nothing)<1", "p12(turn)<1", "better<1", "p95(turn)<x", "turn<5"]
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_budget(text)


def test_a_budget_of_a_baseline_asks_for_one() -> None:
    with pytest.raises(UsageError, match="--baseline"):
        judged(read_budget("p95(turn)<1.1*base"), several([100]), None, SLOS)


def test_a_recording_is_as_good_as_itself_and_worse_when_it_is_slower() -> None:
    base, slower = several([100, 200]), several([300, 400])

    assert all(one.is_kept for one in regressions(base, base, SLOS, tolerance=0.1))
    missed = {
        one.budget for one in regressions(slower, base, SLOS, tolerance=0.1) if not one.is_kept
    }
    assert missed == {"p95(first_token)<=1.1*base", "p95(turn)<=1.1*base"}


def test_every_metric_of_the_village_can_be_measured(evening: object) -> None:
    analysis = read_analysis(str(evening))

    assert {name for name in METRICS if not samples_of(analysis, name)} == set()
