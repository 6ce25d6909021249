"""Responses over HTTP are the responses of the WebSocket, whole or as a stream."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.server.faults import MindError
from npcengine.server.gateway import Gateway
from npcengine.server.minds.pace import Pace
from npcengine.server.tally import TurnWork
from npcengine.transport.http import HttpRequest
from tests.server.http_table import Came, Way, ask, post
from tests.server.table import TOOLS, Client, Json, ParrotMind, make_gateway, run, text_in

words = st.sampled_from(
    ["hello", "", "call look", "call look ask", "one; call look; two", "everything", "ein Wörtchen"]
)
items = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"role": st.sampled_from(["user", "developer", "assistant"]), "content": words}
        ),
        st.just({"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}),
        st.just({"type": "function_call_output", "call_id": "c", "output": "done"}),
        st.just({"type": "acme:other", "x": [1]}),
        st.just({"type": "message"}),
        st.just({"type": "compaction", "encrypted_content": "npc1.AAAA"}),
    ),
    max_size=4,
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["m", "other", "", 3]),
        "input": st.one_of(words, items, st.just(7)),
        "instructions": st.sampled_from(["", "Be kind.", None]),
        "tools": st.sampled_from([TOOLS, [], None, [{"type": "function"}]]),
        "tool_choice": st.sampled_from(["auto", "none", "required", "never"]),
        "parallel_tool_calls": st.booleans(),
        "max_output_tokens": st.sampled_from([None, 0, 1, 3, 1_000]),
        "store": st.sampled_from([True, False, None]),
        "generate": st.booleans(),
        "metadata": st.sampled_from([{}, {"a": "b"}]),
        "temperature": st.sampled_from([0, 0.5]),
        "background": st.booleans(),
        "nobody_knows": st.just(1),
    },
)

Talk = list[Json]


async def over_sockets(gateway: Gateway, talk: Talk) -> list[list[Json]]:
    """Each request on a connection of its own, as each is on HTTP."""
    told: list[list[Json]] = []
    last = "resp_none"
    for number, request in enumerate(talk):
        client = Client(gateway)
        more = {"previous_response_id": last} if number else {}
        client.send({"type": "response.create", **request, **more})
        (end,) = await client.ends()
        last = end.get("response", {}).get("id", last)
        told.append(client.events)
    return told


async def over_http(gateway: Gateway, talk: Talk, *, stream: bool) -> list[Came]:
    told: list[Came] = []
    last = "resp_none"
    for number, request in enumerate(talk):
        more = {"previous_response_id": last} if number else {}
        body = {**request, **more, "stream": stream}
        came = await ask(gateway, "POST", "/v1/responses", body)
        if came.status == 200:
            last = came.events()[-1]["response"]["id"] if stream else came.json["id"]
        told.append(came)
    return told


def check_error(came: Came, event: Json) -> None:
    assert came.status == event["status"]
    assert came.json["error"] == {
        name: text for name, text in event["error"].items() if name != "headers"
    }


@given(talk=st.lists(requests, min_size=1, max_size=3), breaks=st.booleans())
def test_whatever_is_asked_the_events_are_those_of_the_socket(talk: Talk, breaks: bool) -> None:
    def gateway() -> Gateway:
        mind = ParrotMind()
        mind.fault = MindError("out of order", code="model_error") if breaks else None
        return make_gateway(mind)

    async def main() -> tuple[list[list[Json]], list[Came], list[Came]]:
        return (
            await over_sockets(gateway(), talk),
            await over_http(gateway(), talk, stream=True),
            await over_http(gateway(), talk, stream=False),
        )

    on_sockets, streamed, whole = run(main())

    for events, stream, reply in zip(on_sockets, streamed, whole, strict=True):
        if events[-1]["type"] == "error":
            check_error(stream, events[-1])
            check_error(reply, events[-1])
        else:
            assert stream.events() == events
            assert reply.json == events[-1]["response"]


@given(talk=st.lists(requests, min_size=1, max_size=3))
def test_what_was_stored_is_returned_as_it_was_and_nothing_else_is(talk: Talk) -> None:
    async def main() -> None:
        gateway = make_gateway()
        for came in await over_http(gateway, talk, stream=False):
            if came.status != 200:
                continue
            again = await ask(gateway, "GET", f"/v1/responses/{came.json['id']}")
            if came.json["store"]:
                assert again.body == came.body
            else:
                assert again.status == 404

    run(main())


@given(talk=st.lists(requests, min_size=1, max_size=2))
def test_input_tokens_are_what_the_response_is_then_charged_with(talk: Talk) -> None:
    async def main() -> None:
        gateway = make_gateway()
        before: Json = {}
        for request in talk:
            body = {**request, **before}
            counted = await ask(gateway, "POST", "/v1/responses/input_tokens", body)
            came = await ask(gateway, "POST", "/v1/responses", body)
            if came.status != 200:
                continue
            assert counted.json == {
                "object": "response.input_tokens",
                "input_tokens": came.json["usage"]["input_tokens"],
            }
            before = {"previous_response_id": came.json["id"]} if came.json["store"] else {}

    run(main())


def test_the_whole_context_is_worked_on_with_every_request() -> None:
    work: list[TurnWork] = []
    mind = ParrotMind()

    async def main() -> Json:
        gateway = make_gateway(mind)
        gateway.tally.report = work.append
        end = (await post(gateway, "round 0", tools=TOOLS)).json
        for number in range(1, 5):
            end = (
                await post(gateway, f"round {number}", tools=TOOLS, previous_response_id=end["id"])
            ).json
        return end

    end = run(main())

    assert [w.context_items for w in work] == [1, 3, 5, 7, 9]
    assert all(w.new_items == w.context_items for w in work)
    assert all(w.new_tokens == w.context_tokens for w in work)
    assert end["usage"]["input_tokens_details"]["cached_tokens"] == 0
    assert mind.read_items == 1 + 3 + 5 + 7 + 9 + 5, "the history each time, and each answer"


def test_a_chain_goes_from_one_transport_to_the_other_and_back() -> None:
    async def main() -> str:
        gateway = make_gateway()
        first = await post(gateway, "one")
        client = Client(gateway)
        second = await client.ask("two", previous_response_id=first.json["id"])
        third = await post(gateway, "everything", previous_response_id=second["response"]["id"])
        return text_in({"response": third.json})

    assert run(main()) == "one / one / two / two / everything"


def test_without_store_nothing_is_kept_between_two_requests() -> None:
    async def main() -> tuple[Came, Came]:
        gateway = make_gateway()
        first = await post(gateway, "one", store=False)
        return (
            await post(gateway, "two", previous_response_id=first.json["id"]),
            await ask(gateway, "GET", f"/v1/responses/{first.json['id']}"),
        )

    continued, seen = run(main())

    assert continued.status == 400
    assert continued.json["error"]["code"] == "previous_response_not_found"
    assert continued.json["error"]["param"] == "previous_response_id"
    assert seen.status == 404


def test_what_was_stored_from_a_socket_without_store_before_it_is_whole() -> None:
    async def main() -> str:
        gateway = make_gateway()
        client = Client(gateway)
        end = await client.ask("one", store=False)
        end = await client.ask("two", previous_response_id=end["response"]["id"], store=False)
        end = await client.ask("three", previous_response_id=end["response"]["id"], store=True)
        last = await post(gateway, "everything", previous_response_id=end["response"]["id"])
        return text_in({"response": last.json})

    assert run(main()) == "one / one / two / two / three / three / everything"


def test_a_failed_response_is_kept_and_cannot_be_continued() -> None:
    async def main() -> tuple[Came, Came, Came]:
        mind = ParrotMind()
        mind.fault = MindError("no", code="server_error")
        gateway = make_gateway(mind)
        failed = await post(gateway, "one")
        mind.fault = None
        response_id = failed.json["id"]
        return (
            failed,
            await ask(gateway, "GET", f"/v1/responses/{response_id}"),
            await post(gateway, "two", previous_response_id=response_id),
        )

    failed, seen, continued = run(main())

    assert (failed.status, failed.json["status"]) == (200, "failed")
    assert failed.json["error"] == {"code": "server_error", "message": "no"}
    assert seen.body == failed.body
    assert continued.json["error"]["code"] == "previous_response_not_found"


def test_a_lane_is_refused() -> None:
    async def main() -> Came:
        return await post(make_gateway(), stream_id="a")

    came = run(main())

    assert (came.status, came.json["error"]["param"]) == (400, "stream_id")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"", "invalid_json", id="nothing"),
        pytest.param(b"{", "invalid_json", id="half an object"),
        pytest.param(b"\xff", "invalid_json", id="no text"),
        pytest.param(b"[" * 100_000, "invalid_json", id="very deep"),
        pytest.param(b"[]", None, id="a list"),
        pytest.param(b'{"model":"m","stream":"yes"}', None, id="a stream that is no flag"),
        pytest.param(b'{"type":"response.steer","model":"m"}', None, id="another event"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes, code: str | None) -> None:
    async def main() -> Came:
        return await ask(make_gateway(), "POST", "/v1/responses", body)

    came = run(main())

    assert came.status == 400
    assert came.json["error"]["type"] == "invalid_request_error"
    assert came.json["error"]["code"] == code


def test_more_responses_at_once_than_allowed_are_told_when_to_come_again() -> None:
    async def main() -> tuple[Came, Came]:
        gateway = make_gateway(exchanges=1)
        first = asyncio.ensure_future(post(gateway, "one two three"))
        await asyncio.sleep(0.01)
        refused = await post(gateway, "two")
        await first
        return refused, await post(gateway, "three")

    refused, after = run(main())

    assert (refused.status, refused.headers) == (429, {"retry-after": "1"})
    assert refused.json["error"]["type"] == "rate_limit_error"
    assert after.status == 200


class NarrowWay(Way):
    """A stream that takes one thing, and then no more until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.open.set()

    def send(self, data: bytes, *, at_once: bool = False) -> None:
        super().send(data)
        self.open.clear()

    async def writable(self) -> None:
        await self.open.wait()


