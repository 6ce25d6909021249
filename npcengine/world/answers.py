"""The outputs of tools, as a mind reads them: JSON objects that say how far to trust them."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import Raw

from npcengine.errors import RemoteProtocolError, UsageError
from npcengine.world.one_line import one_line

__all__ = [
    "NOT_IN_TIME",
    "Grade",
    "action_output",
    "graded",
    "no_such_tool",
    "refusal",
    "refused_arguments",
    "written_detail",
]

Grade: TypeAlias = Literal["fresh", "snapshot", "partial", "refused"]
"""``fresh``: read from the live world for this question. ``snapshot``: true when the last view was
published. ``partial``: as far as the query got. ``refused``: no answer, with a reason."""

NOT_IN_TIME = "no answer in time"
"""The reason of a refusal that is nobody's fault but time's."""

MAX_ANSWER_BYTES = 16 * 1024
"""The longest answer; a mind has to read every byte of it, and somebody to pay for that."""

MAX_REASON_CHARS = 1_000
"""The longest reason of a refusal: some quote what a mind wrote, which may be anything."""

_encode = msgspec.json.Encoder().encode


def _said(text: str) -> str:
    """Return text that can be written as UTF-8 and is not without end."""
    if len(text) > MAX_REASON_CHARS:
        text = text[: MAX_REASON_CHARS - 3] + "..."
    return text.encode("utf-8", "replace").decode()


def graded(value: object, grade: Grade, *, as_of_tick: int, age_ms: float) -> str:
    """Return a query's answer.

    Args:
        value: Anything msgspec can write as JSON.
        grade: See :data:`Grade`.
        as_of_tick: The tick whose world the answer describes.
        age_ms: How old that is.

    Raises:
        TypeError: ``value`` cannot be written as JSON.
        ValueError: The answer is longer than :data:`MAX_ANSWER_BYTES`.
    """
    answer = {"value": value, "grade": grade, "as_of_tick": as_of_tick, "age_ms": round(age_ms)}
    try:
        encoded = _encode(answer)
    except RecursionError as error:
        raise ValueError("the answer contains itself, or is nested too deeply") from error
    if len(encoded) > MAX_ANSWER_BYTES:
        raise ValueError(f"the answer is {len(encoded)} bytes, over {MAX_ANSWER_BYTES}")
    return one_line(encoded)


def refusal(reason: str, *, path: str | None = None, again: bool = False) -> str:
    """Return the answer of a query that has none.

    Args:
        reason: Written for the mind.
        path: Which argument is at fault, if one is.
        again: Whether asking differently may help.
    """
    answer: dict[str, object] = {"grade": "refused", "reason": _said(reason), "ask_again": again}
    if path is not None:
        answer["path"] = _said(path)
    return one_line(_encode(answer))


def refused_arguments(error: RemoteProtocolError) -> str:
    """Return the output of a call whose arguments were not acceptable."""
    return refusal(error.reason, path=error.path, again=True)


def no_such_tool(name: str, known: list[str]) -> str:
    """Return the output of a call of a tool that was not offered."""
    return refusal(f"there is no tool {name!r}; there are: {', '.join(known) or 'none'}")


def written_detail(detail: object) -> Raw | None:
    """Return what a game says of an action, written down; runs where the game says it.

    Raises:
        UsageError: It cannot be written as JSON, or is longer than :data:`MAX_ANSWER_BYTES`.
    """
    if detail is None:
        return None
    try:
        encoded = _encode(detail)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"what is said of an action must be JSON: {error}") from error
    if len(encoded) > MAX_ANSWER_BYTES:
        raise UsageError(f"{len(encoded)} bytes said of an action: {MAX_ANSWER_BYTES} at most")
    return Raw(encoded)


def action_output(status: str, detail: Raw | None = None) -> str:
    """Return the output of an action's call: how it stands, and what the game says of it."""
    output: dict[str, str | Raw] = {"status": status}
    if detail is not None:
        output["detail"] = detail
    return one_line(_encode(output))
