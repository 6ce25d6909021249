"""Somebody misuses plain HTTP, with a token of their own or none; the others notice nothing."""

import json
import select
from contextlib import ExitStack

import pytest

from npcengine.testing import wait_until
from tests.commands.asking import bearer, http_request, stats
from tests.commands.programs import Served
from tests.hostile.siege import (
    NORMAL,
    TIGHT,
    UPGRADE,
    WITHIN_S,
    besieged,
    flooded,
    head,
    push,
    raw,
    rest_of,
    status_of,
    undisturbed,
)

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

MB = 1_024 * 1_024

POST = "POST /v1/responses"
JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"


# --- heads ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param([f"X-{number}: x" for number in range(20_000)], id="20,000 headers"),
        pytest.param(["X: " + "x" * MB], id="one of a megabyte"),
        pytest.param([*UPGRADE, "X: " + "x" * 40_000], id="an upgrade"),
    ],
)
@pytest.mark.parametrize("token", [None, ""], ids=["with a token", "without"])
def test_a_flood_of_headers_is_refused_before_it_ends(
    gateway: Served, flood: list[str], token: str | None
) -> None:
    said = head(gateway, "GET /v1/responses", *flood, "...", token=token)

    with undisturbed(gateway, grows_mb=10), raw(gateway) as flooding:
        push(flooding, [said[at : at + 16_384] for at in range(0, len(said), 16_384)])
        assert status_of(flooding) == 431


def test_a_target_of_a_megabyte_is_refused(gateway: Served) -> None:
    with undisturbed(gateway, grows_mb=10), raw(gateway) as flooding:
        push(flooding, [head(gateway, f"GET /{'x' * MB}")])
        assert status_of(flooding) == 431


def test_heads_that_never_end_are_cut_off_when_their_time_is_up(gateway: Served) -> None:
    with undisturbed(gateway, grows_mb=10) as decent, ExitStack() as held:
        slow = [held.enter_context(raw(gateway, b"GET / HTTP/1.1\r\n")) for _ in range(100)]
        for _ in range(5):  # a byte now and then does not keep them
            decent.takes_turns(1)
            for one in slow:
                push(one, [b"X"])
        assert [rest_of(one) for one in slow] == [b""] * 100


def test_connections_that_say_nothing_make_room_for_those_that_do(gateway: Served) -> None:
    with undisturbed(gateway, grows_mb=20) as decent, ExitStack() as held:
        silent = [held.enter_context(raw(gateway)) for _ in range(TIGHT["tcp_connections"] + 50)]
        decent.takes_turns(3)
        assert rest_of(silent[0]) == b""


# --- bodies -----------------------------------------------------------------------------------


def test_a_body_of_100_mb_is_refused_by_its_head(gateway: Served) -> None:
    with undisturbed(gateway, grows_mb=10), raw(gateway) as huge:
        push(huge, [head(gateway, POST, JSON, f"Content-Length: {100 * MB}")])
        assert status_of(huge) == 413
    with undisturbed(gateway, grows_mb=10), raw(gateway) as huge:
        push(huge, [head(gateway, POST, JSON, f"Content-Length: {100 * MB}"), *[b"x" * MB] * 100])


def test_chunks_without_end_are_refused_at_their_bound(gateway: Served) -> None:
    chunk = b"100000\r\n" + b"x" * MB + b"\r\n"

    with undisturbed(gateway, grows_mb=60), raw(gateway) as huge:
        push(huge, [head(gateway, POST, JSON, CHUNKED), *[chunk] * 17])
        assert status_of(huge) == 413


def test_chunks_of_one_byte_without_end_leave_the_others_their_turns(gateway: Served) -> None:
    with undisturbed(gateway, grows_mb=20) as decent, raw(gateway) as busy:
        push(busy, [head(gateway, POST, JSON, CHUNKED)])
        with flooded(busy, b"1\r\n[\r\n" * 10_000):
            decent.takes_turns(20)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"1;" + b"x" * MB, 431, id="an extension of a megabyte"),
        pytest.param(b"f" * 30 + b"\r\n", 400, id="a size beyond all bounds"),
        pytest.param(b"-1\r\n", 400, id="a negative size"),
        pytest.param(b"1\r\nxx\r\n", 400, id="a chunk that is longer than it says"),
    ],
)
def test_chunks_that_are_none_are_refused(gateway: Served, body: bytes, status: int) -> None:
    with undisturbed(gateway, grows_mb=10), raw(gateway) as odd:
        push(odd, [head(gateway, POST, JSON, CHUNKED), body])
        assert status_of(odd) == status


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param(["Content-Length: -1"], id="negative"),
        pytest.param(["Content-Length: 1e3"], id="no number"),
        pytest.param(["Content-Length: 2", "Content-Length: 3"], id="two of them"),
        pytest.param(["Content-Length: " + "9" * 5_000], id="beyond all bounds"),
    ],
)
def test_a_length_that_cannot_be_is_refused(gateway: Served, lengths: list[str]) -> None:
    with undisturbed(gateway, grows_mb=10), raw(gateway) as odd:
        push(odd, [head(gateway, POST, JSON, *lengths), b"{}"])
        assert status_of(odd) == 400


