"""Plans as flat lists of operations, so that a place in one is a single number."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from npcengine.errors import UsageError
from npcengine.server.minds.rules.data import Step, Topic, Value
from npcengine.server.minds.rules.expressions import Condition, check_slots, parse_condition

__all__ = ["Jump", "Operation", "Remember", "Resume", "SayOp", "Test", "UseTool", "compile_plans"]

MAX_NESTED_RUNS = 8


class SayOp(msgspec.Struct, frozen=True):
    """Say one of these lines."""

    variants: tuple[str, ...]


class UseTool(msgspec.Struct, frozen=True):
    """Call a tool and wait for its output."""

    name: str
    args: Mapping[str, Value]
    into: str
    is_action: bool
    until_ended: bool
    """Go on only when the action has ended."""


class Test(msgspec.Struct, frozen=True):
    """Go on if the condition holds, else at ``otherwise``."""

    condition: Condition
    otherwise: int


class Jump(msgspec.Struct, frozen=True):
    """Go on at ``to``."""

    to: int


class Remember(msgspec.Struct, frozen=True):
    """Keep facts."""

    facts: Mapping[str, str]


class Resume(msgspec.Struct, frozen=True):
    """Go on with what was broken off, in place of the rest of this plan."""


Operation: TypeAlias = SayOp | UseTool | Test | Jump | Remember | Resume


def compile_plans(
    topics: Sequence[Topic], lines: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[Operation, ...]]:
    """Return each topic's plan.

    Raises:
        UsageError: A plan names a pool of lines or a topic that is not there, or runs itself.
    """
    by_name = {topic.name: topic for topic in topics}
    compiled: dict[str, tuple[Operation, ...]] = {}
    for topic in topics:
        operations: list[Operation] = []
        _Compiler(by_name, lines, operations).add(topic.plan, topic.name, depth=0)
        compiled[topic.name] = tuple(operations)
    return compiled


class _Compiler:
    def __init__(
        self,
        topics: Mapping[str, Topic],
        lines: Mapping[str, tuple[str, ...]],
        operations: list[Operation],
    ) -> None:
        self._topics = topics
        self._lines = lines
        self._operations = operations

    def add(self, steps: Sequence[Step], where: str, *, depth: int) -> None:
        for step in steps:
            self._add_step(step, where, depth)

    def _add_step(self, step: Step, where: str, depth: int) -> None:
        operations = self._operations
        if step.say is not None:
            operations.append(SayOp(self._variants(step.say, where)))
        elif (tool := step.ask or step.do) is not None:
            for value in step.args.values():
                check_slots(str(value))
            is_action = step.do is not None
            operations.append(UseTool(tool, step.args, step.into, is_action, step.wait))
        elif step.if_ is not None:
            self._add_test(step, step.if_, where, depth)
        elif step.remember is not None:
            operations.append(Remember(step.remember))
        elif step.resume is not None:
            operations.append(Resume())
        elif step.run is not None:
            if step.run not in self._topics:
                raise UsageError(f"topic {where!r} runs a topic that is not there: {step.run!r}")
            if depth == MAX_NESTED_RUNS:
                raise UsageError(f"topic {where!r} runs itself, or topics too deep in each other")
            self.add(self._topics[step.run].plan, step.run, depth=depth + 1)

    def _add_test(self, step: Step, condition: str, where: str, depth: int) -> None:
        operations = self._operations
        test_at = len(operations)
        test = parse_condition(condition)
        operations.append(Test(test, -1))
        self.add(step.then, where, depth=depth)
        jump_at = len(operations)
        operations.append(Jump(-1))
        operations[test_at] = Test(test, len(operations))
        self.add(step.else_, where, depth=depth)
        operations[jump_at] = Jump(len(operations))

    def _variants(self, say: str | tuple[str, ...], where: str) -> tuple[str, ...]:
        variants = (say,) if isinstance(say, str) else say
        found: list[str] = []
        for variant in variants:
            if not variant.startswith("@"):
                found.append(variant)
            elif variant[1:] in self._lines:
                found += self._lines[variant[1:]]
            else:
                raise UsageError(f"topic {where!r} says a pool that is not there: {variant!r}")
        for line in found:
            check_slots(line)
        return tuple(found)
