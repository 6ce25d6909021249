"""Bridge-exact: the sessions' own code run again over a recording, every line of it compared.

Sessions read nothing but their inbox, and do nothing but through ``Outside``. So what entered is
put in again, at its recorded time, and what they do about it has to be what the file says.
"""

from collections.abc import Callable, Iterator
from random import Random

import msgspec
from msgspec import UNSET

from npcengine.clock import NS_PER_S
from npcengine.errors import RemoteProtocolError, TraceError
from npcengine.memory.memory import Save
from npcengine.replay.divergence import Divergence, first_difference
from npcengine.replay.entries import entered_of
from npcengine.replay.recorded_tools import value_of
from npcengine.replay.supervision import settings_of, supervisor_for
from npcengine.session.inbox import Entered, Entry, TimerKey
from npcengine.session.outside import Edge, LinkState, NpcState
from npcengine.session.tape import TapedOutside, record_of
from npcengine.trace import records
from npcengine.trace.reader import TraceReader
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool

__all__ = ["ExactRun", "run_exactly"]


class ExactRun(msgspec.Struct, frozen=True):
    """What came of a re-run."""

    entries: int
    """Entries that were run, up to the divergence if there is one."""
    effects: int
    """Lines that were compared."""
    frames: int
    pictures: int
    """NPCs' states that frames saw, compared."""
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
    return _Rerun(reader, progress).run()


class _Outside:
    """What sessions do, noted; what the game's types and views said, as it was."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - the draws that were made
        self.said: list[records.Effect] = []
        """Effects of the entry that is being run, as they were recorded."""
        self.timers: set[TimerKey] = set()
        self.pictures: dict[str, list[tuple[int, NpcState]]] = {}
        """What each NPC was to be seen as, and since which entry, that no frame has seen yet."""
        self.entry = 0

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
        self.pictures.setdefault(npc, []).append((self.entry, state))

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
        raise _UnheardError(f"what the game makes of {tool.name} {text}")

    def look(self, npc: str, query: QuerySpec, arguments: msgspec.Struct) -> str | None:
        for said in self.said:
            if isinstance(said, records.Looked) and said.query == query.name:
                return said.output
        raise _UnheardError(f"what {query.name} says")

    def luck(self) -> float:
        return self._random.random()


class _UnheardError(Exception):
    """Sessions ask the game for something that it was not asked for when this was recorded."""


class _Rerun:
    def __init__(self, reader: TraceReader, progress: Callable[[int], object] | None) -> None:
        self._reader = reader
        self._progress = progress
        name = str(reader.path)
        self._outside = _Outside(reader.header.seed)
        self._done: list[object] = []
        taped = TapedOutside(self._outside, self._done.append)
        self._supervisor = supervisor_for(settings_of(reader.header, name=name), taped)
        self._tick = 0
        self._last_ns = reader.header.t_ns
        self._speech: dict[str, str] = {}
        """What each NPC was seen to say last."""
        self.entries = self.effects = self.frames = self.pictures = 0

    def run(self) -> ExactRun:
        divergence = next(filter(None, map(self._step, _steps(self._reader))), None)
        seconds = (self._last_ns - self._reader.header.t_ns) / NS_PER_S
        return ExactRun(
            self.entries,
            self.effects,
            self.frames,
            self.pictures,
            seconds,
            divergence is None and self._reader.end is None,
            divergence,
        )

    def _step(self, step: "_Step") -> Divergence | None:
        if step.entry is not None and (found := self._enter(step.entry, step.effects)) is not None:
            return found
        for frame in step.frames:
            self.frames += 1
            for seen in frame.seen:
                if (found := self._compare(frame.tick, seen)) is not None:
                    return found
        return None

    def _enter(self, line: records.Entry, effects: list[records.Effect]) -> Divergence | None:
        """Run one entry, and compare what comes of it."""
        outside = self._outside
        outside.entry, outside.said = line.n, effects
        self._done.clear()
        if line.n != self.entries:
            raise TraceError(str(self._reader.path), f"entry {self.entries} is missing")
        if isinstance(line, records.Ticked):
            self._tick = line.tick
        if isinstance(line, records.TimerFired):
            key = TimerKey(line.kind, line.owner, line.detail)
            if key not in outside.timers:
                what = f"the timer {line.kind} of {line.owner or 'everybody'} goes off"
                return self._apart(line, what, "it was never set, or no longer is")
            outside.timers.discard(key)
        self._last_ns = line.t_ns
        try:
            self._supervisor.handle(Entry(line.n, line.t_ns, self._entered(line)))
        except _UnheardError as error:
            return self._apart(line, "(not asked)", f"the sessions ask {error}")
        except TraceError:
            raise
        except Exception as error:  # noqa: BLE001 - the code under test may do anything
            return self._apart(line, "(nothing raised)", repr(error))
        self.entries += 1
        self.effects += len(effects)
        if self._progress is not None and not self.entries % 500:
            self._progress(self.entries)
        done = [record_of(what) for what in self._done]
        return first_difference(effects, done, tick=self._tick, entry=line.n)

    def _entered(self, line: records.Entry) -> Entered:
        try:
            return entered_of(line)
        except (msgspec.DecodeError, ValueError) as error:
            reason = f"entry {line.n} does not hold what it should: {error}"
            raise TraceError(str(self._reader.path), reason) from error

    def _compare(self, tick: int, seen: records.Seen) -> Divergence | None:
        """Compare a picture that a frame saw with what sessions showed in the same entry."""
        self.pictures += 1
        said = self._speech.get(seen.npc, "")[: seen.keeps] + seen.speech
        self._speech[seen.npc] = said
        shown = self._outside.pictures.get(seen.npc, [])
        shown[:] = [one for one in shown if one[0] >= seen.n]
        state = shown[0][1] if shown and shown[0][0] == seen.n else None
        ours = None if state is None else _seen(seen.npc, seen.n, state)
        theirs = msgspec.structs.replace(seen, keeps=0, speech=said)
        if ours == theirs:
            return None
        return first_difference([_Picture(theirs)], [_Picture(ours)], tick=tick, entry=seen.n)

    def _apart(self, line: records.Entry, recorded: str, replayed: str) -> Divergence:
        npc = getattr(line, "npc", "") or getattr(line, "owner", "")
        kind = str(type(line).__struct_config__.tag)
        return Divergence(self._tick, line.n, npc, kind, recorded, replayed)


class _Picture(records.Line, frozen=True, tag="seen"):
    """Makes a line of what a frame saw, to be compared like one."""

    of: records.Seen | None

    @property
    def npc(self) -> str:
        return "" if self.of is None else self.of.npc


class _Step(msgspec.Struct):
    """An entry, what was done about it, and the frames that came before the next one."""

    entry: records.Entry | None
    effects: list[records.Effect] = []
    frames: list[records.Frame] = []


def _steps(reader: TraceReader) -> Iterator[_Step]:
    step = _Step(None)
    for record in reader:
        match record:
            case records.Frame():
                step.frames.append(record)
            case records.AnyEffect():
                step.effects.append(record)
            case records.AnyEntry():
                yield step
                step = _Step(record)
            case _:
                pass
    yield step


def _seen(npc: str, n: int, state: NpcState) -> records.Seen:
    return records.Seen(
        npc,
        n,
        state.turn_epoch,
        state.phase,
        state.speech_epoch,
        0,
        state.speech,
        list(state.open_calls),
        state.barge_ins,
    )
