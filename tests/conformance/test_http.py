"""The same server over plain HTTP: HTTP."""

import pytest

from tests.conformance.asking import (
    ASK_FOR_A_CALL,
    CALL,
    FILLER,
    WEATHER,
    long_input,
    need_store,
)
from tests.conformance.plain import Reply, post, request
from tests.conformance.talk import TERMINALS, Json, Socket, output_of, text_in
from tests.conformance.target import Target, not_applicable, not_tried


@pytest.fixture(autouse=True, scope="module")
def with_http(target: Target) -> None:
    need_store(target)


def kept(target: Target, **more: object) -> Json:
    """A stored response."""
    return post(target, store=True, **more).good


def offered(reply: Reply, what: str) -> Reply:
    """What came, unless the server has no such endpoint at all."""
    if reply.status in (404, 405, 501):  # also of a response that was stored a moment ago
        not_applicable(f"the server does not offer {what}: status {reply.status}")
    return reply


def test_http_01_a_stream_is_server_sent_events(target: Target) -> None:
    reply = post(target, stream=True)

    assert reply.status == 200
    assert reply.content_type.startswith("text/event-stream")
    for block in reply.blocks:
        if block.get("data") != "[DONE]":
            assert set(block) == {"event", "data"}
    assert [e["type"] for e in reply.events] == [b["event"] for b in reply.blocks if "event" in b]


def test_http_02_done_ends_it(target: Target) -> None:
    last = post(target, stream=True).blocks[-1]

    assert last == {"data": "[DONE]"}, f"the last event is {last.get('event')}"


def test_http_03_the_events_are_those_of_a_socket(target: Target, socket: Socket) -> None:
    streamed = post(target, stream=True).events
    answer = socket.ask()

    def shape(events: list[Json]) -> list[str]:
        kinds = [event["type"] for event in events]
        return list(dict.fromkeys(kinds))

    assert shape(streamed) == shape(answer.events)
    numbers = [event.get("sequence_number") for event in streamed]
    assert numbers == list(range(len(streamed))), f"they are numbered {numbers}"
    assert all("stream_id" not in event for event in streamed)


def test_http_04_without_stream_the_response_comes_whole(target: Target) -> None:
    response = post(target).good

    assert response["object"] == "response"
    assert response["status"] == "completed"
    assert text_in(response)
    assert response.get("usage")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param({"input": 7, "model": "m"}, id="wrong input"),
        pytest.param({"input": "x", "model": "m", "previous_response_id": "resp_no"}, id="lost"),
    ],
)
def test_http_05_a_refusal_has_a_status_and_the_error(target: Target, body: object) -> None:
    error = request(target, "POST", "/responses", body).error

    assert isinstance(error.get("message"), str)
    assert isinstance(error.get("type"), str)
    assert {"param", "code"} <= error.keys(), f"the error has only {sorted(error)}"


def test_http_06_the_key_is_needed(target: Target) -> None:
    if not target.key:
        not_tried("no key was given, so there is no wrong one")
    reply = post(target.with_key("certainly-not-the-key"))
    if reply.status == 200:
        not_applicable("the server lets any key in")

    assert reply.status in (401, 403)


def test_http_07_what_is_stored_is_continued_over_either_transport(
    target: Target, socket: Socket
) -> None:
    over_socket = socket.ask(store=True)
    over_http = kept(target, previous_response_id=over_socket.id)
    again = socket.ask("And now?", previous_response_id=over_http["id"], store=True)

    named = over_http.get("previous_response_id")
    assert named == over_socket.id, f"previous_response_id is {named!r}"
    assert again.completed.get("previous_response_id") == over_http["id"]


def test_http_08_a_stored_response_can_be_had_again(target: Target) -> None:
    response = kept(target)
    found = offered(request(target, "GET", f"/responses/{response['id']}"), "GET /responses/ID")

    assert found.good["id"] == response["id"]
    assert found.good["output"] == response["output"]
    assert request(target, "GET", "/responses/resp_nobody_made").status == 404


