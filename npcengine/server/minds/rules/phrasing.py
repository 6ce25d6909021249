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
) -> tuple[str, str] | None:
    """Return a line as it stands in the files and as it is said, or ``None`` if none fits.

    Args:
        variants: What may be said here.
        again: Openings for when the only fitting line has just been said.
        scope: What slots are filled from; a line with an empty slot does not fit.
        state: Knows what was said.
        seed: Makes the choice the same whenever the conversation is.
    """
    fitting = [(line, text) for line in variants if (text := fill(line, scope)) is not None]
    if not fitting:
        return None
    unsaid = [pair for pair in fitting if pair[0] not in state.said]
    if unsaid:
        return Random(seed).choice(unsaid)  # noqa: S311
    # All of them are known: the one said longest ago, and never the very last again as it was.
    line, text = min(fitting, key=lambda pair: state.said.index(pair[0]))
    if line == state.said[-1] and again:
        opening = Random(seed).choice(list(again))  # noqa: S311
        text = (
            f"{opening} {text[:1].lower()}{text[1:]}"
            if not text.startswith("I ")
            else f"{opening} {text}"
        )
    return line, text
