"""Actions that wait for others, by their rules."""

from hypothesis import given
from hypothesis import strategies as st

from npcengine.session.outside import Committed
from npcengine.session.plan import MAX_HELD, Plan
from npcengine.world.actions import ActionSpec
from tests.session.harness import WalkTo

SPEC = ActionSpec(WalkTo)


def commit(call_id: str) -> Committed:
    return Committed("mira", 1, 0, call_id, SPEC, WalkTo(place="well"), 0.0)


def ids(commits: tuple[Committed, ...]) -> list[str]:
    return [one.call_id for one in commits]


def test_an_action_begins_when_all_before_it_have_succeeded() -> None:
    plan = Plan()
    plan.hold(commit("c"), {"a", "b"})

    assert ids(plan.over("a", succeeded=True).begin) == []
    assert ids(plan.over("b", succeeded=True).begin) == ["c"]
    assert plan.over("b", succeeded=True).begin == ()


def test_one_that_fails_takes_everything_behind_it_along() -> None:
    plan = Plan()
    plan.hold(commit("b"), {"a"})
    plan.hold(commit("c"), {"a", "b"})
    plan.hold(commit("z"), {"y"})

    sequel = plan.over("a", succeeded=False)

    assert ids(sequel.give_up) == ["b", "c"]
    assert sequel.begin == ()
    assert ids(plan.over("y", succeeded=True).begin) == ["z"]


def test_the_oldest_is_given_up_when_too_many_wait() -> None:
    plan = Plan()

    gone = [plan.hold(commit(f"c{n}"), {"a"}).give_up for n in range(MAX_HELD + 2)]

    assert [ids(one) for one in gone if one] == [["c0"], ["c1"]]


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_every_action_of_a_chain_begins_or_is_given_up_exactly_once(outcomes: list[bool]) -> None:
    plan = Plan()
    names = [f"c{n}" for n in range(len(outcomes))]
    for place, name in enumerate(names[1:], start=1):
        plan.hold(commit(name), set(names[:place]))
    begun, given_up = [names[0]], list[str]()

    for name, succeeds in zip(names, outcomes, strict=True):
        if name in begun:
            sequel = plan.over(name, succeeded=succeeds)
            begun += ids(sequel.begin)
            given_up += ids(sequel.give_up)

    first_failure = next((n for n, good in enumerate(outcomes) if not good), len(outcomes) - 1)
    assert begun == names[: first_failure + 1]
    assert given_up == ([] if all(outcomes) else names[first_failure + 1 :])
