import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import LocalProtocolError
from npcengine.protocol.changes import (
    CallClosed,
    CallOpened,
    Change,
    Ended,
    FieldClosed,
    Phase,
    Started,
)
from npcengine.protocol.codec import decode_server_event
from npcengine.protocol.incoming import UnknownServerEvent
from npcengine.protocol.items import FunctionCall, Message, text_of
from npcengine.protocol.lane import MAX_ITEMS, Lane

ENDED = {
    Phase.COMPLETED,
    Phase.INCOMPLETE,
    Phase.FAILED,
    Phase.REFUSED,
    Phase.LOST,
    Phase.BROKEN,
}


def message(text: str, item_id: str = "msg_1") -> dict[str, Any]:
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": item_id, "role": "assistant", "content": [part]}


def call(arguments: str, item_id: str = "fc_1", **more: Any) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": item_id,
        "call_id": "call_1",
        "name": "walk_to",
        "arguments": arguments,
        **more,
    }


def lifecycle(kind: str, **response: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "response": {"id": "resp_1", **response}}


def added(item: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(item: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def text_delta(delta: str, item_id: str = "msg_1", index: int = 0) -> dict[str, Any]:
    return {
        "type": "response.output_text.delta",
        "item_id": item_id,
        "output_index": index,
        "content_index": 0,
        "delta": delta,
    }


def arguments_delta(delta: str, item_id: str = "fc_1", index: int = 0) -> dict[str, Any]:
    return {
        "type": "response.function_call_arguments.delta",
        "item_id": item_id,
        "output_index": index,
        "delta": delta,
    }


def arguments_done(arguments: str, item_id: str = "fc_1", **more: Any) -> dict[str, Any]:
    return {
        "type": "response.function_call_arguments.done",
        "item_id": item_id,
        "output_index": 0,
        "arguments": arguments,
        **more,
    }


def feed(lane: Lane, *events: dict[str, Any]) -> list[Change]:
    changes: list[Change] = []
    for event in events:
        decoded = decode_server_event(json.dumps(event).encode())
        assert not isinstance(decoded, UnknownServerEvent)
        changes += lane.feed(decoded)
    return changes


def running() -> Lane:
    lane = Lane()
    lane.sent()
    return lane


def names(changes: list[Change]) -> list[str]:
    return [type(change).__name__ for change in changes]


WALK = '{"place":"well","hurry":true}'


def test_a_text_answer_grows_and_ends_with_its_item() -> None:
    lane = running()

    changes = feed(
        lane,
        lifecycle("created"),
        lifecycle("in_progress"),
        added(message("")),
        text_delta("Hi"),
        text_delta(" there"),
    )
    assert (names(changes), lane.text) == (["Started"], "Hi there")

    (end,) = feed(lane, done(message("Hi there")), lifecycle("completed"))
    assert isinstance(end, Ended)
    assert end.outcome.phase is Phase.COMPLETED
    (item,) = end.outcome.items
    assert isinstance(item, Message)
    assert text_of(item.content) == "Hi there"


def test_a_streamed_call_opens_shows_its_fields_and_closes_before_the_response_does() -> None:
    lane = running()

    changes = feed(
        lane,
        lifecycle("created"),
        added(call("")),
        arguments_delta('{"place":"we'),
        arguments_delta('ll","hurry"'),
        arguments_delta(":true}"),
        arguments_done(WALK),
    )

    assert names(changes) == ["Started", "CallOpened", "FieldClosed", "FieldClosed", "CallClosed"]
    closed = changes[-1]
    assert isinstance(closed, CallClosed)
    assert (closed.call.name, closed.call.arguments) == ("walk_to", WALK)
    assert feed(lane, done(call(WALK))) == []


def test_a_call_that_comes_in_one_piece_still_goes_through_every_step() -> None:
    lane = running()

    changes = feed(lane, done(call(WALK)))

    assert names(changes) == ["Started", "CallOpened", "FieldClosed", "FieldClosed", "CallClosed"]


def test_items_that_only_the_terminal_event_knows_are_reported_before_the_end() -> None:
    lane = running()

    changes = feed(lane, lifecycle("completed", output=[message("Hm.", "m"), call(WALK, "f")]))

    assert names(changes)[-2:] == ["CallClosed", "Ended"]
    assert lane.text == "Hm."


def test_the_terminal_list_does_not_repeat_items_that_it_names_anew() -> None:
    lane = running()

    changes = feed(
        lane,
        added(call("")),
        arguments_done(WALK),
        done(call(WALK)),
        lifecycle("completed", output=[call(WALK, "fc_other_id")]),
    )

    assert names(changes).count("CallClosed") == 1
    end = changes[-1]
    assert isinstance(end, Ended)
    assert len(end.outcome.items) == 1


def test_deltas_that_come_before_their_item_are_reported_with_it() -> None:
    lane = running()

    early = feed(lane, lifecycle("created"), arguments_delta('{"place":"well",'))
    late = feed(lane, added(call("")))

    assert names(early) == ["Started"]
    assert names(late) == ["CallOpened", "FieldClosed"]


def test_arguments_done_with_a_name_but_no_item_waits_for_the_item() -> None:
    lane = running()

    early = feed(lane, arguments_done(WALK, name="walk_to"))
    late = feed(lane, done(call(WALK)))

    assert names(early) == ["Started"]
    assert names(late)[-1] == "CallClosed"


def test_what_deltas_showed_is_replaced_when_the_authoritative_copy_differs() -> None:
    lane = running()

    changes = feed(
        lane,
        added(call("")),
        arguments_delta('{"place":"forge"'),
        arguments_done(WALK),
        done(call(WALK)),
        added(message(""), 1),
        text_delta("Helo", index=1),
        done(message("Hello"), 1),
    )

    closed = next(change for change in changes if isinstance(change, CallClosed))
    assert closed.call.arguments == WALK
    assert lane.text == "Hello"


def test_a_call_cut_off_by_the_end_never_closes_and_is_not_kept() -> None:
    lane = running()

    changes = feed(
        lane,
        added(call("")),
        arguments_delta('{"place":"well"'),
        done(call('{"place":"well"', status="incomplete")),
        lifecycle("incomplete", incomplete_details={"reason": "max_output_tokens"}),
    )

    assert "CallClosed" not in names(changes)
    end = changes[-1]
    assert isinstance(end, Ended)
    assert end.outcome.items == ()
    assert end.outcome.error is not None
    assert end.outcome.error.code == "max_output_tokens"


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(
            {"status": 400, "error": {"code": "previous_response_not_found", "message": "gone"}},
            id="wrapped",
        ),
        pytest.param({"code": "previous_response_not_found", "message": "gone"}, id="flat"),
    ],
)
def test_an_error_frame_of_either_shape_ends_the_request(error: dict[str, Any]) -> None:
    lane = running()

    (end,) = feed(lane, {"type": "error", **error})

    assert isinstance(end, Ended)
    assert end.outcome.phase is Phase.REFUSED
    assert end.outcome.error is not None
    assert end.outcome.error.code == "previous_response_not_found"


