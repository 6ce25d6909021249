"""JSON schemas of Python types, in the form that models are given."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from npcengine.errors import UsageError

__all__ = ["Schema", "object_schema"]

Schema: TypeAlias = dict[str, Any]

_REF = "#/$defs/"


def object_schema(struct: type[msgspec.Struct], *, what: str) -> Schema:
    """Return the schema of a struct: inlined, closed, its fields in the order they are declared.

    Definitions are put in place of every ``$ref``, since many local model servers turn a schema
    into a grammar and know no references.

    Args:
        struct: The type.
        what: What it is to the caller, for the error's text.

    Raises:
        UsageError: A field's type cannot be written as JSON, or contains itself.
    """
    try:
        (root,), definitions = msgspec.json.schema_components(
            [struct], ref_template=_REF + "{name}"
        )
    except TypeError as error:
        raise UsageError(f"{what} has a field that a model cannot fill in: {error}") from error
    schema = _inline(root, definitions, within=(), what=what)
    schema.pop("description", None)  # the tool's own description already says it
    return schema


def _inline(
    node: Mapping[str, Any], definitions: Mapping[str, Any], *, within: tuple[str, ...], what: str
) -> Schema:
    if (ref := node.get("$ref")) is not None:
        name = str(ref).removeprefix(_REF)
        if name in within:
            raise UsageError(f"{what} has a type that contains itself: {name}")
        return _inline(definitions[name], definitions, within=(*within, name), what=what)
    schema: Schema = {}
    for key, value in node.items():
        if key == "title":
            continue
        if key == "properties":
            schema[key] = {
                name: _inline(field, definitions, within=within, what=what)
                for name, field in value.items()
            }
        else:
            schema[key] = _inline_value(value, definitions, within=within, what=what)
    if schema.get("type") == "object" and "properties" in schema:
        schema["additionalProperties"] = False
    return schema


def _inline_value(
    value: Any, definitions: Mapping[str, Any], *, within: tuple[str, ...], what: str
) -> Any:
    if isinstance(value, Mapping):
        return _inline(value, definitions, within=within, what=what)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list):
        return [
            _inline_value(entry, definitions, within=within, what=what)
            for entry in value  # pyright: ignore[reportUnknownVariableType]
        ]
    return value
