"""Makes up a value that fits a JSON schema: the subset that tools are described with."""

import string
from collections.abc import Mapping
from random import Random
from typing import Any, cast

__all__ = ["invent"]

MAX_DEPTH = 8

_WORDS = ("well", "gate", "ladder", "bread", "Mira", "Tomas", "lantern", "north", "home", "key")


def invent(schema: Mapping[str, Any], random: Random, *, depth: int = 0) -> Any:
    """Return a value that is valid under ``schema``.

    Understands ``const``, ``enum``, ``anyOf``/``oneOf``, ``type`` (also a list of types), objects
    with properties, arrays with items and bounds, numbers with bounds and ``multipleOf``, strings
    with lengths. A pattern or format is beyond it. Optional properties are there or not, by luck.
    """
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return random.choice(schema["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return invent(random.choice(schema[choice]), random, depth=depth)
    kind: Any = schema.get("type")
    if isinstance(kind, list):
        kind = random.choice(cast("list[str]", kind))
    match kind:
        case "object":
            return _invent_object(schema, random, depth)
        case "array":
            return _invent_array(schema, random, depth)
        case "string":
            return _invent_string(schema, random)
        case "integer":
            return _invent_integer(schema, random)
        case "number":
            return _invent_number(schema, random)
        case "boolean":
            return random.random() < 0.5
        case "null":
            return None
        case _:
            return _invent_object(schema, random, depth) if "properties" in schema else {}


def _invent_object(schema: Mapping[str, Any], random: Random, depth: int) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    return {
        name: invent(field, random, depth=depth + 1)
        for name, field in schema.get("properties", {}).items()
        if name in required or (depth < MAX_DEPTH and random.random() < 0.5)
    }


def _invent_array(schema: Mapping[str, Any], random: Random, depth: int) -> list[Any]:
    least = int(schema.get("minItems", 0))
    most = max(least, min(int(schema.get("maxItems", least + 2)), least + 2))
    count = least if depth >= MAX_DEPTH else random.randint(least, most)
    items: list[Any] = []
    for index in range(count):
        prefix = schema.get("prefixItems", [])
        field: Any = schema.get("items", {"type": "string"})
        if index < len(prefix):
            field = prefix[index]
        if isinstance(field, Mapping):
            items.append(invent(cast("Mapping[str, Any]", field), random, depth=depth + 1))
    return items


def _invent_string(schema: Mapping[str, Any], random: Random) -> str:
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    word = random.choice(_WORDS)
    while len(word) < least:
        word += random.choice(string.ascii_lowercase)
    return word if most is None else word[: int(most)]


def _invent_integer(schema: Mapping[str, Any], random: Random) -> int:
    step = int(schema.get("multipleOf", 1)) or 1
    least = int(schema.get("minimum", int(schema.get("exclusiveMinimum", -1)) + 1))
    most = int(schema.get("maximum", int(schema.get("exclusiveMaximum", least + 101)) - 1))
    first = -(-least // step)
    return step * random.randint(first, max(first, most // step))


def _invent_number(schema: Mapping[str, Any], random: Random) -> float:
    least = float(schema.get("minimum", schema.get("exclusiveMinimum", 0.0)))
    most = float(schema.get("maximum", schema.get("exclusiveMaximum", least + 100.0)))
    if step := schema.get("multipleOf"):
        first = -(-least // step)
        return float(step * random.randint(int(first), max(int(first), int(most // step))))
    value = least + (most - least) * (0.25 + 0.5 * random.random())
    return round(value, 2) if least <= round(value, 2) <= most else value
