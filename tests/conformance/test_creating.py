"""What may be asked: CREATE."""

from typing import Any

import pytest

from tests.conformance.asking import ASK_FOR_A_CALL, CLOCK, TOOLS, WEATHER
from tests.conformance.talk import Answer, Json, Socket
from tests.conformance.target import Target, not_tried


def assert_refused(answer: Answer, param: str | None = None) -> None:
    assert answer.error
    assert answer.end.get("status") == 400, f"status is {answer.end.get('status')}"
    if param is not None:
        named = answer.error.get("param")
        assert str(named).startswith(param), f"param is {named!r}, not {param!r}"


def test_create_01_a_string_is_answered(socket: Socket) -> None:
    answer = socket.ask("Say hello.")

    assert answer.completed["output"]
    assert answer.text


def test_create_02_unknown_keys_are_ignored(socket: Socket) -> None:
    assert socket.ask(client_metadata={"a": {"b": [1]}}, no_such_key=True).completed


@pytest.mark.parametrize("more", [{"stream": True}, {"background": False}, {"include": []}])
def test_create_03_what_clients_send_for_no_reason_is_tolerated(socket: Socket, more: Json) -> None:
    assert socket.ask(**more).completed


def test_create_04_no_model_is_refused(socket: Socket) -> None:
    assert_refused(socket.refused({"type": "response.create", "input": "Hello."}))


def test_create_05_background_is_refused(socket: Socket) -> None:
    assert_refused(socket.ask(background=True))


def test_create_06_instructions_are_not_inherited(socket: Socket) -> None:
    first = socket.ask(instructions="Speak like a pirate.")
    second = socket.ask("Again.", previous_response_id=first.id)

    if first.completed.get("instructions") is None:
        not_tried("the server does not say which instructions it had")
    assert second.completed.get("instructions") is None


def test_create_07_store_is_true_when_left_out(target: Target, socket: Socket) -> None:
    socket.send({"type": "response.create", "model": target.model, "input": "Hello."})
    (answer,) = socket.answers(1)

    with Socket(target) as other:
        assert other.ask("Again.", previous_response_id=answer.id, store=True).completed


def test_create_08_a_previous_id_of_null_begins_anew(socket: Socket) -> None:
    assert socket.ask(previous_response_id=None).completed.get("previous_response_id") is None


def test_create_09_two_pasts_at_once_are_refused(socket: Socket) -> None:
    first = socket.ask()

    assert_refused(socket.ask("Again.", previous_response_id=first.id, conversation="conv_1"), None)


FORCED = {"type": "function", "name": "get_time"}
ALLOWED = {
    "type": "allowed_tools",
    "mode": "required",
    "tools": [{"type": "function", "name": "get_time"}],
}


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        pytest.param("none", set[str](), id="none"),
        pytest.param("required", {"get_weather", "get_time"}, id="required"),
        pytest.param(FORCED, {"get_time"}, id="function"),
        pytest.param(ALLOWED, {"get_time"}, id="allowed_tools"),
    ],
)
def test_create_10_a_tool_choice_is_kept(socket: Socket, choice: Any, names: set[str]) -> None:
    answer = socket.ask(ASK_FOR_A_CALL, tools=TOOLS, tool_choice=choice)

    called_tools = {call["name"] for call in answer.calls}
    assert called_tools <= names, f"{called_tools - names} were called"
    assert bool(called_tools) == bool(names), "nothing was called"


def test_create_11_a_choice_of_a_tool_that_is_not_there_is_refused(socket: Socket) -> None:
    assert_refused(socket.ask(tools=[WEATHER], tool_choice={"type": "function", "name": "nothing"}))


def test_create_12_no_parallel_calls_are_one_call_at_most(socket: Socket) -> None:
    for city in ("Paris", "Rome", "Oslo", "Lima"):
        answer = socket.ask(
            f"What are the weather and the time in {city}? Call both tools.",
            tools=TOOLS,
            tool_choice="required",
            parallel_tool_calls=False,
        )
        assert len(answer.calls) <= 1, f"{len(answer.calls)} calls were made"


def test_create_13_a_tool_may_have_unknown_keys(socket: Socket) -> None:
    tool = {
        **WEATHER,
        "strict": False,
        "async": False,
        "defer_loading": False,
        "output_schema": {"type": "object"},
        "allowed_callers": ["direct"],
    }

    assert socket.ask(tools=[tool], tool_choice="auto").completed


@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(
            {
                "type": "custom",
                "name": "apply_patch",
                "description": "…",
                "format": {"type": "text"},
            },
            id="custom",
        ),
        pytest.param({"type": "web_search"}, id="hosted"),
    ],
)
def test_create_14_other_tools_spoil_nothing(socket: Socket, tool: Json) -> None:
    assert socket.ask(tools=[WEATHER, tool], tool_choice="none").completed


def test_create_15_what_was_asked_comes_back(target: Target, socket: Socket) -> None:
    first = socket.ask()
    asked: Json = {
        "tools": [WEATHER, CLOCK],
        "tool_choice": "none",
        "parallel_tool_calls": False,
        "metadata": {"npc": "tomas"},
        "store": False,
        "previous_response_id": first.id,
    }
    response = socket.ask("Again.", **asked).completed

    assert response.get("model") == target.model
    tools: list[Json] = response.get("tools") or []
    names = [tool["name"] for tool in tools]
    assert names == ["get_weather", "get_time"], f"tools are {names}"
    for name in sorted(asked.keys() - {"tools"}):
        assert response.get(name) == asked[name], f"{name} is {response.get(name)!r}"


@pytest.mark.parametrize(
    "more",
    [
        {"service_tier": "auto"},
        {"user": "player-1"},
        {"safety_identifier": "player-1"},
        {"prompt_cache_key": "village"},
        {"prompt_cache_retention": "24h"},
        {"top_logprobs": 0},
        {"max_tool_calls": 8},
        {"truncation": "auto"},
        {"stream_options": {"include_obfuscation": False}},
        {"reasoning": {"effort": "low", "summary": None}},
        {"text": {"format": {"type": "text"}, "verbosity": "low"}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_create_16_fields_of_no_use_are_accepted(socket: Socket, more: Json) -> None:
    assert socket.ask(**more).completed


@pytest.mark.parametrize(
    ("more", "param"),
    [
        pytest.param({"input": 7}, "input", id="input"),
        pytest.param({"tools": "hammer"}, "tools", id="tools"),
        pytest.param({"max_output_tokens": 0}, "max_output_tokens", id="max_output_tokens"),
        pytest.param({"store": "perhaps"}, "store", id="store"),
        pytest.param({"tool_choice": "whichever"}, "tool_choice", id="tool_choice"),
    ],
)
def test_create_17_wrong_values_are_refused_by_name(socket: Socket, more: Json, param: str) -> None:
    assert_refused(socket.ask(**{"input": "Hello.", **more}), param)


def test_create_18_encrypted_reasoning_may_be_asked_for(socket: Socket) -> None:
    assert socket.ask(include=["reasoning.encrypted_content"]).completed
