"""Reads a recording for a what-if: the sessions are run over it, and what they do is sorted.

Who asked what, in which turn and with which draw, is not in a file. The sessions know it; so they
are run again, exactly. A recording that they no longer run over cannot be re-timed: what came of
the change and what came of the code could not be told apart.
"""

from collections.abc import Callable
from random import Random

import msgspec
from msgspec import UNSET

from npcengine.errors import RemoteProtocolError, TraceError
from npcengine.memory.memory import Save
from npcengine.replay.entries import read_entry
from npcengine.replay.recorded_tools import value_of
from npcengine.replay.rerun import Pictures, Rerun, UnheardError
from npcengine.replay.steps import steps_of
from npcengine.replay.supervision import settings_of, supervisor_for
from npcengine.replay.whatif.course import Course
from npcengine.replay.whatif.lanes import Lanes, read_said
from npcengine.replay.whatif.recorded import Call, Exchange, Recorded, Settle, Stimulus, Turn
from npcengine.replay.whatif.telling import Telling, loosely
from npcengine.replay.whatif.whose import LuckKeys, sender
from npcengine.session.inbox import FramesArrived, TimerKey
from npcengine.session.outside import Asked, Committed, Edge, LinkState, NpcState, TurnOver
from npcengine.trace import records
from npcengine.trace.reader import TraceReader
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool

__all__ = ["read_recording"]


def _is_stimulus(line: records.Entry) -> bool:
    """Whether the game says something whatever minds do.

    What it says of their actions and questions comes when they have acted and asked.
    """
    return isinstance(line, records.FromGame) and not isinstance(line, records.Settled)


def read_recording(
    reader: TraceReader, *, progress: Callable[[int], object] | None = None
) -> Recorded:
    """Read a recording.

    Args:
        reader: It, none of it read yet.
        progress: Called now and then with how many entries have been read.

    Raises:
        TraceError: It cannot be read, or the sessions of this npcengine do otherwise.
    """
    return _Reading(reader).run(progress)


