"""What-if: the real sessions, run in virtual time against a network and a game out of a recording.

Nothing here waits and nothing reads a clock. What happens is on one agenda, in an order that hangs
on the recording, the changes and the seed alone; so two runs write the same bytes.
"""

from collections.abc import Callable

import msgspec
from msgspec import UNSET

from npcengine.errors import RemoteProtocolError, UsageError
from npcengine.memory.memory import Save
from npcengine.replay.recorded_tools import value_of
from npcengine.replay.supervision import supervisor_for
from npcengine.replay.whatif.agenda import Rank
from npcengine.replay.whatif.answering import Answers
from npcengine.replay.whatif.changes import Changes
from npcengine.replay.whatif.counterparts import STORM
from npcengine.replay.whatif.draws import draw
from npcengine.replay.whatif.frames import Frames
from npcengine.replay.whatif.lanes import read_said
from npcengine.replay.whatif.network import Network
from npcengine.replay.whatif.recorded import Recorded
from npcengine.replay.whatif.run import Run
from npcengine.replay.whatif.stimuli import Stimuli
from npcengine.replay.whatif.turn_times import Span, TurnTimes, recorded_span, span
from npcengine.replay.whatif.whose import LuckKeys, sender
from npcengine.session.inbox import (
    Entered,
    Entry,
    FramesArrived,
    Inbox,
    Loaded,
    TimerFired,
    TimerKey,
)
from npcengine.session.outside import Asked, Committed, Edge, LinkState, NpcState, Overdue, TurnOver
from npcengine.session.tape import TapedOutside, record_of
from npcengine.trace import records
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool

__all__ = ["Simulation"]


