"""What practice makes up for a schema: valid under it, or a reason why not, and never much work."""

import json
import re
import warnings
from datetime import date, datetime, time
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from npcengine.server.faults import MindError
from npcengine.server.minds.invent import invent
from npcengine.server.minds.invent.patterns import parse_pattern

SENT = json.loads((Path(__file__).parent / "tool_schemas.json").read_text())
"""As pydantic 2 and zod 4 write them, and zod 3 with zod-to-json-schema."""

SEEDS = range(60)


@pytest.mark.parametrize("name", SENT)
def test_tools_as_people_send_them_are_called_with_what_fits(name: str) -> None:
    for seed in SEEDS:
        made = invent({"type": "object", **SENT[name]}, Random(seed))
        jsonschema.validate(made, SENT[name])


NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["next"]}
KEYWORDS: dict[str, dict[str, Any]] = {
    "a reference": {"$ref": "#/$defs/c", "$defs": {"c": {"enum": ["red", "green"]}}},
    "a reference with odd signs": {"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": {"const": 1}}},
    "a reference and more": {
        "$ref": "#/$defs/c",
        "minimum": 5,
        "$defs": {"c": {"type": "integer", "maximum": 7}},
    },
    "all of": {"allOf": [{"type": "string"}, {"minLength": 9}, {"maxLength": 9}]},
    "all of, objects": {
        "allOf": [
            {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"a": {"minimum": 3}, "b": {"type": "null"}}, "required": ["b"]},
        ],
        "type": "object",
    },
    "one of two that overlap": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
    "any of, where one way is barred": {"anyOf": [False, {"type": "string", "minLength": 8}]},
    "any of, where one way never ends": {
        "$ref": "#/$defs/node",
        "$defs": {"node": {"anyOf": [NODE, {"type": "null"}]}},
    },
    "one of, by what is required": {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "not": {"type": "integer", "minimum": 1, "maximum": 3, "not": {"enum": [1, 3]}},
    "if then": {
        "type": "object",
        "properties": {"k": {"enum": ["a", "b"]}, "v": {"type": "integer"}},
        "required": ["k"],
        "if": {"properties": {"k": {"const": "a"}}},
        "then": {"required": ["v"]},
    },
    "a maximum alone": {"type": "integer", "maximum": -5},
    "a maximum alone, number": {"type": "number", "maximum": -1},
    "an open maximum of nought": {"type": "integer", "exclusiveMaximum": 0},
    "fractions around an integer": {"type": "integer", "minimum": 0.5, "maximum": 1.5},
    "open bounds close together": {
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 0.001,
    },
    "multiples within bounds": {"type": "integer", "multipleOf": 7, "minimum": 1, "maximum": 10},
    "multiples of a fraction": {"type": "integer", "multipleOf": 1.5, "minimum": 1, "maximum": 4},
    "multiples of a tenth": {"type": "number", "multipleOf": 0.1, "minimum": 0.05},
    "unique out of just enough": {
        "type": "array",
        "items": {"enum": ["a", "b", "c", "d"]},
        "minItems": 4,
        "uniqueItems": True,
    },
    "unique integers": {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": 6},
        "minItems": 6,
        "uniqueItems": True,
    },
    "one and true are two": {
        "type": "array",
        "items": {"enum": [1, True]},
        "minItems": 2,
        "uniqueItems": True,
    },
    "a map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3},
    "a map with names of a kind": {
        "type": "object",
        "propertyNames": {"pattern": "^[a-z]{4}$"},
        "additionalProperties": {"type": "integer"},
        "minProperties": 2,
    },
    "names by pattern": {
        "type": "object",
        "patternProperties": {"^x_": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 1,
    },
    "more fields than must be": {
        "type": "object",
        "properties": {"a": {"const": 1}, "b": {"const": 2}, "c": {"const": 3}},
        "minProperties": 2,
        "maxProperties": 2,
    },
    "no types": {"items": {"minimum": 3}, "minItems": 1},
    "types in a list": {"type": ["string", "null"], "pattern": "(?=beyond)"},
    "an enum of another type": {"type": "string", "enum": [1, None, "a"]},
    "a tuple": {
        "type": "array",
        "prefixItems": [{"type": "string"}, {"type": "integer"}],
        "items": False,
        "minItems": 2,
    },
    "a pattern": {"type": "string", "pattern": r"^(north|south)-[a-f\d]{2,3}(?:\.[^\sx])?$"},
    "a pattern within lengths": {"type": "string", "pattern": "^[a-z]+$", "minLength": 30},
    "a pattern that is not anchored": {"type": "string", "pattern": r"\d\d", "maxLength": 4},
    "a field that cannot be": {"type": "object", "properties": {"a": False}},
    "nothing at all": {},
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_every_keyword_that_tools_use_is_heeded(name: str) -> None:
    for seed in SEEDS:
        jsonschema.validate(invent(KEYWORDS[name], Random(seed)), KEYWORDS[name])


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("date", date.fromisoformat),
        ("date-time", datetime.fromisoformat),
        ("time", time.fromisoformat),
        ("uuid", UUID),
        ("email", parse_pattern(r"^[a-z]+@[a-z]+\.[a-z]+$")),
        ("uri", parse_pattern(r"^https://[a-z.]+/[a-z]+$")),
    ],
)
def test_texts_of_a_format_are_of_that_format(name: str, read: Any) -> None:
    for seed in SEEDS:
        text = invent({"type": "string", "format": name}, Random(seed))
        assert read.is_in(text, lambda: None) if hasattr(read, "is_in") else read(text)


HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "a text of 200 MB": (
        {"type": "object", "properties": {"a": {"minLength": 2 * 10**8}}, "required": ["a"]},
        r"\$\.a: 200000000 characters",
    ),
    "many items": ({"type": "array", "minItems": 2 * 10**8}, "work"),
    "many items of many items": (
        {"minItems": 90, "items": {"minItems": 90, "items": {"minItems": 90}}},
        "work",
    ),
    "many fields": ({"type": "object", "minProperties": 10**9}, "work"),
    "many unique items": ({"minItems": 3_000, "uniqueItems": True, "items": {}}, "work|fits"),
    "a reference to itself": ({"$ref": "#"}, "never ends"),
    "a field that is all of it": ({**NODE, "$defs": {"node": NODE}}, "never ends"),
    "a tree too wide": (
        {"properties": {k: {"$ref": "#"} for k in "abcdefgh"}, "minProperties": 8, "maxLength": 1},
        "work",
    ),
    "choices of choices": (
        {"allOf": [{"anyOf": [{"type": "string", "not": {"type": "string"}}] * 20}] * 20},
        "work",
    ),
    "a pattern repeated": ({"type": "string", "pattern": "((((a{999}){999}){999}){999})"}, "room"),
    "a pattern that takes others for ever": (
        {"minLength": 150, "pattern": "^((a+)+)+$", "not": {"pattern": "^((a*)*)*$"}},
        "room|work",
    ),
    "a pattern beyond it": ({"type": "string", "pattern": "^(?!a)b$"}, "beyond"),
    "many fields to look at": (
        {"minItems": 1_000, "items": {"type": "object", "required": ["a"] * 10_000}},
        "work",
    ),
    "lengths that contradict": ({"type": "string", "minLength": 5, "maxLength": 3}, "at least 5"),
    "bounds that contradict": ({"type": "integer", "minimum": 5, "maximum": 3}, "bounds"),
    "unique items of too few": ({"items": {"const": 1}, "minItems": 2, "uniqueItems": True}, "fit"),
    "nothing allowed": ({"not": {}}, "nothing is allowed"),
    "a type of no kind": ({"type": "words"}, "type names"),
    "a keyword of another kind": ({"type": "integer", "minimum": "5"}, "minimum is not a number"),
    "a length of a half": ({"type": "string", "minLength": 1.5}, "minLength is not a count"),
    "fields in a list": ({"type": "object", "properties": []}, "properties is not an object"),
    "no schema": ({"type": "array", "items": 3, "minItems": 1}, "not a JSON schema"),
    "a reference elsewhere": ({"$ref": "https://example.com/x"}, "not a place in the same schema"),
    "a reference to nowhere": ({"$ref": "#/$defs/x"}, "not a JSON schema"),
    "numbers too large": ({"type": "number", "minimum": 1.7e308, "multipleOf": 1e308}, "too far"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_asks_for_too_much_or_the_impossible_is_refused_with_a_reason(name: str) -> None:
    schema, reason = HOSTILE[name]

    with pytest.raises(MindError, match=reason):
        invent(schema, Random(1))


# --- any schema -------------------------------------------------------------------------------

NUMBERS: st.SearchStrategy[Any] = st.integers(-20, 20) | st.sampled_from(
    [0.5, -1.5, 0.1, 2.25, 1e-9, 1e9]
)
VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | NUMBERS | st.text(max_size=3) | st.just([1])
)
TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
COUNTS = st.integers(0, 6)
PATTERNS = st.sampled_from([r"^[a-c]{1,3}$", r"x\d?", r"^(up|down)", r"^[^a]*$", "^(a+)+$"])
FORMATS = st.sampled_from(["date", "email", "uuid", "of-my-own"])
NAMES = st.sampled_from(["a", "b", "c", "x1"])
SIMPLE: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=4),
        "const": VALUES,
        "minimum": NUMBERS,
        "maximum": NUMBERS,
        "exclusiveMinimum": NUMBERS,
        "exclusiveMaximum": NUMBERS,
        "multipleOf": st.sampled_from([1, 3, 0.5, 0.1, 7]),
        "minLength": COUNTS,
        "maxLength": COUNTS,
        "pattern": PATTERNS,
        "format": FORMATS,
        "minItems": COUNTS,
        "maxItems": COUNTS,
        "uniqueItems": st.booleans(),
        "minProperties": COUNTS,
        "maxProperties": COUNTS,
        "required": st.lists(NAMES, max_size=3, unique=True),
        "$ref": st.sampled_from(["#", "#/$defs/one", "#/$defs/two"]),
    },
)


