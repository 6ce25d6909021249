"""What a model is told of a tool's arguments, held against the decoder that reads them."""

import enum
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import GenericAlias
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Meta

from npcengine.errors import RemoteProtocolError, UsageError
from npcengine.world.actions import Action, ActionSpec
from tests.world.made import Json, action, parameters


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Kind(NamedTuple):
    """A type that a field may have, and the JSON values it takes."""

    # A type that is made while the test runs is a value to a type checker.
    type: Any
    values: st.SearchStrategy[Any]


def listed(inner: Kind) -> Kind:
    return Kind(GenericAlias(list, inner.type), st.lists(inner.values, max_size=3))


def keyed(inner: Kind) -> Kind:
    values = st.dictionaries(st.text(max_size=3), inner.values, max_size=3)
    return Kind(GenericAlias(dict, (str, inner.type)), values)


def optional(inner: Kind) -> Kind:
    return Kind(inner.type | None, st.none() | inner.values)


def paired(inner: Kind) -> Kind:
    return Kind(GenericAlias(tuple, (inner.type, int)), st.tuples(inner.values, st.just(7)))


serial = itertools.count()


def closed(inner: Kind) -> Kind:
    name = f"Part{next(serial)}"
    struct = msgspec.defstruct(name, [("x", inner.type)], forbid_unknown_fields=True)
    return Kind(struct, st.fixed_dictionaries({"x": inner.values}))


# Floats without a fraction are left out: JSON schema calls 1.0 an integer, the decoder does not.
FRACTIONS = st.integers(-1_000, 1_000).map(lambda n: n + 0.5)
LEAVES: list[Kind] = [
    Kind(int, st.integers(-(2**53), 2**53)),
    Kind(float, FRACTIONS | st.integers(-(2**53), 2**53)),
    Kind(str, st.text(max_size=8)),
    Kind(bool, st.booleans()),
    Kind(Colour, st.sampled_from(["red", "blue"])),
    Kind(Literal["near", "far"], st.sampled_from(["near", "far"])),
    Kind(Annotated[int, Meta(ge=1, le=9)], st.integers(1, 9)),
    Kind(Annotated[str, Meta(max_length=3)], st.text(max_size=3)),
]
KINDS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        inner.map(listed),
        inner.map(keyed),
        inner.map(optional),
        inner.map(paired),
        inner.map(closed),
    ),
    max_leaves=4,
)
FIELDS = st.dictionaries(
    st.sampled_from(["place", "title", "type", "properties", "items", "required", "default"]),
    KINDS,
    max_size=4,
)
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-20, 20) | FRACTIONS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)


def accepts(spec: ActionSpec, arguments: Any) -> bool:
    validator: Any = Draft202012Validator(parameters(spec))
    return bool(validator.is_valid(arguments))


def nodes(schema: Json) -> Iterator[Json]:
    """Yield a schema and every schema in it."""
    yield schema
    inside: list[Any] = [schema.get("items"), schema.get("additionalProperties")]
    inside += schema.get("properties", {}).values()
    inside += schema.get("anyOf", []) + schema.get("prefixItems", [])
    for part in inside:
        if part not in (None, True, False):
            yield from nodes(part)


def fits_strict_mode(schema: Json) -> bool:
    """Every value has a type, and every object exactly the fields that are listed."""
    return all(
        node.keys() & {"type", "enum", "anyOf", "const"}
        and (
            node.get("type") != "object"
            or (
                node.get("additionalProperties") is False
                and sorted(node.get("required", [])) == sorted(node.get("properties", {}))
            )
        )
        for node in nodes(schema)
    )


@given(FIELDS)
def test_every_schema_is_valid_closed_and_in_the_order_of_the_fields(
    fields: dict[str, Kind],
) -> None:
    spec = action(**{name: kind.type for name, kind in fields.items()})

    schema = parameters(spec)

    Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == schema["required"] == list(fields)
    assert all(
        node["additionalProperties"] is False for node in nodes(schema) if "required" in node
    )
    assert "$" not in json.dumps(schema), "nothing is left to be looked up elsewhere"


@given(FIELDS)
def test_strict_mode_is_claimed_only_for_a_schema_that_fits_it(fields: dict[str, Kind]) -> None:
    spec = action(**{name: kind.type for name, kind in fields.items()})

    assert not spec.tool.strict or fits_strict_mode(parameters(spec))


@given(st.data(), FIELDS)
def test_what_the_types_allow_is_accepted_by_the_schema_and_read_as_it_was_written(
    data: st.DataObject, fields: dict[str, Kind]
) -> None:
    spec = action(**{name: kind.type for name, kind in fields.items()})
    value = data.draw(st.fixed_dictionaries({name: kind.values for name, kind in fields.items()}))

    read = spec.arguments.read(json.dumps(value))

    assert accepts(spec, json.loads(json.dumps(value)))
    assert msgspec.to_builtins(read) == msgspec.to_builtins(value)


