"""Whether a tool's deciding fields come first, which is what makes a mind's intentions early.

A model streams the fields of a call in the order of its schema. What a body can begin with (whom to
face, where to find a way to, how) has to stand before what takes long to write.

Rules:

1. A field is *short* when its value is one closed thing: a choice, a number, a boolean, a text of
   at most :data:`SHORT_CHARS` characters, a date. Any other text is *long*, and so is every list
   and object, since nothing says when it ends.
2. A field *decides* when it is short and has no default. With a default the game can begin, and
   mend what it began when the field comes. Where no field decides by this, the first one without a
   default does.
3. Where that guess is wrong, the action says it: ``deciding_fields = ("to", "loud")``.
4. A deciding field is *late* when a long one that does not decide stands before it.
"""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from npcengine.errors import UsageError
from npcengine.world.actions import Action
from npcengine.world.schema import object_schema

__all__ = [
    "FieldOrder",
    "FieldOrderWarning",
    "action_order",
    "field_order",
    "order_advice",
    "warn_of_late_fields",
]

SHORT_CHARS = 64
"""The longest text that counts as short: a name, not prose. 16 tokens, half a second at 30 a
second."""

_SHORT_TYPES = {"integer", "number", "boolean", "null"}
_SHORT_FORMATS = {"date", "date-time", "time", "duration", "uuid", "decimal"}


class FieldOrderWarning(UserWarning):
    """An action's deciding fields do not come first, so the game learns late what it is about."""


class FieldOrder(msgspec.Struct, frozen=True):
    """Which fields of a tool decide, and which of them are late."""

    deciding: tuple[str, ...]
    late: tuple[str, ...] = ()
    """Deciding fields that stand behind :attr:`behind`; all names are in the schema's order."""
    behind: str | None = None
    """The first long field that does not decide, if any field is late."""


def field_order(
    schema: Mapping[str, Any], declared: tuple[str, ...] | None = None, *, what: str = "the tool"
) -> FieldOrder:
    """Return what the order of a tool's fields is good for.

    Args:
        schema: The tool's, as a model is given it.
        declared: The names of the deciding fields; ``None`` to go by their types.
        what: What the tool is to the caller, for the error's text.

    Raises:
        UsageError: A declared name is none of the fields'.
    """
    fields: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    deciding = _guessed(schema) if declared is None else _declared(declared, fields, what)
    names = list(fields)
    long = (name for name in names if name not in deciding and not _is_short(fields[name]))
    behind = next(long, None)
    if behind is None:
        return FieldOrder(deciding)
    late = tuple(name for name in names[names.index(behind) :] if name in deciding)
    return FieldOrder(deciding, late, behind if late else None)


def action_order(action: type[Action]) -> FieldOrder:
    """Return what the order of an action's fields is good for.

    Raises:
        UsageError: A model cannot be offered the action, or ``deciding_fields`` names no field.
    """
    what = f"the action {action.__name__}"
    declared = action.deciding_fields
    if "deciding_fields" in action.__struct_fields__:  # a field of that name, which hides the other
        declared = None
    if isinstance(declared, tuple):
        written = {field.name: field.encode_name for field in msgspec.structs.fields(action)}
        declared = tuple(written.get(name, name) for name in declared)
    return field_order(object_schema(action, what=what), declared, what=what)


def order_advice(action: type[Action]) -> str | None:
    """Return what to move where in an action; ``None`` if its deciding fields come first.

    Raises:
        UsageError: As :func:`action_order`.
    """
    order = action_order(action)
    if order.behind is None:
        return None
    late = " and ".join(map(repr, order.late))
    one = len(order.late) == 1
    advice = (
        f"{action.__module__}.{action.__qualname__}: {late} {'decides' if one else 'decide'} what "
        f"the NPC is about to do, but {'comes' if one else 'come'} after {order.behind!r}, which "
        f"may be long: declare {late} before {order.behind!r}"
    )
    required = {field.encode_name for field in msgspec.structs.fields(action) if field.required}
    if order.behind in required and not required.issuperset(order.late):
        advice += " (a default may stand first in a class with kw_only=True)"
    return f"{advice}, or name the fields that decide in deciding_fields"


def warn_of_late_fields(actions: Iterable[type[Action]], *, stacklevel: int = 1) -> None:
    """Warn whoever defines actions whose deciding fields do not come first, of each by itself.

    Args:
        actions: Subclasses that can be offered to a model.
        stacklevel: Whose line the warning names: 1 is the caller's.

    Raises:
        UsageError: As :func:`action_order`.
    """
    for action in actions:
        if (advice := order_advice(action)) is not None:
            warnings.warn(advice, FieldOrderWarning, stacklevel=stacklevel + 1)


def _guessed(schema: Mapping[str, Any]) -> tuple[str, ...]:
    fields: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    required = [name for name in fields if name in schema.get("required", ())]
    return tuple(name for name in required if _is_short(fields[name])) or tuple(required[:1])


def _declared(
    declared: object, fields: Mapping[str, Mapping[str, Any]], what: str
) -> tuple[str, ...]:
    names: tuple[object, ...] = ()
    if isinstance(declared, tuple):
        names = cast("tuple[object, ...]", declared)
    if not isinstance(declared, tuple) or not fields.keys() >= set(names):
        raise UsageError(
            f"{what}: deciding_fields is {declared!r}; it needs to be a tuple of names out of "
            f"{', '.join(fields) or 'none, since there are no fields'}"
        )
    return tuple(name for name in fields if name in names)


def _is_short(field: Mapping[str, Any]) -> bool:
    if "enum" in field or "const" in field:
        return True
    if "anyOf" in field:
        return all(map(_is_short, field["anyOf"]))
    if field.get("type") == "string":
        bounded = field.get("maxLength", SHORT_CHARS + 1) <= SHORT_CHARS
        return bounded or field.get("format") in _SHORT_FORMATS
    return field.get("type") in _SHORT_TYPES
