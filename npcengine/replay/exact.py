"""Bridge-exact: the sessions of a recording run again from the file alone."""

from collections.abc import Callable
from random import Random

import msgspec
from msgspec import UNSET

from npcengine.clock import NS_PER_S
from npcengine.errors import RemoteProtocolError
from npcengine.memory.memory import Save
from npcengine.replay.divergence import Divergence
from npcengine.replay.entries import read_entry
from npcengine.replay.recorded_tools import value_of
from npcengine.replay.rerun import Pictures, Rerun, UnheardError
from npcengine.replay.steps import Step, steps_of
from npcengine.replay.supervision import settings_of, supervisor_for
from npcengine.session.inbox import TimerKey
from npcengine.session.outside import Edge, LinkState, NpcState
from npcengine.trace import records
from npcengine.trace.reader import TraceReader
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool

__all__ = ["ExactRun", "run_exactly"]


class ExactRun(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a re-run."""

    entries: int
    """Entries that were run, up to the divergence if there is one."""
    effects: int
    """Lines that were compared."""
    frames: int
    pictures: int
    """NPCs' states that frames saw, compared."""
    checkpoints: int = 0
    """World hashes that the game came to again; from the file alone there are none."""
    seconds: float
    """Of recorded time."""
    is_torn: bool
    """Whether the recording was cut off, and was run as far as it goes."""
    divergence: Divergence | None = None


def run_exactly(
    reader: TraceReader, *, progress: Callable[[int], object] | None = None
) -> ExactRun:
    """Run a recording again.

    Args:
        reader: The recording, none of it read yet.
        progress: Called now and then with how many entries have been run.

    Raises:
        TraceError: The recording cannot be read.
    """
    name, header = str(reader.path), reader.header
    outside = _Outside(header.seed)
    settings = settings_of(header, name=name)
    rerun = Rerun(
        outside, lambda taped: supervisor_for(settings, taped), outside.timers, outside.pictures
    )
    divergence, frames, last_ns = None, 0, header.t_ns
    for step in steps_of(reader, name=name):
        if step.entry is not None:
            outside.entry, outside.said = step.entry.n, step.effects
            last_ns = step.entry.t_ns
            divergence = rerun.enter(step.entry, read_entry(step.entry, name=name), step.effects)
        frames += sum(isinstance(line, records.Frame) for line in step.frame_side)
        divergence = divergence or _look(step, outside.pictures)
        if divergence is not None:
            break
        if progress is not None and not rerun.entries % 500:
            progress(rerun.entries)
    return ExactRun(
        entries=rerun.entries,
        effects=rerun.effects,
        frames=frames,
        pictures=outside.pictures.compared,
        seconds=(last_ns - header.t_ns) / NS_PER_S,
        is_torn=divergence is None and reader.end is None,
        divergence=divergence,
    )


def _look(step: Step, pictures: Pictures) -> Divergence | None:
    frames = (line for line in step.frame_side if isinstance(line, records.Frame))
    found = (pictures.compare(frame.tick, seen) for frame in frames for seen in frame.seen)
    return next(filter(None, found), None)


class _Outside:
    """Does nothing; what the game's types and views said, it says again."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - the draws that were made
        self.said: list[records.Effect] = []
        """Effects of the entry that is being run, as they were recorded."""
        self.entry = 0
        self.timers: set[TimerKey] = set()
        self.pictures = Pictures()

    def connect(self, connection: int) -> None:
        return

    def send(self, connection: int, frame: bytes) -> None:
        return

    def read_at_once(self, connection: int, wanted: bool) -> None:
        return

    def disconnect(self, connection: int) -> None:
        return

    def set_timer(self, key: TimerKey, at_ns: int) -> None:
        self.timers.add(key)

    def drop_timer(self, key: TimerKey) -> None:
        self.timers.discard(key)

    def tell(self, edge: Edge) -> None:
        return

    def show(self, npc: str, state: NpcState) -> None:
        self.pictures.show(npc, self.entry, state)

    def show_link(self, state: LinkState) -> None:
        return

    def keep(self, number: int, save: Save) -> None:
        return

    def read(self, npc: str, tool: Tool, text: str) -> msgspec.Struct:
        for said in self.said:
            if isinstance(said, records.Read) and (said.tool, said.text) == (tool.name, text):
                if said.value is UNSET:
                    raise RemoteProtocolError(said.refused, path=said.path)
                return value_of(tool, said.value)
        raise UnheardError(f"what the game makes of {tool.name} {text}")

    def look(self, npc: str, query: QuerySpec, arguments: msgspec.Struct) -> str | None:
        for said in self.said:
            if isinstance(said, records.Looked) and said.query == query.name:
                return said.output
        raise UnheardError(f"what {query.name} says")

    def luck(self) -> float:
        return self._random.random()
