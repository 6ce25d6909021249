"""A recording taken apart into entries, each with what was done about it and the frames behind."""

from collections.abc import Iterable, Iterator

import msgspec

from npcengine.errors import TraceError
from npcengine.trace import records

__all__ = ["Step", "steps_of"]


class Step(msgspec.Struct):
    """An entry, its effects, and what the frame thread wrote before the next one."""

    entry: records.Entry | None
    """``None`` for what comes before the first."""
    effects: list[records.Effect] = []
    frame_side: list[records.Record] = []


def steps_of(lines: Iterable[records.Record], *, name: str) -> Iterator[Step]:
    """Take the lines behind a header apart.

    Raises:
        TraceError: An entry is missing.
    """
    step = Step(None)
    entries = 0
    for line in lines:
        match line:
            case records.AnyEffect():
                step.effects.append(line)
            case records.AnyEntry():
                yield step
                if line.n != entries:
                    raise TraceError(name, f"entry {entries} is missing")
                entries += 1
                step = Step(line)
            case _:
                step.frame_side.append(line)
    yield step
