"""The laws of the tree, over trees of every shape; they are those of py_trees."""

import copy
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import UsageError
from npcengine.reflex import (
    Behaviour,
    Condition,
    Cooldown,
    Do,
    Selector,
    Sequence,
    Status,
    Timeout,
    Wait,
)
from tests.reflex.trees import (
    OUTCOMES,
    Leaf,
    Log,
    Seen,
    Shape,
    Stimulus,
    make,
    play,
    shapes,
    stimuli,
)

SUCCESS, FAILURE, RUNNING = Status.SUCCESS, Status.FAILURE, Status.RUNNING
PASSES_ON: dict[type[Behaviour[Log]], Status] = {Sequence: SUCCESS, Selector: FAILURE}


@given(kind=st.sampled_from([Sequence, Selector]), statuses=st.lists(OUTCOMES, max_size=6))
def test_a_composite_ticks_in_order_until_one_decides(
    kind: type[Sequence[Log] | Selector[Log]], statuses: list[Status]
) -> None:
    log: Log = []
    tree = kind("tree", [Leaf(str(n), (status,)) for n, status in enumerate(statuses)])

    status = tree.tick_once(log, 0)

    going_on = PASSES_ON[kind]
    decides = next((n for n, s in enumerate(statuses) if s is not going_on), None)
    updated = [int(seen.leaf) for seen in log if seen.what == "update"]
    assert status is (going_on if decides is None else statuses[decides])
    assert updated == list(range(len(statuses) if decides is None else decides + 1))
    untouched = tree.children[len(updated) :]
    assert all(child.status is Status.INVALID for child in untouched)


@given(kind=st.sampled_from([Sequence, Selector]), memory=st.booleans(), before=st.integers(1, 4))
def test_with_memory_those_before_the_running_one_are_not_asked_again(
    kind: type[Sequence[Log] | Selector[Log]], memory: bool, before: int
) -> None:
    first = [Leaf(f"before {n}", (PASSES_ON[kind],)) for n in range(before)]
    tree = kind("tree", [*first, Leaf("last", (RUNNING,))], memory=memory)
    log: Log = []
    tree.tick_once(log, 0)
    log.clear()

    tree.tick_once(log, 1)

    updated = [seen.leaf for seen in log if seen.what == "update"]
    assert updated == (["last"] if memory else [*(leaf.name for leaf in first), "last"])


@given(shape=shapes(), stimuli=stimuli())
def test_what_begins_ends_once_and_does_nothing_after(
    shape: Shape, stimuli: list[Stimulus]
) -> None:
    tree, log = make(shape), Log()

    play(tree, stimuli, log)
    tree.stop(log)

    for leaf in tree.iterate():
        life = [seen for seen in log if seen.leaf == leaf.name]
        assert not life or (life[0].what, life[-1].what) == ("initialise", "terminate")
        for one, other in pairwise(life):
            match one, other:
                case (Seen(what="initialise"), Seen(what="update")):
                    pass
                case (Seen(what="update", status=Status.RUNNING), Seen(what="update")):
                    pass
                case (
                    Seen(what="update", status=Status.RUNNING),
                    Seen(what="terminate", status=Status.INVALID),
                ):
                    pass
                case (Seen(what="update", status=ended), Seen(what="terminate", status=told)):
                    assert ended is told
                case (Seen(what="terminate"), Seen(what="initialise")):
                    pass
                case _:
                    pytest.fail(f"{one} and then {other}")


@given(shape=shapes(), stimuli=stimuli())
def test_nothing_runs_under_what_does_not_run(shape: Shape, stimuli: list[Stimulus]) -> None:
    tree, log, tick = make(shape), Log(), 0

    for stimulus in stimuli:
        tick = play(tree, [stimulus], log, tick)
        for parent in tree.iterate():
            running = [child for child in parent.children if child.status is RUNNING]
            assert len(running) <= (parent.status is RUNNING)
            if parent.status is Status.INVALID:
                assert all(below.status is Status.INVALID for below in parent.iterate())