def test_a_retry_after_header_is_found_in_both_places() -> None:
    inner = {"type": "error", "error": {"message": "slow", "headers": {"Retry-After": "1.5"}}}
    outer = {"type": "error", "error": {"message": "slow"}, "headers": {"retry-after": "2"}}

    waits: list[float | None] = []
    for event in (inner, outer):
        (end,) = feed(running(), event)
        assert isinstance(end, Ended)
        assert end.outcome.error is not None
        waits.append(end.outcome.error.retry_after_s)

    assert waits == [1.5, 2.0]


def test_an_item_that_cannot_be_read_breaks_the_response_with_a_path() -> None:
    lane = running()

    changes = feed(lane, done({"type": "function_call", "name": 3}))

    end = changes[-1]
    assert isinstance(end, Ended)
    assert end.outcome.phase is Phase.BROKEN
    assert "$.item.name" in str(end.outcome.error)


def test_a_flood_of_items_breaks_the_response() -> None:
    lane = running()

    changes = feed(lane, *(added(call("", f"fc_{n}"), n) for n in range(MAX_ITEMS + 1)))

    assert lane.phase is Phase.BROKEN
    assert names(changes)[-1] == "Ended"


@pytest.mark.parametrize(("output", "is_told"), [([message("Hi")], False), ([], True)])
def test_a_count_of_nothing_is_believed_only_where_nothing_was_said(
    output: list[dict[str, Any]], is_told: bool
) -> None:
    nothing = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}

    end = feed(running(), lifecycle("completed", output=output, usage=nothing))[-1]

    assert isinstance(end, Ended)
    assert (end.outcome.usage is not None) is is_told