def test_http_09_a_response_can_be_forgotten(target: Target) -> None:
    path = f"/responses/{kept(target)['id']}"
    deleted = offered(request(target, "DELETE", path), "DELETE /responses/ID").good

    assert deleted.get("deleted") is True
    assert f"/responses/{deleted.get('id')}" == path
    assert request(target, "GET", path).status == 404


def test_http_10_what_a_response_was_made_from_is_listed(target: Target) -> None:
    first = kept(target)
    second = kept(target, input="And now?", previous_response_id=first["id"])
    path = f"/responses/{second['id']}/input_items"
    listed = offered(request(target, "GET", path), "input_items").good

    assert listed["object"] == "list"
    assert [item["type"] for item in listed["data"]] == ["message"] * 3
    assert listed["data"][0]["content"][0]["text"] == "And now?", "not newest first"
    ids = [item["id"] for item in listed["data"]]
    assert (listed["first_id"], listed["last_id"]) == (ids[0], ids[-1])
    assert len(set(ids)) == 3
    assert listed["has_more"] is False


def test_http_11_the_list_is_paged(target: Target) -> None:
    first = kept(target)
    second = kept(target, input="And now?", previous_response_id=first["id"])
    path = f"/responses/{second['id']}/input_items?order=asc"
    whole = offered(request(target, "GET", path), "input_items").good["data"]
    page = request(target, "GET", f"{path}&limit=1").good
    rest = request(target, "GET", f"{path}&after={page['last_id']}").good

    assert page["data"] == whole[:1]
    assert page["has_more"] is True
    assert rest["data"] == whole[1:]


def test_http_12_tokens_are_counted_without_an_answer(target: Target) -> None:
    body = {"model": target.model, "input": FILLER}
    path = "/responses/input_tokens"
    counted = offered(request(target, "POST", path, body), "input_tokens").good

    assert counted["object"] == "response.input_tokens"
    assert counted["input_tokens"] > 100


def test_http_13_a_cancel_that_is_too_late_is_refused(target: Target) -> None:
    ended = request(target, "POST", f"/responses/{kept(target)['id']}/cancel", {})
    offered(ended, "cancel")

    assert 400 <= ended.status < 500
    assert request(target, "POST", "/responses/resp_nobody_made/cancel", {}).status == 404


def test_http_14_a_cancel_stops_a_response_on_a_socket(target: Target, socket: Socket) -> None:
    socket.create(long_input(), store=True)
    response_id = socket.begun()
    reply = request(target, "POST", f"/responses/{response_id}/cancel", {})
    (answer,) = socket.answers(1)
    if answer.end["type"] == "response.completed":
        not_applicable(f"a cancel over HTTP does not reach sockets: status {reply.status}")

    assert reply.status == 200
    assert answer.end["type"] in TERMINALS


def test_http_15_without_store_nothing_is_found_afterwards(target: Target) -> None:
    response = post(target).good
    again = post(target, "Again.", previous_response_id=response["id"])

    assert again.status != 200, "it was continued"
    assert request(target, "GET", f"/responses/{response['id']}").status == 404


def test_http_16_models_are_listed(target: Target) -> None:
    listed = offered(request(target, "GET", "/models"), "GET /models").good

    assert listed["object"] == "list"
    assert all(isinstance(model["id"], str) for model in listed["data"])
    assert listed["data"]


def test_http_17_a_tool_loop_works(target: Target) -> None:
    first = post(target, ASK_FOR_A_CALL, store=True, **CALL).good
    calls = [item for item in first["output"] if item["type"] == "function_call"]
    if not calls:
        not_tried("the mind was told to call a tool, and did not")
    second = post(
        target,
        [output_of(call) for call in calls],
        previous_response_id=first["id"],
        tools=[WEATHER],
        tool_choice="none",
    ).good

    assert text_in(second)
