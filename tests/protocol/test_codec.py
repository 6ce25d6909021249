import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import RemoteProtocolError
from npcengine.protocol import incoming, outgoing
from npcengine.protocol.codec import (
    CLIENT_TYPES,
    SERVER_TYPES,
    decode_client_event,
    decode_server_event,
    encode,
)
from npcengine.protocol.items import InputText, Message, UnknownItem, encode_item, read_item

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_every_event_of_the_wire_has_its_struct() -> None:
    assert len(SERVER_TYPES) == 30
    assert {"response.created", "response.steer.pending", "error"} <= SERVER_TYPES
    assert {"response.create", "response.steer", "response.cancel"} == CLIENT_TYPES


def test_an_event_of_an_unknown_type_is_tolerated() -> None:
    event = decode_server_event(b'{"type":"codex.rate_limits","stream_id":"a","x":[1]}')

    assert event == incoming.UnknownServerEvent("codex.rate_limits", "a")


def test_unknown_keys_and_null_options_are_tolerated() -> None:
    frame = (
        b'{"type":"response.output_text.delta","delta":"Hi","obfuscation":"zz",'
        b'"stream_id":null,"sequence_number":null,"logprobs":null}'
    )

    event = decode_server_event(frame)

    assert isinstance(event, incoming.OutputTextDelta)
    assert event.delta == "Hi"


def test_a_create_as_the_official_clients_send_it_is_understood() -> None:
    frame = b'{"type":"response.create","model":"m","input":"hi","stream":true,"include":[],"x":1}'

    event = decode_client_event(frame)

    assert isinstance(event, outgoing.ResponseCreate)
    assert event.model == "m"


def test_what_is_left_out_does_not_appear_on_the_wire() -> None:
    frame = encode(outgoing.ResponseCreate(model="m", store=False))

    assert json.loads(frame) == {"type": "response.create", "model": "m", "store": False}


@pytest.mark.parametrize(
    ("frame", "path"),
    [
        pytest.param(b"", "$", id="nothing"),
        pytest.param(b"hello", "$", id="no JSON"),
        pytest.param(b"[]", "$", id="no object"),
        pytest.param(b"{}", "$", id="no type"),
        pytest.param(b'{"type":7}', "$.type", id="type of another type"),
        pytest.param(b'{"type":"error","status":"x"}', "$.status", id="field of another type"),
        pytest.param(b'{"type":"error","error":{"code":[]}}', "$.error.code", id="nested field"),
        pytest.param(b'{"type":"error","message":"\xff"}', "$", id="not UTF-8"),
        pytest.param(
            b'{"type":"response.created","response":' + b"[" * 50_000, "$", id="nested too deeply"
        ),
    ],
)
def test_a_bad_frame_is_refused_with_its_path(frame: bytes, path: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode_server_event(frame)

    assert caught.value.path == path


@given(st.binary(max_size=60) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_event_or_a_refusal(frame: bytes) -> None:
    for decode in (decode_client_event, decode_server_event):
        with suppress(RemoteProtocolError):
            assert decode(frame) is not None


@given(ANY_JSON)
def test_any_item_is_read_or_refused_and_unknown_ones_come_back_verbatim(value: object) -> None:
    raw = json.dumps(value).encode()
    try:
        item = read_item(raw)
    except RemoteProtocolError:
        return
    if isinstance(item, UnknownItem):
        assert bytes(encode_item(item)) == raw


def test_a_message_may_be_plain_text_without_a_type() -> None:
    assert read_item(b'{"role":"user","content":"hi"}') == Message("user", (InputText("hi"),))


def test_parts_of_an_unknown_type_survive_being_sent_back() -> None:
    raw = b'{"type":"message","role":"user","content":[{"type":"input_image","image_url":"x"}]}'

    assert json.loads(bytes(encode_item(read_item(raw)))) == json.loads(raw)
