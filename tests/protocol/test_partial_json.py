import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.protocol.partial_json import MAX_CHARS, MAX_FIELDS, ClosedField, PartialObject

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=6)
SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r\n ")])


def feed_all(chunks: list[str]) -> tuple[list[ClosedField], PartialObject]:
    reader = PartialObject()
    closed = [field for chunk in chunks for field in reader.feed(chunk)]
    return closed, reader


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


@given(OBJECTS, SEPARATORS, st.booleans(), st.lists(st.integers(0, 10_000), max_size=8))
def test_any_chunking_reports_every_field_of_a_valid_object_in_order(
    value: dict[str, Any], separators: tuple[str, str], ascii_only: bool, places: list[int]
) -> None:
    text = json.dumps(value, separators=separators, ensure_ascii=ascii_only)

    closed, reader = feed_all(cut(text, places))

    assert reader.complete
    assert [(field.name, field.value) for field in closed] == list(value.items())


@given(
    st.one_of(
        st.text(alphabet='{}[]":,\\ntrue1.-e \n"u0d8x', max_size=40),
        OBJECTS.map(json.dumps).flatmap(
            lambda text: st.tuples(
                st.just(text), st.integers(0, len(text)), st.text('{}[]":,\\1 tx', max_size=3)
            ).map(lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :])
        ),
    ),
    st.lists(st.integers(0, 10_000), max_size=8),
)
def test_any_chunking_of_any_text_gives_the_same_reports_and_the_same_end(
    text: str, places: list[int]
) -> None:
    whole, at_once = feed_all([text])
    pieces, piecewise = feed_all(cut(text, places))
    letters, one_by_one = feed_all(list(text))

    assert whole == pieces == letters
    assert at_once.reason == piecewise.reason == one_by_one.reason
    assert at_once.complete == piecewise.complete == one_by_one.complete


@given(st.text(alphabet='{}[]":,\\ntrue1.-e \n"u0d8x', max_size=40))
def test_what_it_calls_complete_is_what_a_strict_parser_accepts(text: str) -> None:
    _, reader = feed_all([text])

    if reader.complete:
        assert isinstance(json.loads(text), dict)


@pytest.mark.parametrize(
    ("before", "closing", "field"),
    [
        pytest.param('{"place":"the wel', 'l"', ClosedField("place", "the well"), id="string"),
        pytest.param('{"n":12', ",", ClosedField("n", 12), id="number needs what follows"),
        pytest.param('{"n":-1.5e3', "}", ClosedField("n", -1500.0), id="number at the end"),
        pytest.param('{"hurry":true', " ", ClosedField("hurry", True), id="word"),
        pytest.param('{"a":[1,{"b":"]"}', "]", ClosedField("a", [1, {"b": "]"}]), id="nested"),
        pytest.param('{"a":"\\', 'n"', ClosedField("a", "\n"), id="escape cut in two"),
        pytest.param('{"a":"\\ud83d\\ude0', '0"', ClosedField("a", "\N{GRINNING FACE}"), id="pair"),
    ],
)
def test_a_field_is_reported_the_moment_its_value_closes(
    before: str, closing: str, field: ClosedField
) -> None:
    reader = PartialObject()

    assert reader.feed(before) == []
    assert reader.feed(closing) == [field]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("[1]", "unexpected '['", id="not an object"),
        pytest.param('{"a" 1}', "unexpected '1'", id="no colon"),
        pytest.param('{"a":1,}', "unexpected '}'", id="comma at the end"),
        pytest.param('{"a":1}x', "unexpected 'x'", id="text behind"),
        pytest.param('{"a":[1}', "unexpected '}'", id="wrong bracket"),
        pytest.param('{"a":nulx}', "malformed", id="no such word"),
        pytest.param('{"a":"\\x"}', "malformed", id="no such escape"),
        pytest.param('{"a":1,"a":2}', "'a' comes twice", id="key twice"),
        pytest.param('{"a":' + "[" * 99, "nested deeper", id="too deep"),
        pytest.param('{"a":"' + "x" * MAX_CHARS, "longer than", id="too long"),
        pytest.param(
            json.dumps({str(n): n for n in range(MAX_FIELDS + 1)}), "fields", id="too many fields"
        ),
    ],
)
def test_text_that_cannot_become_an_object_breaks_with_a_reason(text: str, reason: str) -> None:
    _, reader = feed_all([text])

    assert reader.broken
    assert reason in str(reader.reason)
    assert reader.feed('"more": 1}') == []


def test_a_truncated_object_is_neither_complete_nor_broken() -> None:
    closed, reader = feed_all(['{"place": "the well", "hur'])

    assert closed == [ClosedField("place", "the well")]
    assert (reader.complete, reader.broken) == (False, False)
