"""Deciding fields first: who is warned, of what, and what it costs not to heed it."""

import enum
import itertools
import json
import re
import uuid
import warnings
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Meta

import demo_game.actions
import npcengine
from npcengine import Action, Bridge, FieldOrderWarning, UsageError
from npcengine.protocol.partial_json import PartialObject
from npcengine.world.field_order import (
    SHORT_CHARS,
    FieldOrder,
    action_order,
    field_order,
    order_advice,
    warn_of_late_fields,
)
from npcengine.world.made_up_call import Size, bytes_until_closed, made_up_call
from npcengine.world.tool_report import FieldReport, ToolReport
from tests.world.made import action, parameters
from tests.world.test_schema import FIELDS, Kind


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Spot(msgspec.Struct, forbid_unknown_fields=True):
    x: int
    y: int


class Pace(msgspec.Struct, forbid_unknown_fields=True):
    hurry: bool
    steps: int = 0


SHORT: list[Any] = [
    bool,
    int,
    float,
    None,
    Colour,
    Literal["near", "far"],
    Annotated[int, Meta(ge=1, le=9)],
    Annotated[str, Meta(max_length=SHORT_CHARS)],
    Optional[Annotated[str, Meta(max_length=3)]],  # noqa: UP045 - an operator is unknown to pyright
    date,
    uuid.UUID,
    Decimal,
]
LONG: list[Any] = [
    str,
    str | None,
    Annotated[str, Meta(min_length=1)],
    Annotated[str, Meta(max_length=SHORT_CHARS + 1)],
    list[int],
    dict[str, int],
    tuple[int, int],
    Spot,
    Any,
]
Fields = list[tuple[str, Any]]


def named(types: list[Any], letter: str) -> Fields:
    return [(f"{letter}{number}", one) for number, one in enumerate(types)]


shorts = st.lists(st.sampled_from(SHORT), min_size=1, max_size=4).map(lambda t: named(t, "s"))
longs = st.lists(st.sampled_from(LONG), max_size=4).map(lambda t: named(t, "l"))


def defined(fields: list[Any], **more: Any) -> type[Action]:
    struct = msgspec.defstruct("Act", fields, bases=(Action,), frozen=True, kw_only=True, **more)
    return cast("type[Action]", struct)