def test_a_length_beside_chunks_smuggles_no_second_request(gateway: Served) -> None:
    inner = head(gateway, "GET /v1/models")
    body = b"0\r\n\r\n" + inner

    with undisturbed(gateway, grows_mb=10), raw(gateway) as odd:
        push(odd, [head(gateway, POST, JSON, CHUNKED, f"Content-Length: {len(body)}"), body])
        said = rest_of(odd)

    assert said.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("length", ["Content-Length: 1000", CHUNKED])
def test_bodies_that_never_end_are_cut_off_when_their_time_is_up(
    gateway: Served, length: str
) -> None:
    with undisturbed(gateway, grows_mb=10) as decent, ExitStack() as held:
        said = head(gateway, POST, JSON, length)
        slow = [held.enter_context(raw(gateway, said)) for _ in range(100)]
        for _ in range(5):
            decent.takes_turns(1)
            for one in slow:
                push(one, [b"1\r\nx\r\n"])
        assert [rest_of(one) for one in slow] == [b""] * 100


def test_large_bodies_share_what_there_is_and_small_ones_are_always_taken() -> None:
    size = MB // 2

    with besieged(bodies_bytes=2 * MB, body_within_s=60) as served:
        said = head(served, POST, JSON, f"Content-Length: {size}")
        with undisturbed(served, grows_mb=20), ExitStack() as held:
            five = [held.enter_context(raw(served, said)) for _ in range(5)]
            for one in five:
                push(one, [b"x" * (size - 1)])  # it holds back the last byte
            refused, _, _ = select.select(five, [], [], WITHIN_S)
            assert status_of(refused[0]) == 503


@pytest.mark.parametrize(
    "deep", ["[" * 100_000, '{"input":' * 100_000, "[" * 100_000 + "]" * 100_000]
)
def test_json_of_any_depth_is_refused(gateway: Served, deep: str) -> None:
    with undisturbed(gateway, grows_mb=10):
        headers = {**bearer(gateway.token), "Content-Type": "application/json"}
        status, said = http_request(gateway, "POST", "/v1/responses", headers, deep)

    assert (status, said["error"]["code"]) == (400, "invalid_json")


# --- answers ----------------------------------------------------------------------------------


def test_who_does_not_read_a_stream_is_held_up_and_then_cut(gateway: Served) -> None:
    body = json.dumps({"model": "m", "input": "Hi", "instructions": "x" * 12 * MB, "stream": True})
    said = head(gateway, POST, JSON, f"Content-Length: {len(body)}") + body.encode()

    with undisturbed(gateway, grows_mb=150), raw(gateway, said) as deaf:
        assert deaf.recv(1) == b"H", "it has begun"
        wait_until(lambda: stats(gateway)["running"] == 0, within_s=WITHIN_S)


def test_who_sends_requests_and_reads_no_answer_is_not_read_either(gateway: Served) -> None:
    headers = {**bearer(gateway.token), "Content-Type": "application/json"}
    body = json.dumps({"model": "m", "input": "Hi", "instructions": "x" * MB})
    _, stored = http_request(gateway, "POST", "/v1/responses", headers, body)
    many = head(gateway, f"GET /v1/responses/{stored['id']}") * 1_000

    with undisturbed(gateway, grows_mb=20), raw(gateway) as deaf:
        taken = push(deaf, [many] * 1_000)

    assert taken < 1_000 * len(many)


# --- strangers --------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "wrong", NORMAL[:-1], NORMAL + "x", f"{NORMAL} wrong", "é"])
@pytest.mark.parametrize("upgrade", [UPGRADE, ()], ids=["socket", "http"])
def test_a_wrong_token_is_refused_at_the_head(
    gateway: Served, token: str, upgrade: tuple[str, ...]
) -> None:
    request = "GET /v1/responses" if upgrade else POST
    length = [] if upgrade else [JSON, f"Content-Length: {100 * MB}"]
    said = head(gateway, request, f"Authorization: Bearer {token}", *upgrade, *length, token="")

    with undisturbed(gateway, grows_mb=10), raw(gateway, said) as stranger:
        answer = rest_of(stranger)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"invalid_api_key" in answer


@pytest.mark.parametrize("origin", ["http://a.page", "null", "http://127.0.0.1", ""])
@pytest.mark.parametrize("upgrade", [UPGRADE, ()], ids=["socket", "http"])
def test_a_web_page_is_refused_whatever_token_it_has(
    gateway: Served, origin: str, upgrade: tuple[str, ...]
) -> None:
    said = head(gateway, "GET /v1/models", f"Origin: {origin}", *upgrade)

    with undisturbed(gateway, grows_mb=10), raw(gateway, said) as page:
        assert status_of(page) == 403
