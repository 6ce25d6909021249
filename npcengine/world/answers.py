"""The outputs of tools, as a mind reads them: JSON objects that say how far to trust them."""

from typing import Literal, TypeAlias

import msgspec

from npcengine.errors import RemoteProtocolError

__all__ = ["Grade", "action_output", "graded", "no_such_tool", "refusal", "refused_arguments"]

Grade: TypeAlias = Literal["fresh", "snapshot", "partial", "refused"]
"""``fresh``: read from the live world for this question. ``snapshot``: true when the last view was
published. ``partial``: as far as the query got. ``refused``: no answer, with a reason."""

MAX_ANSWER_BYTES = 16 * 1024
"""The longest answer; a mind has to read every byte of it, and somebody to pay for that."""

_encode = msgspec.json.Encoder().encode


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
    encoded = _encode(answer)
    if len(encoded) > MAX_ANSWER_BYTES:
        raise ValueError(f"the answer is {len(encoded)} bytes, over {MAX_ANSWER_BYTES}")
    return encoded.decode()


def refusal(reason: str, *, path: str | None = None, again: bool = False) -> str:
    """Return the answer of a query that has none.

    Args:
        reason: Written for the mind.
        path: Which argument is at fault, if one is.
        again: Whether asking differently may help.
    """
    answer: dict[str, object] = {"grade": "refused", "reason": reason, "ask_again": again}
    if path is not None:
        answer["path"] = path
    return _encode(answer).decode()


def refused_arguments(error: RemoteProtocolError) -> str:
    """Return the output of a call whose arguments were not acceptable."""
    return refusal(error.reason, path=error.path, again=True)


def no_such_tool(name: str, known: list[str]) -> str:
    """Return the output of a call of a tool that was not offered."""
    return refusal(f"there is no tool {name!r}; there are: {', '.join(known) or 'none'}")


def action_output(status: str, detail: object = None) -> str:
    """Return the output of an action's call: how it stands, and what the game says of it."""
    output: dict[str, object] = {"status": status}
    if detail is not None:
        output["detail"] = detail
    return _encode(output).decode()
