"""Waits between attempts: full jitter under a doubling ceiling, on top of what was asked for."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.backoff import FIRST_MS, LONGEST_MS, backoff_ms

SEEDS = st.integers(0, 2**64)
ATTEMPTS = st.integers(1, 100_000)
ASKED_S = st.floats(0, 86_400)


def ceiling_ms(attempt: int) -> float:
    return float(min(round(LONGEST_MS), round(FIRST_MS) * 2 ** (attempt - 1)))


@given(SEEDS, ATTEMPTS)
def test_a_wait_is_anything_from_nothing_to_a_ceiling_that_doubles(seed: int, attempt: int) -> None:
    wait_ms = backoff_ms(attempt, random.Random(seed).random())

    assert 0 <= wait_ms < ceiling_ms(attempt)


@given(ATTEMPTS, st.floats(0, 1, exclude_max=True))
def test_all_of_the_range_is_used_evenly(attempt: int, luck: float) -> None:
    assert backoff_ms(attempt, luck) == pytest.approx(luck * ceiling_ms(attempt))


def test_the_ceiling_doubles_with_each_failure_until_it_is_the_longest() -> None:
    most = [round(backoff_ms(attempt, 1 - 2**-53)) for attempt in range(1, 10)]

    assert most == [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]


@given(SEEDS, ATTEMPTS)
def test_with_the_same_luck_another_failure_never_shortens_the_wait(
    seed: int, attempt: int
) -> None:
    luck = random.Random(seed).random()

    assert backoff_ms(attempt, luck) <= backoff_ms(attempt + 1, luck)


@given(SEEDS, ATTEMPTS, ASKED_S)
def test_what_the_server_asks_for_is_waited_in_full_and_then_jittered(
    seed: int, attempt: int, asked_s: float
) -> None:
    luck = random.Random(seed).random()

    wait_ms = backoff_ms(attempt, luck, retry_after_s=asked_s)

    assert asked_s * 1_000 <= wait_ms <= asked_s * 1_000 + ceiling_ms(attempt)
    assert wait_ms == pytest.approx(asked_s * 1_000 + backoff_ms(attempt, luck))


@given(SEEDS)
def test_a_village_that_lost_its_server_at_one_moment_does_not_come_back_at_one(seed: int) -> None:
    draws = random.Random(seed)

    waits = [backoff_ms(5, draws.random(), retry_after_s=2) for _ in range(100)]

    in_one_frame = max(sum(wait <= other < wait + 17 for other in waits) for wait in waits)
    assert in_one_frame < 20
