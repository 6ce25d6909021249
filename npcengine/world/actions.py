"""Actions: what an NPC can do, each a struct whose fields are the tool's arguments."""

import inspect
import re
from typing import ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Raw

from npcengine.errors import UsageError
from npcengine.policy.claims import Needs
from npcengine.protocol.outgoing import FunctionTool
from npcengine.world.arguments import Arguments
from npcengine.world.schema import is_strict, object_schema

__all__ = ["Action", "ActionSpec", "OnInterrupt", "tool_name"]

OnInterrupt: TypeAlias = Literal["cancel", "finish", "finish_and_tell"]
"""What becomes of an action that the game has begun when its NPC is interrupted: the game stops it;
or it goes on, and the mind is told of its end or is not."""


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything an NPC can do.

    Subclass it with ``frozen=True``. The class name becomes the tool's name (``WalkTo`` is
    ``walk_to``), the docstring its description, the fields its arguments. A model writes the
    fields in the order they are declared, so put what decides early first: with ``place`` before
    ``reason`` a body can turn towards the place while the reason is still being written.
    """

    ttl_ms: ClassVar[float] = 2_000.0
    """Game time after which a commit that has not reached the game is dropped: two seconds late,
    an act looks like a mistake."""

    in_order: ClassVar[bool] = False
    """Whether it begins only when the actions before it in the same response have succeeded, and is
    taken back when one has not. A game that declares this has to say how its actions end."""

    on_interrupt: ClassVar[OnInterrupt] = "finish_and_tell"
    """What becomes of it when its NPC is interrupted; see :data:`OnInterrupt`."""

    needs: ClassVar[tuple[Needs, ...]] = ()
    """What an NPC has to have asked the world before, in the same turn: nobody's word is enough for
    an action that hands something out."""

    deciding_fields: ClassVar[tuple[str, ...] | None] = None
    """The fields that decide what the NPC is about to do, where their types mislead; see
    :mod:`npcengine.world.field_order`. No part of the schema."""


_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def tool_name(name: str) -> str:
    """Return a class or function name as a tool's name: ``WalkTo`` as ``walk_to``."""
    tool = _WORD.sub("_", name).lower().strip("_")
    if not _TOOL_NAME.fullmatch(tool):
        raise UsageError(f"{name!r} cannot be a tool's name: letters, digits, '_' and '-' only")
    return tool


class ActionSpec:
    """One action as both ends see it. Immutable; shared by the threads."""

    def __init__(self, action: type[Action]) -> None:
        if action is Action or not _is_action(action):
            raise UsageError(f"{action!r} is not a subclass of npcengine.Action")
        self.type = action
        self.name = tool_name(action.__name__)
        self.tool = describe_tool(self.name, action, inspect.cleandoc(action.__doc__ or ""))
        self.arguments = Arguments(action)


def _is_action(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, Action)


def describe_tool(name: str, struct: type[msgspec.Struct], description: str) -> FunctionTool:
    """Return the definition that a model is given for a tool whose arguments are ``struct``."""
    schema = object_schema(struct, what=f"the tool {name!r}")
    return FunctionTool(
        name=name,
        description=description or None,
        parameters=Raw(msgspec.json.encode(schema)),
        # Strict mode wants every field required; a tool with optional fields cannot have it.
        strict=is_strict(schema),
    )
