"""Conversations that are folded: COMPACT."""

import pytest

from tests.conformance.asking import FILLER, context_tokens
from tests.conformance.plain import request
from tests.conformance.talk import Json, Socket, user
from tests.conformance.target import Target, not_applicable


@pytest.fixture
def compacted(target: Target) -> Json:
    body = {"model": target.model, "input": [user(FILLER)]}
    reply = request(target, "POST", "/responses/compact", body)
    if reply.status in (404, 405, 501):
        not_applicable(f"the server does not compact: status {reply.status}")
    return reply.good


def test_compact_01_it_gives_a_window(compacted: Json) -> None:
    assert compacted["object"] == "response.compaction"
    assert isinstance(compacted["id"], str)
    assert isinstance(compacted["created_at"], int)
    assert compacted["output"]
    assert "input_tokens" in compacted["usage"]


def test_compact_02_its_id_cannot_be_continued(compacted: Json, socket: Socket) -> None:
    answer = socket.ask("Go on.", previous_response_id=compacted["id"])

    assert answer.code == "previous_response_not_found"


def test_compact_03_its_output_begins_a_new_chain(compacted: Json, socket: Socket) -> None:
    first = socket.ask([*compacted["output"], user("Go on.")])

    assert first.completed
    assert socket.ask("And then?", previous_response_id=first.id).completed
    assert context_tokens(first) > 0


def test_compact_04_a_threshold_that_is_not_reached_changes_nothing(socket: Socket) -> None:
    management = [{"type": "compaction", "compact_threshold": 100_000}]
    answer = socket.ask(context_management=management)

    assert answer.completed
    assert "compaction" not in {item["type"] for item in answer.completed["output"]}
