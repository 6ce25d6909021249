"""Several schemas that one value has to fit, read as if they were one.

That is what is left of a schema once its references are followed and its choices made.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat

from npcengine.server.minds.invent.schemas import (
    ANYTHING,
    NOTHING,
    Schema,
    as_schema,
    count_of,
    enum_of,
    fields_of,
    items_of,
    listed,
    number_of,
    text_of,
    types_of,
)

__all__ = ["Demands"]

_HINTS = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""Keywords that tell which type is meant where none is named."""


class Demands:
    """See the top of this file. None of the schemas holds a reference or a choice."""

    def __init__(self, schemas: Sequence[Schema]) -> None:
        self._schemas = [schema for schema in schemas if schema]
        self._fields = [fields_of(schema, "properties") for schema in self._schemas]
        self._required = [_required(schema) for schema in self._schemas]

    def values(self) -> list[object] | None:
        """Return the values to choose from, ``None`` when they are not listed.

        The shortest of several lists: whoever takes from it checks what the others say.
        """
        lists = [values for s in self._schemas if (values := enum_of(s)) is not None]
        return min(lists, key=len, default=None)

    def types(self) -> list[str]:
        """Return the types that all allow; a text where nothing is said of a type."""
        named = [kinds for schema in self._schemas if (kinds := types_of(schema)) is not None]
        if not named:
            hinted = [
                kind
                for kind, keys in _HINTS.items()
                if any(key in schema for key in keys for schema in self._schemas)
            ]
            return hinted or ["string"]
        # A whole number is a number, so "integer" is what "integer" and "number" have in common.
        return [
            kind
            for kind in dict.fromkeys(chain(*named))
            if all(kind in some or (kind == "integer" and "number" in some) for some in named)
        ]

    def most_of(self, key: str) -> int | float | None:
        """Return the highest of a keyword's numbers: what counts of several lower bounds."""
        return max(self._numbers(key), default=None)

    def least_of(self, key: str) -> int | float | None:
        """Return the lowest of a keyword's numbers: what counts of several upper bounds."""
        return min(self._numbers(key), default=None)

    def counts(self, least_key: str, most_key: str) -> tuple[int, int | None]:
        """Return the bounds of a count."""
        least = max(count_of(schema, least_key, 0) for schema in (*self._schemas, ANYTHING))
        mosts = [count_of(s, most_key, 0) for s in self._schemas if most_key in s]
        return least, min(mosts, default=None)

    def texts(self, key: str) -> list[str]:
        """Return what a keyword says, each once."""
        found = [text for schema in self._schemas if (text := text_of(schema, key)) is not None]
        return list(dict.fromkeys(found))

    def holds(self, key: str) -> bool:
        """Whether a keyword is true anywhere."""
        return any(schema.get(key) is True for schema in self._schemas)

    def fields(self) -> list[str]:
        """Return the names of an object's fields, those that it must have and those it may."""
        return list(dict.fromkeys(chain(*self._fields, *self._required)))

    def required(self) -> set[str]:
        """Return the names that an object must have."""
        return set(chain(*self._required))

    def field(self, name: str) -> Schema:
        """Return the schema of a field."""
        return _all(map(_field, self._schemas, self._fields, repeat(name)))

    def other_field(self) -> Schema:
        """Return the schema of fields that have no name of their own."""
        return _all(_other(schema, also="unevaluatedProperties") for schema in self._schemas)

    def patterned_fields(self) -> dict[str, Schema]:
        """Return schemas of fields by the pattern of their names."""
        return {k: v for s in self._schemas for k, v in fields_of(s, "patternProperties").items()}

    def field_name(self) -> Schema:
        """Return the schema of a field's name."""
        return _all(as_schema(schema.get("propertyNames", True)) for schema in self._schemas)

    def item(self, index: int) -> Schema:
        """Return the schema of an array's item."""
        return _all(_item(schema, index) for schema in self._schemas)

    def _numbers(self, key: str) -> Iterable[int | float]:
        return [n for schema in self._schemas if (n := number_of(schema, key)) is not None]


def _all(schemas: Iterable[Schema]) -> Schema:
    """Return one schema for what fits all of these."""
    found = [schema for schema in schemas if schema]
    if NOTHING in found:
        return NOTHING
    return {"allOf": found} if len(found) > 1 else next(iter(found), ANYTHING)


def _required(schema: Schema) -> list[str]:
    return [name for name in listed(schema, "required") if isinstance(name, str)]


def _field(schema: Schema, fields: Mapping[str, Schema], name: str) -> Schema:
    named = fields.get(name)
    if named is not None or schema.get("patternProperties"):
        return named or ANYTHING  # a pattern may have more to say: whoever makes a value checks it
    return _other(schema)


def _other(schema: Schema, also: str = "") -> Schema:
    value = schema.get("additionalProperties", schema.get(also, True))
    return as_schema(value, "additionalProperties")


def _item(schema: Schema, index: int) -> Schema:
    prefix, rest = items_of(schema)
    return prefix[index] if index < len(prefix) else rest
