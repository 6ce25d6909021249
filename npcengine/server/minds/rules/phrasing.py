"""Finds words: a line that fits what is known, and is not the one that was said before."""

from collections.abc import Mapping, Sequence
from random import Random

from npcengine.server.minds.rules.expressions import fill
from npcengine.server.minds.rules.state import State

__all__ = ["choose_line"]


def choose_line(
    variants: Sequence[str],
    again: Sequence[str],
    scope: Mapping[str, object],
    state: State,
    seed: str,
) -> tuple[str, tuple[str, ...]] | None:
    """Return what is said, and the lines it is made of as they stand in the files.

    Args:
        variants: What may be said here; ``None`` is returned if none of them fits.
        again: Openings for when the only fitting line has just been said.
        scope: What slots are filled from; a line with an empty slot does not fit.
        state: Knows what was said.
        seed: Makes the choice the same whenever the conversation is.
    """
    fitting = {line: text for line in variants if (text := fill(line, scope)) is not None}
    if not fitting:
        return None
    line = _freshest(list(fitting), state, seed)
    text = fitting[line]
    if again and state.said and line == _last_line(state, again):
        opening = _freshest(again, state, seed)
        return f"{opening} {text}", (opening, line)
    return text, (line,)


def _freshest(lines: Sequence[str], state: State, seed: str) -> str:
    """Return one that was not said yet, or else the one that was said longest ago."""
    unsaid = [line for line in lines if line not in state.said]
    return Random(seed).choice(unsaid) if unsaid else min(lines, key=state.said.index)  # noqa: S311


def _last_line(state: State, again: Sequence[str]) -> str:
    return next((line for line in reversed(state.said) if line not in again), "")