@given(KINDS, ANY_VALUE)
def test_the_decoder_accepts_what_the_schema_accepts_and_nothing_else(
    kind: Kind, value: object
) -> None:
    spec = action(place=kind.type)
    arguments = {"place": value}

    try:
        spec.arguments.read(json.dumps(arguments))
    except RemoteProtocolError:
        accepted = False
    else:
        accepted = True

    assert accepts(spec, arguments) == accepted


class Open(msgspec.Struct):
    x: int


class OpenTable(TypedDict):
    x: int


@dataclass
class OpenClass:
    x: int


@pytest.mark.parametrize("part", [Open, OpenTable, OpenClass])
def test_a_part_takes_no_fields_but_its_own_as_its_schema_says(part: Any) -> None:
    with pytest.raises((UsageError, RemoteProtocolError)):
        action(place=part).arguments.read('{"place": {"x": 1, "z": 2}}')


class Spot(msgspec.Struct, forbid_unknown_fields=True):
    x: int
    y: int = 0


class Walk(msgspec.Struct, tag="walk", forbid_unknown_fields=True):
    place: str


class Wait(msgspec.Struct, tag="wait", forbid_unknown_fields=True):
    seconds: int


def test_a_choice_of_parts_is_written_out_with_nothing_left_to_be_looked_up() -> None:
    schema = parameters(action(what=Walk | Wait))

    Draft202012Validator.check_schema(schema)
    assert [part["type"] for part in schema["properties"]["what"]["anyOf"]] == ["object", "object"]
    assert "#/" not in json.dumps(schema)


@pytest.mark.parametrize(
    ("fields", "strict"),
    [
        pytest.param({}, True, id="no fields"),
        pytest.param({"place": str, "hurry": bool}, True, id="required fields"),
        pytest.param({"place": str, "hurry": (bool, False)}, False, id="an optional field"),
        pytest.param({"places": list[Walk]}, True, id="parts whose fields are required"),
        pytest.param({"place": Spot}, False, id="a part with an optional field"),
        pytest.param({"places": list[Spot]}, False, id="parts with an optional field"),
        pytest.param({"gold": dict[str, int]}, False, id="an object with any keys"),
        pytest.param({"place": Any}, False, id="a field of no type"),
    ],
)
def test_strict_mode_is_for_tools_in_which_nothing_is_optional(fields: Json, strict: bool) -> None:
    assert action(**fields).tool.strict is strict


def test_what_a_schema_says_for_the_reader_is_kept() -> None:
    place = Annotated[str, Meta(description="A named place.", examples=["well", "gate"])]

    schema = parameters(action(place=(place, "well")))

    assert schema["properties"]["place"] == {
        "type": "string",
        "description": "A named place.",
        "examples": ["well", "gate"],
        "default": "well",
    }


def test_an_example_is_a_value_and_keeps_every_key() -> None:
    book = Annotated[dict[str, str], Meta(examples=[{"title": "Of Wells"}])]

    schema = parameters(action(book=book))

    assert schema["properties"]["book"]["examples"] == [{"title": "Of Wells"}]


class Unwritable:
    pass


class Untagged(msgspec.Struct, forbid_unknown_fields=True):
    z: int


UNFIT = [
    pytest.param(Unwritable, id="a class of the game"),
    pytest.param(object, id="anything at all"),
    pytest.param(complex, id="complex"),
    pytest.param(list[Unwritable], id="inside a list"),
    pytest.param(int | Unwritable, id="one of a choice"),
    pytest.param(Spot | Untagged, id="two parts that look alike"),
    pytest.param(dict[str, int] | Spot, id="two kinds of object"),
]


@pytest.mark.parametrize("unfit", UNFIT)
def test_a_type_that_a_model_cannot_fill_in_is_refused_when_it_is_defined(unfit: Any) -> None:
    with pytest.raises(UsageError):
        action(place=str, cargo=unfit)


@pytest.mark.parametrize("unfit", UNFIT)
def test_the_refusal_of_a_type_names_the_tool_and_the_field(unfit: Any) -> None:
    with pytest.raises(UsageError, match=r"walk_to.*cargo"):
        action(place=str, cargo=unfit)


class Nested(msgspec.Struct, forbid_unknown_fields=True):
    inside: "list[Nested]"


def test_a_type_that_contains_itself_is_refused_with_its_name() -> None:
    with pytest.raises(UsageError, match="contains itself: Nested"):
        action(place=Nested)


def test_a_type_that_cannot_be_found_is_refused_when_it_is_defined() -> None:
    class Vague(Action, frozen=True):
        place: "Nowhere"  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable, reportUnknownVariableType]

    with pytest.raises(UsageError, match="Nowhere"):
        ActionSpec(Vague)
