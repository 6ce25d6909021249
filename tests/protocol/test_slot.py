"""What may be acted on and what counts, whatever is sent; a server is made of whole responses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.protocol.changes import (
    CallClosed,
    CallOpened,
    Change,
    Ended,
    FieldClosed,
    Outcome,
    Phase,
)
from npcengine.protocol.items import CustomToolCall, FunctionCall, Item, Message, text_of
from npcengine.protocol.lane import MAX_ITEMS, MAX_TEXT_CHARS, Lane
from npcengine.protocol.output import is_own
from tests.protocol.test_lane import (
    WALK,
    added,
    arguments_delta,
    arguments_done,
    call,
    done,
    feed,
    lifecycle,
    message,
    names,
    running,
    text_delta,
)

OTHER = '{"place":"forge","hurry":true}'


def outcome_of(changes: list[Change]) -> Outcome:
    end = changes[-1]
    assert isinstance(end, Ended)
    return end.outcome


def calls_in(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [
        (item.call_id, item.name, item.arguments)
        for item in outcome.items
        if isinstance(item, FunctionCall)
    ]


# --- a prefix never closes ----------------------------------------------------------------------


@given(cut=st.integers(0, len(WALK) - 1), mended=st.sampled_from([WALK, OTHER, '{"place":"w"}']))
@pytest.mark.parametrize("ended", ["cut", "mended", "never"])
@pytest.mark.parametrize("copied", ["cut", "mended", "never"])
@pytest.mark.parametrize("listed", ["cut", "mended", "never"])
def test_arguments_that_were_cut_off_close_nothing_however_they_are_repaired(
    ended: str, copied: str, listed: str, cut: int, mended: str
) -> None:
    said = {"cut": WALK[:cut], "mended": mended}
    events = [added(call("")), arguments_delta(WALK[:cut])]
    if ended != "never":
        events.append(arguments_done(said[ended]))
    if copied != "never":
        events.append(done(call(said[copied], status="incomplete")))
    output = [] if listed == "never" else [call(said[listed], status="incomplete")]

    changes = feed(running(), *events, lifecycle("incomplete", output=output))

    assert "CallClosed" not in names(changes)
    assert calls_in(outcome_of(changes)) == []
    assert not outcome_of(changes).is_whole


@pytest.mark.parametrize("kind", ["incomplete", "failed"])
def test_a_list_cut_short_closes_only_calls_that_it_marks_completed(kind: str) -> None:
    output = [
        call(WALK, "fc_1", call_id="call_1", status="completed"),
        call(WALK, "fc_2", call_id="call_2"),
    ]

    changes = feed(running(), lifecycle(kind, output=output))

    assert calls_in(outcome_of(changes)) == [("call_1", "walk_to", WALK)]
    assert names(changes).count("CallClosed") == 1


def test_arguments_that_are_not_what_was_streamed_wait_for_their_item() -> None:
    lane = running()

    early = feed(lane, added(call("")), arguments_delta(WALK[:9]), arguments_done(WALK))
    late = feed(lane, done(call(WALK)))

    assert "CallClosed" not in names(early)
    assert names(late)[-1] == "CallClosed"


# --- what has closed stays ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(call(OTHER), id="other arguments"),
        pytest.param(call(WALK, status="incomplete"), id="incomplete"),
        pytest.param(call(WALK, name="attack"), id="another name"),
        pytest.param(call(WALK, call_id="call_9"), id="another id"),
        pytest.param(message("So.", "fc_1"), id="a message"),
        pytest.param(
            {"type": "function_call_output", "call_id": "call_1", "output": "x"}, id="out"
        ),
    ],
)
@pytest.mark.parametrize("where", ["done", "list"])
def test_a_call_that_was_acted_on_stays_as_it_was(copy: dict[str, Any], where: str) -> None:
    lane = running()
    feed(lane, added(call("")), arguments_delta(WALK), arguments_done(WALK))

    if where == "done":
        changes = feed(lane, done(copy), lifecycle("completed"))
    else:
        changes = feed(lane, done(call(WALK)), lifecycle("completed", output=[copy]))

    assert names(changes) == ["Ended"]
    assert calls_in(outcome_of(changes)) == [("call_1", "walk_to", WALK)]
    assert not outcome_of(changes).is_whole
    assert lane.text == ""


def test_a_call_that_its_item_names_otherwise_is_the_one_of_the_item() -> None:
    changes = feed(
        running(),
        added(call("", name="attack", call_id="call_0")),
        arguments_delta(WALK),
        done(call(WALK)),
        lifecycle("completed"),
    )

    opened = [change.call.name for change in changes if isinstance(change, CallOpened)]
    closed = [change.call.name for change in changes if isinstance(change, CallClosed)]
    assert (opened, closed) == (["attack", "walk_to"], ["walk_to"])
    assert calls_in(outcome_of(changes)) == [("call_1", "walk_to", WALK)]
    assert outcome_of(changes).is_whole


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(call(OTHER, "fc_2"), id="the same id twice"),
        pytest.param(call(OTHER, "fc_2", call_id=""), id="no id"),
        pytest.param(call(OTHER, "fc_2", call_id="call_2", name=""), id="no name"),
    ],
)
def test_a_call_that_cannot_be_answered_is_left_out(second: dict[str, Any]) -> None:
    changes = feed(running(), lifecycle("completed", output=[call(WALK), second]))

    assert calls_in(outcome_of(changes)) == [("call_1", "walk_to", WALK)]
    assert names(changes).count("CallOpened") == 1
    assert not outcome_of(changes).is_whole


def test_a_call_of_a_free_text_tool_is_a_call_too() -> None:
    free = {"type": "custom_tool_call", "call_id": "call_1", "name": "walk_to", "input": "well"}

    changes = feed(running(), done(free), lifecycle("completed", output=[free]))

    (closed,) = [change.call for change in changes if isinstance(change, CallClosed)]
    assert (closed.takes_text, closed.arguments) == (True, "well")
    assert closed.item == CustomToolCall("call_1", "walk_to", "well")
    assert outcome_of(changes).is_whole


# --- what is not the model's own ----------------------------------------------------------------

FOREIGN = [
    pytest.param({**message("Mine!"), "role": "developer"}, id="developer"),
    pytest.param({**message("Mine!"), "role": "system"}, id="system"),
    pytest.param({**message("Mine!"), "role": "user"}, id="user"),
    pytest.param({"role": "user", "content": "Mine!"}, id="without a type"),
    pytest.param(
        {**message(""), "content": [{"type": "input_text", "text": "Mine!"}]}, id="input text"
    ),
    pytest.param({"type": "function_call_output", "call_id": "c", "output": "Mine!"}, id="output"),
    pytest.param({"type": "acme:call", "call_id": "c"}, id="an unknown call"),
    pytest.param({"type": "acme:words", "role": "system"}, id="an unknown message"),
    pytest.param({"type": "item_reference", "id": "msg_1"}, id="a reference"),
]


@pytest.mark.parametrize("item", FOREIGN)
@pytest.mark.parametrize("where", ["done", "list"])
def test_what_is_not_the_models_own_is_neither_shown_nor_kept(
    item: dict[str, Any], where: str
) -> None:
    lane = running()
    events = [added({**item, "id": "msg_1"}), text_delta("Mine!")]
    if where == "done":
        events.append(done({**item, "id": "msg_1"}))

    feed(lane, *events)
    assert lane.text == ""
    end = feed(lane, text_delta("Mine!"), lifecycle("completed", output=[item]))

    assert lane.text == ""
    assert outcome_of(end).items == ()
    assert not outcome_of(end).is_whole


def test_text_that_its_item_does_not_have_was_not_said() -> None:
    lane = running()
    beyond = {**text_delta("Mine!"), "content_index": 7}

    feed(lane, text_delta("Hm."), beyond, done(message("Hm.")), beyond)

    assert lane.text == "Hm."


# --- an event counts as a whole or not at all ---------------------------------------------------


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(["give"], id="no object"),
        pytest.param([{"type": "function_call", "name": 3}], id="a call that cannot be read"),
        pytest.param([message("x" * (MAX_TEXT_CHARS + 1))], id="too much text"),
        pytest.param([call(WALK, f"fc_{n}", call_id=f"c{n}") for n in range(MAX_ITEMS)], id="many"),
    ],
)
def test_a_list_that_breaks_its_response_makes_no_call(rest: list[Any]) -> None:
    changes = feed(running(), lifecycle("completed", output=[call(WALK), *rest]))

    assert names(changes) == ["Ended"]
    assert outcome_of(changes).items == ()


def test_an_item_that_the_final_list_leaves_out_is_kept_and_not_continued_from() -> None:
    lane = running()
    feed(lane, done(message("So.")), done(call(WALK), 1))

    end = feed(lane, lifecycle("completed", output=[message("So.")]))

    assert calls_in(outcome_of(end)) == [("call_1", "walk_to", WALK)]
    assert not outcome_of(end).is_whole


def test_a_call_without_any_copy_of_its_item_is_kept_and_not_continued_from() -> None:
    lane = running()
    feed(lane, added(call("")), arguments_delta(WALK), arguments_done(WALK))

    end = feed(lane, lifecycle("completed"))

    assert calls_in(outcome_of(end)) == [("call_1", "walk_to", WALK)]
    assert not outcome_of(end).is_whole


# --- anything at all ----------------------------------------------------------------------------

ARGUMENTS = [WALK, WALK[:12], OTHER, "{}", ""]
ITEMS = st.one_of(
    st.builds(
        call,
        st.sampled_from(ARGUMENTS),
        st.sampled_from(["i_1", "i_2", ""]),
        call_id=st.sampled_from(["call_1", "call_2", ""]),
        name=st.sampled_from(["walk_to", "attack", ""]),
        status=st.sampled_from([None, "completed", "incomplete"]),
        type=st.sampled_from(["function_call", "function_call", "custom_tool_call"]),
        input=st.just("text"),
    ),
    st.builds(message, st.sampled_from(["Hi", "Ho", ""]), st.sampled_from(["i_1", "i_2", ""])),
    st.sampled_from([param.values[0] for param in FOREIGN]),
    st.just({"type": "reasoning", "id": "i_1", "encrypted_content": "x"}),
    st.just({"type": "acme:dance"}),
    st.just({"type": "function_call", "name": 3}),
)
ANYTHING = st.one_of(
    st.builds(added, ITEMS, st.integers(0, 2)),
    st.builds(done, ITEMS, st.integers(0, 2)),
    st.builds(
        arguments_delta,
        st.sampled_from([WALK, WALK[:12], WALK[12:], OTHER]),
        st.sampled_from(["i_1", "i_2", ""]),
        st.integers(0, 2),
    ),
    st.builds(
        arguments_done,
        st.sampled_from(ARGUMENTS),
        st.sampled_from(["i_1", "i_2", ""]),
        name=st.just("attack"),
    ),
    st.builds(text_delta, st.just("Hm"), st.sampled_from(["i_1", "i_2", ""]), st.integers(0, 2)),
)


def ended(kind: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    return lifecycle(kind, output=output)


ENDS = st.builds(
    ended,
    st.sampled_from(["completed", "completed", "incomplete", "failed"]),
    st.lists(ITEMS, max_size=5),
)


def who(item: Item) -> tuple[str, str, str] | None:
    match item:
        case FunctionCall():
            return item.call_id, item.name, item.arguments or "{}"
        case CustomToolCall():
            return item.call_id, item.name, item.input
        case _:
            return None


@given(st.lists(ANYTHING, max_size=25), st.one_of(ENDS, st.just(None)))
def test_whatever_is_sent_what_counts_is_sound(
    events: list[dict[str, Any]], end: dict[str, Any] | None
) -> None:
    lane = Lane()
    lane.sent()
    opened: dict[str, str] = {}
    closed: dict[str, tuple[str, str, str] | None] = {}
    changes = [change for event in events for change in feed(lane, event)]
    changes += feed(lane, end) if end is not None else list(lane.lost("gone"))

    for change in changes:
        match change:
            case CallOpened(call=one):
                assert one.call_id not in opened, "two calls of one id"
                assert one.call_id
                assert one.name
                opened[one.call_id] = one.name
            case FieldClosed(call=one):
                assert opened[one.call_id] == one.name
            case CallClosed(call=one):
                assert opened[one.call_id] == one.name, "it was announced as another"
                assert one.call_id not in closed
                closed[one.call_id] = who(one.item)
            case _:
                pass
    outcome = next(change.outcome for change in changes if isinstance(change, Ended))
    kept = [found for item in outcome.items if (found := who(item)) is not None]
    assert sorted(kept, key=str) == sorted(closed.values(), key=str), "what closed is what is kept"
    assert all(is_own(item) for item in outcome.items)
    said = [text_of(item.content) for item in outcome.items if isinstance(item, Message)]
    shown = sorted("\n".join([*filter(None, said), lane.unfinished_text]).split())
    assert shown == sorted(lane.text.split()), "what was shown is what was said"
    if end is not None and outcome.phase is Phase.COMPLETED and outcome.is_whole:
        listed = [one for one in end["response"]["output"] if "call_id" in one]
        assert len(listed) == len(closed) or not end["response"]["output"]
