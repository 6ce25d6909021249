"""Somebody with a token of their own misuses a WebSocket; the others notice nothing."""

import json
import random
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from npcengine.testing import wait_until
from tests.commands.asking import Json, ask, bearer, refusal, socket_to, stats
from tests.commands.programs import Served
from tests.hostile.siege import (
    NORMAL,
    TIGHT,
    WITHIN_S,
    close_code,
    event,
    flooded,
    frame,
    push,
    raw_websocket,
    undisturbed,
)

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

MB = 1_024 * 1_024


def test_who_never_reads_is_held_up_and_then_cut(gateway: Served) -> None:
    long = event(instructions="Hear me out. " * 50_000)  # comes back in three events of each answer

    with undisturbed(gateway, grows_mb=120), raw_websocket(gateway) as deaf:
        push(deaf, [long] * 60)
        wait_until(lambda: stats(gateway)["connections"] == 1, within_s=WITHIN_S)


@pytest.mark.parametrize(
    "rubbish",
    [frame(b"{}"), frame(b"x" * 125, opcode=9), frame(b"x", opcode=2)],
    ids=["no event", "ping", "binary"],
)
def test_who_never_reads_the_answers_to_rubbish_is_cut(gateway: Served, rubbish: bytes) -> None:
    with undisturbed(gateway, grows_mb=60), raw_websocket(gateway) as deaf:
        push(deaf, [rubbish * 10_000] * 1_000)
        wait_until(lambda: stats(gateway)["connections"] == 1, within_s=WITHIN_S)


STEER = b'{"type":"response.steer","previous_response_id":"resp_of_nobody","input":"Hm"}'


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(frame(b"{}") * 10_000, id="no event"),
        pytest.param(frame(b"", opcode=9) * 10_000, id="ping"),
        pytest.param(frame(STEER) * 2_000, id="steers for nobody"),
        pytest.param(event(stream_id="a") * 1_000, id="requests"),
        pytest.param(event(generate=False, input="word " * 200_000), id="long texts"),
    ],
)
def test_who_sends_without_end_leaves_the_others_their_turns(gateway: Served, piece: bytes) -> None:
    with (
        undisturbed(gateway, grows_mb=80) as decent,
        raw_websocket(gateway) as busy,
        flooded(busy, piece),
    ):
        decent.takes_turns(20)


def test_text_that_takes_long_to_tokenise_holds_nobody_up(gateway: Served) -> None:
    luck = random.Random(7)
    words = ("".join(luck.choices("abcdefghij", k=30)) for _ in range(60_000))
    hard = " ".join(words)  # no word twice, and none that is known

    with (
        undisturbed(gateway, grows_mb=80) as decent,
        socket_to(gateway, **bearer(gateway.token)) as client,
    ):
        client.send(json.dumps(_create(input=hard, generate=False)))
        decent.takes_turns(5)
        (end,) = _ends(client, 1)

    assert end["response"]["usage"]["input_tokens"] > 100_000


@pytest.mark.parametrize("opcode", [1, 2], ids=["text", "binary"])
def test_a_frame_of_100_mb_is_refused_by_its_head(gateway: Served, opcode: int) -> None:
    start = frame(b"", opcode=opcode, announced=100 * MB)

    with undisturbed(gateway, grows_mb=10), raw_websocket(gateway) as huge:
        push(huge, [start])
        assert close_code(huge) == 1009
    with undisturbed(gateway, grows_mb=10), raw_websocket(gateway) as huge:
        push(huge, [start, *[b"x" * MB] * 100])


def test_a_message_of_100_mb_in_fragments_is_refused_at_its_bound(gateway: Served) -> None:
    pieces = [frame(b"x" * MB, fin=False), *[frame(b"x" * MB, opcode=0, fin=False)] * 99]

    with undisturbed(gateway, grows_mb=60), raw_websocket(gateway) as huge:
        push(huge, pieces[:17])
        assert close_code(huge) == 1009


def test_a_message_of_300_000_empty_fragments_is_nothing(gateway: Served) -> None:
    empty = frame(b"", opcode=0, fin=False) * 10_000

    with undisturbed(gateway, grows_mb=10), raw_websocket(gateway) as odd:
        push(odd, [frame(b"", fin=False), *[empty] * 30, frame(b"", opcode=0)])
        odd.settimeout(WITHIN_S)
        assert b"invalid_json" in odd.recv(4_096), "the message was over, and was none"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param(b"\x81\x02{}", 1002, id="not masked"),
        pytest.param(b"\xf1\x82\0\0\0\0{}", 1002, id="reserved bits"),
        pytest.param(frame(b"{}", opcode=3), 1002, id="reserved opcode"),
        pytest.param(frame(b"x" * 126, opcode=9), 1002, id="long ping"),
        pytest.param(frame(b"", opcode=0), 1002, id="continues nothing"),
    ],
)
def test_what_is_no_frame_closes_the_socket(gateway: Served, wrong: bytes, code: int) -> None:
    with undisturbed(gateway, grows_mb=10), raw_websocket(gateway) as odd:
        push(odd, [wrong])
        assert close_code(odd) == code


