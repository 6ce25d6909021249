"""The rules mind takes whatever arrives: odd items, odd JSON, instructions that were left out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.protocol.items import FunctionCall, FunctionCallOutput, InputText, Item, Message
from npcengine.server.minds.rules.mind import MAX_ACTS
from npcengine.world.percepts import heard, noticed
from tests.server.test_minds import answer, settings, think, words_of
from tests.server.test_rules_mind import TOOLS, calls, graded, rules, tomas


@pytest.mark.parametrize("instructions", ["", "You are helpful.", "You are Mira."])
def test_a_continuation_goes_on_as_whoever_began_whatever_its_instructions(
    instructions: str,
) -> None:
    mind = rules()
    items: list[Item] = [noticed("a loud clang from the gate", {})]
    items += answer(mind, items, tomas())
    (call,) = (item for item in items if isinstance(item, FunctionCall))
    state = mind.read(None, tomas(), items)
    other = settings(*TOOLS, instructions=instructions)

    after = mind.read(state, other, [FunctionCallOutput(call.call_id, graded([]))])

    assert calls(think(mind, after, other)) == [("where_is", {"thing": "gate_key"})]


def test_who_it_is_changes_when_a_turn_begins_with_another_name_and_not_without_one() -> None:
    mind = rules()
    state = mind.read(None, tomas(), [heard("Hello!", "player")])
    unnamed, mira = settings(*TOOLS), settings(*TOOLS, instructions="You are Mira.")
    question = [heard("What is your name?", "player")]

    as_before = words_of(think(mind, mind.read(state, unnamed, question), unnamed))
    anew = words_of(think(mind, mind.read(state, mira, question), mira))

    assert "gate" in as_before
    assert "gate" not in anew


def message(role: str, text: str) -> Message:
    return Message(role, (InputText(text),))


KEYS = (
    *("value", "grade", "status", "ask_again", "known", "where", "seen_ms_ago", "is_gone"),
    *("is_locked", "steps", "exists", "event", "what", "call_id", "0"),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["started", "succeeded", "refused", "fresh"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)
# The last ones are those that `answer` gives its calls.
IDS = st.sampled_from(["", "a", "b", "call_0_0", "call_0_1"])
WORDS = st.text(max_size=40) | st.sampled_from(
    ["Lock the gate.", "Have you seen the ladder?", "Do not go!", "bread", "go to the well"]
)
ENDED = st.fixed_dictionaries(
    {"event": st.just("action_ended"), "call_id": IDS, "status": JSON},
)
NOISE = st.just('{"event":"noticed","what":"a loud clang"}')
TEXTS = st.one_of(
    WORDS,
    WORDS.map(lambda text: f"player says: {json.dumps(text)}"),
    JSON.map(json.dumps),
    ENDED.map(json.dumps),
    NOISE,
)
OUTPUTS = JSON.map(json.dumps) | st.text(max_size=9) | st.just('{"value":' * 5_000)
ITEMS = st.one_of(
    st.builds(FunctionCall, IDS, st.sampled_from([*TOOLS, "unheard_of", ""]), st.text(max_size=9)),
    st.builds(FunctionCallOutput, IDS, OUTPUTS),
    st.builds(message, st.sampled_from(["user", "developer", "system", "assistant"]), TEXTS),
)
INSTRUCTIONS = st.sampled_from(["", "You are Tomas.", "You are Mira.", "You are Pip, a child."])
REQUESTS = st.tuples(st.lists(ITEMS, max_size=3), INSTRUCTIONS, st.booleans(), OUTPUTS)


@given(st.lists(REQUESTS, max_size=8))
def test_no_sequence_of_items_breaks_it_or_keeps_it_talking(
    requests: list[tuple[list[Item], str, bool, str]],
) -> None:
    mind = rules()
    state: object = None
    owed: list[Item] = []
    for items, instructions, has_tools, output in requests:
        given_ = settings(*(TOOLS if has_tools else ()), instructions=instructions)
        state = mind.read(state, given_, [*owed, *items])
        said = think(mind, state, given_)
        state = mind.read(state, given_, said)
        made = [item for item in said if isinstance(item, FunctionCall)]
        owed = [FunctionCallOutput(call.call_id, output) for call in made]

        assert len(said) <= MAX_ACTS


@given(st.lists(JSON | st.none(), max_size=10), st.sampled_from(["Mira", "Tomas", "Pip"]))
def test_every_turn_ends_whatever_its_questions_are_answered_with(
    outputs: list[Any], who: str
) -> None:
    mind, given_ = rules(), settings(*TOOLS, instructions=f"You are {who}.")
    items: list[Item] = [heard("Have you seen the ladder?", "player")]
    for n, output in enumerate([*outputs, *[None] * 20]):
        added = answer(mind, items, given_)
        made = [item for item in added if isinstance(item, FunctionCall)]
        if not made:
            return
        items += added
        items += [FunctionCallOutput(call.call_id, json.dumps(output)) for call in made]
        assert n < len(outputs) + 12
