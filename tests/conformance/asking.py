"""Requests that bring any mind to do what a case needs, and the admission that it would not."""

from typing import Any

from tests.conformance.plain import post
from tests.conformance.talk import Answer, Json, Socket, user
from tests.conformance.target import Target, not_applicable, not_tried

WEATHER: Json = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
CLOCK: Json = {**WEATHER, "name": "get_time", "description": "The time of day in a city."}
TOOLS = [WEATHER, CLOCK]

CALL: Json = {"tools": [WEATHER], "tool_choice": "required"}
"""What makes a request end in a call."""

ASK_FOR_A_CALL = "What is the weather in Paris? Call the tool."

# Words that nobody reads but that count: a context which has them is much larger.
FILLER = "Remember these words. " + "apple river stone window " * 100

# A report of many parts. A model writes a long call; a mind without wits has much to invent.
REPORT: Json = {
    "type": "function",
    "name": "write_report",
    "description": "Write a long report, every field at least ten words.",
    "parameters": {
        "type": "object",
        "properties": {f"part_{n}": {"type": "string", "minLength": 40} for n in range(20)},
        "required": [f"part_{n}" for n in range(20)],
        "additionalProperties": False,
    },
}


def long_input() -> list[Json]:
    """What takes long to answer: a model tells a story, a mind without wits what tools said."""
    said = (
        "the road from the mill to the harbour is long, and every stone of it has a story to tell"
    )
    items = [
        user("Tell a long story of at least three hundred words, with all that the tool says.")
    ]
    for n in range(8):
        call_id = f"call_story_{n}"
        items += [
            {"type": "function_call", "call_id": call_id, "name": "get_story", "arguments": "{}"},
            {"type": "function_call_output", "call_id": call_id, "output": f"{n}: {said}"},
        ]
    return items


def called(socket: Socket, **more: Any) -> Answer:
    """An answer with one call at least."""
    answer = socket.ask(ASK_FOR_A_CALL, **{**CALL, **more})
    if not answer.calls:
        not_tried("the mind was told to call a tool, and did not")
    return answer


def called_twice(socket: Socket, **more: Any) -> Answer:
    """An answer with several calls."""
    for city in ("Paris", "Rome", "Oslo", "Lima", "Cairo", "Delhi", "Quito", "Tunis"):
        answer = socket.ask(
            f"What are the weather and the time in {city}? Call both tools at once.",
            tools=TOOLS,
            tool_choice="required",
            parallel_tool_calls=True,
            **more,
        )
        if len(answer.calls) > 1:
            return answer
    return not_tried("the mind was told to make two calls at once eight times, and did not")


def context_tokens(answer: Answer) -> int:
    """How large the context was, by the server's own count."""
    usage: Json = answer.completed.get("usage") or {}
    tokens: int = usage.get("input_tokens", 0)
    if not tokens:
        not_tried("the server counts no tokens, so what is in a context does not show")
    return tokens


def need_lanes(target: Target) -> None:
    """End the case if the server is a serial one."""
    with Socket(target) as socket:
        socket.create(stream_id="probe")
        if socket.event().get("stream_id") != "probe":
            not_applicable("the server has no lanes: it answers without stream_id")


def need_steering(target: Target) -> None:
    """End the case if the server does not steer."""
    with Socket(target) as socket:
        socket.create(long_input())
        socket.steer(socket.begun(), "Stop here.")
        try:
            said = socket.until(
                lambda e: e["type"].startswith("response.steer.") or e["type"] == "error"
            )
        except TimeoutError:
            not_applicable("the server does not steer: it says nothing to a steer")
        if said["type"] != "response.steer.accepted":
            error: Json = said.get("error") or {}
            not_applicable(f"it does not steer: {said['type']} ({error.get('code')})")


def need_store(target: Target) -> None:
    """End the case if the server does not show stored responses over HTTP."""
    reply = post(target, store=True)
    if reply.status in (404, 405, 501):
        not_applicable(f"the server has no HTTP side: POST /responses gives {reply.status}")
