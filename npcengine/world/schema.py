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
    if struct.__struct_config__.array_like:
        raise UsageError(f"{what} cannot be array_like: a call's arguments are an object")
    _check_fields(struct, what)
    try:
        (root,), definitions = msgspec.json.schema_components(
            [struct], ref_template=_REF + "{name}"
        )
    except (TypeError, ValueError) as error:
        raise UsageError(f"{what} cannot be offered to a model: {error}") from error
    schema = _inline(root, definitions, within=(), what=what)
    schema.pop("description", None)  # the tool's own description already says it
    return schema


def is_strict(schema: Schema) -> bool:
    """Return whether a schema fits strict mode: typed throughout, closed, and nothing optional."""
    if not schema.keys() & {"type", "enum", "anyOf"}:
        return False
    fields: Schema = schema.get("properties", {})
    if schema.get("type") == "object" and (
        schema.get("additionalProperties") is not False
        or set(schema.get("required", [])) != set(fields)
    ):
        return False
    parts: list[Any] = [*fields.values(), *schema.get("anyOf", []), *schema.get("prefixItems", [])]
    if isinstance(items := schema.get("items"), dict):
        parts.append(items)
    return all(map(is_strict, parts))


def _check_fields(struct: type[msgspec.Struct], what: str) -> None:
    try:
        fields = msgspec.structs.fields(struct)
    except NameError as error:
        raise UsageError(f"{what}: {error}; its annotations must be importable names") from error
    for field in fields:
        try:
            msgspec.json.Decoder(field.type)
            info = msgspec.inspect.type_info(field.type)
            msgspec.json.schema(field.type)
        except (TypeError, NameError) as error:
            why = str(error).splitlines()[-1]
            raise UsageError(
                f"{what}: a model cannot fill in the field {field.name!r}: {why}"
            ) from error
        _check_closed(info, f"{what}: the field {field.name!r}", set())


def _check_closed(info: Any, what: str, seen: set[type]) -> None:
    """Check that no part takes unknown fields, which the schema says it does not."""
    if isinstance(info, msgspec.inspect.DataclassType | msgspec.inspect.TypedDictType):
        raise UsageError(f"{what}: make {info.cls.__name__} a Struct that forbids unknown fields")
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls in seen:
            return
        seen.add(info.cls)
        if not info.forbid_unknown_fields:
            raise UsageError(f"{what}: give {info.cls.__name__} forbid_unknown_fields=True")
    for name in ("fields", "types", "item_types"):
        for part in getattr(info, name, ()):
            _check_closed(getattr(part, "type", part), what, seen)
    for name in ("item_type", "value_type", "type"):
        part = getattr(info, name, None)
        if isinstance(part, msgspec.inspect.Type):
            _check_closed(part, what, seen)


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
        if key in {"title", "discriminator"}:  # the latter points at what is put in place here
            continue
        if key in {"default", "examples", "enum", "const"}:
            schema[key] = value
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
