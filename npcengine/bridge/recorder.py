"""Records a bridge: its sessions on the loop thread, and what the game saw on the frame thread."""

import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, count, takewhile
from pathlib import Path

import msgspec
from msgspec import Raw

from npcengine.bridge.endpoints import Endpoint
from npcengine.bridge.hosts import known_keys
from npcengine.bridge.saving import Loading, Saving
from npcengine.clock import Clock
from npcengine.errors import UsageError
from npcengine.policy.deadlines import Deadlines
from npcengine.policy.prices import Prices
from npcengine.policy.rules import Policy
from npcengine.session.outside import (
    Cancelled,
    Committed,
    Edge,
    Hinted,
    NpcState,
    Prepared,
)
from npcengine.session.tape import record_of
from npcengine.trace import records
from npcengine.trace.scrub import Scrubber
from npcengine.trace.sink import Sink
from npcengine.trace.writer import TraceWriter

__all__ = [
    "RECORD_VARIABLE",
    "Converter",
    "FrameOver",
    "FrameTape",
    "Recorder",
    "Recording",
    "recorder_for",
    "recordings_at",
]

RECORD_VARIABLE = "NPCENGINE_RECORD"

CLOSE_WITHIN_S = 0.5
"""How long a closing bridge waits for the last lines to be written."""

_json = msgspec.json.Encoder()


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What to record and where to, for ``Bridge(record=…)``."""

    path: str | Path | None = None
    """The file, replaced if there is one: ``.jsonl`` as it is, any other name compressed. ``None``
    keeps the recording in memory, up to 64 MiB compressed, for ``bridge.keep_recording``."""
    game: Mapping[str, object] = {}
    """What the game has to know to be run again: its seed, its settings. Written as JSON."""
    scrub: Sequence[str] = ()
    """Texts to overwrite with stars wherever they stand, besides what looks like a key."""


def recorder_for(
    record: str | Path | Recording | None, clock: Clock, *, key_env: str | None
) -> "Recorder | None":
    """Return what records as ``Bridge(record=…)`` says; ``None`` if nothing does.

    A recording in memory is written to the file as well that the environment variable names.

    Args:
        record: What the game said.
        clock: The bridge's.
        key_env: The environment variable of its key. What that and the usual ones hold is taken
            out of every line.

    Raises:
        TraceError: The file cannot be created.
        UsageError: What is said of the game cannot be written.
    """
    named = os.environ.get(RECORD_VARIABLE, "").strip()
    if record is None:
        if not named:
            return None
        record = _unused(Path(named))
    recording = record if isinstance(record, Recording) else Recording(path=record)
    recorder = Recorder(recording, clock, secrets=known_keys(key_env))
    if recorder.is_journal and named:
        recorder.keep(_unused(Path(named)))
    return recorder


def _unused(path: Path) -> Path:
    """Return a name that is not taken: a program may open more than one bridge."""
    return next(name for name in _names(path) if not name.exists())


def recordings_at(path: Path) -> list[Path]:
    """Return the recordings that are there, of those that programs make with this name."""
    return list(takewhile(Path.exists, _names(path)))


def _names(path: Path) -> Iterator[Path]:
    return chain([path], (path.with_stem(f"{path.stem}-{number}") for number in count(2)))


class FrameTape:
    """What one ``update`` saw, gathered as it goes (frame thread)."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, NpcState]] = []
        self.answered: list[tuple[str, str]] = []
        self.fates: list[records.Fate] = []
        self.edges = 0
        self.ended: Sequence[Saving] = ()

    def fate(self, edge: Edge, fate: str = "delivered", reason: str = "") -> None:
        """Note what becomes of a step of an intention; other edges have no fate."""
        match edge:
            case Hinted():
                step: records.Step = "hint"
            case Prepared():
                step = "prepare"
            case Committed():
                step = "commit"
            case Cancelled():
                step = "cancel"
            case _:
                return
        self.fates.append(records.Fate(edge.npc, edge.turn_epoch, edge.call_id, step, fate, reason))


class FrameOver(msgspec.Struct, frozen=True):
    """An update that is over, to be written down."""

    tick: int
    t_ns: int
    dt: float
    took_ns: int
    tape: FrameTape


