"""The official SDK holds a conversation, with nothing of ours beside it.

Runs in the SDK's own environment (:mod:`tools.clients`) and finds its server and key where the
SDK looks for them: in ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``. Reads a plan from its standard
input, writes one line of JSON: what the SDK made of each response.
"""

import importlib
import json
import sys
from typing import Any

openai: Any = importlib.import_module("openai")


def events_of_one_response(connection: Any) -> list[Any]:
    """Take events until a response has ended."""
    events: list[Any] = []
    for event in connection:
        # The SDK builds its objects without looking; what it lets pass, others stumble over.
        event.__class__.model_validate(event.to_dict(mode="json"))
        events.append(event)
        if event.type in ("response.completed", "response.failed", "response.incomplete", "error"):
            return events
    raise ConnectionError("the server has gone")


def steer(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Say one turn and steer it at an event of a kind; return all events until the last answer."""
    events: list[Any] = []
    answered = False
    with openai.OpenAI().responses.connect() as connection:
        connection.response.create(input=plan["turns"][0], **plan["request"])
        for event in connection:
            event.__class__.model_validate(event.to_dict(mode="json"))
            events.append(event)
            if event.type == plan["steer_at"] and not answered:
                answered = True
                first = next(e.response.id for e in events if e.type == "response.created")
                connection.response.steer(previous_response_id=first, input=plan["steer"])
            elif event.type == "response.steer.pending":
                given = [
                    {**stub.to_dict(mode="json"), "output": plan["outputs"][stub.name]}
                    for stub in event.required_input
                ]
                connection.response.create(
                    input=given,
                    previous_response_id=event.steer.previous_response_id,
                    **plan["request"],
                )
            elif event.type == "response.completed" and event.response.previous_response_id:
                return [{"kind": type(e).__name__, **e.to_dict(mode="json")} for e in events]
    raise ConnectionError("the server has gone")


def account(events: list[Any]) -> dict[str, Any]:
    """Return what the SDK says that it received."""
    response = events[-1].response
    kinds = [type(event).__name__ for event in events]
    return {
        "kinds": kinds,
        "numbers": [event.sequence_number for event in events],
        "spoken": "".join(
            event.delta for event in events if event.type == "response.output_text.delta"
        ),
        "argued": "".join(
            event.delta
            for event in events
            if event.type == "response.function_call_arguments.delta"
        ),
        "text": response.output_text,
        "response": response.to_dict(mode="json"),
    }


def converse(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Say every turn of the plan, answering calls until the mind makes no more."""
    accounts: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    with openai.OpenAI().responses.connect() as connection:
        for words in plan["turns"]:
            given: Any = words
            while given:
                connection.response.create(input=given, **plan["request"], **more)
                events = events_of_one_response(connection)
                if events[-1].type != "response.completed":
                    raise RuntimeError(events[-1].to_json())
                accounts.append(account(events))
                response = events[-1].response
                more = {"previous_response_id": response.id}
                given = [
                    {
                        "type": "function_call_output",
                        "call_id": item.call_id,
                        "output": plan["outputs"][item.name],
                    }
                    for item in response.output
                    if item.type == "function_call"
                ]
    return accounts


if __name__ == "__main__":
    plan = json.load(sys.stdin)
    sys.stdout.write(json.dumps((steer if "steer" in plan else converse)(plan)) + "\n")
