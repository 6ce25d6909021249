"""Rules on actions: which, with what arguments, how often. A broken rule refuses, never allows."""

import math
import unicodedata
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.guardrails import Bound, Guard, Guardrails, Rate

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
ACTIONS = ("give", "wave", "walk_to")
NPCS = ("mira", "tomas")
ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from(NPCS),
        st.sampled_from(ACTIONS),
        st.floats(0, 40),
        st.booleans(),
    ),
    max_size=120,
)
RATES = st.builds(Rate, st.integers(1, 5), st.floats(1, 100))


def in_any_window(times_ms: list[float], per_ms: float) -> int:
    """Return the most of these times that lie in one stretch shorter than a rate's."""
    return max((sum(0 <= t - start < per_ms for t in times_ms) for start in times_ms), default=0)


@given(ATTEMPTS, RATES, RATES, RATES)
def test_no_stretch_of_time_holds_more_commits_than_a_rate_allows_and_none_is_refused_in_vain(
    attempts: list[tuple[str, str, float, bool]], of_give: Rate, of_mira: Rate, of_all: Rate
) -> None:
    guard = Guard(Guardrails(rates={"give": of_give}, rate=of_all))
    guard.set_rules("mira", Guardrails(rate=of_mira))
    done: list[tuple[str, str, float]] = []
    now_ms = 0.0

    def times(npc: str | None = None, action: str | None = None) -> list[float]:
        return [t for n, a, t in done if npc in (None, n) and action in (None, a)]

    def limits() -> list[tuple[list[float], Rate]]:
        return [(times(), of_all), (times(action="give"), of_give), (times("mira"), of_mira)]

    for npc, action, dt_ms, is_refused_by_others in attempts:
        now_ms += dt_ms
        objection = guard.objection(npc, action, {}, now_ms)
        if objection is None and not is_refused_by_others:
            guard.committed(npc, action, now_ms)
            done.append((npc, action, now_ms))
        elif objection is not None:
            concerned = (True, action == "give", npc == "mira")
            pairs = [pair for pair, counts in zip(limits(), concerned, strict=True) if counts]
            assert any(
                sum(now_ms - t < rate.per_ms + 1e-6 for t in t_ms) >= rate.most
                for t_ms, rate in pairs
            )

    for t_ms, rate in limits():
        assert in_any_window(t_ms, rate.per_ms - 1e-6) <= rate.most


@given(RATES, st.integers(0, 50))
def test_refused_attempts_cost_nothing_and_the_wait_that_is_named_is_enough(
    rate: Rate, refused: int
) -> None:
    guard = Guard(Guardrails(allowed=frozenset(("give",)), rate=rate))
    for _ in range(rate.most):
        guard.committed("mira", "give", 0.0)

    for _ in range(refused):
        guard.objection("mira", "give", {}, rate.per_ms / 2)
        guard.objection("mira", "steal", {}, rate.per_ms / 2)
    objection = guard.objection("mira", "give", {}, 0.0)

    assert objection is not None
    assert objection.kind == "rate"
    assert objection.retry_ms == rate.per_ms
    assert objection.retry_ms is not None
    assert guard.objection("mira", "give", {}, objection.retry_ms) is None


def test_rates_of_the_bridge_count_everybody_and_those_of_an_npc_its_own() -> None:
    guard = Guard(Guardrails(rates={"give": Rate(2, 1_000)}))
    guard.set_rules("mira", Guardrails(rates={"give": Rate(1, 1_000)}))

    guard.committed("mira", "give", 0)
    by_mira = guard.objection("mira", "give", {}, 10)
    by_tomas = guard.objection("tomas", "give", {}, 10)
    guard.committed("tomas", "give", 10)
    by_pip = guard.objection("pip", "give", {}, 20)

    assert by_mira is not None
    assert "for you; again in 1.0 s" in by_mira.reason
    assert by_tomas is None
    assert by_pip is not None
    assert "2 'give' in 1 s is the most for everybody together" in by_pip.reason


@pytest.mark.parametrize(
    "name",
    [
        "Give",
        "GIVE",
        "give ",
        " give",
        "gi\u200bve",
        "g\u0131ve",
        "\uff47\uff49\uff56\uff45",
        "giv\u0435",
        "",
    ],
)
def test_a_name_that_only_looks_like_one_that_is_allowed_is_forbidden(name: str) -> None:
    guard = Guard(Guardrails(allowed=frozenset(("give",))))

    objection = guard.objection("mira", name, {}, 0)

    assert objection is not None
    assert objection.kind == "forbidden"
    assert guard.objection("mira", "give", {}, 0) is None


@given(st.frozensets(st.sampled_from(ACTIONS)), st.frozensets(st.sampled_from(ACTIONS)))
def test_an_action_has_to_be_allowed_by_the_bridge_and_by_the_npcs_own_rules(
    everybody: frozenset[str], own: frozenset[str]
) -> None:
    guard = Guard(Guardrails(allowed=everybody))
    guard.set_rules("mira", Guardrails(allowed=own))

    allowed = {a for a in ACTIONS if guard.objection("mira", a, {}, 0) is None}

    assert allowed == everybody & own


