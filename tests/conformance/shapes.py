"""What each event has to have."""

from collections.abc import Mapping

from tests.conformance.talk import Json

_CONTENT = {"item_id": str, "output_index": int, "content_index": int}
_OF_ITEM = {"item_id": str, "output_index": int}
_SUMMARY = {**_OF_ITEM, "summary_index": int}
_STEER = {"steer": dict}

FIELDS: Mapping[str, Mapping[str, type]] = {
    **{
        f"response.{kind}": {"response": dict}
        for kind in ("created", "queued", "in_progress", "completed", "failed", "incomplete")
    },
    "response.output_item.added": {"output_index": int, "item": dict},
    "response.output_item.done": {"output_index": int, "item": dict},
    "response.content_part.added": {**_CONTENT, "part": dict},
    "response.content_part.done": {**_CONTENT, "part": dict},
    "response.output_text.delta": {**_CONTENT, "delta": str},
    "response.output_text.done": {**_CONTENT, "text": str},
    "response.output_text.annotation.added": {
        **_CONTENT,
        "annotation_index": int,
        "annotation": dict,
    },
    "response.refusal.delta": {**_CONTENT, "delta": str},
    "response.refusal.done": {**_CONTENT, "refusal": str},
    "response.function_call_arguments.delta": {**_OF_ITEM, "delta": str},
    "response.function_call_arguments.done": {**_OF_ITEM, "arguments": str},
    "response.custom_tool_call_input.delta": {**_OF_ITEM, "delta": str},
    "response.custom_tool_call_input.done": {**_OF_ITEM, "input": str},
    "response.reasoning_summary_part.added": {**_SUMMARY, "part": dict},
    "response.reasoning_summary_part.done": {**_SUMMARY, "part": dict},
    "response.reasoning_summary_text.delta": {**_SUMMARY, "delta": str},
    "response.reasoning_summary_text.done": {**_SUMMARY, "text": str},
    "response.reasoning_text.delta": {**_CONTENT, "delta": str},
    "response.reasoning_text.done": {**_CONTENT, "text": str},
    "response.compaction.compacting": _OF_ITEM,
    "response.steer.accepted": _STEER,
    "response.steer.pending": {**_STEER, "reason": str, "required_input": list},
    "response.steer.failed": {**_STEER, "error": dict},
    "error": {"error": dict, "status": int},
}

RESPONSE: Mapping[str, type | tuple[type, ...]] = {
    "id": str,
    "object": str,
    "created_at": (int, float),
    "model": str,
    "output": list,
    "parallel_tool_calls": bool,
    "tool_choice": (str, dict),
    "tools": list,
    "status": str,
}

OTHER_RESPONSE_KEYS = [
    "completed_at",
    "error",
    "incomplete_details",
    "instructions",
    "max_output_tokens",
    "previous_response_id",
    "store",
    "temperature",
    "text",
    "top_p",
    "truncation",
    "usage",
    "metadata",
    "reasoning",
    "background",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "max_tool_calls",
    "top_logprobs",
    "presence_penalty",
    "frequency_penalty",
]

STATUS = {
    "response.created": ("in_progress", "queued"),
    "response.queued": ("queued",),
    "response.in_progress": ("in_progress",),
    "response.completed": ("completed",),
    "response.failed": ("failed",),
    "response.incomplete": ("incomplete", "cancelled"),
}


def _seen(what: Json, name: str) -> str:
    return f"{name} is {what[name]!r:.40}" if name in what else f"{name} is missing"


def faults(event: Json) -> list[str]:
    """What an event lacks of its table's row."""
    kind = event["type"]
    return [
        f"{kind}: {_seen(event, name)}"
        for name, wanted in FIELDS.get(kind, {}).items()
        if not isinstance(event.get(name), wanted) or isinstance(event.get(name), bool)
    ]


def response_faults(event: Json) -> list[str]:
    """What the response in a lifecycle event lacks."""
    response = event["response"]
    found = [
        _seen(response, name)
        for name, wanted in RESPONSE.items()
        if not isinstance(response.get(name), wanted)
    ]
    if response.get("object") != "response":
        found.append(f"object is {response.get('object')!r}")
    if response.get("status") not in STATUS[event["type"]]:
        found.append(f"status is {response.get('status')!r}")
    return [f"{event['type']}: {fault}" for fault in found]
