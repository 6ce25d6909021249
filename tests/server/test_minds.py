import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
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
from npcengine.server.faults import MindError
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
    return think(mind, state, given, choice, parallel=parallel, turn=len(items))


def think(
    mind: Mind,
    state: object,
    given: Settings,
    choice: ToolChoice | None = None,
    *,
    parallel: bool = True,
    turn: int = 0,
) -> list[Item]:
    """What a mind adds where it is."""
    thinking = Thinking(state, given, choice or ToolChoice("auto"), parallel, turn)

    async def collect() -> list[Item]:
        added: list[Item] = []
        async for piece in mind.think(thinking):
            match piece:
                case TextDelta(delta=delta):
                    last = added[-1] if added else None
                    if isinstance(last, Message):
                        part = last.content[0]
                        assert not isinstance(part, Raw)
                        added[-1] = assistant_text(getattr(part, "text", "") + delta)
                    else:
                        added.append(assistant_text(delta))
                case CallBegun(name=name):
                    added.append(FunctionCall(f"call_{turn}_{len(added)}", name, ""))
                case ArgumentsDelta(delta=delta):
                    call = added[-1]
                    assert isinstance(call, FunctionCall)
                    added[-1] = FunctionCall(call.call_id, call.name, call.arguments + delta)
                case _:
                    raise AssertionError("only a model's server brings these")
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


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"properties": {"a": {"minLength": 2 * 10**8}}, "required": ["a"]}, "200000000"),
        ({"$ref": "#"}, "'f'.*never ends"),
        ({"type": "string"}, "'f'"),
        ("[1]", "'f'"),
        ("[" * 100_000 + "]" * 100_000, "'f'"),
    ],
)
def test_practice_fails_with_a_reason_when_a_tool_cannot_be_called(
    parameters: Any, reason: str
) -> None:
    raw = parameters if isinstance(parameters, str) else json.dumps(parameters)
    given = Settings("m", "", (FunctionTool("f", parameters=Raw(raw.encode())),), b"[]", 0)

    with pytest.raises(MindError, match=reason):
        answer(make_mind("practice"), [user_text("Go!")], given)


JSON_TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
).map(json.dumps)


@given(st.lists(JSON_TEXTS | st.text() | st.just("[" * 50_000), max_size=4))
def test_practice_speaks_of_whatever_a_tool_said(outputs: list[str]) -> None:
    items: list[Item] = [user_text("Go!")]
    for n, output in enumerate(outputs):
        items += [FunctionCall(f"c{n}", "look", "{}"), FunctionCallOutput(f"c{n}", output)]

    assert words_of(answer(make_mind("practice"), items, settings("look")))


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
        ("thoughtful", "there are: practice, rules, upstream"),
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
        ('{ say = "{me|shout}" }', "no filter 'shout'"),
        ('{ do = "go", args = { place = "{me|shout}" } }', "no filter 'shout'"),
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
