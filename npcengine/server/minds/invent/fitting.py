"""Says whether a value fits a schema: what is made up is checked before anybody sees it.

Formats are taken on trust, and so are patterns beyond :mod:`patterns`, and texts too long to try
them on. ``contains``, ``unevaluatedProperties`` and what depends on other fields is not looked at.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from npcengine.server.minds.invent.budget import MAX_DEPTH, PARTS_A_STEP, Budget, UnfitError
from npcengine.server.minds.invent.patterns import parse_pattern
from npcengine.server.minds.invent.schemas import (
    Schema,
    as_schema,
    count_of,
    enum_of,
    fields_of,
    items_of,
    listed,
    number_of,
    resolve,
    same,
    text_of,
    types_of,
)

__all__ = ["Fitting"]

MAX_MATCHED_CHARS = 200
"""The longest text that patterns are tried on."""


class Fitting:
    """One schema, and the budget for checking."""

    def __init__(self, root: Schema, budget: Budget) -> None:
        self._root = root
        self._budget = budget
        self._depth = 0
        self._known: dict[tuple[int, int], tuple[bool, object, Schema]] = {}
        """What is known of lists and objects, which are checked from the inside out. The two are
        kept, so that nothing else gets their ids."""

    def fits(self, value: object, schema: Schema) -> bool:
        """Whether a value fits a schema, which is the root one or a part of it.

        Raises:
            MindError: The schema makes no sense, or has no end.
        """
        ids = id(value), id(schema)
        if (known := self._known.get(ids)) is not None:
            return known[0]
        self._budget.look(schema, "$")
        if self._depth > 3 * MAX_DEPTH:
            raise UnfitError("$", "the schema has no end")
        self._depth += 1
        try:
            fits = self._fits_choices(value, schema) and self._fits_itself(value, schema)
        finally:
            self._depth -= 1
        if isinstance(value, list | dict):
            self._known[ids] = fits, cast("object", value), schema
        return fits

    def _fits_choices(self, value: object, schema: Schema) -> bool:
        def fits(other: object) -> bool:
            return self.fits(value, as_schema(other))

        return (
            ("$ref" not in schema or fits(resolve(self._root, schema["$ref"])))
            and all(map(fits, listed(schema, "allOf")))
            and ("anyOf" not in schema or any(map(fits, listed(schema, "anyOf"))))
            and ("oneOf" not in schema or sum(map(fits, listed(schema, "oneOf"))) == 1)
            and ("not" not in schema or not fits(schema["not"]))
            and (
                "if" not in schema
                or fits(schema.get("then" if fits(schema["if"]) else "else", True))
            )
        )

    def _fits_itself(self, value: object, schema: Schema) -> bool:
        allowed, kinds = enum_of(schema), types_of(schema)
        if allowed is not None and not any(same(value, one) for one in allowed):
            return False
        if kinds is not None and not any(_IS[kind](value) for kind in kinds):
            return False
        match value:
            case bool():
                return True
            case int() | float():
                return _fits_number(value, schema)
            case str():
                return self._fits_text(value, schema)
            case list():
                return self._fits_array(cast("list[object]", value), schema)
            case dict():
                return self._fits_object(cast("dict[str, object]", value), schema)
            case _:
                return True

    def _fits_text(self, text: str, schema: Schema) -> bool:
        pattern = text_of(schema, "pattern")
        return _counts(len(text), schema, "minLength", "maxLength") and (
            pattern is None or self._matches(pattern, text) is not False
        )

    def _matches(self, pattern: str, text: str) -> bool | None:
        """Whether a pattern is in a text, ``None`` when that is not known."""
        parsed = parse_pattern(pattern) if len(text) <= MAX_MATCHED_CHARS else None
        return None if parsed is None else parsed.is_in(text, lambda: self._budget.work(1, "$"))

    def _fits_array(self, items: Sequence[object], schema: Schema) -> bool:
        prefix, rest = items_of(schema)
        return (
            _counts(len(items), schema, "minItems", "maxItems")
            and all(map(self.fits, items, prefix))
            and all(self.fits(item, rest) for item in items[len(prefix) :])
            and (schema.get("uniqueItems") is not True or self._are_unique(items))
        )

    def _are_unique(self, items: Sequence[object]) -> bool:
        self._budget.work(len(items) ** 2 // PARTS_A_STEP, "$")
        return not any(same(item, other) for n, item in enumerate(items) for other in items[:n])

    def _fits_object(self, value: Mapping[str, object], schema: Schema) -> bool:
        if not _counts(len(value), schema, "minProperties", "maxProperties"):
            return False
        if any(name not in value for name in listed(schema, "required")):
            return False
        names = as_schema(schema.get("propertyNames", True))
        fields = fields_of(schema, "properties")
        patterns = fields_of(schema, "patternProperties")
        others = as_schema(schema.get("additionalProperties", True))
        for name, field in value.items():
            matched = {pattern: self._matches(pattern, name) for pattern in patterns}
            demands = [fields[name]] if name in fields else []
            demands += [patterns[pattern] for pattern, is_one in matched.items() if is_one]
            if not demands and None not in matched.values():
                demands = [others]
            if not (self.fits(name, names) and all(self.fits(field, one) for one in demands)):
                return False
        return True


def _counts(count: int, schema: Schema, least_key: str, most_key: str) -> bool:
    return count_of(schema, least_key, 0) <= count <= count_of(schema, most_key, count)


def _fits_number(value: float, schema: Schema) -> bool:
    minimum, above = number_of(schema, "minimum"), number_of(schema, "exclusiveMinimum")
    maximum, below = number_of(schema, "maximum"), number_of(schema, "exclusiveMaximum")
    return (
        (minimum is None or value >= minimum)
        and (maximum is None or value <= maximum)
        and (above is None or value > above)
        and (below is None or value < below)
        and _is_multiple(value, number_of(schema, "multipleOf"))
    )


def _is_multiple(value: float, step: float | None) -> bool:
    if not step:
        return True
    if isinstance(step, int):
        return value % step == 0
    quotient = value / step
    return math.isfinite(quotient) and quotient == int(quotient)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_IS: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and value == int(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
