"""Storms of events: gathered for a moment, told in a few words, none of them lost."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from npcengine.policy.stagger import LONGEST_MS as LONGEST_WAIT_MS
from npcengine.policy.stagger import SLOT_MS, Stagger
from npcengine.policy.storm import (
    GATHER_MS,
    LONGEST_MS,
    MAX_DIGEST_BYTES,
    MAX_KINDS,
    Event,
    Gathered,
    Gathering,
    digest,
)

TEXTS = st.sampled_from(["a clang", "rain", "a shout"]) | st.text(
    st.characters(codec=None), max_size=300
)


def event(what: str, at_ms: float = 0.0, **facts: object) -> Event:
    return Event(what, Raw(msgspec.json.encode({"n": at_ms, **facts})), at_ms)


def _of_size(what: str, size: int) -> Event:
    return event(what, 0.0, more="x" * size)


EVENTS = st.lists(
    st.builds(
        _of_size,
        TEXTS,
        st.sampled_from([0, 50, 3_000]) | st.integers(0, 500),
    ),
    max_size=120,
)


def gathered(events: list[Event]) -> Gathered:
    together = Gathered()
    for one in events:
        together.add(one)
    return together


@given(EVENTS)
def test_a_digest_is_bounded_and_its_counts_add_up_to_what_there_was(events: list[Event]) -> None:
    told = digest(gathered(events))

    written = msgspec.json.encode(told)
    read = msgspec.json.decode(written)
    assert len(written) <= MAX_DIGEST_BYTES
    assert read["total"] == len(events)
    assert sum(read["counts"].values()) + read["others"] == len(events)
    assert all(count > 0 for count in read["counts"].values())


@given(EVENTS)
def test_the_newest_event_is_told_whole_if_it_fits_and_none_in_the_wrong_order(
    events: list[Event],
) -> None:
    numbered = [
        event(one.what, float(i), size=bytes(one.facts).decode()) for i, one in enumerate(events)
    ]

    read = msgspec.json.decode(msgspec.json.encode(digest(gathered(numbered))))

    numbers = [one["n"] for one in read["newest"]]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers)
    if events and len(bytes(numbered[-1].facts)) < MAX_DIGEST_BYTES / 4:
        assert numbers[-1] == len(events) - 1


def test_what_many_equal_events_come_to_is_said_in_a_few_words() -> None:
    storm = [event("a clang", 10.0 * n, where="gate") for n in range(40)]
    storm += [event("a shout", 400.0, who="Pip"), event("rain", 410.0)]

    told = msgspec.json.decode(msgspec.json.encode(digest(gathered(storm))))

    assert told["counts"] == {"a clang": 40, "a shout": 1, "rain": 1}
    assert (told["total"], told["others"], told["over_ms"]) == (42, 0, 410)
    assert (told["first"], told["last"]) == ("a clang", "rain")
    assert told["newest"][-2:] == [{"n": 400.0, "who": "Pip"}, {"n": 410.0}]
    assert len(told["newest"]) == 8


def test_what_happens_most_is_named_when_not_everything_can_be() -> None:
    storm = [event(f"{n} " + "x" * 100) for n in range(MAX_KINDS)]
    bell = event("the bell " + "x" * 100)
    storm = [*storm[1:], bell, bell, bell, bell]

    told = msgspec.json.decode(msgspec.json.encode(digest(gathered(storm))))

    counts = told["counts"]
    assert counts[bell.what] == 4
    assert len(counts) < MAX_KINDS
    assert told["others"] == len(storm) - sum(counts.values())


@given(st.integers(1, 5_000))
def test_memory_stays_bounded_however_many_different_events_there_are(count: int) -> None:
    together = gathered([event(f"event {n}") for n in range(count)])

    assert len(together.counts) <= MAX_KINDS
    assert len(together.newest) <= 8
    assert sum(together.counts.values()) + together.others == together.total == count


GAPS = st.lists(st.floats(0, 70), min_size=1, max_size=60)


@given(GAPS)
def test_a_storm_is_told_when_it_pauses_or_has_lasted_long_enough_and_never_later(
    gaps_ms: list[float],
) -> None:
    gathering, now_ms = Gathering(), 0.0
    first_ms: float | None = None
    newest_ms = 0.0
    told = 0

    for gap_ms in gaps_ms:
        now_ms += gap_ms
        if gathering.wake_at_ms is not None and gathering.wake_at_ms <= now_ms:
            assert first_ms is not None
            pause_ms = newest_ms + GATHER_MS
            assert gathering.wake_at_ms == pytest.approx(min(pause_ms, first_ms + LONGEST_MS))
            told += gathering.take().total
            first_ms = None
        first_ms = now_ms if first_ms is None else first_ms
        newest_ms = now_ms
        gathering.noticed(event("rain", now_ms))
    told += gathering.take().total

    assert told == len(gaps_ms)
    assert gathering.wake_at_ms is None
    assert gathering.take().total == 0


def test_a_storm_that_does_not_pause_is_told_after_a_second_and_not_before() -> None:
    gathering = Gathering()

    for number in range(50):
        gathering.noticed(event("rain", 40.0 * number))

    assert gathering.wake_at_ms == LONGEST_MS


def test_speech_wakes_at_once_and_brings_what_was_gathered_until_then() -> None:
    gathering = Gathering()

    gathering.noticed(event("rain", 100.0))
    later_ms = gathering.wake_at_ms
    gathering.addressed(110.0)
    at_once_ms = gathering.wake_at_ms
    gathering.noticed(event("a clang", 115.0))

    assert (later_ms, at_once_ms, gathering.wake_at_ms) == (100.0 + GATHER_MS, 110.0, 110.0)
    assert gathering.take().total == 2


# --- staggering -------------------------------------------------------------------------------

WAKES = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0, 1, exclude_max=True), st.booleans()), max_size=120
)


@given(WAKES)
def test_waits_are_bounded_and_nobody_in_dialogue_waits(
    wakes: list[tuple[float, float, bool]],
) -> None:
    stagger, now_ms = Stagger(), 0.0

    for gap_ms, luck, in_dialogue in wakes:
        now_ms += gap_ms
        wait_ms = stagger.wait_ms(now_ms, luck, in_dialogue=in_dialogue)
        assert 0 <= wait_ms <= LONGEST_WAIT_MS
        assert not (in_dialogue and wait_ms)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=25))
def test_minds_woken_together_think_one_behind_the_other_in_the_order_asked(
    luck: list[float],
) -> None:
    stagger = Stagger()

    waits_ms = [stagger.wait_ms(0.0, one, in_dialogue=False) for one in luck]

    assert waits_ms == sorted(waits_ms)
    for number, wait_ms in enumerate(waits_ms):
        assert number * SLOT_MS <= wait_ms <= (number + 1) * SLOT_MS


def test_who_wakes_alone_does_not_wait_and_slots_come_free_again() -> None:
    stagger = Stagger()

    alone = stagger.wait_ms(0.0, 0.9, in_dialogue=False)
    crowd = [stagger.wait_ms(0.0, 0.9, in_dialogue=False) for _ in range(100)]
    later = stagger.wait_ms(10_000.0, 0.9, in_dialogue=False)

    assert (alone, later) == (0.0, 0.0)
    assert max(crowd) <= LONGEST_WAIT_MS
    assert sum(wait_ms == pytest.approx(0.9 * LONGEST_WAIT_MS) for wait_ms in crowd) > 50
