"""The official SDK over plain HTTP, with nothing of ours beside it.

Runs in the SDK's own environment, as ``openai_conversation.py`` does. Reads a plan from its
standard input, writes one line of JSON: what the SDK made of each answer.
"""

import asyncio
import importlib
import json
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

openai: Any = importlib.import_module("openai")

WITHIN_S = 10.0


def looked_at(thing: Any) -> Any:
    """Return an object of the SDK as JSON, after the check that it leaves out itself."""
    told = thing.to_dict(mode="json")
    thing.__class__.model_validate(told)
    return told


def refusals(client: Any, plan: dict[str, Any]) -> dict[str, Any]:
    """Do what a gateway that makes one response at a time refuses."""
    question = {"input": plan["input"], **plan["request"]}
    with client.responses.create(stream=True, **question) as stream:
        next(iter(stream))
        busy = refused(client.responses.create, **question)
    page = openai.OpenAI(max_retries=0, default_headers={"Origin": "http://a.page"})
    at_the_door = ""
    try:
        with openai.OpenAI(api_key="wrong").responses.connect():
            pass
    except Exception as error:  # noqa: BLE001 - which one is what we want to know
        at_the_door = f"{type(error).__name__}: {error}"
    return {
        "busy": busy,
        "page": refused(page.models.list),
        "large": refused(client.responses.create, model="m", input="x" * 17 * 1024 * 1024),
        "empty": refused(client.responses.create, input="Hello?"),
        "at the door": at_the_door,
    }


async def talk_async(plan: dict[str, Any]) -> dict[str, Any]:
    """The asynchronous client: one stream, one connection of two turns, one refusal."""
    async with openai.AsyncOpenAI(max_retries=0) as client:
        question = {"input": plan["input"], **plan["request"]}
        stream = await client.responses.create(stream=True, **question)
        streamed = [looked_at(event) async for event in stream]
        ends: list[Any] = []
        async with client.responses.connect() as connection:
            for _ in range(2):
                await connection.response.create(**question)
                async for event in connection:
                    if event.type == "response.completed":
                        ends.append(looked_at(event))
                        break
        try:
            await client.responses.retrieve("resp_of_nobody")
        except openai.NotFoundError as error:
            message = error.message
        else:
            raise AssertionError("it was found")
    return {"streamed": streamed, "ends": ends, "message": message}


def refused(call: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
    """Make a call that the server refuses; return what the SDK raises."""
    try:
        call(*arguments, **named)
    except openai.APIStatusError as error:
        return {"kind": type(error).__name__, "status": error.status_code, "code": error.code}
    raise AssertionError("it was not refused")


def talk(client: Any, plan: dict[str, Any]) -> dict[str, Any]:
    """Hold one tool loop streamed and one not, and look at what is kept of them."""
    streamed: list[Any] = []
    whole: list[Any] = []
    for kept in (streamed, whole):
        given: Any = plan["input"]
        more: dict[str, Any] = {}
        while given:
            request = {"input": given, **plan["request"], **more}
            if kept is streamed:
                events = [
                    looked_at(event) for event in client.responses.create(stream=True, **request)
                ]
                kept.append(events)
                response = events[-1]["response"]
            else:
                response = looked_at(client.responses.create(**request))
                kept.append(response)
            more = {"previous_response_id": response["id"]}
            given = [
                {
                    "type": "function_call_output",
                    "call_id": item["call_id"],
                    "output": plan["outputs"][item["name"]],
                }
                for item in response["output"]
                if item["type"] == "function_call"
            ]
    last = whole[-1]["id"]
    listed = client.responses.input_items.list(last, order="asc", limit=2)
    looked_at(listed)
    items = [looked_at(item) for item in listed]  # the SDK turns the pages
    question = {"model": plan["request"]["model"], "input": plan["input"]}
    counted = client.responses.input_tokens.count(**question)
    asked = client.responses.create(store=False, **question)
    folded = client.responses.compact(model=plan["request"]["model"], previous_response_id=last)
    again = client.responses.create(
        model=plan["request"]["model"],
        input=[*looked_at(folded)["output"], {"role": "user", "content": "And then?"}],
    )
    with client.responses.stream(**question) as stream:  # the helper that collects
        final = stream.get_final_response()
    return {
        "streamed": streamed,
        "whole": whole,
        "retrieved": looked_at(client.responses.retrieve(last)),
        "items": items,
        "counted": looked_at(counted),
        "charged": asked.usage.input_tokens,
        "folded": looked_at(folded),
        "again": looked_at(again),
        "collected": final.output_text,
        "models": [looked_at(model) for model in client.models.list()],
        "model": looked_at(client.models.retrieve(plan["mind"])),
        "deleted": client.responses.delete(last),
        "errors": {
            "gone": refused(client.responses.retrieve, last),
            "ended": refused(client.responses.cancel, whole[0]["id"]),
            "continued": refused(client.responses.create, previous_response_id=last, **question),
            "stranger": refused(openai.OpenAI(api_key="wrong").models.list),
        },
    }


def cancel(client: Any, plan: dict[str, Any]) -> dict[str, Any]:
    """Stop a response while it is being streamed."""
    events: list[Any] = []
    with (
        ThreadPoolExecutor(1) as beside,
        client.responses.create(stream=True, input=plan["input"], **plan["request"]) as stream,
    ):
        stopped: list[Future[Any]] = []
        for event in stream:
            events.append(looked_at(event))
            if event.type == "response.in_progress":
                stopped.append(beside.submit(client.responses.cancel, event.response.id))
    return {"stopped": looked_at(stopped[0].result(WITHIN_S)), "end": events[-1]}


if __name__ == "__main__":
    plan = json.load(sys.stdin)
    if plan["how"] == "async":
        told = asyncio.run(talk_async(plan))
    else:
        act = {"talk": talk, "cancel": cancel, "refusals": refusals}[plan["how"]]
        told = act(openai.OpenAI(max_retries=0), plan)
    sys.stdout.write(json.dumps(told) + "\n")
