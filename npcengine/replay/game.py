"""Game-exact: a game run again over its recording, sessions and all, every frame compared.

The game is the real one and so is the bridge, but for what works behind it
(:mod:`npcengine.replay.stage`). Before each frame all is entered that had entered by then, and the
frame gets to see just what it saw. What the game says is entered when its turn comes, and has to be
what it said.
"""

import importlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast

import msgspec

from npcengine.bridge.backstage import Backstage
from npcengine.bridge.bridge import Bridge
from npcengine.bridge.endpoints import NoEndpoint
from npcengine.bridge.recorder import FrameTape
from npcengine.clock import NS_PER_MS, NS_PER_S, ManualClock
from npcengine.errors import TraceError, UsageError
from npcengine.memory.memory import Memories, Save
from npcengine.memory.slots import Slot
from npcengine.replay.divergence import Divergence, first_difference
from npcengine.replay.entries import read_entry
from npcengine.replay.exact import ExactRun
from npcengine.replay.rerun import Rerun
from npcengine.replay.stage import (
    ReplayEngine,
    ReplayFiles,
    ReplayHost,
    ReplayMailbox,
    ReplayRecorder,
)
from npcengine.replay.steps import Step, steps_of
from npcengine.replay.supervision import settings_of, supervisor_for
from npcengine.session.inbox import Answered, Entered, Entry
from npcengine.session.tape import record_of
from npcengine.trace import records
from npcengine.trace.reader import TraceReader

__all__ = ["Factory", "PlayFrame", "Replay", "factory_at", "run_game_exactly"]

PlayFrame: TypeAlias = Callable[[float, list[Any]], object]
"""Plays one frame of a game, with one ``bridge.update``: given the seconds since the last one and
what was recorded with ``bridge.input`` for it."""

Factory: TypeAlias = Callable[[Bridge, dict[str, Any]], PlayFrame]
"""Sets a game up on a bridge as it was when recording began, given what ``Recording.game`` said."""


class DivergedError(Exception):
    """The game does something else than it did."""

    def __init__(self, divergence: Divergence) -> None:
        super().__init__(str(divergence))
        self.divergence = divergence


