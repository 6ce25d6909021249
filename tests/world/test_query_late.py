"""What a query says when it is due and nobody has answered."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import UsageError
from npcengine.policy.deadlines import ASYNC_BUDGET_MS, QUERY_BUDGET_MS
from npcengine.session.inbox import Defined
from npcengine.session.outside import Overdue
from npcengine.world.answers import NOT_IN_TIME
from npcengine.world.queries import Late, QuerySpec, Where
from npcengine.world.toolbox import Toolbox
from tests.session.harness import Harness, call, outputs_of
from tests.world.made import Json, question
from tests.world.test_query_answers import Table

REFUSED = {"grade": "refused", "reason": NOT_IN_TIME, "ask_again": True}


def plain(npc: object) -> int:
    return 1


def looking(view: object) -> object:
    return view


def looking_when_late(view: object = "the live world") -> object:
    return view


def counting() -> Iterator[int]:
    yield 1


def counting_there(view: object) -> Iterator[object]:
    yield view


async def fetching() -> int:
    return 1


async def fetching_there(view: object) -> object:
    return view


async def streaming() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("function", "where", "late"),
    [
        (plain, "frame", "refuse"),
        (looking, "frame", "snapshot"),
        (looking_when_late, "frame", "snapshot"),
        (looking, "snapshot", "snapshot"),
        (counting, "frame", "partial"),
        (counting_there, "frame", "partial"),
        (counting_there, "snapshot", "partial"),
        (fetching, "async", "refuse"),
        (fetching_there, "async", "refuse"),
        (streaming, "async", "partial"),
    ],
)
def test_a_function_answers_late_as_well_as_it_can(
    function: Callable[..., object], where: Where, late: Late
) -> None:
    spec = QuerySpec(function, where=where)

    assert spec.late == late
    assert spec.budget_ms == (ASYNC_BUDGET_MS if where == "async" else QUERY_BUDGET_MS)
    assert QuerySpec(function, where=where, late="refuse").late == "refuse"


@pytest.mark.parametrize(
    ("function", "options", "says"),
    [
        pytest.param(plain, {"late": "snapshot"}, "a parameter 'view'", id="sees no view"),
        pytest.param(counting, {"late": "snapshot"}, "a parameter 'view'", id="yields, no view"),
        pytest.param(looking, {"late": "partial"}, "only a generator", id="has no parts"),
        pytest.param(
            fetching, {"late": "partial", "where": "async"}, "only a generator", id="waits"
        ),
        pytest.param(
            fetching_there, {"late": "snapshot", "where": "async"}, "takes its time", id="cannot"
        ),
        pytest.param(plain, {"late": "soon"}, "not 'soon'", id="no such word"),
        pytest.param(plain, {"budget_ms": 0}, "more than 0", id="no time"),
        pytest.param(plain, {"budget_ms": float("nan")}, "more than 0", id="no number"),
        pytest.param(plain, {"budget_ms": float("inf")}, "more than 0", id="no end"),
        pytest.param(streaming, {}, "exactly when", id="a stream in the frame"),
        pytest.param(counting, {"where": "async"}, "exactly when", id="a generator as a stream"),
    ],
)
def test_a_function_that_could_not_answer_so_is_refused_when_it_is_defined(
    function: Callable[..., object], options: Json, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        QuerySpec(function, **options)


def late_output(table: Table, function: Callable[..., object], **options: Any) -> Json:
    table.oracle.answer_late(question(function, **options))
    output: Json = json.loads(table.put[-1].output)
    assert output["grade"] == table.put[-1].grade
    return output


@pytest.mark.parametrize("function", [looking, looking_when_late])
@given(tick=st.integers(0, 10**6), age_ms=st.integers(0, 10**7))
def test_a_late_answer_from_the_last_view_says_whose_tick_it_is_and_how_old(
    function: Callable[..., object], tick: int, age_ms: int
) -> None:
    table = Table()
    table.clock.advance(ms=1_000)
    table.publish("the view", tick)
    table.clock.advance(ms=age_ms)

    output = late_output(table, function)

    assert output == {
        "value": "the view",
        "grade": "snapshot",
        "as_of_tick": tick,
        "age_ms": age_ms,
    }


@pytest.mark.parametrize(
    ("function", "options"),
    [(looking, {}), (looking_when_late, {}), (counting, {}), (streaming, {"where": "async"})],
)
def test_with_nothing_to_answer_from_it_is_refused_and_may_be_asked_again(
    function: Callable[..., object], options: Json
) -> None:
    assert late_output(Table(), function, **options) == REFUSED


def test_a_view_with_a_default_is_for_late_answers_and_left_alone_in_the_frame() -> None:
    table = Table()
    table.publish("the view", 3)

    in_time = json.loads(table.run(question(looking_when_late), tick=7).entry.output)

    assert (in_time["value"], in_time["grade"]) == ("the live world", "fresh")


def test_a_fault_in_a_late_answer_is_kept_for_a_strict_bridge_to_raise() -> None:
    def look(view: object) -> object:
        raise KeyError(view)

    table = Table(strict=True)
    table.publish("the view", 3)

    assert late_output(table, look)["reason"] == "the world could not answer"
    assert repr(table.oracle.fault) == "KeyError('the view')"


def harness_asking(late: Late) -> Harness:
    def where_is(view: object, thing: str) -> str:
        return thing

    h = Harness()
    h.put(Defined("mira", "You are mira.", Toolbox([QuerySpec(where_is, late=late)])))
    h.tell_npc("Where?")
    h.respond(call("where_is", {"thing": "ladder"}))
    return h


@given(st.floats(0, 100))
def test_a_question_becomes_overdue_once_when_it_is_due_and_waits_for_what_there_is(
    after_ms: float,
) -> None:
    h = harness_asking("snapshot")
    (asked,) = h.questions
    due_ms = (asked.due_ns - asked.asked_ns) / 1e6

    h.pass_ms(after_ms)

    overdue = [edge for edge in h.edges if isinstance(edge, Overdue)]
    assert [edge.question for edge in overdue] == ([asked] if after_ms >= due_ms else [])
    assert len(h.sent) == 1
    h.answer("by the well")
    assert outputs_of(h.last)[0][1]["value"] == "by the well"
    h.pass_ms(200)
    assert len([edge for edge in h.edges if isinstance(edge, Overdue)]) == len(overdue)
    assert h.supervisor.tally.grades == {"fresh": 1}


def test_a_question_that_is_to_be_refused_needs_nobody_to_say_so() -> None:
    h = harness_asking("refuse")

    h.pass_ms(100)

    assert outputs_of(h.last) == [("call_1", REFUSED)]
    assert not [edge for edge in h.edges if isinstance(edge, Overdue)]


@pytest.mark.parametrize(("held_up_ms", "missed"), [(0, 0), (20, 0), (20.001, 1), (1_000, 1)])
@pytest.mark.parametrize("late", ["snapshot", "refuse"])
def test_an_answer_that_is_given_for_being_due_and_is_late_all_the_same_is_counted(
    late: Late, held_up_ms: float, missed: int
) -> None:
    h = harness_asking(late)
    (asked,) = h.questions

    h.clock.advance(ms=(asked.due_ns - asked.asked_ns) / 1e6 + held_up_ms)
    h.pass_ms(0)  # only now does the loop thread get to run
    if late == "snapshot":
        h.answer("by the well")

    assert len(h.sent) == 2
    assert h.supervisor.tally.deadlines_missed == missed