def test_of_10_000_requests_at_once_the_queue_takes_what_it_holds(gateway: Served) -> None:
    creates = event(stream_id="a") * 10_000

    with undisturbed(gateway, grows_mb=80), socket_to(gateway, **bearer(gateway.token)) as client:
        client.socket.sendall(creates)
        ends = _ends(client, 10_000)

    refused = [end for end in ends if end["type"] == "error"]
    assert Counter(end["type"] for end in ends)["response.completed"] >= 128
    assert len(refused) > 5_000
    for end in refused:
        assert (end["status"], end["error"]["code"]) == (429, "websocket_queue_full")
        assert end["headers"]["retry-after"] == end["error"]["headers"]["retry-after"] == "1"
        assert end["stream_id"] == "a"


def test_large_requests_are_queued_up_to_so_many_bytes(gateway: Served) -> None:
    large = event(instructions="x" * 2 * MB)

    with undisturbed(gateway, grows_mb=120), socket_to(gateway, **bearer(gateway.token)) as client:
        client.socket.sendall(large * 8)
        ends = _ends(client, 8)

    refused = [end["error"]["code"] for end in ends if end["type"] == "error"]
    assert set(refused) == {"websocket_queue_full"}
    assert 1 <= len(refused) <= 7, "and the others were answered"


def test_the_33rd_lane_is_refused_and_the_others_go_on(gateway: Served) -> None:
    with undisturbed(gateway, grows_mb=40), socket_to(gateway, **bearer(gateway.token)) as client:
        for number in range(2_000):
            client.send(json.dumps(_create(stream_id=f"lane-{number}")))
        ends = _ends(client, 2_000)
        assert ask(client, "And now?", stream_id="lane-0")["status"] == "completed"

    refused = [end for end in ends if end["type"] == "error"]
    too_many = [e for e in refused if e["error"]["code"] == "websocket_stream_limit_reached"]
    assert len(too_many) == 2_000 - 32
    assert all(end["status"] == 400 for end in too_many)


def test_a_token_gets_so_many_sockets_and_another_still_gets_its_own(gateway: Served) -> None:
    with undisturbed(gateway, grows_mb=60), ExitStack() as held:
        for _ in range(TIGHT["connections"]):
            held.enter_context(socket_to(gateway, **bearer(gateway.token)))
        refused, said = refusal(gateway, **bearer(gateway.token))
        other, _ = refusal(gateway, **bearer(NORMAL))

    assert (refused, said["error"]["code"], other) == (429, "rate_limit_exceeded", 101)
    wait_until(lambda: refusal(gateway, **bearer(gateway.token))[0] == 101)


DEEP = "[" * 100_000 + "]" * 100_000
DEEP_OBJECT = '{"a":' * 100_000 + "1" + "}" * 100_000


@pytest.mark.parametrize("deep", [DEEP, DEEP_OBJECT, "[" * 1_000_000], ids=["[[", '{"a":{', "open"])
@pytest.mark.parametrize(
    "place",
    ["input", "tools", "metadata", "text", "stream_id", "tool_choice", "a_key_nobody_knows"],
)
def test_json_of_any_depth_costs_one_request_at_most(
    gateway: Served, place: str, deep: str
) -> None:
    with undisturbed(gateway, grows_mb=40), socket_to(gateway, **bearer(gateway.token)) as client:
        rest = ',"input":"Hi"' if place != "input" else ""
        client.send(f'{{"type":"response.create","model":"m"{rest},"{place}":{deep}}}')
        client.send(deep)
        _ends(client, 2)
        answered = ask(client, "Still there?")

    assert answered["status"] == "completed"


def test_a_schema_of_any_depth_is_refused_with_its_own_request(gateway: Served) -> None:
    schema = '{"type":"object","properties":{"a":' * 5_000 + "{}" + "}}" * 5_000
    tool = f'{{"type":"function","name":"deep","parameters":{schema}}}'

    with undisturbed(gateway, grows_mb=60), socket_to(gateway, **bearer(gateway.token)) as client:
        client.send(f'{{"type":"response.create","model":"m","input":"Hi","tools":[{tool}]}}')
        (end,) = _ends(client, 1)

    assert (end["type"], end["status"]) == ("error", 400)


def test_pictures_count_as_what_they_take(gateway: Served) -> None:
    part = {"type": "input_image", "image_url": "data:image/png;base64," + "A" * 12 * MB}
    picture = [{"role": "user", "content": [part]}]

    with undisturbed(gateway, grows_mb=330), socket_to(gateway, **bearer(gateway.token)) as client:
        newest: Json = {}
        codes: list[str] = []
        for _ in range(8):
            more = {"previous_response_id": newest["id"]} if newest else {}
            client.send(json.dumps(_create(input=picture, **more)))
            (end,) = _ends(client, 1)
            newest = end.get("response", {})
            codes.append(end.get("error", {}).get("code", ""))

    assert "context_length_exceeded" in codes


def _create(**fields: Any) -> Json:
    return {"type": "response.create", "model": "m", "store": False, "input": "Hi", **fields}


def _ends(client: Any, count: int) -> list[Json]:
    """Read until so many requests have ended."""
    ends: list[Json] = []
    kinds = ("response.completed", "response.failed", "response.incomplete", "error")
    try:
        while len(ends) < count:
            told = json.loads(client.recv(timeout=WITHIN_S))
            if told["type"] in kinds:
                ends.append(told)
    except ConnectionClosed as error:
        raise AssertionError(f"closed after {len(ends)} ends: {error}") from error
    return ends
