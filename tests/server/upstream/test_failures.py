"""What goes wrong upstream becomes an error that clients of the gateway can act on."""

import asyncio
import json
from collections.abc import Callable

import pytest

from npcengine.errors import UsageError
from npcengine.server.minds.registry import make_mind
from tests.server.http_table import post
from tests.server.table import TOOLS, Json, text_in
from tests.server.upstream.scripted import (
    begun,
    finish,
    more,
    refuses,
    run,
    says,
    table,
    tell,
    used,
)
from tests.transport.byte_server import Call, chunk

pytestmark = pytest.mark.sockets


# --- before there is a response ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "becomes", "code"),
    [
        ("400 Bad Request", {"message": "bad", "code": "odd"}, 400, "odd"),
        ("400 Bad Request", {"type": "exceed_context_size_error"}, 400, "context_length_exceeded"),
        ("400 Bad Request", {"code": "context_length_exceeded"}, 400, "context_length_exceeded"),
        ("401 Unauthorized", {"message": "no key"}, 502, "server_error"),
        ("403 Forbidden", {"message": "not you"}, 502, "server_error"),
        (
            "404 Not Found",
            {"message": "no model", "code": "model_not_found"},
            404,
            "model_not_found",
        ),
        ("413 Content Too Large", {"message": "big"}, 413, None),
        ("418 I'm a teapot", {"message": "tea"}, 502, "server_error"),
        ("429 Too Many Requests", {"message": "slow", "code": 429}, 429, "rate_limit_exceeded"),
        ("500 Internal Server Error", {"message": "oh"}, 502, "server_error"),
        ("503 Service Unavailable", {"message": "Loading model"}, 503, "server_error"),
    ],
)
def test_a_refusal_is_an_error_of_the_request_and_there_is_no_response(
    status: str, error: Json, becomes: int, code: str | None
) -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will(refuses(status, error), [says("Hi"), finish()])
            end = await client.ask(stream_id="s1")
            again = await client.ask(stream_id="s1")

        assert (end["type"], end["status"], end["stream_id"]) == ("error", becomes, "s1")
        assert end["error"]["code"] == code
        assert error.get("message", "") in end["error"]["message"]
        assert client.types().count("response.created") == 1
        assert text_in(again) == "Hi"

    run(main())


def test_when_to_ask_again_is_told_in_both_places_and_over_http() -> None:
    busy = refuses("429 Too Many Requests", Retry_After="30")

    async def main() -> None:
        async with table(tries=3) as (upstream, client, gateway):
            upstream.will(busy, busy)
            end = await client.ask()
            came = await post(gateway, stream=True)

        assert end["headers"] == end["error"]["headers"] == {"retry-after": "30"}
        assert (came.status, came.headers["retry-after"]) == (429, "30")
        assert len(upstream.asked) == 2

    run(main())


def test_a_refused_continuation_loses_its_parent_and_a_fork_leaves_it_alone() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will([says("Hi"), finish()])
            first = await client.ask(store=False)
            parent = first["response"]["id"]
            upstream.will(refuses("500 Internal Server Error"), [says("Yes"), finish()])
            await client.ask(previous_response_id=parent, stream_id="fork")
            second = await client.ask(previous_response_id=parent, store=False)
            parent = second["response"]["id"]
            upstream.will(refuses("500 Internal Server Error"))
            await client.ask(previous_response_id=parent)
            lost = await client.ask(previous_response_id=parent)

        assert text_in(second) == "Yes"
        assert lost["error"]["code"] == "previous_response_not_found"

    run(main())


def test_a_server_that_is_not_there_is_named_with_what_to_do() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            url = upstream.url
            upstream.server.stop_listening()
            await upstream.server.hang_up()
            end = await client.ask()

        assert (end["status"], end["error"]["code"]) == (503, "server_error")
        assert url in end["error"]["message"]
        assert "Is it running?" in end["error"]["message"]

    run(main())


@pytest.mark.parametrize(
    "first",
    [
        refuses("503 Service Unavailable"),
        refuses("429 Too Many Requests", Retry_After="0"),
        Call.hang_up,
    ],
    ids=["not ready", "busy", "lost before the head"],
)
def test_what_was_not_taken_is_sent_again_and_makes_one_response(
    first: Callable[[Call], object],
) -> None:
    async def main() -> None:
        async with table(tries=1) as (upstream, client, _):
            upstream.will(first, [says("Hi"), finish()])
            end = await client.ask()

        assert text_in(end) == "Hi"
        assert upstream.asked[0] == upstream.asked[1]
        assert client.types().count("response.created") == 1

    run(main())


def test_it_is_sent_again_as_often_as_it_may_be_and_no_more() -> None:
    async def main() -> None:
        async with table(tries=1) as (upstream, client, _):
            upstream.will(*[refuses("503 Service Unavailable", Retry_After="1")] * 3)
            end = await client.ask()

        assert end["status"] == 503
        assert end["headers"] == {"retry-after": "1"}
        assert len(upstream.asked) == 2

    run(main())


@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_an_answer_that_is_no_stream_is_an_error(kind: str) -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will(lambda call: call.reply("200 OK", b"{}", content_type=kind))
            end = await client.ask()

        assert end["status"] == 502
        assert "no stream" in end["error"]["message"]

    run(main())


def test_a_server_that_takes_too_long_to_begin_is_given_up() -> None:
    async def main() -> None:
        async with table(first_s=1) as (upstream, client, _):
            end = await client.ask()
            await upstream.server.until(lambda server: not server.open)

        assert end["status"] == 504

    run(main())


