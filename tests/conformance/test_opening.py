"""How a connection begins: OPEN."""

import json

import pytest
from websockets.exceptions import InvalidStatus

from tests.conformance.asking import FILLER
from tests.conformance.talk import HELLO, Socket, creation
from tests.conformance.target import Target, not_applicable, not_tried


def test_open_01_the_path_of_the_create_call_takes_an_upgrade(target: Target) -> None:
    with Socket(target) as socket:
        assert socket.link.subprotocol is None
        assert socket.ask().end["type"] == "response.completed"


def test_open_02_a_wrong_key_is_refused_before_the_upgrade(target: Target) -> None:
    if not target.key:
        not_tried("no key was given, so there is no wrong one")
    with pytest.raises(InvalidStatus) as refused, Socket(target.with_key("certainly-not-the-key")):
        not_applicable("the server lets any key in")

    assert refused.value.response.status_code in (401, 403)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        pytest.param("?model=m", {}, id="a query"),
        pytest.param("", {"OpenAI-Beta": "responses_websockets=2026-02-06"}, id="beta header"),
        pytest.param(
            "",
            {"X-Stainless-Lang": "python", "originator": "x", "x-codex-turn-metadata": '{"a":1}'},
            id="headers of clients",
        ),
    ],
)
def test_open_03_what_is_not_known_of_the_handshake_changes_nothing(
    target: Target, query: str, headers: dict[str, str]
) -> None:
    with Socket(target, query=query, headers=headers) as socket:
        assert socket.ask().completed


def test_open_04_an_offer_to_compress_is_taken_or_left(target: Target) -> None:
    with Socket(target, compression="deflate") as socket:
        assert socket.ask(FILLER).completed


def test_open_05_a_frame_may_be_larger_than_a_megabyte(target: Target, socket: Socket) -> None:
    # Padding in a key that nobody knows: the size is the frame's, not the model's context.
    answer = socket.ask(client_metadata={"padding": "x" * (3 * 512 * 1024)})

    assert answer.completed


def test_open_06_a_message_in_fragments_is_one_event(target: Target, socket: Socket) -> None:
    text = json.dumps(creation(target, HELLO))
    socket.link.send(text[at : at + 40] for at in range(0, len(text), 40))

    assert socket.answers(1)[0].completed


def test_open_07_a_server_that_wants_http_says_426(http_only: Target) -> None:
    with pytest.raises(InvalidStatus) as refused, Socket(http_only):
        pass

    assert refused.value.response.status_code == 426
