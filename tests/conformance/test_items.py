"""What may be in an input: ITEM."""

from typing import Any

import pytest

from tests.conformance.talk import HELLO, Json, Socket, user
from tests.conformance.target import Target

CALL: Json = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"a":1}'}
CUSTOM: Json = {"type": "custom_tool_call", "call_id": "call_2", "name": "patch", "input": "free"}


def message(role: str, text: str, **more: Any) -> Json:
    kind = "output_text" if role == "assistant" else "input_text"
    part: Json = {"type": kind, "text": text}
    if role == "assistant":
        part["annotations"] = []
    return {"type": "message", "role": role, "content": [part], **more}


def test_item_01_a_message_may_leave_out_its_type(socket: Socket) -> None:
    assert socket.ask([user("Say hello.")]).completed


def test_item_02_messages_of_all_roles_are_accepted(socket: Socket) -> None:
    items = [
        message("system", "You are a smith."),
        message("developer", "Be brief."),
        message("user", "Who are you?"),
        message("assistant", "A smith."),
        message("user", "What do you make?"),
    ]

    assert socket.ask(items).completed


@pytest.mark.parametrize(
    "output", ["sunny", [{"type": "input_text", "text": "sunny"}]], ids=["a string", "parts"]
)
def test_item_03_calls_and_outputs_may_be_sent_again(socket: Socket, output: Any) -> None:
    answered = {"type": "function_call_output", "call_id": "call_1", "output": output}

    assert socket.ask([user("How is it outside?"), CALL, answered]).completed


def test_item_04_custom_calls_may_be_sent_again(socket: Socket) -> None:
    answered = {"type": "custom_tool_call_output", "call_id": "call_2", "output": "done"}

    assert socket.ask([user("Patch it."), CUSTOM, answered, user("And?")]).completed


def test_item_05_reasoning_may_be_sent_again(socket: Socket) -> None:
    reasoning: Json = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "One says hello."}],
    }

    assert socket.ask(
        [user("Hello."), reasoning, message("assistant", "Hi."), user("Again.")]
    ).completed


def test_item_06_items_may_carry_ids_of_the_clients_making(socket: Socket) -> None:
    answered = {
        "type": "function_call_output",
        "call_id": "call_1",
        "output": "x",
        "id": "fco_mine",
    }
    items = [message("user", "Look.", id="msg_mine"), {**CALL, "id": "fc_mine"}, answered]

    assert socket.ask(items).completed


@pytest.mark.parametrize("phase", ["commentary", "final_answer"])
def test_item_07_a_message_may_have_a_phase(socket: Socket, phase: str) -> None:
    items = [user("Hello."), message("assistant", "Hi.", phase=phase), user("Again.")]

    assert socket.ask(items).completed


def test_item_08_a_call_without_its_output_is_refused(socket: Socket) -> None:
    answer = socket.ask([user("Look."), CALL, user("And?")])

    assert answer.end.get("status") == 400, f"not refused: {answer.end['type']}"
    named = answer.error.get("param")
    assert named == "input", f"param is {named!r}"


def test_item_09_an_output_without_its_call_is_refused(socket: Socket) -> None:
    output = {"type": "function_call_output", "call_id": "call_nobody_made", "output": "x"}
    answer = socket.ask([user("Look."), output])

    assert answer.end.get("status") == 400, f"not refused: {answer.end['type']}"


def test_item_10_a_reference_stands_for_a_stored_item(target: Target, socket: Socket) -> None:
    first = socket.ask(store=True)
    ids = [item["id"] for item in first.completed["output"]]
    found = socket.ask(
        [user(HELLO), *({"type": "item_reference", "id": id} for id in ids), user("Again.")],
        store=True,
    )
    lost = socket.ask([{"type": "item_reference", "id": "msg_nobody_made"}, user("Again.")])

    assert found.completed
    assert lost.end["type"] == "error", "a reference to nothing was taken"
