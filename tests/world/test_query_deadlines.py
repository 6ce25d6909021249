"""When an answer counts: within its budget or not, until it is due, and once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.deadlines import QUERY_BUDGET_MS, Deadlines
from npcengine.session.inbox import Answered, Ticked
from tests.session.harness import Harness, call, outputs_of


def asked() -> Harness:
    h = Harness()
    h.tell_npc("Where?")
    h.respond(call("where_is", {"thing": "ladder"}))
    return h


@pytest.mark.parametrize(
    ("took_ms", "overruns"), [(0, 0), (QUERY_BUDGET_MS, 0), (QUERY_BUDGET_MS + 0.001, 1)]
)
def test_an_answer_over_its_budget_is_counted_and_still_counts(
    took_ms: float, overruns: int
) -> None:
    h = asked()

    h.put(Answered("mira", "call_1", '{"value":"by the well"}', "fresh", took_ms, "where_is"))

    assert outputs_of(h.last) == [("call_1", {"value": "by the well"})]
    assert h.supervisor.tally.overruns == ({"where_is": overruns} if overruns else {})
    assert h.supervisor.tally.late_answers == 0


@given(st.integers(5, 200), st.integers(0, 300))
def test_an_answer_counts_until_it_is_due_and_only_the_first_one(
    frame_ms: int, after_ms: int
) -> None:
    h = Harness()
    for tick in range(100):
        h.put(Ticked(tick, frame_ms / 1_000))
    due_ms = Deadlines().query_due_ms("frame", frame_ms)
    h.tell_npc("Where?")
    h.respond(call("where_is", {"thing": "ladder"}))

    h.pass_ms(after_ms)
    h.answer("by the well")
    h.answer("somewhere else")

    ((_, output),) = outputs_of(h.last)
    in_time = output["grade"] == "fresh"
    assert in_time == (after_ms < due_ms) or abs(after_ms - due_ms) < 1
    assert output.get("value") == ("by the well" if in_time else None)
    assert h.supervisor.tally.grades == {output["grade"]: 1}
    assert h.supervisor.tally.late_answers == (1 if in_time else 2)
    assert len(h.sent) == 2


def test_a_question_answered_without_the_game_may_be_asked_again() -> None:
    h = asked()

    h.pass_ms(Deadlines().query_ms)

    ((_, output),) = outputs_of(h.last)
    assert output == {"grade": "refused", "reason": "no answer in time", "ask_again": True}
