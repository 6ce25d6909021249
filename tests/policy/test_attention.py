"""Who may think: the dialogue first, then whoever is worth most, and nobody flickers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.attention import (
    PERMITS,
    Attention,
    AttentionRules,
    Situation,
    Tier,
)

NAMES: tuple[str, ...] = ("mira", "tomas", "pip", "bram", "odile")
SITUATIONS = st.builds(
    Situation,
    distance_px=st.floats(0, 600),
    on_screen=st.booleans(),
    in_dialogue=st.sampled_from((False, False, False, True)),
    in_plot=st.booleans(),
)
QUIET = st.builds(
    Situation, distance_px=st.floats(0, 600), on_screen=st.booleans(), in_plot=st.booleans()
)
RULES = st.builds(
    AttentionRules,
    hold=st.floats(0, 0.3),
    dwell_ms=st.floats(0, 3_000),
    most_full=st.integers(0, 3),
    most_brief=st.integers(0, 3),
)


def evenings(
    situations: st.SearchStrategy[Situation],
) -> st.SearchStrategy[list[dict[str, Situation]]]:
    everybody = st.fixed_dictionaries(dict.fromkeys(NAMES, situations))
    return st.lists(everybody, min_size=1, max_size=20)


def near(distance_px: float, *, in_dialogue: bool = False) -> Situation:
    return Situation(distance_px=distance_px, on_screen=True, in_dialogue=in_dialogue)


FAR = Situation(distance_px=1_000)


@given(evenings(SITUATIONS), RULES, st.floats(1, 2_000))
def test_there_are_never_more_full_or_brief_minds_than_may_be_and_no_place_stays_empty(
    evening: list[dict[str, Situation]], rules: AttentionRules, step_ms: float
) -> None:
    attention = Attention(rules)

    for number, situations in enumerate(evening):
        tiers = attention.grade(situations, number * step_ms)

        assert tiers.keys() == situations.keys()
        full = [npc for npc, tier in tiers.items() if tier is Tier.FULL]
        brief = [npc for npc, tier in tiers.items() if tier is Tier.BRIEF]
        assert len(full) <= rules.most_full
        assert len(brief) <= rules.most_brief
        talking = {npc for npc in situations if situations[npc].in_dialogue}
        if len(full) < rules.most_full:
            assert talking <= set(full), "somebody in dialogue is full at once if there is room"
        if len(talking) >= rules.most_full:
            assert set(full) <= talking


@given(evenings(SITUATIONS), RULES, st.floats(1, 2_000))
def test_the_same_evening_gives_the_same_tiers_whatever_the_order_of_the_names(
    evening: list[dict[str, Situation]], rules: AttentionRules, step_ms: float
) -> None:
    one, other = Attention(rules), Attention(rules)

    for number, situations in enumerate(evening):
        turned = dict(reversed(situations.items()))
        now_ms = number * step_ms
        assert one.grade(situations, now_ms) == other.grade(turned, now_ms)


@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=60), st.sampled_from((0.3, 0.6)))
def test_within_the_band_round_a_border_the_tier_never_changes(
    places: list[float], border: float
) -> None:
    rules = AttentionRules(nearness_weight=1, on_screen_weight=0, plot_weight=0, dwell_ms=0)
    attention = Attention(rules)
    scores = [border - rules.hold + place * rules.hold for place in places]

    # It comes from far above or from far below; from then on it stays inside the band.
    for start in (1.0, 0.0):
        attention.grade({"mira": _worth(start, rules)}, 0)
        seen = [attention.grade({"mira": _worth(score, rules)}, 0)["mira"] for score in scores]
        assert len(set(seen)) == 1
        assert (seen[0] >= (Tier.FULL if border == 0.6 else Tier.BRIEF)) == (start == 1.0)


def _worth(score: float, rules: AttentionRules) -> Situation:
    return Situation(distance_px=(1 - score) * rules.far_px)


@given(evenings(QUIET), RULES, st.floats(1, 2_000))
def test_without_dialogue_every_tier_is_kept_for_the_dwell_time(
    evening: list[dict[str, Situation]], rules: AttentionRules, step_ms: float
) -> None:
    attention = Attention(rules)
    tiers = [
        attention.grade(situations, number * step_ms) for number, situations in enumerate(evening)
    ]

    for npc in NAMES:
        changes = [0.0] + [
            number * step_ms
            for number, (before, after) in enumerate(pairwise(tiers), start=1)
            if before[npc] is not after[npc]
        ]
        assert all(b - a >= rules.dwell_ms - 1e-6 for a, b in pairwise(changes))


@given(st.lists(SITUATIONS, min_size=1, max_size=5), RULES)
def test_of_strangers_the_best_have_the_places(
    situations: list[Situation], rules: AttentionRules
) -> None:
    those = dict(zip(NAMES, situations, strict=False))

    tiers = Attention(rules).grade(those, 0)

    def worth(npc: str) -> tuple[bool, float]:
        return those[npc].in_dialogue, rules.score(those[npc])

    for npc, tier in tiers.items():
        for other, higher in tiers.items():
            assert not (higher > tier and worth(npc) > worth(other))


@given(st.floats(0, 10_000), st.booleans(), st.booleans())
def test_a_score_is_from_nothing_to_one_and_nearer_is_never_worth_less(
    distance_px: float, on_screen: bool, in_plot: bool
) -> None:
    def score(distance_px: float) -> float:
        there = Situation(distance_px=distance_px, on_screen=on_screen, in_plot=in_plot)
        return AttentionRules().score(there)

    assert 0 <= score(distance_px) <= 1 + 1e-9
    assert score(distance_px) <= score(distance_px / 2)


@pytest.mark.parametrize("distance_px", [float("nan"), float("inf")])
def test_somebody_whose_distance_is_not_known_is_far_away(distance_px: float) -> None:
    assert AttentionRules().score(Situation(distance_px=distance_px)) == 0


def test_who_is_spoken_to_is_full_at_once_and_takes_the_place_of_the_least() -> None:
    attention = Attention(AttentionRules(most_full=2))
    those = {"mira": near(10), "tomas": near(20), "pip": near(470)}
    before = attention.grade(those, 0)

    after = attention.grade({**those, "pip": near(470, in_dialogue=True)}, 16)

    assert before == {"mira": Tier.FULL, "tomas": Tier.FULL, "pip": Tier.REFLEX}
    assert after == {"mira": Tier.FULL, "tomas": Tier.BRIEF, "pip": Tier.FULL}


def test_after_a_dialogue_a_mind_stays_for_the_dwell_time() -> None:
    attention = Attention(AttentionRules(dwell_ms=2_000))
    attention.grade({"mira": near(470, in_dialogue=True)}, 0)
    attention.grade({"mira": near(470, in_dialogue=True)}, 60_000)

    seen = [attention.grade({"mira": FAR}, at_ms)["mira"] for at_ms in (61_999, 62_000)]

    assert seen == [Tier.FULL, Tier.REFLEX]


def test_between_equals_whoever_has_the_place_keeps_it() -> None:
    attention = Attention(AttentionRules(most_full=1, hold=0, dwell_ms=0))
    attention.grade({"tomas": near(10)}, 0)

    assert attention.grade({"mira": near(10), "tomas": near(10)}, 1)["tomas"] is Tier.FULL


def test_a_stranger_needs_more_than_a_little_to_take_a_place() -> None:
    rules = AttentionRules(most_full=1, dwell_ms=0)
    attention = Attention(rules)
    attention.grade({"tomas": near(60)}, 0)

    a_little = attention.grade({"mira": near(50), "tomas": near(60)}, 1)
    much = attention.grade({"mira": near(0), "tomas": near(200)}, 2)

    assert a_little["tomas"] is Tier.FULL
    assert much["mira"] is Tier.FULL


def test_who_is_full_takes_no_place_of_the_brief() -> None:
    attention = Attention(AttentionRules(most_full=1, most_brief=1))

    tiers = attention.grade({"mira": near(10), "tomas": near(20), "pip": near(30)}, 0)

    assert tiers == {"mira": Tier.FULL, "tomas": Tier.BRIEF, "pip": Tier.REFLEX}


def test_who_is_gone_is_forgotten_and_leaves_a_place() -> None:
    attention = Attention(AttentionRules(most_full=1))
    attention.grade({"mira": near(10), "tomas": near(20)}, 0)

    alone = attention.grade({"tomas": near(20)}, 5_000)
    back = attention.grade({"mira": near(470), "tomas": near(20)}, 5_001)

    assert alone == {"tomas": Tier.FULL}
    assert back["mira"] is Tier.REFLEX


def test_a_better_tier_never_permits_less() -> None:
    for lower, higher in pairwise(sorted(PERMITS)):
        low, high = PERMITS[lower], PERMITS[higher]
        assert low.wakes <= high.wakes
        assert (low.tool_rounds or 0) < (high.tool_rounds or 10**9)
        assert (low.max_output_tokens or 0) < (high.max_output_tokens or 10**9)
    assert PERMITS.keys() == set(Tier)
    assert not PERMITS[Tier.REFLEX].wakes
