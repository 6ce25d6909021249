"""Queries written as generators: every value replaces the answer so far."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.bridge.growing import MAX_VALUES
from npcengine.errors import QueryRetry
from npcengine.session.inbox import Answered
from npcengine.world.answers import NOT_IN_TIME
from tests.world.made import Json, question
from tests.world.test_query_answers import Table

REFUSED = {"grade": "refused", "reason": NOT_IN_TIME, "ask_again": True}


def output(entry: Answered) -> Json:
    read: Json = json.loads(entry.output)
    return read


@given(
    steps_ms=st.lists(st.integers(0, 20), min_size=1, max_size=8),
    budget_ms=st.integers(1, 60),
    due_ms=st.integers(0, 60),
)
def test_a_generator_is_stopped_at_the_first_value_past_its_budget_or_when_it_is_due(
    steps_ms: list[int], budget_ms: int, due_ms: int
) -> None:
    table = Table()
    closed: list[bool] = []

    def look() -> Iterator[int]:
        try:
            for number, step_ms in enumerate(steps_ms):
                table.stopwatch.advance(ms=step_ms)
                table.clock.advance(ms=step_ms)
                yield number
        finally:
            closed.append(True)

    answer = table.run(question(look, budget_ms=budget_ms, due_ms=due_ms), tick=7)

    passed_ms = [sum(steps_ms[: n + 1]) for n in range(len(steps_ms))]
    enough = [n for n, ms in enumerate(passed_ms) if ms >= min(budget_ms, due_ms)]
    last = enough[0] if enough else len(steps_ms) - 1
    grade = "partial" if enough else "fresh"
    assert output(answer.entry) == {"value": last, "grade": grade, "as_of_tick": 7, "age_ms": 0}
    assert answer.entry.took_ms == passed_ms[last]
    assert closed == [True]


def test_an_endless_generator_ends_even_where_time_stands_still() -> None:
    def look() -> Iterator[int]:
        number = 0
        while True:
            number += 1
            yield number

    read = output(Table().run(question(look)).entry)

    assert (read["value"], read["grade"]) == (MAX_VALUES, "partial")


def test_a_generator_that_ends_without_a_value_has_found_nothing() -> None:
    def look() -> Iterator[list[str]]:
        yield from ()

    read = output(Table().run(question(look)).entry)

    assert (read["value"], read["grade"]) == (None, "fresh")


def test_over_a_view_a_part_is_as_old_as_the_view() -> None:
    table = Table()
    table.publish("the view", 3)
    table.clock.advance(ms=500)

    def look(view: str) -> Iterator[str]:
        while True:
            table.stopwatch.advance(ms=5)
            yield view

    table.oracle.ask(question(look, where="snapshot"))

    read = output(table.put[0])
    assert read == {"value": "the view", "grade": "partial", "as_of_tick": 3, "age_ms": 500}


def test_a_generator_that_is_to_refuse_says_nothing_by_halves() -> None:
    table = Table()

    def look() -> Iterator[int]:
        table.stopwatch.advance(ms=9)
        yield 1
        yield 2

    assert output(table.run(question(look, late="refuse")).entry) == REFUSED


@pytest.mark.parametrize(
    ("error", "reason"),
    [(QueryRetry("closer"), "closer"), (KeyError("x"), "the world could not answer")],
)
def test_what_a_generator_raises_in_the_middle_is_its_answer(error: Exception, reason: str) -> None:
    def look() -> Iterator[int]:
        yield 1
        raise error

    table = Table()
    answer = table.run(question(look))

    assert output(answer.entry)["reason"] == reason
    assert (answer.fault is None) == isinstance(error, QueryRetry)
    assert not table.oracle._growing


def test_what_a_generator_raises_when_it_is_stopped_is_a_fault_as_well() -> None:
    table = Table()

    def look() -> Iterator[int]:
        try:
            while True:
                table.stopwatch.advance(ms=9)
                yield 1
        finally:
            raise KeyError("x")

    answer = table.run(question(look))

    assert output(answer.entry)["reason"] == "the world could not answer"
    assert isinstance(answer.fault, KeyError)


def test_what_a_stream_raises_when_it_is_stopped_is_a_fault_as_well() -> None:
    table = Table(strict=True)

    async def look() -> AsyncIterator[int]:
        try:
            while True:
                table.stopwatch.advance(ms=200)
                yield 1
        finally:
            raise KeyError("x")

    table.ask_async(question(look, where="async"))

    assert output(table.put[0])["reason"] == "the world could not answer"
    assert isinstance(table.oracle.fault, KeyError)


def test_when_it_is_due_what_was_yielded_is_told_as_it_was_then_and_with_its_age() -> None:
    table = Table()
    table.clock.advance(ms=100)

    def look() -> Iterator[list[str]]:
        found: list[str] = []
        table.oracle.answer_late(asked)  # as the loop thread may, at any moment
        found.append("Pip")
        yield found
        found.append("half of Tomas")
        table.clock.advance(ms=40)
        table.oracle.answer_late(asked)
        yield found

    asked = question(look)
    answer = table.run(asked, tick=7)

    nothing, part = map(output, table.put)
    assert nothing == REFUSED
    assert part == {"value": ["Pip"], "grade": "partial", "as_of_tick": 7, "age_ms": 40}
    assert output(answer.entry)["value"] == ["Pip", "half of Tomas"]
    table.oracle.answer_late(asked)
    assert output(table.put[-1]) == REFUSED, "nothing is kept of a generator that has ended"


def test_each_of_several_questions_grows_by_itself() -> None:
    table = Table()

    def look(number: int) -> Iterator[int]:
        yield number
        if number < 3:
            table.run(asked[number + 1])
        for question_ in asked:
            table.oracle.answer_late(question_)

    asked = [question(look, f'{{"number":{number}}}', npc=f"npc {number}") for number in range(4)]

    table.run(asked[0])

    told = [(entry.npc, output(entry).get("value")) for entry in table.put]
    while_all_grow = told[:4]
    assert while_all_grow == [(f"npc {n}", n) for n in range(4)]
    assert told[-4:] == [("npc 0", 0), *((f"npc {n}", None) for n in range(1, 4))]
