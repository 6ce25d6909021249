"""What a query returns is what its annotation says, or it is a fault of the game."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from typing import Annotated, Any, NoReturn

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from npcengine.world.answers import MAX_ANSWER_BYTES
from npcengine.world.queries import QuerySpec
from npcengine.world.results import Result


class Near(msgspec.Struct):
    name: str
    distance_px: int


class Place:
    """A class of the game's own, of which msgspec knows nothing."""


class Word(str):
    __slots__ = ()


TYPES: list[Any] = [
    list[str],
    int | None,
    dict[str, int],
    tuple[int, str],
    Annotated[int, Meta(ge=0)],
    bool,
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)


@given(st.sampled_from(TYPES), VALUES)
def test_a_value_is_taken_exactly_when_it_is_of_its_annotations_type(
    annotation: Any, value: object
) -> None:
    try:
        msgspec.convert(value, annotation)  # the same question, asked of Python values
        fits = True
    except msgspec.ValidationError:
        fits = False

    result = Result(annotation, yielded=False)

    if fits:
        assert json.loads(bytes(result.write(value))) == value
    else:
        with pytest.raises(msgspec.ValidationError):
            result.write(value)


def test_a_struct_is_checked_to_its_last_field_which_making_it_does_not() -> None:
    result = Result(list[Near], yielded=False)
    wrong: Any = "four"

    with pytest.raises(msgspec.ValidationError, match=r"\$\[1\]\.distance_px"):
        result.write([Near("Pip", 4), Near("Tomas", wrong)])


@pytest.mark.parametrize(
    "annotation",
    [Any, object, Place, list[Place], Callable[[], int], list[Word], NoReturn, Iterable[str]],
)
def test_an_annotation_that_json_cannot_be_held_to_constrains_nothing(annotation: Any) -> None:
    result = Result(annotation, yielded=False)

    for value in (None, 4, ["well"], {"well": 4}):
        assert json.loads(bytes(result.write(value))) == value


def unannotated(): ...  # type: ignore[no-untyped-def]


@pytest.mark.parametrize("value", [None, 4, ["well"]])
def test_a_query_that_does_not_say_what_it_returns_may_return_anything(value: object) -> None:
    assert json.loads(bytes(QuerySpec(unannotated).result.write(value))) == value


@pytest.mark.parametrize(
    "annotation",
    [Iterator[list[str]], Iterable[list[str]], Generator[list[str], None, None]],
)
def test_of_a_generator_every_value_is_checked(annotation: Any) -> None:
    result = Result(annotation, yielded=True)

    assert bytes(result.write(["well"])) == b'["well"]'
    with pytest.raises(msgspec.ValidationError):
        result.write("well")


def test_of_a_generator_on_the_loop_every_value_is_checked() -> None:
    async def look() -> AsyncIterator[int]:
        yield 4

    async def values() -> list[int]:
        return [value async for value in look()]

    result = QuerySpec(look, where="async").result

    assert [bytes(result.write(value)) for value in asyncio.run(values())] == [b"4"]
    with pytest.raises(msgspec.ValidationError):
        result.write("four")


@pytest.mark.parametrize("annotation", [list, "a word that is no type"])
def test_a_generator_that_does_not_say_what_it_yields_may_yield_anything(annotation: Any) -> None:
    assert bytes(Result(annotation, yielded=True).write(4)) == b"4"


def test_a_value_that_is_longer_than_an_answer_may_be_is_refused_before_it_is_read_back() -> None:
    with pytest.raises(ValueError, match=f"over {MAX_ANSWER_BYTES}"):
        Result(int, yielded=False).write("x" * MAX_ANSWER_BYTES)