@given(JSON, st.floats(-100, 100), st.floats(-100, 100))
def test_in_a_range_is_a_number_within_it_and_nothing_else(
    value: object, least: float, most: float
) -> None:
    rules = Guardrails(bounds={"give": {"coins": Bound(at_least=least, at_most=most)}})

    objection = Guard(rules).objection("mira", "give", {"coins": value}, 0)

    values = cast("list[object]", value) if isinstance(value, list) else [value]
    if not any(isinstance(one, list) for one in values):
        within = all(
            isinstance(one, int | float) and not isinstance(one, bool) and least <= one <= most
            for one in values
        )
        assert (objection is None) == within
    if objection is not None:
        assert objection.path is not None
        assert objection.reason.startswith(objection.path)
        assert objection.path.startswith("$.coins")


@given(JSON, st.frozensets(st.text(max_size=8), max_size=3))
def test_one_of_some_texts_is_exactly_one_of_them(value: object, texts: frozenset[str]) -> None:
    rules = Guardrails(bounds={"give": {"item": Bound(one_of=texts)}})

    objection = Guard(rules).objection("mira", "give", {"item": value}, 0)

    if not isinstance(value, list):
        assert (objection is None) == (isinstance(value, str) and value in texts)


def test_letters_that_are_put_together_in_another_way_are_another_text() -> None:
    rules = Guardrails(bounds={"walk_to": {"place": Bound(one_of=frozenset(("café",)))}})

    apart = unicodedata.normalize("NFD", "café")

    assert Guard(rules).objection("mira", "walk_to", {"place": apart}, 0) is not None


@pytest.mark.parametrize(
    ("bound", "value", "reason"),
    [
        (Bound(at_most=5), 6, "$.coins must be at most 5, not 6"),
        (Bound(at_least=1), -(10**30), "$.coins must be at least 1, not -1000"),
        pytest.param(Bound(at_most=5), 10**5_000, "$.coins must be at most 5, not that", id="huge"),
        (Bound(at_most=5), math.nan, "$.coins must be at most 5, not nan"),
        (Bound(at_most=5), math.inf, "$.coins must be at most 5, not inf"),
        (Bound(at_most=5), True, "$.coins must be a number, not True"),
        (Bound(at_most=5), "1", "$.coins must be a number, not '1'"),
        (Bound(at_most=5), None, "$.coins must be a number, not None"),
        (Bound(at_most=5), [1, [2, 6]], "$.coins[1][1] must be at most 5, not 6"),
        (Bound(at_most=5), {"a": 1}, "$.coins must be a number, not {'a': 1}"),
        (Bound(max_chars=3), "four", "$.coins must be at most 3 characters, not 'four'"),
        (Bound(max_chars=3), 4, "$.coins must be a text, not 4"),
        (Bound(max_chars=3), "x" * 90, "$.coins must be at most 3 characters, not 'xxxxxxxxx"),
        (Bound(one_of=frozenset("ab")), "c\n", "$.coins must be one of 'a', 'b', not 'c\\n'"),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_where_and_why(
    bound: Bound, value: object, reason: str
) -> None:
    rules = Guardrails(bounds={"give": {"coins": bound}})

    objection = Guard(rules).objection("mira", "give", {"item": "ring", "coins": value}, 0)

    assert objection is not None
    assert objection.kind == "bounds"
    assert objection.reason.startswith(reason)
    assert len(objection.reason) < 120


def test_null_passes_a_bound_only_where_that_is_said() -> None:
    def coins(bound: Bound) -> Guard:
        return Guard(Guardrails(bounds={"give": {"coins": bound}}))

    nothing = {"coins": None}
    assert coins(Bound(at_most=5, or_none=True)).objection("mira", "give", nothing, 0) is None
    assert coins(Bound(at_most=5)).objection("mira", "give", nothing, 0) is not None


def test_an_argument_that_is_bounded_and_not_there_is_refused() -> None:
    guard = Guard(Guardrails(bounds={"give": {"coinz": Bound(at_most=5)}}))

    objection = guard.objection("mira", "give", {"coins": 500}, 0)

    assert objection is not None
    assert objection.reason == "$.coinz is missing"


def test_rules_that_fit_no_action_can_be_told_to_whoever_wrote_them() -> None:
    rules = Guardrails(
        allowed=frozenset(("give", "Give")),
        bounds={"give": {"coinz": Bound()}, "dance": {"x": Bound()}},
        rates={"wave": Rate(1, 1)},
    )

    assert rules.misfits({"give": frozenset(("coins",)), "wave": frozenset()}) == [
        "there is no action 'Give'",
        "there is no action 'dance'",
        "the action 'give' has no argument 'coinz'",
    ]
    assert Guardrails().misfits({}) == []
