"""What every transcript has to be, whatever was said and done."""

from collections.abc import Iterable
from typing import Any

CALLS = ("function_call", "custom_tool_call")
OUTPUTS = ("function_call_output", "custom_tool_call_output")


def check_calls(items: Iterable[dict[str, Any]]) -> None:
    """Check that every call has one output, behind it, and that no output is made up."""
    calls: set[str] = set()
    answered: set[str] = set()
    for item in items:
        if item["type"] in CALLS:
            assert item["call_id"] not in calls, "a call was told twice"
            calls.add(item["call_id"])
        elif item["type"] in OUTPUTS:
            assert item["call_id"] in calls, "an output has no call before it"
            assert item["call_id"] not in answered, "a call was answered twice"
            answered.add(item["call_id"])
    assert calls == answered, "a call has no output"