@given(shape=shapes(), stimuli=stimuli())
def test_a_stopped_tree_is_invalid_all_over_and_whatever_ran_was_told(
    shape: Shape, stimuli: list[Stimulus]
) -> None:
    tree, log = make(shape), Log()
    play(tree, stimuli, log)
    running = [b.name for b in tree.iterate() if isinstance(b, Leaf) and b.status is RUNNING]
    log.clear()

    tree.stop(log)

    assert log == [Seen(name, "terminate", Status.INVALID) for name in running]
    assert {behaviour.status for behaviour in tree.iterate()} == {Status.INVALID}
    assert tree.tip() is None


@given(shape=shapes(), stimuli=stimuli())
def test_the_tip_is_what_decided(shape: Shape, stimuli: list[Stimulus]) -> None:
    tree, log = make(shape), Log()
    play(tree, stimuli, log)

    tip = tree.tip()

    running = [behaviour for behaviour in tree.iterate() if behaviour.status is RUNNING]
    assert tip is not None
    assert tip.status is not Status.INVALID
    if running:
        assert tip is running[-1]


@given(shape=shapes(), before=stimuli(), after=stimuli())
def test_a_copy_is_in_the_same_state_and_lives_the_same_life(
    shape: Shape, before: list[Stimulus], after: list[Stimulus]
) -> None:
    tree, again, log, second = make(shape), make(shape), Log(), Log()
    tick = play(tree, before, log)
    play(again, before, second)
    twin = copy.deepcopy(tree)
    assert tree.state() == twin.state() == again.state()
    assert log == second
    assert hash(tree.state()) == hash(twin.state())

    logs: list[Log] = [[], [], []]
    for one, its_log in zip((tree, twin, again), logs, strict=True):
        play(one, after, its_log, tick)

    assert logs[0] == logs[1] == logs[2]
    assert tree.state() == twin.state() == again.state()