# --- once there is one ------------------------------------------------------------------------


def _event(event: bytes) -> Callable[[Call], None]:
    return lambda call: call.say(chunk(b"data: " + event + b"\n\n"))


FAULTS: dict[str, Callable[[Call], None]] = {
    "the connection is lost": Call.hang_up,
    "the end comes too early": Call.end,
    "the stream ends too early": lambda call: call.say(b"0\r\n\r\n"),
    "the framing breaks": lambda call: call.say(b"zz\r\n"),
    "an event is no JSON": _event(b"{"),
    "an event is something else": _event(b'{"choices":[{"delta":{"content":7}}]}'),
    "arguments belong to no call": lambda call: tell(call, more("{}")),
    "two calls are written at once": lambda call: tell(
        call, begun("look", '{"x":1}'), begun("ask", index=1), more("{}", index=0)
    ),
    "an event has no end": lambda call: call.say(chunk(b"data: " + b"x" * 1_100_000)),
    "the model breaks": _event(b'{"error":{"message":"out of memory","code":500}}'),
    "the model breaks in a word": _event(b'{"error":"out of memory"}'),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_breaks_in_the_middle_fails_the_response_and_is_never_asked_again(
    fault: Callable[[Call], None],
) -> None:
    async def main() -> None:
        async with table(tries=3, repairs=3) as (upstream, client, _):
            client.create("Go!", tools=TOOLS)
            asked = await upstream.is_asked(1)
            asked.head()
            tell(asked, says("Well"))
            await client.until(lambda _: client.of("response.output_text.delta"))
            fault(asked)
            (end,) = await client.ends()
            upstream.will([says("Hi"), finish()])
            again = await client.ask()

        assert end["type"] == "response.failed"
        assert end["response"]["error"]["code"] == "server_error"
        assert end["response"]["error"]["message"].startswith("the upstream")
        assert text_in(again) == "Hi"
        assert len(upstream.asked) == 2

    run(main())


def test_a_limit_that_is_met_in_the_middle_is_told_as_one() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will([says("We"), {"error": {"message": "slow", "code": 429}}])
            end = await client.ask()

        assert end["response"]["error"]["code"] == "rate_limit_exceeded"

    run(main())


def test_a_server_that_falls_silent_is_given_up() -> None:
    def falls_silent(call: Call) -> None:
        call.head()
        tell(call, says("We"))

    async def main() -> None:
        async with table(silence_s=1) as (upstream, client, _):
            upstream.will(falls_silent)
            end = await client.ask()
            await upstream.server.until(lambda server: not server.open)

        assert end["response"]["error"]["code"] == "server_error"
        assert "silent for 1 s" in end["response"]["error"]["message"]

    run(main())


@pytest.mark.parametrize("mark", [b"data: [DONE]\n\n", b""])
def test_an_answer_that_was_finished_is_whole_however_the_connection_ends(mark: bytes) -> None:
    def answer(call: Call) -> None:
        call.head()
        tell(call, says("Hi"), finish(), used(3, 0, 1))
        call.say(chunk(mark))
        call.hang_up()

    async def main() -> None:
        async with table() as (upstream, client, _):
            upstream.will(answer)
            end = await client.ask()

        assert text_in(end) == "Hi"
        assert end["response"]["usage"]["input_tokens"] == 3

    run(main())


# --- keys -------------------------------------------------------------------------------------


def test_the_key_comes_from_the_variable_that_is_named_and_goes_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MODEL_KEY", "sk-kept-to-itself")
    caplog.set_level("DEBUG")

    async def main() -> None:
        async with table(key_env="MODEL_KEY") as (upstream, client, gateway):
            upstream.will(refuses("401 Unauthorized", {"message": "who are you?"}))
            end = await client.ask()
            assert upstream.calls[0].headers["authorization"] == "Bearer sk-kept-to-itself"
            assert "sk-kept" not in json.dumps(end) + str(await gateway.open())

    run(main())
    assert "sk-kept" not in caplog.text


@pytest.mark.parametrize("value", ["", "two words", "naïve"])
def test_a_key_that_cannot_be_one_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("MODEL_KEY", value)

    with pytest.raises(UsageError, match="MODEL_KEY") as refused:
        make_mind("upstream?url=http://127.0.0.1:9&key_env=MODEL_KEY")
    assert not value or value not in str(refused.value)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("upstream", "needs the address of a server"),
        ("upstream?url=127.0.0.1:8080", "begin with"),
        ("upstream?url=http://k:s@h/v1", "environment variable"),
        ("upstream?url=http://h&api=soap", "auto, chat or responses"),
        ("upstream?url=http://h&slots=many", "auto or 0 to 256"),
        ("upstream?url=http://h&first_s=0", "a number from 1"),
        ("upstream?url=http://h&color=red", "has no option 'color'"),
    ],
)
def test_an_upstream_that_cannot_be_had_says_why(spec: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        make_mind(spec)


def test_many_answers_at_once_keep_apart() -> None:
    async def main() -> None:
        async with table() as (upstream, client, _):
            for number in range(12):
                client.create(f"lane {number}", stream_id=f"s{number}")
            await upstream.is_asked(12)
            for place in reversed(range(12)):
                asked = upstream.calls[place]
                asked.head()
                words: str = upstream.asked[place]["messages"][0]["content"]
                tell(asked, says(words), finish())
                asked.end()
                await asyncio.sleep(0)
            ends = await client.ends(12)

        assert {(end["stream_id"], text_in(end)) for end in ends} == {
            (f"s{number}", f"lane {number}") for number in range(12)
        }

    run(main())
