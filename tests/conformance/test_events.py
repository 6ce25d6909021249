"""What comes back: EVENT."""

from itertools import pairwise

from tests.conformance.asking import ASK_FOR_A_CALL, CALL, FILLER, context_tokens, long_input
from tests.conformance.shapes import (
    FIELDS,
    OTHER_RESPONSE_KEYS,
    faults,
    response_faults,
)
from tests.conformance.talk import TERMINALS, Answer, Json, Socket, user
from tests.conformance.target import Target, not_tried


def answers(socket: Socket) -> list[Answer]:
    """A text, a call, and a warm-up."""
    return [
        socket.ask(),
        socket.ask(ASK_FOR_A_CALL, **CALL),
        socket.ask(generate=False),
    ]


def items_of(answer: Answer, kind: str) -> list[Json]:
    return [item for item in answer.completed["output"] if item["type"] == kind]


def test_event_01_every_frame_is_one_object_in_text(socket: Socket) -> None:
    for answer in answers(socket):  # what is no text or no object fails on arrival
        assert all(isinstance(event["type"], str) for event in answer.events)


def test_event_02_events_are_numbered_from_0_within_a_response(socket: Socket) -> None:
    for answer in answers(socket):
        numbers = [event.get("sequence_number") for event in answer.events]
        assert numbers == list(range(len(numbers))), f"they are numbered {numbers}"


def test_event_03_created_comes_first_and_the_id_stays(socket: Socket) -> None:
    for answer in answers(socket):
        assert answer.types[0] == "response.created"
        assert len({event["response"]["id"] for event in answer.events if "response" in event}) == 1


def test_event_04_there_is_one_terminal_event_and_it_is_the_last(socket: Socket) -> None:
    for answer in answers(socket):
        assert answer.end["type"] in TERMINALS
        assert [kind for kind in answer.types if kind in (*TERMINALS, "error")] == answer.types[-1:]
    assert socket.is_silent_for(0.3), f"something came after the end: {socket.events[-1]}"


def test_event_05_in_progress_comes_before_the_first_item(socket: Socket) -> None:
    types = socket.ask().types

    assert "response.in_progress" in types
    assert types.index("response.in_progress") < types.index("response.output_item.added")


def test_event_06_a_response_has_what_sdks_require(socket: Socket) -> None:
    for answer in answers(socket):
        for event in answer.events:
            if "response" in event:
                found = response_faults(event)
                assert not found, "; ".join(found)


def test_event_07_a_response_has_all_keys(socket: Socket) -> None:
    response = socket.ask().completed

    missing = [key for key in OTHER_RESPONSE_KEYS if key not in response]
    assert not missing, f"missing are {', '.join(missing)}"
    assert isinstance(response["text"].get("verbosity"), str)


def test_event_08_every_event_has_its_fields(socket: Socket) -> None:
    for answer in answers(socket):
        for event in answer.events:
            found = faults(event)
            assert not found, "; ".join(found)


def test_event_09_a_text_answer_has_its_events_in_order(socket: Socket) -> None:
    answer = socket.ask()
    if not items_of(answer, "message"):
        not_tried("the mind gave no text")
    index = next(
        e["output_index"]
        for e in answer.of("response.output_item.added")
        if e["item"]["type"] == "message"
    )
    events = [e for e in answer.events if e.get("output_index") == index]

    kinds = [
        before["type"]
        for before, after in pairwise([*events, {"type": ""}])
        if before["type"] != after["type"]
    ]
    assert [kind.removeprefix("response.") for kind in kinds] == [
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
    ]
    assert len({e.get("item_id") or e["item"]["id"] for e in events}) == 1
    assert {e["content_index"] for e in events if "content_index" in e} == {0}


def test_event_10_deltas_add_up_to_every_later_copy_of_the_text(socket: Socket) -> None:
    answer = socket.ask(long_input())
    (done,) = answer.of("response.output_text.done")
    (part,) = answer.of("response.content_part.done")

    text = "".join(event["delta"] for event in answer.of("response.output_text.delta"))
    assert text
    assert text == done["text"] == part["part"]["text"] == answer.text


def test_event_11_the_terminal_output_is_the_full_list(socket: Socket) -> None:
    for answer in answers(socket):
        done = sorted(answer.of("response.output_item.done"), key=lambda e: e["output_index"])
        assert [event["item"] for event in done] == answer.completed["output"]


def test_event_12_usage_comes_at_the_end_and_adds_up(socket: Socket) -> None:
    answer = socket.ask()

    assert all(e["response"].get("usage") is None for e in answer.of("response.created"))
    usage = answer.completed.get("usage")
    assert usage is not None, "there is no usage"
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_event_13_usage_has_its_details(socket: Socket) -> None:
    usage: Json = socket.ask().completed.get("usage") or {}

    details: Json = {
        **(usage.get("input_tokens_details") or {}),
        **(usage.get("output_tokens_details") or {}),
    }
    missing = {"cached_tokens", "cache_write_tokens", "reasoning_tokens"} - details.keys()
    assert not missing, f"missing are {', '.join(sorted(missing))}"


def test_event_14_input_tokens_count_the_whole_context(socket: Socket) -> None:
    first = socket.ask([user(FILLER)])
    second = socket.ask("And now?", previous_response_id=first.id)

    assert context_tokens(second) > context_tokens(first)


def test_event_15_unknown_types_have_a_vendors_prefix(socket: Socket) -> None:
    answers(socket)
    unknown = {event["type"] for event in socket.events} - FIELDS.keys()

    assert all(":" in kind for kind in unknown), f"neither known nor prefixed: {unknown}"


def test_event_16_two_responses_in_a_row_are_two_series(socket: Socket) -> None:
    first, second = socket.ask(), socket.ask()

    assert first.id != second.id
    assert second.completed
    number = second.events[0].get("sequence_number")
    assert number == 0, f"the second one begins with number {number}"


def test_event_17_a_response_at_its_bound_ends_incomplete(socket: Socket) -> None:
    answer = socket.ask(long_input(), max_output_tokens=16)

    assert answer.end["type"] == "response.incomplete", f"it ended {answer.end['type']}"
    assert answer.response["incomplete_details"] == {"reason": "max_output_tokens"}
    unfinished = [item.get("status") == "incomplete" for item in answer.response["output"]]
    assert True not in unfinished[:-1]


def test_event_18_a_response_that_was_cut_can_be_continued(target: Target, socket: Socket) -> None:
    cut = socket.ask(long_input(), max_output_tokens=16)
    if cut.end["type"] != "response.incomplete":
        not_tried("no response could be cut")

    assert socket.ask("Go on.", previous_response_id=cut.id).completed
