import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from npcengine.errors import UsageError
from npcengine.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    Item,
    Message,
    assistant_text,
    user_text,
)
from npcengine.protocol.outgoing import FunctionTool
from npcengine.server.minds.invent import invent
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, Mind, TextDelta, Thinking
from npcengine.server.minds.pace import Pace, Say
from npcengine.server.minds.registry import make_mind
from npcengine.server.settings import Settings, ToolChoice
from npcengine.testing import VirtualTimeLoop

SCHEMAS: dict[str, dict[str, Any]] = {
    "walk_to": {
        "type": "object",
        "properties": {"place": {"type": "string", "minLength": 3}, "hurry": {"type": "boolean"}},
        "required": ["place"],
        "additionalProperties": False,
    },
    "look": {"type": "object", "properties": {}, "additionalProperties": False},
}


def settings(*names: str, instructions: str = "") -> Settings:
    tools = tuple(
        FunctionTool(name=name, parameters=Raw(json.dumps(SCHEMAS.get(name, {})).encode()))
        for name in names
    )
    return Settings("m", instructions, tools, b"[]", 0)


def answer(
    mind: Mind,
    items: Sequence[Item],
    given: Settings,
    choice: ToolChoice | None = None,
    *,
    parallel: bool = True,
) -> list[Item]:
    """What a mind adds to a conversation."""
    state = mind.read(None, given, items)
    thinking = Thinking(state, given, choice or ToolChoice("auto"), parallel, len(items))

    async def collect() -> list[Item]:
        added: list[Item] = []
        async for piece in mind.think(thinking):
            match piece:
                case TextDelta(delta=delta):
                    if added and isinstance(added[-1], Message):
                        part = added[-1].content[0]
                        assert not isinstance(part, Raw)
                        added[-1] = assistant_text(getattr(part, "text", "") + delta)
                    else:
                        added.append(assistant_text(delta))
                case CallBegun(name=name):
                    added.append(FunctionCall(f"call_{len(items)}_{len(added)}", name, ""))
                case ArgumentsDelta(delta=delta):
                    call = added[-1]
                    assert isinstance(call, FunctionCall)
                    added[-1] = FunctionCall(call.call_id, call.name, call.arguments + delta)
        return added

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(collect())


def words_of(items: Sequence[Item]) -> str:
    texts = [
        getattr(part, "text", "")
        for item in items
        if isinstance(item, Message)
        for part in item.content
    ]
    return "".join(texts)


# --- practice ---------------------------------------------------------------------------------


def test_practice_calls_tools_with_arguments_that_fit_then_speaks_of_what_they_said() -> None:
    mind = make_mind("practice?seed=3")
    given = settings("walk_to", "look")
    items: list[Item] = [user_text("Go!")]

    first = answer(mind, items, given)
    calls = [item for item in first if isinstance(item, FunctionCall)]
    for call in calls:
        jsonschema.validate(json.loads(call.arguments), SCHEMAS[call.name])
    outputs = [
        FunctionCallOutput(call.call_id, f'{{"value":"seen {n}"}}') for n, call in enumerate(calls)
    ]
    second = answer(mind, [*items, *first, *outputs], given)

    assert calls
    assert not any(isinstance(item, FunctionCall) for item in second)
    assert all(f"seen {n}" in words_of(second) for n in range(len(calls)))


def test_practice_says_the_same_in_the_same_conversation_and_another_thing_with_another_seed() -> (
    None
):
    said = {
        seed: [
            words_of(
                answer(make_mind(f"practice?seed={seed}"), [user_text(f"Hello {n}")], settings())
            )
            for n in range(8)
        ]
        for seed in (1, 2)
    }
    again = [
        words_of(answer(make_mind("practice?seed=1"), [user_text(f"Hello {n}")], settings()))
        for n in range(8)
    ]

    assert said[1] == again
    assert said[1] != said[2]


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        (ToolChoice("none"), set[str]()),
        (ToolChoice("required", frozenset({"look"})), {"look"}),
        (ToolChoice("auto", frozenset({"walk_to"})), {"walk_to"}),
    ],
)
def test_practice_honours_the_tool_choice(choice: ToolChoice, called: set[str]) -> None:
    items = answer(make_mind("practice"), [user_text("Go!")], settings("walk_to", "look"), choice)

    assert {item.name for item in items if isinstance(item, FunctionCall)} == called


