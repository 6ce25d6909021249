"""What a mind reads of its calls: JSON that says how far to trust it, never without end."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import RemoteProtocolError
from npcengine.world.answers import (
    MAX_ANSWER_BYTES,
    Grade,
    action_output,
    graded,
    no_such_tool,
    refusal,
    refused_arguments,
    written_detail,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
).filter(lambda value: "Infinity" not in json.dumps(value))
GRADES: st.SearchStrategy[Grade] = st.sampled_from(["fresh", "snapshot", "partial", "refused"])


def filled(letter: str, size_bytes: int) -> str:
    """A value with which an answer has just this size."""
    frame = len(graded("", "fresh", as_of_tick=1, age_ms=0))
    text = letter * ((size_bytes - frame) // len(letter.encode()))
    return text + "x" * (size_bytes - frame - len(text.encode()))


def itself() -> list[Any]:
    value: list[Any] = ["a room with a door to"]
    value.append(value)
    return value


@given(JSON, GRADES, st.integers(0, 2**40), st.floats(0, 1e9))
def test_an_answer_holds_the_value_its_grade_and_its_age_in_whole_milliseconds(
    value: object, grade: Grade, tick: int, age_ms: float
) -> None:
    answer = json.loads(graded(value, grade, as_of_tick=tick, age_ms=age_ms))

    assert list(answer) == ["value", "grade", "as_of_tick", "age_ms"]
    assert answer["value"] == value
    assert (answer["grade"], answer["as_of_tick"]) == (grade, tick)
    assert isinstance(answer["age_ms"], int)
    assert abs(answer["age_ms"] - age_ms) <= 0.5


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_know_is_written_as_nothing(number: float) -> None:
    assert json.loads(graded([number], "fresh", as_of_tick=1, age_ms=0))["value"] == [None]


@pytest.mark.parametrize("letter", ["x", "é", "\N{GRINNING FACE}"])
def test_an_answer_may_be_as_long_as_the_limit_counted_in_bytes_and_no_longer(
    letter: str,
) -> None:
    longest = filled(letter, MAX_ANSWER_BYTES)

    answer = graded(longest, "fresh", as_of_tick=1, age_ms=0)

    assert len(answer.encode()) == MAX_ANSWER_BYTES
    with pytest.raises(ValueError, match=str(MAX_ANSWER_BYTES)):
        graded(longest + "x", "fresh", as_of_tick=1, age_ms=0)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="an object of the game"),
        pytest.param({(1, 2): "well"}, id="a table with pairs as keys"),
        pytest.param((n for n in range(3)), id="a generator"),
        pytest.param(["\ud800"], id="half a character"),
        pytest.param(itself(), id="something that contains itself"),
    ],
)
def test_a_value_that_cannot_be_written_raises_one_of_two_errors(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        graded(value, "fresh", as_of_tick=1, age_ms=0)


@given(st.text(max_size=20), st.none() | st.text(max_size=8), st.booleans())
def test_a_refusal_says_why_whether_to_ask_again_and_where_only_if_it_is_known(
    reason: str, path: str | None, again: bool
) -> None:
    answer = json.loads(refusal(reason, path=path, again=again))

    where = {} if path is None else {"path": path}
    assert answer == {"grade": "refused", "reason": reason, "ask_again": again} | where


def test_refused_arguments_are_worth_another_try_and_are_told_their_place() -> None:
    error = RemoteProtocolError("Expected `int`, got `str`", path="$.radius_px")

    assert json.loads(refused_arguments(error)) == {
        "grade": "refused",
        "reason": "Expected `int`, got `str`",
        "ask_again": True,
        "path": "$.radius_px",
    }


def test_a_call_of_no_tool_is_told_what_tools_there_are() -> None:
    several = json.loads(no_such_tool("fly", ["walk_to", "wave"]))
    none = json.loads(no_such_tool("fly", []))

    assert several["reason"] == "there is no tool 'fly'; there are: walk_to, wave"
    assert none["reason"] == "there is no tool 'fly'; there are: none"
    assert not several["ask_again"]


@pytest.mark.parametrize("name", ['wal"k', "\ud800", "a\nb", "\x00"])
def test_a_name_of_no_tool_cannot_break_its_answer(name: str) -> None:
    assert json.loads(no_such_tool(name, []))["grade"] == "refused"


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(lambda: refusal("x" * 100_000), id="a reason"),
        pytest.param(lambda: refusal("é" * 100_000, path="$.x"), id="a reason of long letters"),
        pytest.param(lambda: no_such_tool("x" * 100_000, ["wave"]), id="the name of no tool"),
        pytest.param(
            lambda: refused_arguments(RemoteProtocolError("no", path="$" + ".x" * 50_000)),
            id="a path",
        ),
    ],
)
def test_a_refusal_is_no_longer_than_the_longest_answer(output: Callable[[], str]) -> None:
    assert len(output().encode()) <= MAX_ANSWER_BYTES


def test_a_refusal_of_half_a_character_is_still_a_refusal() -> None:
    assert json.loads(refusal("it is at \ud800"))["grade"] == "refused"


@pytest.mark.parametrize("detail", ["there", 0, False, "", [], {"door": "locked"}])
def test_an_actions_output_holds_whatever_the_game_says_of_it(detail: object) -> None:
    assert json.loads(action_output("failed", written_detail(detail))) == {
        "status": "failed",
        "detail": detail,
    }


def test_an_action_of_which_nothing_is_said_has_only_its_status() -> None:
    assert json.loads(action_output("started")) == {"status": "started"}
