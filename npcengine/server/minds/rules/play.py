"""Runs plans: from a state to the next thing that is said or called.

``next_act`` is the whole semantics. The mind streams what it returns; and when the conversation is
read back, the same function tells which part of a plan each item was. That is why a conversation
can be told to a fresh server at any point and goes on as if nothing had happened.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from npcengine.server.minds.pace import Act, Call, Say
from npcengine.server.minds.rules.expressions import fill, look_up
from npcengine.server.minds.rules.phrasing import choose_line
from npcengine.server.minds.rules.program import (
    Jump,
    Operation,
    Remember,
    Resume,
    SayOp,
    Test,
    UseTool,
)
from npcengine.server.minds.rules.state import Frame, State

__all__ = ["Script", "bind_call", "next_act", "take_end", "take_output"]

MAX_TRIES = 2
"""How often a question that was answered "ask again" is asked again."""

MAX_STEPS = 1_000
"""Operations without anything said or called after which a plan is given up."""


class Script(msgspec.Struct, frozen=True):
    """What one villager has to play with."""

    name: str
    plans: Mapping[str, tuple[Operation, ...]]
    again: Sequence[str]
    seed: int


def next_act(
    script: Script, state: State, allows: Callable[[str], bool]
) -> tuple[Act | None, State]:
    """Return what comes next, and the state after it; ``None`` when there is nothing for now.

    Args:
        script: The villager's.
        state: Where the conversation is.
        allows: Whether a tool is offered; one that is not counts as refused.
    """
    for _ in range(MAX_STEPS):
        if any(frame.calling is not None for frame in state.frames):
            return None, state  # an output is owed to us before anything else
        frame = next((f for f in reversed(state.frames) if not f.is_stopped), None)
        if frame is None:
            return None, state
        plan = script.plans.get(frame.topic, ())
        if frame.at >= len(plan):
            state = state.replaced(frame, None)
            continue
        operation = plan[frame.at]
        onward = replace(frame, at=frame.at + 1)
        match operation:
            case SayOp(variants=variants):
                after = state.replaced(frame, onward)
                seed = f"{script.seed}/{script.name}/{state.count}/{frame.topic}/{frame.at}"
                chosen = choose_line(
                    variants, script.again, _scope(script, state, frame), state, seed
                )
                if chosen is not None:
                    return Say(chosen[0]), after.having_said(*chosen[1])
                state = after
            case UseTool():
                arguments = _arguments(operation, _scope(script, state, frame))
                if arguments is not None and allows(operation.name):
                    return (
                        Call(operation.name, arguments),
                        state.replaced(frame, replace(frame, calling="")),
                    )
                refused: dict[str, object] = {"grade": "refused", "status": "failed"}
                state = state.replaced(frame, _with(onward, operation.into, refused))
            case Test(condition=condition, otherwise=otherwise):
                holds = condition(_scope(script, state, frame))
                state = state.replaced(frame, onward if holds else replace(frame, at=otherwise))
            case Jump(to=to):
                state = state.replaced(frame, replace(frame, at=to))
            case Resume():
                state = state.replaced(frame, None).resumed()
            case Remember(facts=facts):
                known = {
                    name: value
                    for name, path in facts.items()
                    if (value := _value(path, _scope(script, state, frame))) is not None
                }
                after = state.replaced(frame, onward)
                state = replace(after, memory={**state.memory, **known})
    return None, replace(state, frames=())


def bind_call(state: State, call_id: str) -> State:
    """Note the id of the call that was made last."""
    frame = next((f for f in reversed(state.frames) if f.calling == ""), None)
    return state if frame is None else state.replaced(frame, replace(frame, calling=call_id))


def take_output(script: Script, state: State, call_id: str, output: Mapping[str, object]) -> State:
    """Take the output of a call: a variable of its plan, which is given up if it is not known."""
    frame = next((f for f in state.frames if f.calling == call_id), None)
    if frame is None:
        return state
    if (operation := _tool(script, frame.topic, frame.at)) is None:
        return state.replaced(frame, None)
    idle = replace(frame, calling=None)
    if output.get("grade") == "refused" and output.get("ask_again") and frame.tries < MAX_TRIES:
        return state.replaced(frame, replace(idle, tries=frame.tries + 1))
    onward = _with(replace(idle, at=frame.at + 1, tries=0), operation.into, output)
    if operation.until_ended and output.get("status") in ("started", "accepted"):
        onward = replace(onward, waiting_for=call_id)
    return state.replaced(frame, onward)


def take_end(script: Script, state: State, call_id: str, outcome: Mapping[str, object]) -> State:
    """Take the end of an action that outlived its call."""
    frame = next((f for f in state.frames if f.waiting_for == call_id), None)
    if frame is None:
        return state
    if (operation := _tool(script, frame.topic, frame.at - 1)) is None:
        return state.replaced(frame, None)
    onward = _with(replace(frame, waiting_for=None), operation.into, dict(outcome))
    return state.replaced(frame, onward)


def _tool(script: Script, topic: str, at: int) -> UseTool | None:
    """Return the call at a place of a plan, ``None`` where this villager has none."""
    plan = script.plans.get(topic, ())
    operation = plan[at] if 0 <= at < len(plan) else None
    return operation if isinstance(operation, UseTool) else None


def _scope(script: Script, state: State, frame: Frame) -> dict[str, object]:
    scope = {**frame.scope, "memory": state.memory, "me": script.name}
    if state.broken_off is not None:
        scope["broken_off"] = state.broken_off.topic
    return scope


def _with(frame: Frame, name: str, value: object) -> Frame:
    return replace(frame, scope={**frame.scope, name: value})


def _arguments(operation: UseTool, scope: Mapping[str, object]) -> dict[str, object] | None:
    """Return a call's arguments; ``None`` when a slot of them has nothing to fill it with."""
    arguments: dict[str, object] = {}
    for name, value in operation.args.items():
        filled = _value(value, scope) if isinstance(value, str) else value
        if filled is None:
            return None
        arguments[name] = filled
    return arguments


def _value(template: str, scope: Mapping[str, object]) -> object:
    """Return what a text stands for: a plain value itself when it is one slot and nothing else."""
    if template.startswith("{") and template.endswith("}") and template.count("{") == 1:
        found = look_up(scope, template[1:-1])
        if isinstance(found, bool | int | float):
            return found
    return fill(template, scope)
