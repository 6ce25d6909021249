"""What can be continued, and from where: CACHE."""

import pytest

from tests.conformance.asking import FILLER, context_tokens, long_input, need_lanes
from tests.conformance.plain import request
from tests.conformance.talk import HELLO, Answer, Socket, user
from tests.conformance.target import Target, not_tried

NOT_FOUND = "previous_response_not_found"

# Refused by every server for the same reason: nobody made the call that it answers.
BAD = [{"type": "function_call_output", "call_id": "call_nobody_made", "output": "x"}]


def refused(answer: Answer) -> None:
    if answer.end["type"] != "error":
        not_tried("the server refuses no continuation: it took an output of no call")


def test_cache_01_the_newest_response_can_be_continued_without_store(socket: Socket) -> None:
    answer = socket.ask()
    for _ in range(3):
        before = answer
        answer = socket.ask("And then?", previous_response_id=before.id)
        named = answer.completed.get("previous_response_id")
        assert named == before.id, f"previous_response_id is {named!r}"


def test_cache_02_an_older_one_is_not_found_or_truly_continued(socket: Socket) -> None:
    alone = socket.ask("And now?")
    first = socket.ask([user(FILLER)])
    socket.ask([user(FILLER)], previous_response_id=first.id)
    again = socket.ask("And now?", previous_response_id=first.id)

    if again.end["type"] == "error":
        assert again.code == NOT_FOUND
    else:
        assert context_tokens(again) > context_tokens(alone) + 100


def test_cache_03_what_is_stored_is_continued_elsewhere(target: Target, socket: Socket) -> None:
    alone = socket.ask("And now?")
    stored = socket.ask([user(FILLER)], store=True)
    with Socket(target) as other:
        answer = other.ask("And now?", previous_response_id=stored.id, store=True)

    assert context_tokens(answer) > context_tokens(alone) + 100


def test_cache_04_what_is_not_stored_is_gone_with_its_connection(target: Target) -> None:
    with Socket(target) as socket:
        first = socket.ask()
    with Socket(target) as other:
        lost = other.ask("Again.", previous_response_id=first.id)
        assert lost.code == NOT_FOUND
        whole = [user(HELLO), *first.completed["output"], user("Again.")]
        assert other.ask(whole).completed


def test_cache_05_a_refused_continuation_takes_its_parent_along(socket: Socket) -> None:
    first = socket.ask()
    refused(socket.ask(BAD, previous_response_id=first.id))

    assert socket.ask("Again.", previous_response_id=first.id).code == NOT_FOUND


def test_cache_06_a_refused_fork_leaves_the_parent(target: Target, socket: Socket) -> None:
    need_lanes(target)
    first = socket.ask(stream_id="source")
    refused(socket.ask(BAD, previous_response_id=first.id, stream_id="fork"))

    again = socket.ask("Again.", previous_response_id=first.id, stream_id="source")
    assert again.completed


def test_cache_07_a_fork_holds_its_parent(target: Target, socket: Socket) -> None:
    need_lanes(target)
    first = socket.ask([user(FILLER)], stream_id="source")
    fork = {"previous_response_id": first.id, "stream_id": "fork"}
    socket.create(long_input(), **fork)
    socket.until(lambda e: e["type"] == "response.in_progress" and e.get("stream_id") == "fork")
    socket.create("Go on.", previous_response_id=first.id, stream_id="source")
    ends = {answer.lane: answer for answer in socket.answers(2)}

    assert ends["source"].completed
    assert ends["fork"].completed["previous_response_id"] == first.id


def test_cache_08_without_a_previous_id_all_is_new(socket: Socket) -> None:
    alone = socket.ask("And now?")
    socket.ask([user(FILLER)])
    after = socket.ask("And now?")

    assert context_tokens(after) == context_tokens(alone)


def test_cache_09_the_context_is_input_output_and_new_input(target: Target, socket: Socket) -> None:
    first = socket.ask("The first words.", store=True)
    second = socket.ask("The second words.", previous_response_id=first.id, store=True)
    reply = request(target, "GET", f"/responses/{second.id}/input_items?order=asc")
    if reply.status in (404, 405, 501):
        not_tried("the server lists no input items, so the order does not show")

    words = ["".join(part["text"] for part in item["content"]) for item in reply.good["data"]]
    assert words == ["The first words.", first.text, "The second words."]


@pytest.mark.parametrize("where", ["socket", "http"])
def test_cache_10_another_server_on_the_same_store_goes_on(
    socket: Socket, second: Target, where: str
) -> None:
    alone = socket.ask("And now?")
    stored = socket.ask([user(FILLER)], store=True)

    if where == "http":
        assert request(second, "GET", f"/responses/{stored.id}").good["id"] == stored.id
    else:
        with Socket(second) as other:
            answer = other.ask("And now?", previous_response_id=stored.id, store=True)
        assert context_tokens(answer) > context_tokens(alone) + 100


def test_cache_11_what_is_not_stored_may_continue_what_is(target: Target, socket: Socket) -> None:
    stored = socket.ask(store=True)
    with Socket(target) as other:
        assert other.ask("And now?", previous_response_id=stored.id, store=False).completed