def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(TYPES),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "required": st.lists(NAMES, max_size=3, unique=True),
            "additionalProperties": inner,
            "patternProperties": st.dictionaries(PATTERNS, inner, max_size=1),
            "propertyNames": inner,
            "minProperties": COUNTS,
            "items": inner,
            "prefixItems": some,
            "minItems": st.integers(0, 3),
            "uniqueItems": st.booleans(),
            "allOf": some,
            "anyOf": some,
            "oneOf": some,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "$ref": st.sampled_from(["#", "#/$defs/one", "#/$defs/two"]),
        },
    )


SCHEMAS: st.SearchStrategy[Any] = st.recursive(SIMPLE | st.booleans(), composed, max_leaves=10)


@st.composite
def roots(draw: st.DrawFn) -> dict[str, Any]:
    root = draw(SCHEMAS.filter(lambda schema: isinstance(schema, dict)))
    return {**root, "$defs": {"one": draw(SCHEMAS), "two": draw(SCHEMAS)}}


@given(roots(), st.integers(0, 2**32))
def test_whatever_is_made_up_is_valid_and_nothing_else_comes_of_a_schema_than_a_reason(
    schema: dict[str, Any], seed: int
) -> None:
    try:
        made = invent(schema, Random(seed))
    except MindError:
        return
    try:
        jsonschema.validate(made, schema)
    except RecursionError:  # the validator follows references round and round; we do not
        reject()


SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries({"type": st.just("string")}, optional={"minLength": st.integers(0, 20)}),
    st.fixed_dictionaries({"type": st.just("string"), "maxLength": st.integers(0, 5)}),
    st.fixed_dictionaries({"type": st.just("string"), "pattern": PATTERNS}),
    st.fixed_dictionaries({"enum": st.lists(st.integers() | st.text(), min_size=1, max_size=4)}),
    st.fixed_dictionaries({"const": st.none() | st.booleans() | st.integers()}),
    st.fixed_dictionaries({"type": st.sampled_from(["boolean", "null", ["null", "string"]])}),
    st.tuples(st.floats(-50, 50), st.floats(1, 50)).map(
        lambda pair: {"type": "integer", "minimum": pair[0], "maximum": pair[0] + pair[1]}
    ),
    st.tuples(st.integers(-50, 50), st.integers(1, 50)).map(
        lambda pair: {"type": "integer", "exclusiveMinimum": pair[0], "maximum": pair[0] + pair[1]}
    ),
    st.tuples(st.floats(-50, 50), st.floats(0.1, 50)).map(
        lambda pair: {"type": "number", "minimum": pair[0], "exclusiveMaximum": pair[0] + pair[1]}
    ),
    st.fixed_dictionaries({"type": st.just("number"), "exclusiveMaximum": NUMBERS}),
)
SOUND: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.dictionaries(st.text(max_size=5), inner, max_size=4).map(
            lambda fields: {
                "type": "object",
                "properties": fields,
                "required": list(fields)[::2],
                "additionalProperties": False,
            }
        ),
        st.tuples(inner, st.integers(0, 3)).map(
            lambda pair: {"type": "array", "items": pair[0], "minItems": pair[1], "maxItems": 3}
        ),
        st.tuples(inner, st.integers(0, 3)).map(
            lambda pair: {
                "type": "object",
                "additionalProperties": pair[0],
                "minProperties": pair[1],
            }
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda choices: {"anyOf": choices}),
        inner.map(lambda schema: {"allOf": [schema, {"title": "It"}]}),
        inner.map(
            lambda schema: {
                "type": "object",
                "properties": {"again": {"anyOf": [{"$ref": "#"}, schema]}},
                "required": ["again"],
            }
        ),
    ),
    max_leaves=8,
)


@given(SOUND, st.integers(0, 2**32))
def test_a_schema_that_can_be_met_is_met(schema: dict[str, Any], seed: int) -> None:
    jsonschema.validate(invent(schema, Random(seed)), schema)


# --- patterns ---------------------------------------------------------------------------------


@given(PATTERNS, st.text("abcxupdown1 -", max_size=12))
def test_a_pattern_matches_what_python_says_it_does(pattern: str, text: str) -> None:
    parsed = parse_pattern(pattern)
    assert parsed is not None

    assert parsed.is_in(text, lambda: None) == (re.search(pattern, text) is not None)


@given(st.text("ab^$.[]()|*+?{},\\d-0123:", max_size=12), st.text("ab01", max_size=6))
def test_a_pattern_that_is_read_at_all_is_read_as_python_does(pattern: str, text: str) -> None:
    parsed = parse_pattern(pattern)
    try:
        with warnings.catch_warnings(action="ignore"):  # Python warns of what may mean more one day
            known = re.compile(pattern)
    except (re.error, OverflowError):
        return
    if parsed is not None:
        assert parsed.is_in(text, lambda: None) == (known.search(text) is not None)