async def streaming(gateway: Gateway, way: Way, text: str) -> "asyncio.Task[Any]":
    """Begin a response on a stream of the test's own."""
    body = b'{"model":"m","stream":true,"input":"%b"}' % text.encode()
    request = HttpRequest("POST", "/v1/responses", {}, body)
    task = asyncio.ensure_future(gateway.reply(request, way))
    await asyncio.sleep(1.0)
    return task


def test_a_reader_that_is_slow_is_waited_for() -> None:
    async def main() -> tuple[int, int, bytes]:
        gateway = make_gateway(ParrotMind(Pace(ttft_ms=0, tokens_per_s=0)))
        way = NarrowWay()
        task = await streaming(gateway, way, " ".join(["word"] * 200))
        stuck = len(way.data)
        await asyncio.sleep(60)
        still = len(way.data)
        while not task.done():
            way.open.set()
            await asyncio.sleep(0.01)
        return stuck, still, way.data

    stuck, still, data = run(main())

    assert stuck == still < len(data) / 10
    assert data.endswith(b"data: [DONE]\n\n")


def test_a_client_that_vanishes_stops_the_mind_and_leaves_nothing_running() -> None:
    async def main() -> tuple[int, int]:
        mind = ParrotMind()
        gateway = make_gateway(mind)
        task = await streaming(gateway, Way(), " ".join(["word"] * 1_000))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)
        return mind.stopped, len(gateway._services.running)

    assert run(main()) == (1, 0)