class Replay:
    """A recording that a game can be run over again, frame by frame."""

    def __init__(self, reader: TraceReader) -> None:
        """Read a recording, all of it.

        Raises:
            TraceError: It cannot be read.
        """
        self.name, self.header = str(reader.path), reader.header
        self._track: deque[Step | records.Record] = deque()
        for step in steps_of(reader, name=self.name):
            if step.entry is not None:
                self._track.append(step)
            self._track += step.frame_side
        self._is_torn = reader.end is None
        self._settings = settings_of(self.header, name=self.name)
        self._clock = ManualClock(self.header.t_ns)
        self._mailbox, self._files = ReplayMailbox(), ReplayFiles()
        self._engine: ReplayEngine | None = None
        self._rerun: Rerun | None = None
        self._frame: records.Frame | None = None
        """The frame that the game is about to begin."""
        self._playing: records.Frame | None = None
        """The frame that it is in."""
        self._tick = 0
        self._passed = 0
        """The newest frame that the track is behind."""
        self._hashes = _hashes_by_tick(self._track)
        self.frames = self.checkpoints = 0

    def bridge(self) -> Bridge:
        """Return the bridge to set the game up on; once."""
        stage = Backstage(
            NoEndpoint(),
            self.header.model,
            ReplayHost(self._clock, self._before_frame),
            self._mailbox,
            self._files,
            ReplayRecorder(self._after_frame, self._at_checkpoint),
            self._make_engine,
            is_virtual=True,
        )
        return Bridge(stage, seed=self.header.seed, deadlines=self._settings.deadlines)

    def play(self, play_frame: PlayFrame) -> Iterator[records.Frame]:
        """Play every frame, and yield it when it was.

        Raises:
            DivergedError: Something differs.
        """
        for frame, inputs in list(_frames(self._track)):
            self._frame = frame
            play_frame(frame.dt, inputs)
            if self._playing is not frame:
                raise self._differs("frame", "an update", "the game does not call it")
            self.frames += 1
            yield frame

    def result(self, divergence: Divergence | None) -> ExactRun:
        """Return what came of it so far."""
        assert self._rerun is not None, "there is a bridge"
        assert self._engine is not None, "there is a bridge"
        return ExactRun(
            entries=self._rerun.entries,
            effects=self._rerun.effects,
            frames=self.frames,
            pictures=self._engine.pictures.compared,
            checkpoints=self.checkpoints,
            seconds=(self._clock.now_ns() - self.header.t_ns) / NS_PER_S,
            is_torn=divergence is None and self._is_torn,
            divergence=divergence,
        )

    # --- what the stage calls -----------------------------------------------------------------

    def _make_engine(self, *arguments: Any, **more: Any) -> ReplayEngine:
        engine = self._engine = ReplayEngine(*arguments, **more)
        rerun = Rerun(
            engine,
            lambda taped: supervisor_for(self._settings, taped),
            engine.timers,
            engine.pictures,
        )
        engine.supervisor, self._rerun = rerun.supervisor, rerun
        return engine

    def _before_frame(self) -> None:
        """Enter what had entered before the frame, and lay out what it saw."""
        frame, self._frame = self._frame, None
        if frame is None:
            raise self._differs("frame", "one update a frame", "the game calls another")
        self._tick = frame.tick
        if frame.t_ns > self._clock.now_ns():
            self._clock.advance(ms=(frame.t_ns - self._clock.now_ns()) / NS_PER_MS)
        self._enter_up_to(frame)
        self._lay_out(frame)
        self._playing = frame

    def _after_frame(self, tape: FrameTape) -> None:
        """Compare what the game made of a frame."""
        frame = self._playing
        assert frame is not None
        ours = records.Frame(
            frame.tick,
            frame.t_ns,
            frame.dt,
            frame.took_ns,
            tape.edges,
            frame.seen,
            tape.answered,
            tape.fates,
            frame.ended,
        )
        self._raise(first_difference([frame], [ours], tick=frame.tick, entry=self._entry))

    def _at_checkpoint(self, world_hash: str) -> None:
        recorded = self._hashes.get(self._tick)
        theirs = recorded.popleft() if recorded else "(none)"
        if theirs != world_hash:
            raise self._differs("checkpoint.hash", theirs, world_hash)
        self.checkpoints += 1

    # --- inside -------------------------------------------------------------------------------

    @property
    def _entry(self) -> int:
        return self._engine.n if self._engine is not None else 0

    def _enter_up_to(self, frame: records.Frame) -> None:
        """Enter what stands before a frame, up to what the game is still to say in it."""
        while self._track:
            line = self._track[0]
            if isinstance(line, Step) and not self._enter(line):
                if self._passed < frame.tick - 1:
                    said = msgspec.json.encode(line.entry).decode()
                    raise self._differs("said", said[:300], "the game does not say it")
                return
            self._track.popleft()
            if isinstance(line, records.Frame):
                self._passed = line.tick
                if line is frame:
                    return

    def _enter(self, step: Step) -> bool:
        """Enter one entry; return whether it could be: the game may not have said it yet."""
        line, engine, rerun = step.entry, self._engine, self._rerun
        assert line is not None
        assert engine is not None
        assert rerun is not None
        by_game = isinstance(line, records.Answered) and line.by_game
        if not (by_game or isinstance(line, records.FromGame)):
            what = read_entry(line, name=self.name)
        elif engine.said:
            what = self._compared(line, engine.said.popleft())
        else:
            return False
        engine.n = line.n
        self._raise(rerun.enter(line, what, step.effects))
        return True

    def _compared(self, line: records.Entry, what: Entered) -> Entered:
        """Return what the game says now, which has to be what it said."""
        if isinstance(line, records.Answered) and isinstance(what, Answered):
            if line.grade == "partial":
                # How far a generator gets depends on how fast the machine was.
                return read_entry(line, name=self.name)
            what = msgspec.structs.replace(what, took_ms=line.took_ms)
        ours = cast("records.Line", record_of(Entry(line.n, line.t_ns, what, by_game=True)))
        self._raise(first_difference([line], [ours], tick=self._tick, entry=line.n))
        return what

    def _lay_out(self, frame: records.Frame) -> None:
        """Put into the mailbox and the files what a frame is to find there."""
        mailbox, engine = self._mailbox, self._engine
        assert engine is not None
        for seen in frame.seen:
            self._raise(engine.pictures.compare(frame.tick, seen))
            state = engine.pictures.at(seen.npc, seen.n)
            assert state is not None
            mailbox.seen.append((seen.npc, seen.n, state))
        for whose in frame.answered:
            if (question := mailbox.asked.pop(whose, None)) is None:
                raise self._differs("answered", " ".join(whose), "nobody asks that")
            mailbox.questions.append(question)
        if len(mailbox.told) < frame.edges:
            raise self._differs("edges", str(frame.edges), str(len(mailbox.told)))
        mailbox.edges.extend(mailbox.told.popleft() for _ in range(frame.edges))
        for end in frame.ended:
            slot = None if end.game is None else self._slot(end)
            self._files.end(end, slot)

    def _slot(self, end: records.FileEnd) -> Slot:
        """Return what a load had read: its memories enter behind the frame that it ends in."""
        steps = (line.entry for line in self._track if isinstance(line, Step))
        loaded = next((one for one in steps if isinstance(one, records.Loaded)), None)
        if loaded is None:
            raise TraceError(self.name, "a load ends, and nothing is loaded")
        memories = Memories(msgspec.json.decode(loaded.memories, type=Save))
        return Slot(memories, loaded.at_ms, end.game or b"", end.game_version)

    def _differs(self, field: str, recorded: str, replayed: str) -> DivergedError:
        return DivergedError(Divergence(self._tick, self._entry, "", field, recorded, replayed))

    def _raise(self, divergence: Divergence | None) -> None:
        if divergence is not None:
            raise DivergedError(divergence)


