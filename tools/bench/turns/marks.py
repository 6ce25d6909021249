"""What the two processes note down, and how they tell of it."""

from typing import Literal, TypeAlias, get_args

import msgspec

__all__ = ["KINDS", "GameReport", "GatewayReport", "Kind", "Mark", "Moment"]

Kind: TypeAlias = Literal["act", "snapshot", "frame", "overlap"]
"""What is measured in a turn: an action; a snapshot or a frame query as the last item; a frame
query with text after it."""
KINDS: tuple[Kind, ...] = get_args(Kind)

Moment: TypeAlias = Literal[
    # In the gateway, as the event is handed to the link:
    "added",  # the call's `response.output_item.added`
    "done",  # the call's `response.function_call_arguments.done`
    "ended",  # its response's `response.completed`
    "followed",  # the `response.created` of the response that continues it
    # In the game:
    "hint", "prepare", "commit",  # the end of the first `update` that returned one of the call
    "read",  # `response.completed` was read and decoded, on the loop thread
    "completed",  # the end of the first `update` that began after that
    "written",  # the request with the call's output was written
]  # fmt: skip
"""Moments in the life of a call."""

Mark: TypeAlias = tuple[Moment, str, int]
"""A moment, the ``call_id``, and the time in nanoseconds."""


class GatewayReport(msgspec.Struct, frozen=True):
    """What the gateway noted."""

    marks: list[Mark]
    kinds: dict[str, str]
    """What each call was for, by its ``call_id``: a :data:`Kind`, or ``warm_up``."""
    late_p50_ms: float
    """How long after its time a token left the mind."""
    late_p99_ms: float
    core_share: float


class GameReport(msgspec.Struct, frozen=True):
    """What the game noted."""

    marks: list[Mark]
    turns: int
    """Turns after the warm-up, all of them completed."""
    switch_interval_ms: float
    """As the interpreter had it while the game ran."""
    frame_p50_ms: float
    """What a frame took, ``update`` and the game's own Python together."""
    frame_p95_ms: float
    frame_p99_ms: float
    query_grades: dict[str, int]
    core_share: float
    """Of the whole process: frames and loop thread."""
    facts: dict[str, str]
    """The event loop and the WebSocket library that it ran on."""
