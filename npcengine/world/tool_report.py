"""What a model is told of one tool, and how early a call of it can begin to show."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

import msgspec

from npcengine.protocol.outgoing import FunctionTool
from npcengine.world.actions import Action, ActionSpec
from npcengine.world.field_order import action_order, order_advice
from npcengine.world.made_up_call import bytes_until_closed, made_up_call
from npcengine.world.queries import QuerySpec
from npcengine.world.schema import Schema

__all__ = ["BYTES_PER_TOKEN", "FieldReport", "ToolReport", "report_action", "report_query"]

BYTES_PER_TOKEN = 4
"""The rule of thumb for English. JSON has more tokens for its bytes, so real times are longer."""

TOKENS_PER_S = (30, 80)
"""A slow and a quick model, as they stream."""

MAX_TYPE_CHARS = 40


class FieldReport(msgspec.Struct, frozen=True):
    """One field of a tool. Bytes are ``None`` for what a session would not read that far."""

    name: str
    type: str
    required: bool
    decides: bool
    bytes_if_shortest: int | None
    bytes_if_typical: int | None


class ToolReport(msgspec.Struct, frozen=True):
    """One tool, and when a call of it can begin to show."""

    name: str
    kind: Literal["action", "query"]
    defined_as: str
    definition: FunctionTool
    """As it goes on the wire."""
    fields: list[FieldReport]
    typical_call: str
    bytes_until_actionable: int | None
    """Of the typical call's arguments, until the last deciding field is known; a query's are all of
    them, since it runs on nothing less."""
    ms_until_actionable: dict[str, int] | None
    """By tokens a second."""
    warnings: list[str]


def report_action(action: type[Action]) -> ToolReport:
    """Return what there is to say of an action.

    Raises:
        UsageError: A model cannot be offered it, or its ``deciding_fields`` names no field.
    """
    deciding = action_order(action).deciding
    advice = order_advice(action)
    return _report(
        ActionSpec(action).tool,
        "action",
        f"{action.__module__}.{action.__qualname__}",
        deciding,
        [] if advice is None else [advice],
    )


def report_query(function: Callable[..., object]) -> ToolReport:
    """Return what there is to say of the query that a function would be.

    Raises:
        UsageError: A model cannot be offered it.
    """
    waits = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    tool = QuerySpec(function, where="async" if waits else "frame").tool
    return _report(tool, "query", f"{function.__module__}.{function.__qualname__}", None, [])


def _report(
    tool: FunctionTool,
    kind: Literal["action", "query"],
    defined_as: str,
    deciding: tuple[str, ...] | None,
    warnings: list[str],
) -> ToolReport:
    """Return what there is to say of a tool that begins with its deciding fields, or complete."""
    parameters = _parameters(tool)
    fields: Mapping[str, Schema] = parameters["properties"]
    call = made_up_call(parameters, "typical")
    typical = bytes_until_closed(call)
    shortest = bytes_until_closed(made_up_call(parameters, "shortest"))
    needed: int | None = None
    if typical.keys() >= set(fields if deciding is None else deciding):
        needed = len(call.encode())
        if deciding is not None:
            needed = max((typical[name] for name in deciding), default=0)
    return ToolReport(
        tool.name,
        kind,
        defined_as,
        tool,
        [
            FieldReport(
                name,
                _type_in_short(field),
                name in parameters.get("required", ()),
                deciding is None or name in deciding,
                shortest.get(name),
                typical.get(name),
            )
            for name, field in fields.items()
        ],
        call,
        needed,
        None if needed is None else {str(rate): _ms(needed, rate) for rate in TOKENS_PER_S},
        warnings,
    )


def _parameters(tool: FunctionTool) -> Schema:
    assert not isinstance(tool.parameters, msgspec.UnsetType)
    return cast("Schema", msgspec.json.decode(tool.parameters))


def _ms(sent_bytes: int, tokens_per_s: int) -> int:
    return round(sent_bytes / BYTES_PER_TOKEN / tokens_per_s * 1_000)


def _type_in_short(field: Mapping[str, Any]) -> str:
    text = _type(field)
    return text if len(text) <= MAX_TYPE_CHARS else f"{text[: MAX_TYPE_CHARS - 4]} ..."


def _type(field: Mapping[str, Any]) -> str:
    if "enum" in field:
        return " | ".join(msgspec.json.encode(value).decode() for value in field["enum"])
    if "anyOf" in field:
        return " | ".join(map(_type, field["anyOf"]))
    kind: str = field.get("type", "anything")
    if kind == "string":
        kind = field.get("format", "text")
        return f"{kind} to {field['maxLength']} chars" if "maxLength" in field else kind
    if kind in ("integer", "number"):
        least = field.get("minimum", field.get("exclusiveMinimum"))
        most = field.get("maximum", field.get("exclusiveMaximum"))
        bounds = [("from", least), ("to", most)]
        return " ".join([kind, *(f"{word} {end}" for word, end in bounds if end is not None)])
    if kind == "array" and isinstance(field.get("items"), Mapping):
        return f"list of {_type(field['items'])}"
    return kind
