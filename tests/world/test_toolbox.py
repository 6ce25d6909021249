"""The tools of one NPC: their order, their names, and the bytes that go on the wire."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import UsageError
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool, Toolbox
from tests.world.made import action

NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


def walk_to(place: str) -> str:
    """Where a place is."""
    return place


def test_no_tools_are_an_empty_list_of_definitions() -> None:
    assert Toolbox().definitions == b"[]"
    assert dict(Toolbox().by_name) == {}


def test_actions_and_queries_are_defined_on_the_wire_alike() -> None:
    wave = action("Wave")

    box = Toolbox([QuerySpec(walk_to), wave])

    assert box.by_name["wave"] is wave
    assert json.loads(box.definitions) == [
        {
            "type": "function",
            "name": "walk_to",
            "description": "Where a place is.",
            "parameters": {
                "type": "object",
                "properties": {"place": {"type": "string"}},
                "required": ["place"],
                "additionalProperties": False,
            },
            "strict": True,
        },
        {
            "type": "function",
            "name": "wave",
            "description": None,
            "parameters": {
                "type": "object",
                "properties": {},
                "required": [],
                "additionalProperties": False,
            },
            "strict": True,
        },
    ]


@given(NAMES)
def test_tools_keep_the_order_they_were_defined_in(names: list[str]) -> None:
    box = Toolbox([action(name) for name in names])

    assert list(box.by_name) == names
    assert [tool["name"] for tool in json.loads(box.definitions)] == names


@given(NAMES)
def test_the_same_tools_are_the_same_bytes(names: list[str]) -> None:
    once, again = (Toolbox([action(name) for name in names]) for _ in range(2))

    assert once.definitions == again.definitions


def test_two_tools_of_one_name_are_refused_whatever_they_are() -> None:
    tools: list[Tool] = [action("WalkTo"), QuerySpec(walk_to)]

    with pytest.raises(UsageError, match="two tools are called 'walk_to'"):
        Toolbox(tools)


def test_a_toolbox_cannot_be_changed_behind_the_back_of_the_other_thread() -> None:
    box = Toolbox([action("Wave")])

    with pytest.raises(TypeError):
        box.by_name["wave"] = action("Wave")  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
