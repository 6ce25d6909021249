"""Event streams without a socket: any pieces, any line ends, any answer."""

import json
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.codec import decode_server_event
from npcengine.protocol.incoming import ErrorEvent
from npcengine.transport import exchange as exchanges
from npcengine.transport.event_stream import EventReader
from npcengine.transport.exchange import MAX_REFUSAL_BYTES, Exchange, http_body

ENDS = ("response.completed", "response.failed", "response.incomplete", "error")

texts = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=20)
noise = st.sampled_from(["", ": a comment", "event: x", "id: 7", "retry: 10", "unknown", "data"])
line_ends = st.sampled_from(["\n", "\r\n"])


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


@given(
    events=st.lists(st.lists(texts, min_size=1, max_size=3), max_size=5),
    between=noise.filter(lambda line: line != "data"),
    end=line_ends,
    space=st.sampled_from(["", " "]),
    cuts=st.lists(st.integers(0, 10_000), max_size=30),
)
def test_events_are_the_same_however_the_stream_is_cut_and_its_lines_end(
    events: list[list[str]], between: str, end: str, space: str, cuts: list[int]
) -> None:
    lines: list[str] = []
    for event in events:
        lines += [between, *(f"data:{space or ' '}{line}" for line in event), "event: e", ""]
    stream = "".join(line + end for line in lines).encode()
    reader = EventReader(1_000)

    read = [event for piece in pieces(stream, cuts) for event in reader.feed(piece)]

    assert read == [whole for event in events if (whole := "\n".join(event).encode())]


def test_an_event_that_the_stream_ends_in_is_none() -> None:
    reader = EventReader(100)

    assert reader.feed(b"data: a\n\ndata: b\n") == [b"a"]


@pytest.mark.parametrize(
    "piece",
    [b"data: 0123456789\n", b"data:\n", b"data: 01", b"x" * 7, b"data: %b\n\n" % (b"x" * 1_001)],
)
def test_an_event_is_refused_when_it_grows_too_large_whatever_it_grows_by(piece: bytes) -> None:
    reader = EventReader(1_000)

    def feed_on() -> None:
        for _ in range(2_000):
            assert reader.feed(piece) == []

    with pytest.raises(RemoteProtocolError, match="1000 bytes"):
        feed_on()


# --- exchanges ----------------------------------------------------------------------------------


def event_of(frame: bytes | bytearray) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(frame)
    return event


def event_in(frame: bytes | bytearray) -> dict[str, Any] | None:
    """The event in a frame; ``None`` for what was none before: it is refused higher up."""
    try:
        event: Any = json.loads(frame)
    except ValueError:
        return None
    return cast("dict[str, Any]", event) if isinstance(event, dict) and "type" in event else None


kinds = st.sampled_from(["response.created", "response.output_text.delta", "acme:trace", *ENDS])
some_event = kinds.map(lambda kind: json.dumps({"type": kind, "stream_id": "another"}).encode())
some_data = st.one_of(some_event, st.just(b"[DONE]"), st.just(b"{}"), st.binary(max_size=8))


@given(
    status=st.sampled_from([200, 200, 200, 201, 301, 400, 429, 500, 799]),
    kind=st.sampled_from(["text/event-stream; charset=utf-8", "application/json", ""]),
    data=st.lists(some_data, max_size=8),
    cuts=st.lists(st.integers(0, 10_000), max_size=20),
    is_whole=st.booleans(),
    is_begun=st.booleans(),
    lane=st.sampled_from([None, "s0"]),
)
def test_whatever_a_server_answers_an_exchange_ends_once_and_on_its_own_lane(
    status: int,
    kind: str,
    data: list[bytes],
    cuts: list[int],
    is_whole: bool,
    is_begun: bool,
    lane: str | None,
) -> None:
    exchange = Exchange(lane, b"")
    if is_begun:
        exchange.begin(status, {"content-type": kind})
        for piece in pieces(b"".join(b"data: %b\n\n" % one for one in data), cuts):
            exchange.feed(piece)
    if is_whole and is_begun:
        exchange.end()
    else:
        exchange.lose("gone")

    frames = exchange.take()
    events = [event for frame in frames if (event := event_in(frame)) is not None]
    assert exchange.is_over
    assert [event["type"] in ENDS for event in events].count(True) == 1
    assert event_of(frames[-1])["type"] in ENDS
    assert all(event.get("stream_id") == lane for event in events if lane is not None)
    assert exchange.take() == []


def test_a_lane_of_its_own_that_an_event_names_counts_for_nothing() -> None:
    exchange = Exchange("s0", b"")
    exchange.begin(200, {"content-type": "text/event-stream"})

    exchange.feed(b'data: {"type":"error","stream_id":"s1","message":"no"}\n\n')

    event = decode_server_event(exchange.take()[0])
    assert isinstance(event, ErrorEvent)
    assert event.stream_id == "s0"


def test_a_request_is_posted_without_what_http_does_not_know_and_as_a_stream() -> None:
    frame = b'{"type":"response.create","model":"m","input":[{"type":"x"}],"stream_id":"s0"}'

    assert json.loads(http_body(frame)) == {"model": "m", "input": [{"type": "x"}], "stream": True}


REFUSED = b'{"error":{"message":"no","type":"t","param":"p","code":"c"}}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(REFUSED, {"message": "no", "type": "t", "param": "p", "code": "c"}, id="own"),
        pytest.param(b"<html>no</html>", {"message": "HTTP 503: Service Unavailable"}, id="html"),
        pytest.param(b'{"error":"no"}', {"message": "HTTP 503: Service Unavailable"}, id="text"),
        pytest.param(b"[" * 60_000, {"message": "HTTP 503: Service Unavailable"}, id="deep"),
    ],
)
def test_a_refusal_becomes_the_error_frame_of_a_websocket(
    body: bytes, expected: dict[str, Any]
) -> None:
    exchange = Exchange("s0", b"")
    exchange.begin(503, {"content-type": "application/json", "retry-after": "2"})
    exchange.feed(body)
    exchange.end()

    [frame] = exchange.take()
    event = event_of(frame)
    assert (event["type"], event["status"], event["stream_id"]) == ("error", 503, "s0")
    assert event["headers"] == {"retry-after": "2"}
    assert expected.items() <= event["error"].items()
    read = decode_server_event(frame)
    assert isinstance(read, ErrorEvent)
    assert read.info().retry_after_s == 2


def test_a_refusal_that_goes_on_for_ever_is_read_to_a_bound_only() -> None:
    exchange = Exchange(None, b"")
    exchange.begin(500, {})

    exchange.feed(b"x" * MAX_REFUSAL_BYTES)

    assert exchange.is_over


def test_an_event_beyond_all_bounds_is_an_error_that_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchanges, "MAX_FRAME_BYTES", 100)
    exchange = Exchange("s0", b"")
    exchange.begin(200, {"content-type": "text/event-stream"})

    exchange.feed(b"data: " + b"x" * 200)

    event = event_of(exchange.take()[0])
    assert event["error"]["code"] == "event_too_large"
    assert "status" not in event