def test_an_empty_response_id_is_none_to_continue_from() -> None:
    changes = feed(running(), {"type": "response.completed", "response": {"id": "", "output": []}})

    end = changes[-1]
    assert isinstance(end, Ended)
    assert end.outcome.response_id is None


def test_unknown_items_and_parts_are_kept_and_harm_nothing() -> None:
    lane = running()
    strange = {"type": "acme:dance", "id": "x", "steps": [1, {"a": None}]}
    mixed = message("Yes.")
    mixed["content"] += [{"type": "acme:sticker", "url": 3}]

    changes = feed(lane, done(strange), done(mixed, 1), lifecycle("completed"))

    assert lane.text == "Yes."
    end = changes[-1]
    assert isinstance(end, Ended)
    assert len(end.outcome.items) == 2


def test_a_second_request_needs_the_first_to_have_ended() -> None:
    lane = running()

    with pytest.raises(LocalProtocolError):
        lane.sent()
    lane.lost("the socket closed")
    lane.sent()

    assert lane.phase is Phase.SENT


keep_alive: list[Change] = []
"""Holds on to changes, so that the ids of their calls stay unique within a test."""

EVENTS = st.sampled_from(
    [
        lifecycle("created"),
        lifecycle("queued"),
        lifecycle("in_progress"),
        added(message("")),
        added(call(""), 1),
        text_delta("Hi"),
        text_delta(" there"),
        text_delta("?", item_id="", index=0),
        arguments_delta('{"place":"we', index=1),
        arguments_delta('ll","hurry":true}', index=1),
        arguments_done(WALK),
        arguments_done(WALK, item_id="", name="walk_to"),
        done(message("Hi there")),
        done(call(WALK), 1),
        done(call('{"pl', status="incomplete"), 1),
        done({"type": "acme:dance"}, 2),
        {"type": "response.content_part.added", "part": {"type": "acme:x"}},
        {"type": "response.reasoning_text.delta", "delta": "hm"},
        {"type": "response.steer.accepted", "steer": {"id": "s"}},
        {"type": "error", "error": {"code": "x", "message": "no"}},
        done({"type": "function_call"}),
        lifecycle("completed", output=[message("Hi there"), call(WALK)]),
        lifecycle("completed"),
        lifecycle("incomplete"),
        lifecycle("failed", error={"code": "server_error", "message": "oops"}),
    ]
)


@given(st.lists(st.one_of(EVENTS, st.just("lost"), st.just("sent")), max_size=30))
def test_any_order_of_events_ends_in_a_defined_state(script: list[Any]) -> None:
    lane = running()
    ends = 0
    starts = 0
    opened: set[int] = set()
    closed: set[int] = set()
    sent = 1
    for step in script:
        if step == "lost":
            changes = list(lane.lost("gone"))
        elif step == "sent":
            if lane.phase.is_running:
                continue
            sent += 1
            lane.sent()
            changes = []
        else:
            changes = feed(lane, step)
        for position, change in enumerate(changes):
            match change:
                case Started():
                    starts += 1
                case CallOpened(call=opening):
                    assert id(opening) not in opened
                    opened.add(id(opening))
                    assert opening.name
                    assert opening.call_id
                case FieldClosed(call=growing):
                    assert id(growing) in opened
                    assert id(growing) not in closed
                case CallClosed(call=closing):
                    assert id(closing) in opened
                    assert id(closing) not in closed
                    closed.add(id(closing))
                    assert closing.arguments == WALK
                case Ended(outcome=outcome):
                    ends += 1
                    assert position == len(changes) - 1
                    assert outcome.phase in ENDED
                    for item in outcome.items:
                        if isinstance(item, FunctionCall):
                            assert item.status != "incomplete"
        keep_alive.extend(changes)

    assert starts <= sent
    assert ends == sent - lane.phase.is_running
    assert lane.phase.is_running or lane.phase in ENDED


def test_an_item_that_only_the_final_list_knows_takes_no_other_items_place() -> None:
    lane = running()
    feed(lane, lifecycle("created"), added(call(""), 1), done(call(WALK), 1))

    changes = feed(lane, lifecycle("completed", output=[call(WALK), message("So.", "msg_new")]))

    end = changes[-1]
    assert isinstance(end, Ended)
    assert {type(item) for item in end.outcome.items} == {FunctionCall, Message}
