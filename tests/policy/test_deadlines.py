"""How long things may take, and which limit holds when two of them meet."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.deadlines import APPLY_BUDGET_MS, QUERY_BUDGET_MS, Deadlines

FRAME_TIMES_MS = st.floats(0.1, 10_000)
LIMITS_MS = st.floats(1, 60_000)


@pytest.mark.parametrize(
    ("frame_ms", "due_ms"),
    [
        pytest.param(4, 30, id="240 Hz: thirty milliseconds are more than two frames"),
        pytest.param(15, 30, id="two frames are just that"),
        pytest.param(20, 40, id="50 Hz: two frames"),
        pytest.param(75, 150, id="two frames are as long as any query may take"),
        pytest.param(1_000, 150, id="1 Hz: nothing waits for longer than that"),
    ],
)
def test_a_frame_query_has_two_frames_and_never_less_than_thirty_milliseconds(
    frame_ms: float, due_ms: float
) -> None:
    assert Deadlines().query_due_ms("frame", frame_ms) == due_ms


@pytest.mark.parametrize("where", ["snapshot", "async"])
@given(frame_ms=FRAME_TIMES_MS, query_ms=LIMITS_MS)
def test_what_runs_outside_the_frame_does_not_care_how_long_frames_are(
    where: Literal["snapshot", "async"], frame_ms: float, query_ms: float
) -> None:
    assert Deadlines(query_ms=query_ms).query_due_ms(where, frame_ms) == query_ms


@given(frame_ms=FRAME_TIMES_MS, longer_ms=FRAME_TIMES_MS, least_ms=LIMITS_MS, most_ms=LIMITS_MS)
def test_longer_frames_never_leave_a_query_less_time_nor_more_than_any_query_has(
    frame_ms: float, longer_ms: float, least_ms: float, most_ms: float
) -> None:
    deadlines = Deadlines(frame_query_ms=least_ms, query_ms=most_ms)

    due_ms = deadlines.query_due_ms("frame", frame_ms)

    assert due_ms <= deadlines.query_due_ms("frame", frame_ms + longer_ms) <= most_ms
    assert due_ms >= min(least_ms, most_ms)


def test_the_limits_nest_so_that_the_inner_one_always_ends_first() -> None:
    limits = Deadlines()

    assert APPLY_BUDGET_MS < QUERY_BUDGET_MS < limits.frame_query_ms < limits.query_ms
    assert limits.query_ms < limits.between_events_ms <= limits.first_event_ms < limits.turn_ms
    assert limits.settle_ms < limits.between_events_ms
    assert limits.connect_ms < limits.turn_ms