@pytest.mark.parametrize("way", ["http", "socket"])
def test_a_long_history_keeps_nobody_else_waiting(way: str) -> None:
    async def main() -> tuple[str, int]:
        gateway = make_gateway(token="of-one-of-many")
        text = "word " * 200_000
        body = {"model": "m", "input": text, "generate": False}
        turns = 0
        long: asyncio.Future[Any]
        if way == "http":
            to = {"authorization": "Bearer of-one-of-many"}
            long = asyncio.ensure_future(ask(gateway, "POST", "/v1/responses", body, **to))
        else:
            long = asyncio.ensure_future(Client(gateway).ask(text, generate=False))
        while not long.done():
            await asyncio.sleep(0)
            turns += 1
        ended = long.result()
        response = ended.json if isinstance(ended, Came) else ended["response"]
        return response["status"], turns

    status, turns = asyncio.run(main())

    assert status == "completed"
    assert turns > 50


# --- stopping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("on_socket", [False, True])
def test_a_response_that_is_being_made_is_stopped_by_its_id(on_socket: bool) -> None:
    async def main() -> tuple[Came, Came, Json]:
        gateway = make_gateway()
        way, client = Way(), Client(gateway)
        if on_socket:
            client.create(" ".join(["word"] * 1_000))
            await client.until(lambda events: len(events) > 10)
        else:
            await streaming(gateway, way, " ".join(["word"] * 1_000))
        ((_, response_id),) = gateway._services.running
        stopped = await ask(gateway, "POST", f"/v1/responses/{response_id}/cancel")
        seen = await ask(gateway, "GET", f"/v1/responses/{response_id}")
        if on_socket:
            (end,) = await client.ends()
        else:
            await asyncio.sleep(0)
            end = Came(None, way).events()[-1]
        return stopped, seen, end

    stopped, seen, end = run(main())

    assert stopped.status == 200
    assert stopped.json["status"] == "cancelled"
    assert stopped.json["incomplete_details"] is None
    assert stopped.json == seen.json == end["response"]


def test_what_has_ended_cannot_be_stopped_and_what_never_was_is_not_found() -> None:
    async def main() -> list[int]:
        gateway = make_gateway()
        ended = (await post(gateway)).json["id"]
        return [
            (await ask(gateway, "POST", f"/v1/responses/{one}/cancel")).status
            for one in (ended, "resp_never")
        ]

    assert run(main()) == [400, 404]