class Recorder:
    """One recording (any thread, where not said otherwise)."""

    def __init__(self, recording: Recording, clock: Clock, *, secrets: Sequence[str]) -> None:
        """Open the file.

        Args:
            recording: What to record.
            clock: The bridge's.
            secrets: Texts to overwrite besides those that the recording names.

        Raises:
            TraceError: It cannot be created.
            UsageError: ``game`` cannot be written as JSON.
        """
        self._clock = clock
        try:
            self._game = Raw(_json.encode(dict(recording.game)))
        except (TypeError, ValueError, OverflowError) as error:
            raise UsageError(
                f"what a recording says of the game has to be JSON: {error}"
            ) from error
        path = None if recording.path is None else Path(recording.path)
        self.is_journal = path is None
        """Whether it is in memory, for a file to be made of it."""
        self._writer = TraceWriter(
            Sink(path),
            Converter().record_of,
            scrubber=Scrubber([*recording.scrub, *secrets]),
            now_ns=clock.now_ns,
        )
        self.put = self._writer.put
        self.frame = FrameTape()
        """Of the update that is under way (frame thread)."""

    def begin(
        self,
        endpoint: Endpoint,
        loop: str,
        *,
        model: str,
        switch_interval_ms: float | None,
        seed: int,
        deadlines: Deadlines,
        policy: Policy,
        prices: Prices,
    ) -> None:
        """Write the first line, before anything else."""
        self.put(
            records.Header(
                version=records.VERSION,
                engine=importlib.metadata.version("npcengine"),
                python=platform.python_version(),
                platform=sys.platform,
                started=datetime.now(UTC).isoformat(timespec="seconds"),
                t_ns=self._clock.now_ns(),
                # Without its options: they may name a player's folders.
                endpoint=endpoint.name.partition("?")[0],
                transport=endpoint.transport,
                model=model,
                loop=loop,
                switch_interval_ms=switch_interval_ms,
                seed=seed,
                stall_ms=None if loop == "virtual" else deadlines.stall_ms,
                prefetch=policy.prefetch,
                tool_rounds=policy.tool_rounds,
                capabilities=_raw(endpoint.capabilities),
                deadlines=_raw(deadlines),
                budget=_raw(policy.budget),
                prices=_raw(prices),
                game=self._game,
            )
        )

    # --- on the frame thread ------------------------------------------------------------------

    def end_frame(self, tick: int, t_ns: int, dt: float, took_ns: int) -> None:
        """Write down what an update saw."""
        self.put(FrameOver(tick, t_ns, dt, took_ns, self.frame))
        self.frame = FrameTape()

    def input(self, tick: int, value: object) -> None:
        """Note what the player did."""
        self.put(records.Input(tick, self._clock.now_ns(), _raw(value)))

    def checkpoint(self, tick: int, world_hash: str) -> None:
        """Note what the world came to."""
        self.put(records.Checkpoint(tick, self._clock.now_ns(), world_hash))

    def mark(self, tick: int, name: str, npc: str, value: object) -> None:
        """Note something that the game wants to find again."""
        self.put(records.Mark(tick, self._clock.now_ns(), name, npc, _raw(value)))

    # --- the file -----------------------------------------------------------------------------

    def keep(self, path: Path) -> None:
        """Make a file of it all, soon."""
        self._writer.keep(path)

    def release(self) -> None:
        """End that file, soon."""
        self._writer.release()

    @property
    def error(self) -> str | None:
        """Why something could not be written, the newest reason."""
        return self._writer.error

    def close(self) -> None:
        """Write the rest."""
        self._writer.close(CLOSE_WITHIN_S)


class Converter:
    """Makes lines of what was put on the tapes (writer's thread)."""

    def __init__(self) -> None:
        self._speech: dict[str, str] = {}
        """What each NPC was seen to say last."""

    def record_of(self, what: object) -> records.Record:
        """Return the line for something."""
        if not isinstance(what, FrameOver):
            return record_of(what)
        tape = what.tape
        return records.Frame(
            what.tick,
            what.t_ns,
            what.dt,
            what.took_ns,
            tape.edges,
            [self._seen(*one) for one in tape.seen],
            tape.answered,
            tape.fates,
            [_file_end(handle) for handle in tape.ended],
        )

    def _seen(self, npc: str, n: int, state: NpcState) -> records.Seen:
        before, now = self._speech.get(npc, ""), state.speech
        self._speech[npc] = now
        keeps = len(before) if now.startswith(before) else 0
        return records.Seen(
            npc,
            n,
            state.turn_epoch,
            state.phase,
            state.speech_epoch,
            keeps,
            now[keeps:],
            list(state.open_calls),
            state.barge_ins,
        )


def _file_end(handle: Saving) -> records.FileEnd:
    if handle.error is not None:
        return records.FileEnd(handle.error.reason)
    if isinstance(handle, Loading):
        return records.FileEnd("", handle.game, handle.game_version)
    return records.FileEnd()


def _raw(value: object) -> Raw:
    return Raw(_json.encode(value))
