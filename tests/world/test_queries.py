"""Queries as tools: what a signature offers to a mind, and what is refused at once."""

import functools
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from msgspec import Meta

from npcengine.errors import RemoteProtocolError, UsageError
from npcengine.policy.deadlines import QUERY_BUDGET_MS
from npcengine.world.queries import QuerySpec
from tests.world.made import Json, parameters

Radius = Annotated[float, Meta(ge=0)]


class Town:
    """A game's own class, which a query is free to use for what it is given."""

    def near(self, npc: "Town", radius_px: Radius, view: object, *, most: int = 3) -> list[str]:
        """Names of the people near you.

        Nearest first.
        """
        return [f"{type(npc).__name__} {radius_px} {view} {most}"]


def test_a_signature_becomes_a_tool_without_what_the_engine_fills_in() -> None:
    spec = QuerySpec(Town().near)

    assert spec.name == spec.tool.name == "near"
    assert spec.tool.description == "Names of the people near you.\n\nNearest first."
    assert parameters(spec) == {
        "type": "object",
        "properties": {
            "radius_px": {"type": "number", "minimum": 0},
            "most": {"type": "integer", "default": 3},
        },
        "required": ["radius_px"],
        "additionalProperties": False,
    }
    assert (spec.where, spec.budget_ms) == ("frame", QUERY_BUDGET_MS)


def test_a_query_is_called_with_what_it_names_and_its_defaults() -> None:
    town = Town()
    spec = QuerySpec(town.near)

    given = spec.call(town, "a view", spec.arguments.read('{"radius_px": 80}'))

    assert given == ["Town 80.0 a view 3"]


def test_what_a_query_does_not_name_is_kept_from_it() -> None:
    def time_of_day() -> str:
        return "dusk"

    spec = QuerySpec(time_of_day)

    assert spec.call("mira", "a view", spec.arguments.read("{}")) == "dusk"
    assert parameters(spec)["properties"] == {}
    assert spec.tool.strict


def test_a_mind_cannot_say_who_asks_or_what_is_seen() -> None:
    spec = QuerySpec(Town().near)

    for forged in ("npc", "view"):
        with pytest.raises(RemoteProtocolError, match="unknown field"):
            spec.arguments.read(f'{{"radius_px": 80, "{forged}": 1}}')


def test_a_default_that_can_be_changed_is_not_shared_between_calls() -> None:
    def remember(names: list[str] = []) -> list[str]:  # noqa: B006 - what the test is about
        names.append("Pip")
        return names

    spec = QuerySpec(remember)

    for _ in range(2):
        assert spec.call(None, None, spec.arguments.read("{}")) == ["Pip"]


def test_a_required_argument_may_follow_an_optional_one_when_both_go_by_name() -> None:
    def near(*, radius_px: float = 80, kind: str) -> str:
        return f"{kind} {radius_px}"

    spec = QuerySpec(near)

    assert spec.call(None, None, spec.arguments.read('{"kind": "cat"}')) == "cat 80"


class Unwritable:
    pass


def untyped(radius: int) -> None: ...
def any_list(*names: str) -> None: ...
def any_names(**names: str) -> None: ...
def no_name(radius: int, /) -> None: ...
def unwritable(radius: Unwritable) -> None: ...
def unwritable_choice(radius: int | Unwritable) -> None: ...
def unwritable_default(radius: Any = Unwritable) -> None: ...
def changing_default(radius: list[int] = [1]) -> None: ...  # noqa: B006 - what the test is about
def asker_without_name(npc: object, /, radius: int) -> None: ...
def asker_as_list(radius: int, *npc: object) -> None: ...
def view_as_names(radius: int, **view: object) -> None: ...
def unknown(radius: int) -> None: ...
def unknown_inside(radius: int) -> None: ...
def ungrammatical(radius: int) -> None: ...


del untyped.__annotations__["radius"]
unknown.__annotations__["radius"] = "Nowhere"
unknown_inside.__annotations__["radius"] = "int.nowhere"
ungrammatical.__annotations__["radius"] = "not a type"


@pytest.mark.parametrize(
    ("function", "says"),
    [
        pytest.param(untyped, "'radius' needs a type", id="no type"),
        pytest.param(any_list, "every argument by its name", id="any number of arguments"),
        pytest.param(any_names, "every argument by its name", id="any names"),
        pytest.param(no_name, "'radius' must not be positional-only", id="positional-only"),
        pytest.param(unwritable, "unwritable", id="a class of the game"),
        pytest.param(unwritable_choice, "unwritable_choice", id="a class of the game or a number"),
        pytest.param(unwritable_default, "unwritable_default", id="a default that is no JSON"),
        pytest.param(changing_default, "changing_default", id="a default that could change"),
        pytest.param(asker_without_name, "npc", id="npc as positional-only"),
        pytest.param(asker_as_list, "npc", id="npc as a list"),
        pytest.param(view_as_names, "view", id="view as names"),
        pytest.param(unknown, "Nowhere", id="a type that does not exist"),
        pytest.param(unknown_inside, "nowhere", id="a type that is not in its place"),
        pytest.param(ungrammatical, "ungrammatical", id="a type that is no expression"),
        pytest.param(lambda: None, "cannot be a tool's name", id="no name"),
        pytest.param(functools.partial(untyped, 1), "partial", id="a partial function"),
    ],
)
def test_a_signature_that_cannot_be_offered_is_refused_and_says_why(
    function: Callable[..., object], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        QuerySpec(function)


async def fetch(place: str) -> str:
    return place


@pytest.mark.parametrize(
    ("function", "options", "says"),
    [
        pytest.param(fetch, {}, "exactly when", id="a coroutine in the frame"),
        pytest.param(fetch, {"where": "snapshot"}, "exactly when", id="a coroutine on a view"),
        pytest.param(no_name, {"where": "async"}, "exactly when", id="a function as a coroutine"),
        pytest.param(Town.near, {"where": "async"}, "exactly when", id="a method as a coroutine"),
    ],
)
def test_where_a_query_runs_has_to_fit_the_kind_of_function(
    function: Callable[..., object], options: Json, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        QuerySpec(function, **options)


def test_a_coroutine_that_wants_neither_asker_nor_view_is_a_query() -> None:
    spec = QuerySpec(fetch, where="async", budget_ms=100)

    assert (spec.takes_npc, spec.takes_view) == (False, False)
    assert (spec.where, spec.budget_ms) == ("async", 100)
