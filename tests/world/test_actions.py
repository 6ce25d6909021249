"""Actions as tools: their names, their descriptions, and what is no action at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import RemoteProtocolError, UsageError
from npcengine.world.actions import Action, ActionSpec, tool_name
from tests.world.made import parameters


class WalkTo(Action, frozen=True):
    """Walk to a named place.

    Somebody may be
      in the way.
    """

    place: str
    hurry: bool = False


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("WalkTo", "walk_to"),
        ("walk_to", "walk_to"),
        ("Wave", "wave"),
        ("X", "x"),
        ("HTTPGet", "http_get"),
        ("GetHTTP", "get_http"),
        ("Route66Walk", "route66_walk"),
        ("_Walk_To_", "walk_to"),
        ("A" * 64, "a" * 64),
    ],
)
def test_a_name_becomes_a_tools_name_in_lower_case_and_underscores(name: str, tool: str) -> None:
    assert tool_name(name) == tool


@pytest.mark.parametrize("name", ["", "_", "Été", "a b", "a.b", "<lambda>", "A" * 65, "İx", "走る"])
def test_a_name_that_no_server_takes_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a tool's name"):
        tool_name(name)


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,30}", fullmatch=True))
def test_a_tools_name_stays_as_it_is_when_it_is_named_again(name: str) -> None:
    try:
        tool = tool_name(name)
    except UsageError:
        assert not name.strip("_")
    else:
        assert tool_name(tool) == tool


def test_an_action_is_told_by_its_name_its_docstring_and_its_fields_in_order() -> None:
    spec = ActionSpec(WalkTo)

    assert spec.name == spec.tool.name == "walk_to"
    assert spec.tool.description == "Walk to a named place.\n\nSomebody may be\n  in the way."
    assert parameters(spec) == {
        "type": "object",
        "properties": {
            "place": {"type": "string"},
            "hurry": {"type": "boolean", "default": False},
        },
        "required": ["place"],
        "additionalProperties": False,
    }


def test_an_action_without_a_docstring_has_no_description_and_not_its_bases() -> None:
    class Wave(Action, frozen=True):
        pass

    assert ActionSpec(Wave).tool.description is None


def test_arguments_become_the_action_itself() -> None:
    read = ActionSpec(WalkTo).arguments.read('{"place":"well"}')

    assert read == WalkTo("well", hurry=False)
    assert isinstance(read, WalkTo)


def test_an_action_takes_no_fields_but_its_own() -> None:
    with pytest.raises(RemoteProtocolError, match="unknown field `gold`"):
        ActionSpec(WalkTo).arguments.read('{"place":"well","gold":9}')


def test_fields_of_a_base_come_first_as_they_do_in_the_constructor() -> None:
    class RunTo(WalkTo, frozen=True):
        """Run."""

        speed: int = 2

    assert list(parameters(ActionSpec(RunTo))["properties"]) == ["place", "hurry", "speed"]


class NoAction:
    """Looks like one."""

    place: str


@pytest.mark.parametrize(
    "candidate",
    [
        pytest.param(Action, id="the base itself"),
        pytest.param(NoAction, id="another class"),
        pytest.param(WalkTo("well"), id="an action in place of its type"),
        pytest.param("WalkTo", id="its name"),
        pytest.param(None, id="nothing"),
    ],
)
def test_what_is_no_action_is_refused(candidate: Any) -> None:
    with pytest.raises(UsageError, match="not a subclass"):
        ActionSpec(candidate)


def test_an_action_written_as_a_list_is_refused_since_no_call_could_be_read() -> None:
    class Wave(Action, frozen=True, array_like=True):
        times: int

    with pytest.raises(UsageError):
        ActionSpec(Wave)
