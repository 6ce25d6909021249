"""A what-if from beginning to end: a recording in, another one out."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Raw

from npcengine.replay.whatif.changes import Changes
from npcengine.replay.whatif.reading import read_recording
from npcengine.replay.whatif.simulation import Simulation
from npcengine.replay.whatif.turn_times import TurnTimes
from npcengine.trace import records
from npcengine.trace.reader import TraceReader
from npcengine.trace.sink import write_whole

__all__ = ["WhatIf", "what_if"]

_json = msgspec.json.Encoder()


class WhatIf(msgspec.Struct, frozen=True):
    """What came of one."""

    header: records.Header
    lines: list[records.Record]
    """All behind the header."""
    turns: list[TurnTimes]
    """In the order in which they ended."""

    def write(self, path: str | Path) -> None:
        """Write it down as a recording: compressed, unless the name ends in ``.jsonl``.

        The same what-if makes the same file.

        Raises:
            TraceError: It cannot be written.
        """
        write_whole(Path(path), [_json.encode(line) for line in (self.header, *self.lines)])


def what_if(
    path: str | Path,
    changes: Changes,
    *,
    seed: int = 0,
    progress: Callable[[int], object] = lambda _done: None,
) -> WhatIf:
    """Run a recording's sessions again with something changed.

    Args:
        path: The recording.
        changes: What is changed; nothing at all gives the recording again, as near as it goes.
        seed: Of the draws: two what-ifs with one seed meet the same luck.
        progress: Called now and then with how much has happened.

    Raises:
        TraceError: The recording cannot be read, or its sessions do something else by now.
        UsageError: What is to be changed is not in the recording.
    """
    recorded = read_recording(TraceReader(path), progress=progress)
    simulation = Simulation(recorded, changes, seed)
    simulation.run(progress=progress)
    with Path(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    parent = recorded.header
    header = msgspec.structs.replace(
        parent,
        transport=changes.transport or parent.transport,
        deadlines=Raw(_json.encode(changes.deadlines_from(recorded.settings.deadlines))),
        retimed=records.Retimed(Path(path).name, digest, seed, changes.asked),
    )
    return WhatIf(header, simulation.lines, simulation.turns)