@given(ticks=st.integers(1, 9), beats=st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_a_timeout_fails_in_the_first_tick_that_is_late(ticks: int, beats: list[int]) -> None:
    tree: Behaviour[Log] = Timeout(Leaf("slow", (RUNNING,)), ticks=ticks)
    log: Log = []
    tick = 0
    tree.tick_once(log, tick)
    for beat in beats:
        tick += beat
        late = tick >= ticks
        assert tree.tick_once(log, tick) is (FAILURE if late else RUNNING)
        if late:
            assert log[-1] == Seen("slow", "terminate", Status.INVALID)
            break


@given(ticks=st.integers(1, 9), beats=st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_what_cools_down_succeeds_no_oftener_than_it_may(ticks: int, beats: list[int]) -> None:
    tree: Behaviour[Log] = Cooldown(Leaf("bark", (SUCCESS,)), ticks=ticks)
    tick, last = 0, None
    for beat in beats:
        tick += beat
        due = last is None or tick - last >= ticks
        assert tree.tick_once([], tick) is (SUCCESS if due else FAILURE)
        last = tick if due else last


def test_what_fails_or_is_interrupted_need_not_cool_down() -> None:
    tree: Behaviour[Log] = Cooldown(Leaf("try", (FAILURE, RUNNING, SUCCESS)), ticks=100)

    assert tree.tick_once([], 0) is FAILURE
    assert tree.tick_once([], 0) is RUNNING
    tree.stop([])
    assert tree.tick_once([], 0) is SUCCESS
    assert tree.tick_once([], 99) is FAILURE


@given(ticks=st.integers(0, 9), start=st.integers(0, 1_000))
def test_a_wait_takes_its_ticks_whenever_it_begins(ticks: int, start: int) -> None:
    tree: Behaviour[None] = Wait("wait", ticks=ticks)

    statuses = [tree.tick_once(None, start + n) for n in range(ticks + 1)]

    assert statuses == [RUNNING] * ticks + [SUCCESS]


@pytest.mark.parametrize("kind", [Sequence, Selector])
@pytest.mark.parametrize("decides", [SUCCESS, FAILURE, RUNNING])
def test_what_was_running_is_interrupted_when_one_before_it_decides(
    kind: type[Sequence[Log] | Selector[Log]], decides: Status
) -> None:
    log: Log = []
    first, last = Leaf("first", (PASSES_ON[kind], decides)), Leaf("last", (RUNNING,))
    tree = kind("tree", [first, last])
    tree.tick_once(log, 0)
    log.clear()

    tree.tick_once(log, 1)

    overtaken = Seen("last", "terminate", Status.INVALID) in log
    assert overtaken is (decides is not PASSES_ON[kind])
    assert last.status is (Status.INVALID if overtaken else RUNNING)


@pytest.mark.parametrize("kind", [Sequence, Selector])
def test_a_status_of_an_earlier_round_is_cleared_away_without_a_word(
    kind: type[Sequence[Log] | Selector[Log]],
) -> None:
    log: Log = []
    passes = PASSES_ON[kind]
    first, last = Leaf("first", (passes, RUNNING)), Leaf("last", (passes,))
    tree = kind("tree", [first, last])
    tree.tick_once(log, 0)
    log.clear()

    tree.tick_once(log, 1)

    assert last.status is Status.INVALID
    assert all(seen.leaf == "first" for seen in log)


@pytest.mark.parametrize(
    "make_one",
    [
        lambda: Wait[Log]("wait", ticks=5),
        lambda: Timeout(Leaf("leaf", (RUNNING,)), ticks=5),
        lambda: Cooldown(Leaf("leaf", (SUCCESS,)), ticks=5),
    ],
)
def test_what_began_at_another_time_is_in_another_state(
    make_one: Callable[[], Behaviour[Log]],
) -> None:
    early, late = make_one(), make_one()
    early.tick_once([], 1)
    late.tick_once([], 2)

    assert early.state() != late.state()


def test_a_condition_that_no_longer_holds_interrupts_what_depends_on_it() -> None:
    log: Log = []
    guard, work = Leaf("guard", (SUCCESS, FAILURE)), Leaf("work", (RUNNING,))
    tree = Sequence("guarded", [guard, work])
    tree.tick_once(log, 0)

    assert tree.tick_once(log, 1) is FAILURE

    assert Seen("work", "terminate", Status.INVALID) in log


def test_an_update_that_returns_invalid_is_the_authors_mistake() -> None:
    tree: Behaviour[None] = Do("wrong", lambda _subject: Status.INVALID)

    with pytest.raises(UsageError, match="wrong"):
        tree.tick_once(None, 0)


def test_a_behaviour_that_raises_can_be_stopped_and_ticked_again() -> None:
    log: Log = []
    raising = [True]

    class Faulty(Leaf):
        def update(self, subject: Log, tick: int) -> Status:
            if raising:
                raise ValueError("oh")
            return super().update(subject, tick)

    tree = Selector("tree", [Condition("never", lambda _log: False), Faulty("faulty", (SUCCESS,))])
    with pytest.raises(ValueError, match="oh"):
        tree.tick_once(log, 0)
    tree.stop(log)
    assert [seen.what for seen in log] == ["initialise", "terminate"]
    raising.clear()

    assert tree.tick_once(log, 1) is SUCCESS


@pytest.mark.parametrize("ticks", [0, -1])
def test_a_decorator_needs_time(ticks: int) -> None:
    leaf: Behaviour[Log] = Leaf("leaf", (SUCCESS,))
    for make_one in (Timeout[Log], Cooldown[Log]):
        with pytest.raises(UsageError, match="leaf"):
            make_one(leaf, ticks=ticks)
    with pytest.raises(UsageError, match="pause"):
        Wait[Log]("pause", ticks=-1)