class Simulation:
    """One what-if. Implements what sessions may do outside: see session/outside.py."""

    def __init__(self, recorded: Recorded, changes: Changes, seed: int) -> None:
        """Get everything ready.

        Raises:
            UsageError: What is to be changed is not in the recording.
        """
        self._recorded = recorded
        self._run = run = Run(recorded, changes, seed)
        run.enter = self._enter
        self.lines: list[records.Record] = []
        """All that came of it, behind the header."""
        self.turns: list[TurnTimes] = []
        self._network = Network(run)
        self._answers = Answers(run)
        self._frames = Frames(run, self._answers, self.lines.append)
        self._keys = LuckKeys(run.course, self._npc_of_frames)
        self._npc_of_lane: dict[tuple[int, str | None], str] = {}
        self._timers: dict[TimerKey, int] = {}
        """When each goes off that is set."""
        self._looked: dict[tuple[str, str], int] = {}
        self._calls: dict[tuple[str, str], tuple[int, str]] = {}
        """Which turn each is of, and what it is a call of."""
        self._newest: dict[str, int] = {}
        """The turn in which each NPC has asked last."""
        self._began_ns: dict[tuple[str, int], int] = {}
        """When each turn asked first, by NPC and ``turn_epoch``."""
        self._stimulus: int | None = None
        """The recorded number of what is about to be dealt with, if the game said it by itself."""
        self._over: list[tuple[str, int]] = []
        """Turns that have ended, and are not marked yet."""
        settings = msgspec.structs.replace(recorded.settings, deadlines=run.deadlines)
        taped = TapedOutside(self, self._tape)
        self._supervisor = supervisor_for(settings, taped)
        self._inbox = Inbox(run.agenda, self._handle, self._tape)
        self._check(changes)

    def run(self, *, progress: Callable[[int], object] = lambda _done: None) -> None:
        """Run it, as far as the recording goes."""
        self._network.start()
        Stimuli(self._run).start()
        self._frames.start()
        for note in self._recorded.notes:
            self._run.agenda.at(note.t_ns, Rank.GAME, self.lines.append, note)
        self._run.agenda.run(self._recorded.end_ns, progress=progress)
        for mark in self._run.marks.end_all("the recording ends before it does"):
            self._mark(mark, None)
        self.lines.append(records.End(self._recorded.end_ns, len(self.lines) + 1))

    # --- in -----------------------------------------------------------------------------------

    def _enter(self, what: Entered, *, by_game: bool = False, stimulus: int | None = None) -> None:
        self._stimulus = stimulus
        self._inbox.put(what, by_game=by_game)

    def _handle(self, entry: Entry) -> None:
        self._keys.enter(entry.what, self._stimulus)
        self._stimulus = None
        self._supervisor.handle(entry)
        over, self._over = self._over, []
        for npc, epoch in over:
            self._mark(self._run.marks.end(npc, epoch), entry.t_ns)
        if isinstance(entry.what, Loaded):
            self._run.course.load()
            self._run.marks.load()

    def _mark(self, validity: records.Validity, over_ns: int | None) -> None:
        """Write down how far a turn can be believed, and note how long it took."""
        self.lines.append(validity)
        whose = validity.npc, validity.turn
        began_ns = self._began_ns.get(whose)
        first_ns = self._network.first_output_ns.get(whose)
        now = Span() if began_ns is None else span(began_ns, first_ns, over_ns)
        turn = self._recorded.turns.get(self._run.course.key(*whose))
        times = TurnTimes(*whose, validity.mark, validity.reason, now, recorded_span(turn))
        self.turns.append(times)

    def _tape(self, what: object) -> None:
        self.lines.append(record_of(what))

    # --- out ----------------------------------------------------------------------------------

    def connect(self, connection: int) -> None:
        self._network.connect(connection)

    def send(self, connection: int, frame: bytes) -> None:
        run, now_ns = self._run, self._run.agenda.now_ns()
        request = run.telling.read(frame, known_ids=run.known_ids, left_out=STORM)
        lane = self._network.lane_of(request)
        npc, epoch = sender(self._supervisor, connection, lane)
        self._npc_of_lane[connection, lane] = npc
        self._newest[npc] = epoch
        counterpart = run.counterparts.of(npc, epoch, request)
        if request.kind != "warm_up":
            self._began_ns.setdefault((npc, epoch), now_ns)
        self._network.send(connection, request, counterpart)

    def read_at_once(self, connection: int, wanted: bool) -> None:
        return

    def disconnect(self, connection: int) -> None:
        self._network.disconnect(connection)

    def set_timer(self, key: TimerKey, at_ns: int) -> None:
        self._timers[key] = at_ns
        self._run.agenda.at(at_ns, Rank.TIMER, self._fire, key, at_ns)

    def drop_timer(self, key: TimerKey) -> None:
        self._timers.pop(key, None)

    def tell(self, edge: Edge) -> None:
        match edge:
            case Asked():
                self._met(edge, "asks", edge.query.name)
                if edge.query.where != "frame":
                    self._answers.ask(edge)
                    return
            case Committed():
                self._met(edge, "does", edge.action.name)
            case Overdue(question=question):
                self._answers.answer_late(question)
                return
            case TurnOver(npc=npc, turn_epoch=epoch, outcome=outcome):
                self._run.counterparts.over(npc, epoch, outcome)
                self._over.append((npc, epoch))
            case _:
                pass
        self._frames.mailbox.put(edge)

    def show(self, npc: str, state: NpcState) -> None:
        self._frames.mailbox.show(npc, self._inbox.count - 1, state)

    def show_link(self, state: LinkState) -> None:
        return

    def keep(self, number: int, save: Save) -> None:
        return

    def read(self, npc: str, tool: Tool, text: str) -> msgspec.Struct:
        said = self._recorded.reads.get((npc, tool.name, text))
        if said is None:
            raise RemoteProtocolError("the recording does not say what the game makes of it")
        if said.value is UNSET:
            raise RemoteProtocolError(said.refused, path=said.path)
        return value_of(tool, said.value)

    def look(self, npc: str, query: QuerySpec, arguments: msgspec.Struct) -> str | None:
        whose = npc, query.name
        number = self._looked.get(whose, 0)
        self._looked[whose] = number + 1
        looks = self._recorded.looks.get(whose, [])
        return looks[number] if number < len(looks) else None

    def luck(self) -> float:
        key = self._keys.next()
        recorded = self._recorded.luck.get(key)
        return draw(self._run.seed, *key, "luck") if recorded is None else recorded

    # --- inside -------------------------------------------------------------------------------

    def _met(self, edge: Asked | Committed, verb: str, what: str) -> None:
        """A mind meets the world: note when, against when it did."""
        self._calls[edge.npc, edge.call_id] = edge.turn_epoch, what
        call = self._run.call(edge.npc, edge.call_id)
        if call is not None and call.born_ns:
            late_ns = self._run.agenda.now_ns() - call.born_ns
            self._run.counterparts.moved(edge.npc, edge.turn_epoch, f"it {verb} {what}", late_ns)

    def _fire(self, key: TimerKey, at_ns: int) -> None:
        if self._timers.get(key) != at_ns:
            return  # it was moved, or dropped
        del self._timers[key]
        if key.kind == "due":
            call = self._run.call(key.owner, key.detail)
            if call is None or not call.was_due:
                # A call that waits for another one's end has not met the world.
                newest = self._newest.get(key.owner, 0), "action"
                epoch, what = self._calls.get((key.owner, key.detail), newest)
                reason = f"the game did not see to its {what} in time, and had"
                self._run.marks.worsen(key.owner, epoch, "void", reason)
        self._enter(TimerFired(key))

    def _npc_of_frames(self, what: FramesArrived) -> str:
        lane = read_said(what.frames[0]).stream_id if what.frames else None
        return self._npc_of_lane.get((what.connection, lane), "")

    def _check(self, changes: Changes) -> None:
        known = sorted(
            {
                tool["name"]
                for line in (stimulus.line for stimulus in self._recorded.stimuli)
                if isinstance(line, records.Defined)
                for one in line.tools
                if one.kind == "query"
                for tool in [msgspec.json.decode(one.definition, type=dict[str, object])]
            },
            key=str,
        )
        for name in changes.slow_queries:
            if name not in known:
                there = ", ".join(map(str, known)) or "none"
                raise UsageError(f"--set slow_query={name}:…: the recording's queries are {there}")