def test_practice_makes_one_call_when_calls_in_parallel_are_not_wanted() -> None:
    counts = {
        sum(
            isinstance(item, FunctionCall)
            for item in answer(
                make_mind(f"practice?seed={seed}"),
                [user_text("Go!")],
                settings("walk_to", "look"),
                parallel=False,
            )
        )
        for seed in range(6)
    }

    assert counts == {1}


SCALARS = st.one_of(
    st.fixed_dictionaries({"type": st.just("string")}, optional={"minLength": st.integers(0, 20)}),
    st.fixed_dictionaries({"type": st.just("string"), "maxLength": st.integers(0, 5)}),
    st.fixed_dictionaries({"enum": st.lists(st.integers() | st.text(), min_size=1, max_size=4)}),
    st.fixed_dictionaries({"const": st.none() | st.booleans() | st.integers()}),
    st.fixed_dictionaries({"type": st.sampled_from(["boolean", "null", ["null", "string"]])}),
    st.tuples(st.integers(-50, 50), st.integers(0, 50)).map(
        lambda pair: {"type": "integer", "minimum": pair[0], "maximum": pair[0] + pair[1]}
    ),
    st.tuples(st.integers(-50, 50), st.integers(1, 50)).map(
        lambda pair: {"type": "integer", "exclusiveMinimum": pair[0], "maximum": pair[0] + pair[1]}
    ),
    st.tuples(st.floats(-50, 50), st.floats(0.1, 50)).map(
        lambda pair: {"type": "number", "minimum": pair[0], "maximum": pair[0] + pair[1]}
    ),
)
ANY_SCHEMA = st.recursive(
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
        st.lists(inner, min_size=1, max_size=3).map(lambda choices: {"anyOf": choices}),
    ),
    max_leaves=8,
)


@given(ANY_SCHEMA, st.integers(0, 2**32))
def test_what_is_made_up_for_a_schema_is_valid_under_it(schema: dict[str, Any], seed: int) -> None:
    jsonschema.validate(invent(schema, Random(seed)), schema)


# --- pace and options -------------------------------------------------------------------------


def test_the_pace_is_the_one_that_was_set() -> None:
    times: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        pieces = Pace(ttft_ms=300, tokens_per_s=20).play([Say("one two three four five")])
        times.extend([round(loop.time(), 6) async for _ in pieces])

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())

    assert times == [0.3, 0.35, 0.4, 0.45, 0.5]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("thoughtful", "there are: practice, rules"),
        ("practice?speed=9", "has no option 'speed'"),
        ("practice?seed=x", "a number from 0"),
        ("practice?ttft_ms=-1", "a number from 0"),
        ("practice?nonsense", "options look like"),
        ("rules?data=/no/such/folder", "no folder of villagers"),
    ],
)
def test_a_mind_that_cannot_be_had_says_why(spec: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        make_mind(spec)


def test_a_folder_with_a_bad_file_says_which_and_where(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        'name = "B"\n[[topics]]\nname = "x"\nplan = [{ sing = "la" }]'
    )

    with pytest.raises(UsageError, match=r"bad.toml.*sing.*topics\[0\]"):
        make_mind(f"rules?data={tmp_path}")


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ('{ say = "a", do = "b" }', "exactly one of"),
        ('{ say = "@nowhere" }', "a pool that is not there"),
        ('{ run = "nothing" }', "a topic that is not there"),
        ('{ run = "x" }', "runs itself"),
        ('{ if = "a ===", then = [] }', "not a condition"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_when_it_is_read(
    tmp_path: Path, step: str, says: str
) -> None:
    (tmp_path / "v.toml").write_text(f'name = "V"\n[[topics]]\nname = "x"\nplan = [{step}]')

    with pytest.raises(UsageError, match=says):
        make_mind(f"rules?data={tmp_path}")
