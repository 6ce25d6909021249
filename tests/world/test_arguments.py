"""Arguments of a call: read strictly and wholly, or refused with a path and a reason."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.partial_json import MAX_CHARS, MAX_DEPTH, MAX_FIELDS
from npcengine.world.answers import refused_arguments
from npcengine.world.arguments import Arguments


class Stop(msgspec.Struct, forbid_unknown_fields=True):
    place: str
    rest_s: float = 0.0


class Route(msgspec.Struct, forbid_unknown_fields=True):
    place: str
    steps: int = 0
    slope: float = 0.0
    stops: list[Stop] = []
    gold: dict[int, int] = {}
    note: Any = None


ROUTE = Arguments(Route)
UNSAID: dict[str, Any] = {"steps": 0, "slope": 0.0, "gold": {}, "note": None}
OPEN = '{"place":"well",'

# Text that looks enough like a route to come far before it is refused.
VALUES = st.sampled_from(
    [
        *('"well"', "7", "-0", "1.5", "1e9999", "NaN", "null", "true", '"', "", "\x00"),
        *("[]", "[1,", "[" * 40, '[{"place":"x"}]', "{}", '{"1":2}', "9" * 5_000),
        *('"\\ud800"', '"\ud800"'),
    ]
)
PAIRS = st.tuples(st.sampled_from([*Route.__struct_fields__, "x", "\ud800"]), VALUES).map(
    lambda pair: f'"{pair[0]}":{pair[1]}'
)
ROUTES = st.fixed_dictionaries(
    {"place": st.text(max_size=5)},
    optional={
        "steps": st.integers(),
        "slope": st.floats(allow_nan=False, allow_infinity=False),
        "stops": st.lists(st.fixed_dictionaries({"place": st.text(max_size=3)}), max_size=2),
        "gold": st.dictionaries(st.integers(0, 9).map(str), st.integers(0, 9), max_size=2),
        "note": st.none() | st.lists(st.booleans(), max_size=2),
    },
).map(json.dumps)
ANY_TEXT = st.one_of(
    ROUTES,
    st.tuples(ROUTES, st.integers(0, 99), st.text('{}[]":,\\1 tx\ud800', max_size=2)).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :]
    ),
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.text(alphabet='{}[]":,\\ntrue1.-e \n"u0d8x', max_size=40),
    st.lists(PAIRS, max_size=5).map(lambda pairs: "{" + ",".join(pairs) + "}"),
    st.lists(PAIRS, min_size=1, max_size=3).map(lambda pairs: OPEN + ",".join(pairs) + "}"),
)


def refusal_of(text: str) -> RemoteProtocolError:
    with pytest.raises(RemoteProtocolError) as caught:
        ROUTE.read(text)
    return caught.value


@given(ANY_TEXT)
def test_any_text_is_read_as_a_json_parser_reads_it_or_refused_with_path_and_reason(
    text: str,
) -> None:
    try:
        route = ROUTE.read(text)
    except RemoteProtocolError as error:
        told = json.loads(refused_arguments(error))
        assert told["grade"] == "refused"
        assert told["path"].startswith("$")
        assert told["reason"]
    else:
        said = json.loads(text)
        stops = [{"rest_s": 0.0, **stop} for stop in said.get("stops", [])]
        assert msgspec.to_builtins(route, str_keys=True) == {**UNSAID, **said, "stops": stops}


@pytest.mark.parametrize(
    ("rest", "path", "reason"),
    [
        pytest.param('"steps":"7"}', "$.steps", "Expected `int`, got `str`", id="text for number"),
        pytest.param('"steps":true}', "$.steps", "got `bool`", id="truth for number"),
        pytest.param('"steps":null}', "$.steps", "got `null`", id="nothing for number"),
        pytest.param('"steps":7.0}', "$.steps", "got `float`", id="fraction for whole number"),
        pytest.param('"slope":"NaN"}', "$.slope", "got `str`", id="NaN as text"),
        pytest.param('"stops":{}}', "$.stops", "Expected `array`", id="object for list"),
        pytest.param('"stops":[{"place":"a"},{}]}', "$.stops[1]", "`place`", id="missing inside"),
        pytest.param('"stops":[{"place":[]}]}', "$.stops[0].place", "`str`", id="wrong inside"),
        pytest.param('"stops":[{"place":"a","x":1}]}', "$.stops[0]", "`x`", id="too many inside"),
        pytest.param('"gold":{"1":"b"}}', "$.gold[...]", "Expected `int`", id="value of a key"),
        pytest.param('"gold":{"b":1}}', "$.gold", "Expected `int`", id="a key itself"),
        pytest.param('"colour":1}', "$", "unknown field `colour`", id="unknown"),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(rest: str, path: str, reason: str) -> None:
    error = refusal_of(OPEN + rest)

    assert error.path == path
    assert reason in error.reason
    assert " - at " not in error.reason, "the path is said once, and apart"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "end in the middle", id="nothing"),
        pytest.param("  \n", "end in the middle", id="space"),
        pytest.param("null", "unexpected 'n'", id="null"),
        pytest.param('"{}"', "unexpected", id="JSON in JSON"),
        pytest.param('[{"place":"well"}]', "unexpected '['", id="list"),
        pytest.param('\ufeff{"place":"well"}', "unexpected", id="byte order mark"),
        pytest.param('```json\n{"place":"well"}\n```', "unexpected '`'", id="Markdown"),
        pytest.param('{"place":"well"', "end in the middle", id="cut off"),
        pytest.param('{"place":"we', "end in the middle", id="cut off inside a word"),
        pytest.param('{"place":"well"}}', "unexpected '}'", id="one bracket too many"),
        pytest.param('{"place":"well"}{"place":"well"}', "unexpected '{'", id="two objects"),
        pytest.param("{'place':'well'}", "unexpected", id="other quotes"),
        pytest.param('{place:"well"}', "unexpected 'p'", id="bare key"),
        pytest.param(OPEN + "}", "unexpected '}'", id="comma at the end"),
        pytest.param(OPEN + '//\n"steps":1}', "unexpected '/'", id="comment"),
        pytest.param(OPEN + '"slope":NaN}', "unexpected 'N'", id="NaN"),
        pytest.param(OPEN + '"slope":Infinity}', "unexpected 'I'", id="infinity"),
        pytest.param(OPEN + '"slope":-Infinity}', "malformed", id="minus infinity"),
        pytest.param(OPEN + '"slope":1e999}', "out of range", id="infinity in disguise"),
        pytest.param(OPEN + '"steps":' + "9" * 5_000 + "}", "out of range", id="endless number"),
        pytest.param(OPEN + '"steps":07}', "malformed", id="leading zero"),
        pytest.param(OPEN + '"steps":0x7}', "malformed", id="hexadecimal"),
        pytest.param('{"place":"a\nb"}', "malformed", id="raw line break"),
        pytest.param('{"place":"\\ud800"}', "", id="half a character, escaped"),
        pytest.param('{"place":"\ud800"}', "surrogates", id="half a character"),
        pytest.param('{"\ud800":1}', "surrogates", id="half a character as a key"),
        pytest.param(OPEN + '"place":"gate"}', "'place' comes twice", id="twice"),
        pytest.param(OPEN + '"pl\\u0061ce":"gate"}', "comes twice", id="twice in disguise"),
    ],
)
def test_text_that_is_not_one_object_of_honest_json_is_refused(text: str, reason: str) -> None:
    error = refusal_of(text)

    assert error.path == "$"
    assert reason in error.reason


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param('"stops":[{"place":"well","place":"gate"}]}', id="in a part"),
        pytest.param('"gold":{"1":1,"1":1000}}', id="in a table"),
        pytest.param('"note":[[{"a":1,"\\u0061":2}]]}', id="in something untyped"),
    ],
)
def test_a_key_that_comes_twice_is_refused_at_any_depth(rest: str) -> None:
    refusal_of(OPEN + rest)


def test_arguments_may_be_as_long_as_the_limit_and_no_longer() -> None:
    frame = '{"place":""}'

    longest = frame.replace('""', f'"{"x" * (MAX_CHARS - len(frame))}"')

    assert len(longest) == MAX_CHARS
    assert len(ROUTE.read(longest).place) == MAX_CHARS - len(frame)
    assert "longer than" in refusal_of(longest.replace('"x', '"xx')).reason


def test_arguments_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        return OPEN + '"note":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"

    ROUTE.read(nested(MAX_DEPTH))

    assert "nested deeper" in refusal_of(nested(MAX_DEPTH + 1)).reason
    assert "nested deeper" in refusal_of(nested(20_000)).reason


def test_more_fields_than_any_tool_has_are_refused_before_they_are_looked_at() -> None:
    text = json.dumps({"place": "well"} | {f"x{n}": n for n in range(MAX_FIELDS)})

    assert f"more than {MAX_FIELDS} fields" in refusal_of(text).reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(' { "place" : "well" } \n', id="space"),
        pytest.param('{"\\u0070lace":"w\\u0065ll"}', id="escapes"),
        pytest.param('{"steps":0,"place":"well"}', id="another order"),
    ],
)
def test_the_way_of_writing_makes_no_difference(text: str) -> None:
    assert ROUTE.read(text) == Route("well")


def test_defaults_are_not_shared_between_calls() -> None:
    ROUTE.read('{"place":"well"}').stops.append(Stop("gate"))

    assert ROUTE.read('{"place":"well"}').stops == []
