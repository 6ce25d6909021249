"""Reads one JSON schema as a client sent it: every keyword typed, references found."""

import math
from collections.abc import Mapping
from typing import Any, TypeAlias, cast
from urllib.parse import unquote

from npcengine.server.faults import MindError

__all__ = [
    "ANYTHING",
    "NOTHING",
    "Schema",
    "as_schema",
    "count_of",
    "enum_of",
    "fields_of",
    "items_of",
    "listed",
    "number_of",
    "resolve",
    "same",
    "text_of",
    "types_of",
]

Schema: TypeAlias = Mapping[str, Any]

ANYTHING: Schema = {}
NOTHING: Schema = {"not": {}}

_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")


def as_schema(value: object, where: str = "a schema") -> Schema:
    """Return a schema; ``true`` and ``false`` are schemas too.

    Raises:
        MindError: It is none. So do all of these functions when a keyword's value is of no use.
    """
    if isinstance(value, bool):
        return ANYTHING if value else NOTHING
    if not isinstance(value, dict):
        raise MindError(f"{where} is not a JSON schema")
    return cast("Schema", value)


def listed(schema: Schema, key: str) -> list[Any]:
    """Return a keyword's list, empty when it is not there."""
    value: object = schema.get(key, [])
    if not isinstance(value, list):
        raise MindError(f"{key} is not a list")
    return cast("list[object]", value)


def fields_of(schema: Schema, key: str) -> dict[str, Schema]:
    """Return a keyword's schemas by name."""
    value = schema.get(key, {})
    if not isinstance(value, dict):
        raise MindError(f"{key} is not an object")
    return {name: as_schema(one, f"{key}.{name}") for name, one in cast("Schema", value).items()}


def number_of(schema: Schema, key: str) -> int | float | None:
    """Return a keyword's number."""
    value = schema.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MindError(f"{key} is not a number")
    return value


def count_of(schema: Schema, key: str, default: int) -> int:
    """Return a keyword's count."""
    value = number_of(schema, key)
    if value is not None and (value < 0 or value != int(value)):
        raise MindError(f"{key} is not a count")
    return default if value is None else int(value)


def text_of(schema: Schema, key: str) -> str | None:
    """Return a keyword's text."""
    value = schema.get(key)
    if value is None or isinstance(value, str):
        return value
    raise MindError(f"{key} is not a text")


def enum_of(schema: Schema) -> list[Any] | None:
    """Return the values that are allowed, ``None`` when they are not listed."""
    values = listed(schema, "enum") if "enum" in schema else None
    if "const" not in schema:
        return values
    const = schema["const"]
    return [const] if values is None or any(same(const, value) for value in values) else []


def types_of(schema: Schema) -> tuple[str, ...] | None:
    """Return the types that are allowed, ``None`` when they are not named."""
    kinds = schema.get("type")
    if kinds is None:
        return None
    kinds = cast("list[object]", kinds) if isinstance(kinds, list) else [kinds]
    if any(kind not in _TYPES for kind in kinds):
        raise MindError(f"type names something that is none: {kinds!r:.80}")
    return tuple(map(str, kinds))


def items_of(schema: Schema) -> tuple[list[Schema], Schema]:
    """Return the schemas of an array's first items, and that of the rest."""
    old = isinstance(schema.get("items"), list)  # before draft 2020-12
    prefix = listed(schema, "items" if old else "prefixItems")
    rest = schema.get("additionalItems" if old else "items", True)
    return [as_schema(one, "an item") for one in prefix], as_schema(rest, "items")


def resolve(root: Schema, reference: object) -> Schema:
    """Return what a ``$ref`` stands for; only places in the same schema are known."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise MindError(f"$ref {reference!r:.80} is not a place in the same schema")
    found: object = root
    for part in reference.split("/")[1:]:
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and key.isdecimal() and len(key) < 6:
            known = cast("list[object]", found)
            found = known[int(key)] if int(key) < len(known) else None
        else:
            found = cast("Schema", found).get(key) if isinstance(found, dict) else None
    return as_schema(found, f"what $ref {reference!r:.80} stands for")


def same(one: object, other: object) -> bool:
    """Whether two values are the same JSON: 1 is 1.0, and neither is true."""
    if one is other or isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        ones, others = cast("list[object]", one), cast("list[object]", other)
        return len(ones) == len(others) and all(map(same, ones, others))
    if isinstance(one, dict) and isinstance(other, dict):
        mine, theirs = cast("dict[str, object]", one), cast("dict[str, object]", other)
        return mine.keys() == theirs.keys() and all(same(mine[key], theirs[key]) for key in mine)
    return one == other
