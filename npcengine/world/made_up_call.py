"""Calls that a model might write, made up from a tool's schema, and when their fields are known.

What is made up stands for its length, not for its sense: a schema's own ``examples`` come first,
otherwise a name is as long as names are and a text as long as a sentence. Every field is written,
also those with a default, and nothing between the tokens, as models do.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from npcengine.protocol.partial_json import PartialObject
from npcengine.world.field_order import SHORT_CHARS
from npcengine.world.schema import Schema

__all__ = ["Size", "bytes_until_closed", "made_up_call"]

Size: TypeAlias = Literal["shortest", "typical"]

_NAME = "north_gate"
_SENTENCE = "I promised Mira to bring her the ladder before they light the lanterns."
_OF_A_FORMAT = {
    "date": "2026-10-31",
    "date-time": "2026-10-31T18:30:00Z",
    "time": "18:30:00Z",
    "duration": "PT8S",
    "uuid": "7f3c1e52-9a04-4d6b-8e21-5b0c9d3fa816",
    "decimal": "12",
}
_encode = msgspec.json.encode


def made_up_call(schema: Mapping[str, Any], size: Size) -> str:
    """Return a tool's arguments as JSON text: values that fit the schema, but for patterns."""
    fields: Mapping[str, Schema] = schema.get("properties", {})
    return _encode({name: _value(field, size) for name, field in fields.items()}).decode()


def bytes_until_closed(arguments: str) -> dict[str, int]:
    """Return after how many bytes of UTF-8 each field's value is known, counted from the first.

    What a session would know is asked of the reader that it uses, so a number is known one byte
    late, with the comma or bracket behind it. A field that the reader gives up before is not there.
    """
    reader = PartialObject()
    closed: dict[str, int] = {}
    sent = 0
    for character in arguments:
        sent += len(character.encode())
        for field in reader.feed(character):
            closed[field.name] = sent
    return closed


def _value(schema: Mapping[str, Any], size: Size) -> Any:
    if size == "typical" and schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        by_length = sorted(schema["enum"], key=_length)
        return by_length[0 if size == "shortest" else len(by_length) // 2]
    if "anyOf" in schema:
        return _choice(schema["anyOf"], size)
    match schema.get("type"):
        case "object":
            return _object(schema, size)
        case "array":
            return _array(schema, size)
        case "integer" | "number" as kind:
            return _number(schema, size, whole=kind == "integer")
        case "boolean":
            return size == "shortest"  # `true` is the shorter word
        case "null":
            return None
        case "string":
            return _text(schema, size)
        case _:  # anything at all
            return 0 if size == "shortest" else _NAME


def _length(value: object) -> int:
    return len(_encode(value))


def _choice(choices: Sequence[Schema], size: Size) -> Any:
    if size == "shortest":
        return min((_value(choice, size) for choice in choices), key=_length)
    somewhat = (choice for choice in choices if choice.get("type") != "null")
    return _value(next(somewhat, choices[0]), size)


def _object(schema: Mapping[str, Any], size: Size) -> dict[str, Any]:
    fields: Mapping[str, Schema] = schema.get("properties", {})
    required = schema.get("required", ())
    made = {
        name: _value(field, size)
        for name, field in fields.items()
        if size == "typical" or name in required
    }
    if isinstance(entry := schema.get("additionalProperties"), Mapping):
        least = schema.get("minProperties", 0 if size == "shortest" else 1)
        key = _text({"maxLength": SHORT_CHARS, **schema.get("propertyNames", {})}, size)
        for number in range(least):
            made[str(number).rjust(len(key), "k")] = _value(entry, size)  # pyright: ignore[reportUnknownArgumentType]
    return made


def _array(schema: Mapping[str, Any], size: Size) -> list[Any]:
    least = schema.get("minItems", 0)
    if (parts := schema.get("prefixItems")) is not None:
        return [_value(part, size) for part in parts]
    count = least if size == "shortest" else max(least, min(2, schema.get("maxItems", 2)))
    return [_value(schema.get("items", {}), size)] * count


def _number(schema: Mapping[str, Any], size: Size, *, whole: bool) -> float:
    """Return 0 or what is nearest to it; typically the middle of the bounds, or 42."""
    step = schema.get("multipleOf", 1)
    least, most = -math.inf, math.inf
    if "minimum" in schema:
        least = math.ceil(schema["minimum"] / step)
    if "exclusiveMinimum" in schema:
        least = math.floor(schema["exclusiveMinimum"] / step) + 1
    if "maximum" in schema:
        most = math.floor(schema["maximum"] / step)
    if "exclusiveMaximum" in schema:
        most = math.ceil(schema["exclusiveMaximum"] / step) - 1
    if least > most:  # a fraction lies between the bounds, and no whole number does
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        high = schema.get("maximum", schema.get("exclusiveMaximum", 0))
        return float((low + high) / 2)
    wanted: float = 0
    if size == "typical":
        wanted = 42 if math.inf in (-least, most) else (least + most) // 2
    value: float = min(max(wanted, least), most) * step
    if whole or size == "shortest" or "multipleOf" in schema or value + 1 > most:
        return value
    return value + 0.5


def _text(schema: Mapping[str, Any], size: Size) -> str:
    if (example := _OF_A_FORMAT.get(schema.get("format", ""))) is not None:
        return example
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    text = _NAME if most is not None and most <= SHORT_CHARS else _SENTENCE
    if size == "shortest":
        text = ""
    return text.ljust(least, "x")[:most]
