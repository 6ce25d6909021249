"""Calls and what answers them: CALL."""

import json
from itertools import pairwise

from tests.conformance.asking import TOOLS, WEATHER, called, called_twice
from tests.conformance.talk import Json, Socket, output_of, user


def events_of(socket: Socket, item: Json) -> list[Json]:
    return [
        event
        for event in socket.events
        if item["id"] in (event.get("item_id"), event.get("item", {}).get("id"))
    ]


def test_call_01_a_call_has_its_events_in_order(socket: Socket) -> None:
    answer = called(socket)
    events = events_of(socket, answer.calls[0])

    kinds = [a["type"] for a, b in pairwise([*events, {"type": ""}]) if a["type"] != b["type"]]
    assert [kind.removeprefix("response.") for kind in kinds] == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    assert events[0]["item"]["arguments"] == ""
    assert events[-1]["item"].get("status") == "completed"


def test_call_02_ids_differ_and_arguments_are_an_object(socket: Socket) -> None:
    answer = called(socket)
    (call, *_) = answer.calls
    events = events_of(socket, call)

    assert call["id"] != call["call_id"]
    deltas = "".join(e["delta"] for e in events if e["type"].endswith("arguments.delta"))
    (done,) = (e["arguments"] for e in events if e["type"].endswith("arguments.done"))
    assert deltas == done == call["arguments"]
    assert isinstance(json.loads(call["arguments"]), dict)


def test_call_03_a_continuation_of_outputs_is_answered(socket: Socket) -> None:
    first = called(socket)
    outputs = [output_of(call) for call in first.calls]
    second = socket.ask(outputs, previous_response_id=first.id, tools=[WEATHER], tool_choice="none")

    assert second.id != first.id
    named = second.completed.get("previous_response_id")
    assert named == first.id, f"previous_response_id is {named!r}"
    assert second.text
    number = second.events[0].get("sequence_number")
    assert number == 0, f"it begins with number {number}"


def test_call_04_a_message_may_follow_the_outputs(socket: Socket) -> None:
    first = called(socket)
    items = [*(output_of(call) for call in first.calls), user("And tomorrow?")]

    assert socket.ask(items, previous_response_id=first.id).completed


def test_call_05_several_calls_are_answered_together(socket: Socket) -> None:
    first = called_twice(socket)
    indices = [e["output_index"] for e in first.of("response.output_item.added")]
    second = socket.ask(
        [output_of(call) for call in first.calls],
        previous_response_id=first.id,
        tools=TOOLS,
        tool_choice="none",
    )

    assert indices == list(range(len(first.completed["output"])))
    assert second.completed


def test_call_06_items_do_not_overlap(socket: Socket) -> None:
    first = called_twice(socket)
    edges = [
        (event["type"].rpartition(".")[2], event["output_index"])
        for event in first.events
        if event["type"].startswith("response.output_item.")
    ]

    assert edges == [
        (edge, index) for index in range(len(edges) // 2) for edge in ("added", "done")
    ]
