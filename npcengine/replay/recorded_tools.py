"""An NPC's tools, made from a recording: what sessions have to know of them, without the game.

The game's own types are not in a file. What they made of a call's arguments is (``read`` lines), so
here arguments are never checked: they are what the recording says they were.
"""

from typing import Any, cast

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.protocol.outgoing import FunctionTool
from npcengine.trace import records
from npcengine.world.actions import Action, ActionSpec, OnInterrupt
from npcengine.world.queries import Late, QuerySpec, Where
from npcengine.world.toolbox import Tool, Toolbox

__all__ = ["RecordedAction", "RecordedQuery", "recorded_toolbox", "value_of"]


class RecordedAction(ActionSpec):
    """An action that nobody carries out."""

    def __init__(self, line: records.ToolLine) -> None:
        self.tool = msgspec.json.decode(line.definition, type=FunctionTool)
        self.name = self.tool.name
        namespace = {
            "ttl_ms": line.ttl_ms,
            "in_order": line.in_order,
            "on_interrupt": cast("OnInterrupt", line.on_interrupt),
        }
        self.type = cast(
            "type[Action]", _struct(self.name, self.tool, bases=(Action,), namespace=namespace)
        )


class RecordedQuery(QuerySpec):
    """A query that nobody answers."""

    def __init__(self, line: records.ToolLine) -> None:
        self.tool = msgspec.json.decode(line.definition, type=FunctionTool)
        self.name = self.tool.name
        self.where = cast("Where", line.where)
        self.budget_ms = line.budget_ms
        self.late = cast("Late", line.late)
        self.type = _struct(self.name, self.tool)


def value_of(tool: Tool, value: Raw) -> msgspec.Struct:
    """Return the arguments of a call, as the recording says that the game read them."""
    assert isinstance(tool, RecordedAction | RecordedQuery)
    return msgspec.json.decode(value, type=tool.type)


class _Schema(msgspec.Struct):
    properties: dict[str, Any] = {}


def recorded_toolbox(lines: list[records.ToolLine]) -> Toolbox:
    """Return the tools that some lines are of."""
    return Toolbox([_tool(line) for line in lines])


def _tool(line: records.ToolLine) -> Tool:
    return RecordedAction(line) if line.kind == "action" else RecordedQuery(line)


def _struct(
    name: str,
    tool: FunctionTool,
    *,
    bases: tuple[type[msgspec.Struct], ...] = (),
    namespace: dict[str, Any] | None = None,
) -> type[msgspec.Struct]:
    """Return a type with a tool's fields, which takes anything and writes what it took."""
    schema = msgspec.json.decode(tool.parameters or b"{}", type=_Schema)
    fields = [(field, Any | UnsetType, UNSET) for field in schema.properties]
    return msgspec.defstruct(
        name, fields, bases=bases or None, namespace=namespace, frozen=True, kw_only=True
    )