class _Reading:
    """Implements what sessions do outside, which is to be taken down."""

    def __init__(self, reader: TraceReader) -> None:
        self._reader = reader
        name, header = str(reader.path), reader.header
        if header.retimed is not None:
            parent = header.retimed.parent
            raise TraceError(name, f"it is a what-if itself: begin with what it is of, {parent}")
        settings = settings_of(header, name=name)
        self._recorded = Recorded(header, settings)
        self._random = Random(header.seed)  # noqa: S311 - the draws that were made
        self._course = Course()
        self._telling = Telling()
        self._lanes = Lanes(self._telling)
        self._npc_of_lane: dict[tuple[int, str | None], str] = {}
        self._keys = LuckKeys(self._course, self._npc_of_frames)
        self._timers: set[TimerKey] = set()
        self._due_ns: dict[TimerKey, int] = {}
        self._closed: set[int] = set()
        """Connections that we have closed."""
        self._dialled_ns: dict[int, int] = {}
        self._now_ns = header.t_ns
        self._entry_ns: list[int] = []
        """When each entry was."""
        self._said: list[records.Effect] = []
        self._rerun = Rerun(
            self, lambda taped: supervisor_for(settings, taped), self._timers, Pictures()
        )

    def run(self, progress: Callable[[int], object] | None) -> Recorded:
        """Read all of it."""
        name = str(self._reader.path)
        for step in steps_of(self._reader, name=name):
            if step.entry is not None:
                self._enter(step.entry, step.effects, name)
            for line in step.frame_side:
                self._frame_side(line)
            if progress is not None and not self._rerun.entries % 500:
                progress(self._rerun.entries)
        return self._recorded

    # --- entries ------------------------------------------------------------------------------

    def _enter(self, line: records.Entry, effects: list[records.Effect], name: str) -> None:
        what = read_entry(line, name=name)
        self._now_ns, self._said = line.t_ns, effects
        self._entry_ns.append(line.t_ns)
        self._recorded.end_ns = max(self._recorded.end_ns, line.t_ns)
        self._sort(line)
        self._keys.enter(what, line.n if _is_stimulus(line) else None)
        divergence = self._rerun.enter(line, what, effects)
        if divergence is not None:
            raise TraceError(
                name,
                "the sessions of this npcengine do something else than was recorded, so it cannot "
                f"be re-timed: record it again ({str(divergence).splitlines()[0]})",
            )
        if isinstance(line, records.Loaded):
            self._course.load()

    def _sort(self, line: records.Entry) -> None:
        recorded = self._recorded
        match line:
            case records.Frames(connection=connection, frames=frames):
                for text in frames:
                    if self._lanes.answer(connection, text, line.t_ns) is None:
                        recorded.strays.append((line.t_ns, connection, text))
            case records.LinkOpened(connection=connection):
                took_ns = line.t_ns - self._dialled_ns.get(connection, line.t_ns)
                recorded.connections[connection] = took_ns, None
            case records.ConnectFailed(connection=connection):
                took_ns = line.t_ns - self._dialled_ns.get(connection, line.t_ns)
                recorded.connections[connection] = took_ns, line
            case records.LinkLost(connection=connection):
                self._lanes.lose(connection)
                if connection not in self._closed:
                    recorded.losses.append(line)
            case records.Answered():
                self._answered(line)
            case records.Settled():
                self._settled(line)
            case records.TimerFired(kind=kind, owner=npc, detail=detail):
                due_ns = self._due_ns.get(TimerKey(kind, npc, detail), line.t_ns)
                recorded.add_stall(due_ns, line.t_ns)
                if kind == "due":
                    recorded.calls[npc, detail].was_due = True
            case _:
                self._stimulus(line)

    def _stimulus(self, line: records.Entry) -> None:
        frames = len(self._recorded.frames)
        behind_ns = self._recorded.take_ns(frames - 1) if frames else 0
        self._recorded.stimuli.append(Stimulus(line, behind_ns))

    def _answered(self, line: records.Answered) -> None:
        call = self._recorded.calls[line.npc, line.call_id]
        if call.answer is None:
            call.answer, call.answer_ns = line, line.t_ns - call.born_ns
            self._since_its_frame(call)

    def _since_its_frame(self, call: Call) -> None:
        """Once both are known, count an answer's time from the frame that gave it."""
        if call.answer is not None and call.answer.by_game and call.answered_in is not None:
            call.answer_ns = call.answer.t_ns - self._recorded.take_ns(call.answered_in)

    def _settled(self, line: records.Settled) -> None:
        recorded = self._recorded
        call = recorded.calls[line.npc, line.call_id]
        taken = call.fates.get("commit")
        if not taken or not recorded.frames:
            self._stimulus(line)
            return
        newest = len(recorded.frames) - 1
        within_ns = line.t_ns - recorded.take_ns(newest)
        call.settles.append(Settle(newest - taken[-1][0], within_ns, line))

    # --- the frame's side ---------------------------------------------------------------------

    def _frame_side(self, line: records.Record) -> None:
        recorded = self._recorded
        match line:
            case records.Frame():
                recorded.end_ns = max(recorded.end_ns, line.t_ns)
                recorded.add_frame(line, self._newest_seen_ns(line))
                index = len(recorded.frames) - 1
                for whose in line.answered:
                    recorded.calls[whose].answered_in = index
                    self._since_its_frame(recorded.calls[whose])
                for fate in line.fates:
                    call = recorded.calls[fate.npc, fate.call_id]
                    call.fates.setdefault(fate.step, []).append((index, fate))
            case records.Input() | records.Mark():
                recorded.notes.append(line)
            case records.End(t_ns=t_ns):
                recorded.end_ns = max(recorded.end_ns, t_ns)
            case _:
                pass

    def _newest_seen_ns(self, frame: records.Frame) -> int:
        """Return when the newest was of what a frame saw."""
        pictures = [self._entry_ns[seen.n] for seen in frame.seen if seen.n < len(self._entry_ns)]
        commits = [
            self._recorded.calls[fate.npc, fate.call_id].born_ns
            for fate in frame.fates
            if fate.step == "commit"
        ]
        return max([*pictures, *commits], default=0)

    # --- what sessions do: see session/outside.py ---------------------------------------------

    def connect(self, connection: int) -> None:
        self._dialled_ns[connection] = self._now_ns

    def send(self, connection: int, frame: bytes) -> None:
        request = self._telling.read(frame, known_ids={})
        lane = self._lanes.lane_of(request)
        npc, epoch = sender(self._rerun.supervisor, connection, lane)
        exchange = Exchange(request, frame, self._now_ns)
        self._lanes.ask(connection, exchange)
        self._npc_of_lane[connection, lane] = npc
        self._recorded.heard[npc].update(map(loosely, request.items))
        if request.kind == "warm_up":
            self._recorded.warm_ups[npc, self._course.loads].append(exchange)
        else:
            self._turn(npc, epoch).exchanges.append(exchange)

    def read_at_once(self, connection: int, wanted: bool) -> None:
        return

    def disconnect(self, connection: int) -> None:
        self._closed.add(connection)
        self._lanes.lose(connection)

    def set_timer(self, key: TimerKey, at_ns: int) -> None:
        self._timers.add(key)
        self._due_ns[key] = at_ns

    def drop_timer(self, key: TimerKey) -> None:
        self._timers.discard(key)

    def tell(self, edge: Edge) -> None:
        match edge:
            case Asked() | Committed():
                self._recorded.calls[edge.npc, edge.call_id].born_ns = self._now_ns
            case TurnOver(npc=npc, turn_epoch=epoch, outcome=outcome):
                turn = self._turn(npc, epoch)
                turn.outcome, turn.over_ns = outcome, self._now_ns
            case _:
                pass

    def show(self, npc: str, state: NpcState) -> None:
        return

    def show_link(self, state: LinkState) -> None:
        return

    def keep(self, number: int, save: Save) -> None:
        return

    def read(self, npc: str, tool: Tool, text: str) -> msgspec.Struct:
        for said in self._said:
            if isinstance(said, records.Read) and (said.tool, said.text) == (tool.name, text):
                self._recorded.reads[npc, said.tool, text] = said
                if said.value is UNSET:
                    raise RemoteProtocolError(said.refused, path=said.path)
                return value_of(tool, said.value)
        raise UnheardError(f"what the game makes of {tool.name} {text}")

    def look(self, npc: str, query: QuerySpec, arguments: msgspec.Struct) -> str | None:
        for said in self._said:
            if isinstance(said, records.Looked) and said.query == query.name:
                self._recorded.looks[npc, query.name].append(said.output)
                return said.output
        raise UnheardError(f"what {query.name} says")

    def luck(self) -> float:
        luck = self._random.random()
        self._recorded.luck[self._keys.next()] = luck
        return luck

    # --- inside -------------------------------------------------------------------------------

    def _turn(self, npc: str, epoch: int) -> Turn:
        key = self._course.key(npc, epoch)
        turn = self._recorded.turns.get(key)
        if turn is None:
            turn = self._recorded.turns[key] = Turn(key, epoch)
            self._recorded.keys[npc, epoch] = key
        return turn

    def _npc_of_frames(self, what: FramesArrived) -> str:
        lane = read_said(what.frames[0]).stream_id if what.frames else None
        return self._npc_of_lane.get((what.connection, lane), "")
