"""LiteLLM in front of a gateway, over HTTP, with nothing of ours beside it.

Writes one line of JSON: what it made of a tool loop, streamed and not, and through its chat bridge.
"""

import importlib
import json
import os
import sys
from typing import Any

litellm: Any = importlib.import_module("litellm")

TO = {"api_key": os.environ["OPENAI_API_KEY"], "api_base": os.environ["OPENAI_BASE_URL"]}
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
TOOLS = [{"type": "function", "name": "weather", "parameters": PARAMETERS}]
QUESTION = "What is the weather in Paris?"


def outputs(response: Any) -> list[dict[str, str]]:
    return [
        {"type": "function_call_output", "call_id": item.call_id, "output": '{"value": "raining"}'}
        for item in response.output
        if item.type == "function_call"
    ]


def loop() -> dict[str, Any]:
    """Ask, answer the call, and look at what is kept of it."""
    ask = {"model": "openai/rules", "tools": TOOLS, **TO}
    first = litellm.responses(input=QUESTION, **ask)
    last = litellm.responses(input=outputs(first), previous_response_id=first.id, **ask)
    kinds = [
        str(event.type.value) for event in litellm.responses(input=QUESTION, stream=True, **ask)
    ]
    seen = litellm.get_responses(response_id=last.id, custom_llm_provider="openai", **TO)
    gone = litellm.delete_responses(response_id=last.id, custom_llm_provider="openai", **TO)
    return {
        "said": last.output[-1].content[0].text,
        "kinds": kinds,
        "seen": seen.status,
        "deleted": gone.deleted,
    }


def chat() -> dict[str, Any]:
    """Ask as chat completions do; LiteLLM turns it into responses and back."""
    function = {"name": "weather", "parameters": PARAMETERS}
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    ask = {
        "model": "openai/responses/rules",
        "tools": [{"type": "function", "function": function}],
        **TO,
    }
    first = litellm.completion(messages=messages, **ask).choices[0].message
    messages.append(first.model_dump())
    messages += [
        {"role": "tool", "tool_call_id": call.id, "content": '{"value": "raining"}'}
        for call in first.tool_calls
    ]
    last = litellm.completion(messages=messages, **ask).choices[0]
    return {"said": last.message.content, "finish": last.finish_reason}


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"loop": loop(), "chat": chat()}) + "\n")