def run_game_exactly(
    reader: TraceReader, factory: Factory, *, progress: Callable[[int], object] | None = None
) -> ExactRun:
    """Run a game again over a recording.

    Args:
        reader: The recording, none of it read yet.
        factory: Sets the game up.
        progress: Called now and then with how many frames have been played.

    Raises:
        TraceError: The recording cannot be read.
        Exception: Whatever the game raises.
    """
    replay = Replay(reader)
    divergence = None
    with replay.bridge() as bridge:
        try:
            game = msgspec.json.decode(replay.header.game, type=dict[str, Any])
            for frame in replay.play(factory(bridge, game)):
                if progress is not None and not frame.tick % 60:
                    progress(frame.tick)
        except DivergedError as error:
            divergence = error.divergence
    return replay.result(divergence)


def factory_at(place: str) -> Factory:
    """Return the factory that ``module:name`` names.

    Raises:
        UsageError: There is none.
    """
    module_name, _, name = place.partition(":")
    try:
        factory = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"there is no game at {place!r} (module:factory): {error}") from error
    if not callable(factory):
        raise UsageError(f"{place!r} is no function that sets a game up")
    return cast("Factory", factory)


def _frames(
    track: deque[Step | records.Record],
) -> Iterator[tuple[records.Frame, list[Any]]]:
    """Yield every frame with what the player did for it."""
    inputs: list[Any] = []
    for line in track:
        if isinstance(line, records.Input):
            inputs.append(msgspec.json.decode(line.value))
        elif isinstance(line, records.Frame):
            yield line, inputs
            inputs = []


def _hashes_by_tick(track: deque[Step | records.Record]) -> dict[int, deque[str]]:
    hashes: dict[int, deque[str]] = {}
    for line in track:
        if isinstance(line, records.Checkpoint):
            hashes.setdefault(line.tick, deque()).append(line.hash)
    return hashes
