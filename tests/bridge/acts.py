"""A game's side, as small as it can be."""

from typing import Any

from npcengine import Action

Json = dict[str, Any]
FRAME = 1 / 60


class WalkTo(Action, frozen=True):
    """Walk to a named place."""

    place: str
    hurry: bool = False


class Wave(Action, frozen=True):
    """Wave a hand."""


def call(name: str, arguments: str, call_id: str = "call_1") -> Json:
    return {
        "type": "function_call",
        "id": f"fc_{call_id}",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def says(text: str) -> Json:
    part: Json = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": "m", "role": "assistant", "content": [part]}


def done(*items: Json, number: int = 1) -> Json:
    response = {"id": f"resp_{number}", "status": "completed", "output": list(items)}
    return {"type": "response.completed", "response": response}
