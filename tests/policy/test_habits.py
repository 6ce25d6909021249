"""What is foreseen is what followed before, and habits that end are noticed."""

from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.habits import (
    CONTROL_SHARE,
    LIKELY_FROM,
    MAX_QUESTIONS,
    MAX_STIMULI,
    WATCHED_FROM,
    Habits,
    Question,
)

NEARBY: Question = ("nearby", b'{"radius_px":100}')
TIME: Question = ("time_left", b"{}")
questions = st.sampled_from([NEARBY, TIME, ("nearby", b'{"radius_px":9}'), ("who", b"{}")])


def test_nothing_is_foreseen_before_a_few_turns_were_watched() -> None:
    habits = Habits()
    seen: list[list[Question]] = []
    for _ in range(WATCHED_FROM + 1):
        seen.append(habits.foresee("a noise", 0.5))
        habits.watched("a noise", {NEARBY})

    assert seen == [[]] * WATCHED_FROM + [[NEARBY]]


def test_what_followed_one_stimulus_says_nothing_of_another() -> None:
    habits = Habits()
    for _ in range(10):
        habits.watched("a noise", {NEARBY})

    assert habits.foresee("speech", 0.5) == []


def test_now_and_then_nothing_is_told_ahead() -> None:
    habits = Habits()
    for _ in range(10):
        habits.watched("a noise", {NEARBY})

    assert habits.foresee("a noise", CONTROL_SHARE / 2) == []
    assert habits.foresee("a noise", CONTROL_SHARE) == [NEARBY]


def test_a_habit_that_ends_is_forgotten_within_ten_watched_turns() -> None:
    habits = Habits()
    for _ in range(100):
        habits.watched("a noise", {NEARBY})
    turns = 0
    while habits.foresee("a noise", 0.5):
        habits.watched("a noise", set())
        turns += 1

    assert turns <= 10


@given(st.lists(st.sets(questions, max_size=3), min_size=WATCHED_FROM, max_size=8))
def test_only_what_followed_mostly_is_foreseen(turns: list[set[Question]]) -> None:
    habits = Habits()
    for asked in turns:
        habits.watched("a noise", asked)

    for question in habits.foresee("a noise", 0.5):
        share = sum(question in asked for asked in turns) / len(turns)
        assert share >= LIKELY_FROM - 0.3, "older turns count less, and not nothing"
    always = set[Question].intersection(*turns)
    assert always <= set(habits.foresee("a noise", 0.5))


def test_it_stays_small_whatever_happens() -> None:
    habits = Habits()
    for number in range(3 * MAX_STIMULI):
        habits.watched(f"event {number}", {(f"q{n}", b"{}") for n in range(3 * MAX_QUESTIONS)})

    assert len(habits._habits) == MAX_STIMULI
    assert all(len(habit.asked) == MAX_QUESTIONS for habit in habits._habits.values())