# --- what there is at which path --------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/v1/models", 200),
        ("HEAD", "/v1/models", 200),
        ("GET", "/models", 200),
        ("GET", "/v1/models/parrot", 200),
        ("GET", "/v1/models/%70arrot", 200),
        ("GET", "/v1/models/gpt", 404),
        ("GET", "/stats", 200),
        ("GET", "/v1/responses/resp_1", 404),
        ("GET", "/v1/responses/%2F", 404),
        ("DELETE", "/v1/responses/resp_1", 404),
        ("GET", "/v1/responses/resp_1/input_items", 404),
        ("POST", "/v1/responses/resp_1/cancel", 404),
        ("GET", "/", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/responses/", 404),
        ("GET", "/v1/responses/resp_1/other", 404),
        ("GET", "/v1/chat/completions", 404),
        ("GET", "/v1/responses", 405),
        ("PUT", "/v1/responses/resp_1", 405),
        ("POST", "/stats", 405),
        ("GET", "/v1/responses/compact", 405),
    ],
)
def test_every_path_answers_for_itself(method: str, target: str, status: int) -> None:
    async def main() -> Came:
        return await ask(make_gateway(), method, target)

    came = run(main())

    assert came.status == status
    if status != 200:
        assert set(came.json["error"]) == {"message", "type", "param", "code"}
    if status == 405:
        assert method not in came.headers["allow"].split(", ")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "application/json; charset=utf-8"}, 200),
        ({"content_type": "application/vnd.acme+json"}, 200),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_encoding": "identity"}, 200),
        ({"content_encoding": "gzip"}, 415),
    ],
)
def test_bodies_are_json_sent_as_it_is(headers: dict[str, str], status: int) -> None:
    async def main() -> Came:
        body = {"model": "m", "input": "hi"}
        return await ask(make_gateway(), "POST", "/v1/responses", body, **headers)

    assert run(main()).status == status


# --- lists of inputs --------------------------------------------------------------------------


def pages(query: str, more: Callable[[Json], str]) -> list[Json]:
    """Follow a list to its end; return its items."""

    async def main() -> list[Json]:
        gateway = make_gateway()
        first = (await post(gateway, "one; call look", tools=TOOLS)).json
        answer = {
            "type": "function_call_output",
            "call_id": first["output"][1]["call_id"],
            "output": "done",
        }
        second = await post(gateway, [answer], tools=TOOLS, previous_response_id=first["id"])
        path = f"/v1/responses/{second.json['id']}/input_items"
        found: list[Json] = []
        after = ""
        while True:
            page = (await ask(gateway, "GET", f"{path}?{query}{after}")).json
            assert page["object"] == "list"
            assert page["first_id"] == page["data"][0]["id"]
            assert page["last_id"] == page["data"][-1]["id"]
            found += page["data"]
            if not page["has_more"]:
                return found
            after = more(page)

    return run(main())


def test_inputs_are_listed_page_by_page_in_either_order() -> None:
    def after(page: Json) -> str:
        return f"&after={page['last_id']}"

    forward = pages("order=asc&limit=1", after)
    backward = pages("limit=3", after)

    assert [item["type"] for item in forward] == [
        "message",
        "message",
        "function_call",
        "function_call_output",
    ]
    assert forward == backward[::-1]
    assert len({item["id"] for item in forward}) == 4
    assert all(item["status"] == "completed" for item in forward)
    assert forward[0]["content"] == [{"type": "input_text", "text": "one; call look"}]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "limit=-1", "order=up", "after=msg_none"]
)
def test_a_list_that_cannot_be_is_refused_by_name(query: str) -> None:
    async def main() -> Came:
        gateway = make_gateway()
        response_id = (await post(gateway)).json["id"]
        return await ask(gateway, "GET", f"/v1/responses/{response_id}/input_items?{query}")

    came = run(main())

    assert (came.status, came.json["error"]["param"]) == (400, query.partition("=")[0])


def test_what_is_deleted_is_gone_and_what_followed_from_it_goes_on() -> None:
    async def main() -> tuple[Came, list[int], str]:
        gateway = make_gateway()
        first = (await post(gateway, "one")).json["id"]
        second = (await post(gateway, "two", previous_response_id=first)).json["id"]
        deleted = await ask(gateway, "DELETE", f"/v1/responses/{first}")
        gone = [
            (await ask(gateway, method, f"/v1/responses/{first}{rest}")).status
            for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/input_items"))
        ]
        gone.append((await post(gateway, "x", previous_response_id=first)).status)
        last = await post(gateway, "everything", previous_response_id=second)
        return deleted, gone, text_in({"response": last.json})

    deleted, gone, said = run(main())

    assert deleted.json["deleted"] is True
    assert gone == [404, 404, 404, 400]
    assert said == "one / one / two / two / everything"