def advised(act: type[Action]) -> list[str]:
    """What is warned of where an NPC is given an action."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_late_fields([act])
    assert all(warning.category is FieldOrderWarning for warning in caught)
    return [str(warning.message) for warning in caught]


@given(shorts, longs)
def test_short_fields_before_long_ones_are_never_warned_of(short: Fields, long: Fields) -> None:
    act = defined([*short, *long])

    assert action_order(act) == FieldOrder(tuple(name for name, _ in short))
    assert advised(act) == []


@given(st.data(), shorts, longs)
def test_any_order_is_warned_of_exactly_when_a_deciding_field_comes_after_a_long_one(
    data: st.DataObject, short: Fields, long: Fields
) -> None:
    fields = data.draw(st.permutations([*short, *long]))
    kinds = "".join(name[0] for name, _ in fields)
    behind = kinds.find("l")
    late = [name for name, _ in fields[behind:] if name[0] == "s"] if behind >= 0 else []

    said = advised(defined(fields))

    assert len(said) == (1 if late else 0)
    for one in said:
        names = " and ".join(map(repr, late))
        assert f"declare {names} before {fields[behind][0]!r}," in one
        assert "Act: " in one


@given(st.data(), shorts, longs)
def test_what_the_advice_says_puts_it_right(
    data: st.DataObject, short: Fields, long: Fields
) -> None:
    fields = dict(data.draw(st.permutations([*short, *long])))
    order = action_order(defined(list(fields.items())))

    if order.behind is not None:
        moved = {name: fields[name] for name in fields if name in order.late}
        kept = [(name, kind) for name, kind in fields.items() if name not in moved]
        at = [name for name, _ in kept].index(order.behind)
        kept[at:at] = moved.items()
        order = action_order(defined(kept))

    assert order.late == ()


@given(st.data(), shorts, longs)
def test_fields_with_a_default_neither_decide_nor_are_late(
    data: st.DataObject, short: Fields, long: Fields
) -> None:
    optional = [(name, kind, None) for name, kind in short]
    fields = data.draw(st.permutations([("place", Literal["well"]), *optional]))

    act = defined([*fields, *long, ("hurry", bool, False)])

    assert action_order(act) == FieldOrder(("place",))


@given(st.data(), shorts, longs)
def test_what_an_action_declares_stands_against_every_guess(
    data: st.DataObject, short: Fields, long: Fields
) -> None:
    fields = data.draw(st.permutations([*short, *long]))
    names = [name for name, _ in fields]
    declared = data.draw(st.lists(st.sampled_from(names), unique=True))
    waiting = [name for name in names if name[0] == "l" and name not in declared]

    order = action_order(defined(fields, namespace={"deciding_fields": tuple(declared)}))

    assert order.deciding == tuple(name for name in names if name in declared)
    first = names.index(waiting[0]) if waiting else len(names)
    assert order.late == tuple(name for name in names[first:] if name in declared)
    assert order.behind == (names[first] if order.late else None)


@pytest.mark.parametrize(
    ("fields", "deciding"),
    [
        pytest.param([], (), id="none at all: its name says everything"),
        pytest.param([("times", int, 1)], (), id="none that has to be there"),
        pytest.param([("place", str), ("why", str)], ("place",), id="no short one: the first"),
        pytest.param([("hurry", bool, False), ("place", str)], ("place",), id="the first needed"),
    ],
)
def test_something_decides_wherever_there_is_something_to_know(
    fields: list[Any], deciding: tuple[str, ...]
) -> None:
    assert action_order(defined(fields)) == FieldOrder(deciding)


class Shout(Action, frozen=True):
    """Shout."""

    text: str
    loud: bool = False
    deciding_fields = ("loud",)


class Call(Action, frozen=True, rename="camel"):
    """Call somebody."""

    why: list[str]
    to_whom: Literal["Mira", "Tomas"]
    deciding_fields = ("to_whom",)


def test_the_advice_names_the_action_the_fields_and_how_a_default_may_come_first() -> None:
    assert order_advice(Shout) == (
        f"{__name__}.Shout: 'loud' decides what the NPC is about to do, but comes after 'text', "
        "which may be long: declare 'loud' before 'text' (a default may stand first in a class "
        "with kw_only=True), or name the fields that decide in deciding_fields"
    )


def test_the_advice_spares_what_goes_without_saying() -> None:
    act = defined(
        [("text", str, ""), ("loud", bool, False)], namespace={"deciding_fields": ("loud",)}
    )

    (advice,) = advised(act)
    assert "declare 'loud' before 'text', or name" in advice


def test_the_advice_uses_the_names_that_a_model_is_given() -> None:
    advice = order_advice(Call)

    assert advice is not None
    assert "declare 'toWhom' before 'why', or" in advice


@pytest.mark.parametrize("wrong", [("placce",), "place", ["place"], ("place", 3), 3])
def test_declaring_what_is_no_field_is_refused_with_the_ones_there_are(wrong: Any) -> None:
    act = defined([("place", str), ("why", str)], namespace={"deciding_fields": wrong})

    with pytest.raises(UsageError, match=r"the action Act: deciding_fields is .*place, why"):
        action_order(act)


def test_the_declaration_is_no_part_of_what_a_model_sees() -> None:
    assert "deciding_fields" not in Shout.__struct_fields__
    assert field_order({"type": "object", "properties": {}}) == FieldOrder(())


def test_a_field_may_have_the_name_of_the_declaration() -> None:
    act = defined([("deciding_fields", str), ("hurry", bool)])

    assert action_order(act) == FieldOrder(("hurry",), ("hurry",), "deciding_fields")


def test_who_gives_an_action_to_npcs_is_warned_once_and_on_the_line_that_does_it() -> None:
    with Bridge("off:") as bridge, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bridge.npc("Mira", persona="A baker.", actions=[demo_game.actions.WalkTo, Shout])
        bridge.npc("Tomas", persona="A guard.", actions=[Shout])

    (warning,) = caught
    assert warning.category is FieldOrderWarning
    assert "test_field_order.Shout: 'loud'" in str(warning.message)
    assert warning.filename == __file__


def test_an_npc_whose_warning_is_an_error_is_not_there() -> None:
    with Bridge("off:") as bridge:
        with pytest.raises(FieldOrderWarning):
            bridge.npc("Mira", persona="A baker.", actions=[Shout])
        bridge.npc("Mira", persona="A baker.", actions=[demo_game.actions.WalkTo])


# --- calls that are made up -------------------------------------------------------------------

SIZES: tuple[Size, ...] = ("shortest", "typical")


def closed_in(text: bytes) -> list[str]:
    """What a session knows of a call of which this much has come, in one piece."""
    reader = PartialObject()
    reader.feed(text.decode(errors="ignore"))
    return reader.names


@given(st.sampled_from(SIZES), FIELDS)
def test_a_field_is_known_at_its_byte_and_not_one_before(
    size: Size, fields: dict[str, Kind]
) -> None:
    spec = action(**{f"{name}_ü": kind.type for name, kind in fields.items()})
    call = made_up_call(parameters(spec), size)

    closed = bytes_until_closed(call)

    assert list(closed) == [f"{name}_ü" for name in fields]
    written = call.encode()
    for name, count in closed.items():
        assert name in closed_in(written[:count])
        assert name not in closed_in(written[: count - 1])


@given(st.sampled_from(SIZES), FIELDS)
def test_a_call_is_one_that_the_schema_allows_and_the_tool_reads(
    size: Size, fields: dict[str, Kind]
) -> None:
    spec = action(**{name: kind.type for name, kind in fields.items()})

    call = made_up_call(parameters(spec), size)

    validator: Any = Draft202012Validator(parameters(spec))
    assert validator.is_valid(json.loads(call))
    spec.arguments.read(call)


BOUNDS = st.none() | st.integers(-200, 200)


@given(st.sampled_from(SIZES), BOUNDS, BOUNDS, st.booleans(), st.sampled_from([None, 1, 5, 7]))
def test_a_number_keeps_to_its_bounds(
    size: Size, least: int | None, most: int | None, open_ends: bool, step: int | None
) -> None:
    if least is not None and most is not None:
        least, most = min(least, most), max(least, most) + 3 * (step or 1)
    names = ("exclusiveMinimum", "exclusiveMaximum") if open_ends else ("minimum", "maximum")
    given_bounds = [*zip(names, (least, most), strict=True), ("multipleOf", step)]
    for kind in ("integer", "number"):
        field: dict[str, Any] = {key: value for key, value in given_bounds if value is not None}
        field["type"] = kind

        made = json.loads(made_up_call({"properties": {"n": field}}, size))["n"]

        validator: Any = Draft202012Validator(field)
        assert validator.is_valid(made), made


@pytest.mark.parametrize(
    ("kind", "shortest", "typical"),
    [
        (Annotated[float, Meta(gt=0, lt=1)], 0.5, 0.5),
        (float, 0, 42.5),
        (bool, True, False),
        (Literal["a", "bbbbb", "ccc"], "a", "ccc"),
        (str | None, "", "I promised Mira to bring her the ladder before they light the lanterns."),
        (Annotated[str, Meta(max_length=40)], "", "north_gate"),
        (Annotated[str, Meta(min_length=3, max_length=4)], "xxx", "nort"),
        (Annotated[str, Meta(examples=["the old well"])], "", "the old well"),
        (Annotated[list[bool], Meta(min_length=1)], [True], [False, False]),
        (Annotated[list[bool], Meta(max_length=1)], [], [False]),
        (Annotated[list[bool], Meta(min_length=3)], [True] * 3, [False] * 3),
        (Pace, {"hurry": True}, {"hurry": False, "steps": 42}),
        (Annotated[dict[str, bool], Meta(min_length=1)], {"0": True}, {"kkkkkkkkk0": False}),
        (date, "2026-10-31", "2026-10-31"),
    ],
)
def test_values_are_short_or_as_long_as_one_expects(
    kind: Any, shortest: object, typical: object
) -> None:
    schema = parameters(action(field=kind))

    assert json.loads(made_up_call(schema, "shortest")) == {"field": shortest}
    assert json.loads(made_up_call(schema, "typical")) == {"field": typical}


def test_a_field_that_a_session_would_not_read_is_not_known() -> None:
    endless: Any = Annotated[str, Meta(min_length=70_000)]
    schema = parameters(action(place=Literal["well"], text=endless))

    assert list(bytes_until_closed(made_up_call(schema, "typical"))) == ["place"]


PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "schema.md").read_text()


def test_of_the_pages_two_actions_the_first_is_late_and_the_second_says_that_it_is_not() -> None:
    orders: list[FieldOrder] = []
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        names: dict[str, Any] = {"npcengine": npcengine, "Literal": Literal, "__name__": __name__}
        exec(block, names)
        orders.append(action_order(names["Shout"]))

    assert orders == [FieldOrder(("to",), ("to",), "text"), FieldOrder(("text",))]


def test_the_page_lists_every_key_of_a_tool_and_of_a_field_and_the_bound() -> None:
    listed = set(re.findall(r"`(\w+)`", PAGE.partition("## `--json`")[2]))

    assert f"a text of at most {SHORT_CHARS} characters | short |" in PAGE
    assert listed >= {*ToolReport.__struct_fields__, *FieldReport.__struct_fields__}


def test_no_action_of_the_demo_is_late() -> None:
    acts = [act for act in vars(demo_game.actions).values() if isinstance(act, type)]
    ours = [act for act in acts if issubclass(act, Action) and act is not Action]

    assert len(ours) > 5
    assert [order_advice(act) for act in ours] == list(itertools.repeat(None, len(ours)))
