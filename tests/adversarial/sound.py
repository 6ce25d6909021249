"""What a transcript has to be, whatever was said and done: told to a server, it is the truth."""

import json
from collections import Counter

from tests.bridge.acts import Json
from tests.sound import check_calls


def outputs(request: Json) -> dict[str, Json]:
    """Return the outputs that a request carries, by call id; each is one JSON object."""
    found = [item for item in request["input"] if item["type"] == "function_call_output"]
    read = {item["call_id"]: json.loads(item["output"]) for item in found}
    assert len(read) == len(found), "a call has two outputs"
    assert all(isinstance(output, dict) for output in read.values())
    return read


def assert_sound(request: Json, *, told: int) -> None:
    """Check a request that tells everything.

    Args:
        request: One without ``previous_response_id``.
        told: How many messages the game has sent: everything else is the mind's own.
    """
    assert "previous_response_id" not in request
    items = request["input"]
    check_calls(items)
    roles = Counter(item["role"] for item in items if item["type"] == "message")
    assert roles.total() - roles["assistant"] == told, "somebody speaks who is not the game"
