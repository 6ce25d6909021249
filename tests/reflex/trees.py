"""Trees of every shape, and what is seen of them while they are ticked."""

from collections.abc import Hashable
from typing import NamedTuple, TypeAlias

from hypothesis import strategies as st

from npcengine.reflex import Behaviour, Cooldown, Selector, Sequence, Status, Timeout, Wait

OUTCOMES = st.sampled_from([Status.SUCCESS, Status.FAILURE, Status.RUNNING])


class Seen(NamedTuple):
    leaf: str
    what: str
    status: Status | None = None


Log: TypeAlias = list[Seen]


class Leaf(Behaviour[Log]):
    """Does what its script says, over and over, and writes down what is done to it."""

    def __init__(self, name: str, script: tuple[Status, ...]) -> None:
        super().__init__(name)
        self.script = script
        self.updates = 0

    def initialise(self, subject: Log, tick: int) -> None:
        subject.append(Seen(self.name, "initialise"))

    def update(self, subject: Log, tick: int) -> Status:
        status = self.script[self.updates % len(self.script)]
        self.updates += 1
        subject.append(Seen(self.name, "update", status))
        return status

    def terminate(self, subject: Log, status: Status) -> None:
        subject.append(Seen(self.name, "terminate", status))

    def memory(self) -> Hashable:
        return self.updates


class Shape(NamedTuple):
    """How to make a tree: one shape makes any number of equal ones."""

    kind: str
    script: tuple[Status, ...] = ()
    ticks: int = 1
    children: tuple["Shape", ...] = ()


def make(shape: Shape, name: str = "0") -> Behaviour[Log]:
    children = [make(child, f"{name}.{n}") for n, child in enumerate(shape.children)]
    match shape.kind:
        case "leaf":
            return Leaf(name, shape.script)
        case "wait":
            return Wait(name, ticks=shape.ticks)
        case "timeout":
            return Timeout(children[0], ticks=shape.ticks)
        case "cooldown":
            return Cooldown(children[0], ticks=shape.ticks)
        case "sequence" | "sequence+":
            return Sequence(name, children, memory=shape.kind.endswith("+"))
        case _:
            return Selector(name, children, memory=shape.kind.endswith("+"))


def leaves() -> st.SearchStrategy[Shape]:
    script = st.lists(OUTCOMES, min_size=1, max_size=4).map(tuple)
    return st.builds(Shape, st.just("leaf"), script=script)


def _around(shapes: st.SearchStrategy[Shape]) -> st.SearchStrategy[Shape]:
    composites = st.sampled_from(["sequence", "sequence+", "selector", "selector+"])
    decorators = st.sampled_from(["timeout", "cooldown"])
    return st.builds(
        Shape, composites, children=st.lists(shapes, max_size=4).map(tuple)
    ) | st.builds(Shape, decorators, ticks=st.integers(1, 5), children=st.tuples(shapes))


def shapes() -> st.SearchStrategy[Shape]:
    waits = st.builds(Shape, st.just("wait"), ticks=st.integers(0, 4))
    return st.recursive(leaves() | waits, _around, max_leaves=12)


class Stimulus(NamedTuple):
    passes: int
    """How many ticks later."""
    is_stopped: bool
    """Whether the tree is interrupted first."""


def stimuli() -> st.SearchStrategy[list[Stimulus]]:
    one = st.builds(Stimulus, st.integers(0, 3), st.sampled_from([False, False, False, True]))
    return st.lists(one, min_size=1, max_size=12)


def play(tree: Behaviour[Log], stimuli: list[Stimulus], log: Log, tick: int = 0) -> int:
    """Tick a tree through what happens; return the last tick."""
    for stimulus in stimuli:
        tick += stimulus.passes
        if stimulus.is_stopped:
            tree.stop(log)
        tree.tick_once(log, tick)
    return tick
