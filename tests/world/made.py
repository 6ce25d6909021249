"""Actions and questions made on the spot, for tests that vary their types."""

import json
from collections.abc import Callable
from typing import Any, cast

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.session.outside import Asked
from npcengine.world.actions import Action, ActionSpec
from npcengine.world.queries import QuerySpec, Where

Json = dict[str, Any]


def action(name: str = "WalkTo", **fields: Any) -> ActionSpec:
    """An action with these fields: a type, or a type and a default."""
    declared: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field, given in fields.items():
        if isinstance(given, tuple):
            kind, default = cast("tuple[Any, Any]", given)
            declared.append((field, kind, default))
        else:
            declared.append((field, given))
    struct = msgspec.defstruct(name, declared, bases=(Action,), frozen=True)
    return ActionSpec(cast("type[Action]", struct))


def parameters(spec: ActionSpec | QuerySpec) -> Json:
    """The schema that a model is given."""
    assert spec.tool.parameters is not msgspec.UNSET
    schema: Json = json.loads(bytes(spec.tool.parameters))
    return schema


def question(
    function: Callable[..., object],
    arguments: str = "{}",
    *,
    where: Where = "frame",
    npc: str = "mira",
    due_ms: float = 3_600_000,
    **options: Any,
) -> Asked:
    """A question as a session hands it on, asked at 0."""
    query = QuerySpec(function, where=where, **options)
    due_ns = round(due_ms * NS_PER_MS)
    return Asked(npc, 1, 0, "call_1", query, query.arguments.read(arguments), 0, due_ns)
