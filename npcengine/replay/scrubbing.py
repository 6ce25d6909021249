"""Takes secrets out of a recording that is already there; it still runs again like before."""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from npcengine.errors import UsageError
from npcengine.replay.spelled_out import star_spelled_out
from npcengine.trace import records
from npcengine.trace.reader import TraceReader
from npcengine.trace.scrub import MIN_VALUE_CHARS, PATTERNS, Scrubber
from npcengine.trace.sink import write_whole

__all__ = ["Scrubbed", "scrub_recording"]

_json = msgspec.json.Encoder()


class Scrubbed(msgspec.Struct, frozen=True):
    """What was found; only how much, since what it was is secret."""

    lines: int
    found: int
    """In lines, each place counted."""
    spelled_out: int
    """In the pieces of what minds said."""


def scrub_recording(
    path: Path, output: Path, *, values: Sequence[str], patterns: Sequence[str]
) -> Scrubbed:
    """Write a recording without its secrets.

    Args:
        path: The recording.
        output: The file to be written.
        values: Texts to take out wherever they stand.
        patterns: Regular expressions over lines, besides those for what looks like a key.

    Raises:
        TraceError: The recording cannot be read, or the file not be written.
        UsageError: A value is too short to be looked for, or a pattern is none.
    """
    for value in values:
        if len(value) < MIN_VALUE_CHARS:
            raise UsageError(
                f"a value of {len(value)} characters is found everywhere: say {MIN_VALUE_CHARS} or "
                "more, or a --pattern with what stands around it"
            )
    try:
        scrubber = Scrubber(values, [*PATTERNS, *(pattern.encode() for pattern in patterns)])
    except re.error as error:
        raise UsageError(f"a --pattern is no regular expression: {error}") from error
    reader = TraceReader(path)
    raw, lines = [reader.header_line], list[records.Record]()
    for line, record in reader.raw():
        raw.append(line)
        lines.append(record)
    changed, spelled_out = star_spelled_out(lines, scrubber)
    for place, record in changed.items():
        raw[place + 1] = _json.encode(record)
    write_whole(output, [scrubber.scrub(line) for line in raw])
    return Scrubbed(len(raw), scrubber.found, spelled_out)
