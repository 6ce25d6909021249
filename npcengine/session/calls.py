"""What becomes of a mind's calls: announced while they grow, handed to the game, answered once.

Rules:

1. A call is handed to the game when its arguments are complete and strictly decoded, which is
   before its response ends, so that its output is ready when it can be sent.
2. Every call gets exactly one output. Whoever is late loses.
3. An action may outlive its call: the call is answered that it has started, and its end is told
   later, as an event.
"""

from npcengine.clock import NS_PER_MS
from npcengine.errors import RemoteProtocolError
from npcengine.policy.deadlines import Deadlines
from npcengine.protocol.changes import Call
from npcengine.protocol.items import Message
from npcengine.session.inbox import Answered, Settled, TimerKey
from npcengine.session.outside import (
    Asked,
    Cancelled,
    Committed,
    Edge,
    Hinted,
    Outside,
    Prepared,
)
from npcengine.session.pace import Pace
from npcengine.session.tally import Tally
from npcengine.session.turn import CallState, OpenCall, Turn
from npcengine.world.actions import ActionSpec
from npcengine.world.answers import action_output, no_such_tool, refusal, refused_arguments
from npcengine.world.percepts import action_ended
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Toolbox

__all__ = ["DUE", "Calls"]

MAX_LASTING = 64
"""Actions whose end is still remembered as owed to the mind."""

MAX_REMEMBERED = 256
"""Ids of calls that are remembered as used."""

DUE = "due"
"""Kind of the timer that answers a call which the game has not."""


class Calls:
    """The calls of one NPC. Loop thread only."""

    def __init__(
        self, npc: str, outside: Outside, deadlines: Deadlines, pace: Pace, tally: Tally
    ) -> None:
        self._npc = npc
        self._outside = outside
        self._deadlines = deadlines
        self._pace = pace
        self._tally = tally
        self._lasting: dict[str, Call] = {}
        """Actions that outlived their call, by the ids that the game knows."""
        self._uses: dict[str, int] = {}
        """How often the server has used a ``call_id``, of those it used lately."""
        self.tools = Toolbox()
        """What may be called, from the next call on."""

    # --- what a response does -----------------------------------------------------------------

    def opened(self, turn: Turn, call: Call) -> bool:
        """A call has begun; return whether somebody waits for the rest of it to arrive."""
        if call.call_id in turn.calls:
            return False  # twice in one response: the first call of that id has it
        open_call = OpenCall(self._new_id(call.call_id), call, self.tools.by_name.get(call.name))
        turn.calls[call.call_id] = open_call
        if isinstance(open_call.tool, ActionSpec):
            self._outside.tell(Hinted(self._npc, turn.epoch, open_call.id, open_call.tool))
        return isinstance(open_call.tool, QuerySpec)

    def field_closed(self, turn: Turn, call: Call, name: str, value: object) -> None:
        """One argument of a call is known."""
        open_call = self._find(turn, call)
        if open_call is None:
            return
        open_call.fields[name] = value
        if isinstance(open_call.tool, ActionSpec):
            fields = dict(open_call.fields)
            edge = Prepared(self._npc, turn.epoch, open_call.id, open_call.tool, fields)
            self._outside.tell(edge)

    def closed(self, turn: Turn, call: Call, now_ns: int) -> None:
        """All arguments of a call are known: hand it to the game, or answer why not."""
        open_call = self._find(turn, call)
        if open_call is None:
            return
        open_call.state = CallState.WAITING
        if open_call.tool is None:
            open_call.answer(no_such_tool(call.name, list(self.tools.by_name)))
            return
        try:
            edge, due_ms = self._edge(turn, open_call, now_ns)
        except RemoteProtocolError as error:
            self._cancel(turn, open_call, "bad_arguments")
            open_call.answer(refused_arguments(error))
            return
        due_ns = now_ns + round(due_ms * NS_PER_MS)
        self._outside.set_timer(TimerKey(DUE, self._npc, open_call.id), due_ns)
        self._outside.tell(edge)

    def _edge(self, turn: Turn, open_call: OpenCall, now_ns: int) -> tuple[Edge, float]:
        """Return what the game is told of a call, and how long it may take over it."""
        id, text = open_call.id, open_call.call.arguments or ""
        match open_call.tool:
            case ActionSpec() as action:
                value = action.arguments.read(text)
                edge = Committed(self._npc, turn.epoch, id, action, value)
                return edge, self._deadlines.settle_ms
            case QuerySpec() as query:
                arguments = query.arguments.read(text)
                self._tally.questions += 1
                due_ms = self._deadlines.query_due_ms(query.where, self._pace.frame_ms)
                return Asked(self._npc, turn.epoch, id, query, arguments, now_ns), due_ms
            case None:
                raise AssertionError("a call of no tool is answered, not handed on")

    def abandon_growing(self, turn: Turn, reason: str) -> None:
        """The response is over: take back what will never be complete."""
        for call_id, open_call in list(turn.calls.items()):
            if open_call.state is CallState.GROWING:
                del turn.calls[call_id]
                self._cancel(turn, open_call, reason)

    # --- what the game does -------------------------------------------------------------------

    def answered(self, turn: Turn | None, entry: Answered) -> None:
        """Take a query's answer, if the call still waits for it."""
        open_call = turn.by_id(entry.call_id) if turn is not None else None
        if open_call is None or not isinstance(open_call.tool, QuerySpec):
            self._tally.late_answers += 1
            return
        self._tally.overruns += entry.took_ms > open_call.tool.budget_ms
        if self._answer(open_call, entry.output):
            self._tally.graded(entry.grade)
        else:
            self._tally.late_answers += 1

    def settled(self, turn: Turn | None, entry: Settled) -> Message | None:
        """Take what became of an action; return what to tell of one that outlived its call."""
        open_call = turn.by_id(entry.call_id) if turn is not None else None
        if open_call is not None and open_call.state is CallState.WAITING:
            if entry.status == "started":
                self._outlive(open_call)
            self._answer(open_call, action_output(entry.status, entry.detail))
        elif entry.status != "started" and entry.call_id in self._lasting:
            call = self._lasting.pop(entry.call_id)
            return action_ended(call.name, call.call_id, entry.status, entry.detail)
        return None

    def due(self, turn: Turn | None, id: str) -> None:
        """A call has waited long enough."""
        open_call = turn.by_id(id) if turn is not None else None
        if open_call is not None and open_call.state is CallState.WAITING:
            self._answer_without_game(open_call)

    def close_waiting(self, turn: Turn) -> None:
        """The turn is over: answer every call that still waits."""
        for open_call in turn.calls.values():
            if open_call.state is CallState.WAITING:
                self._answer_without_game(open_call)

    # --- inside -------------------------------------------------------------------------------

    def _new_id(self, call_id: str) -> str:
        """Return an id that is new to the game; some servers count calls anew in each response."""
        uses = self._uses.pop(call_id, 0) + 1
        self._uses[call_id] = uses
        if len(self._uses) > MAX_REMEMBERED:
            del self._uses[next(iter(self._uses))]
        return call_id if uses == 1 else f"{call_id}.{uses}"

    def _find(self, turn: Turn, call: Call) -> OpenCall | None:
        open_call = turn.calls.get(call.call_id)
        return open_call if open_call is not None and open_call.call is call else None

    def _answer(self, open_call: OpenCall, output: str) -> bool:
        """Give a call its output; return whether it is the first."""
        if not open_call.answer(output):
            return False
        self._outside.drop_timer(TimerKey(DUE, self._npc, open_call.id))
        return True

    def _answer_without_game(self, open_call: OpenCall) -> None:
        """Answer a call that the game has not: an action may still happen, a query is over."""
        if isinstance(open_call.tool, ActionSpec):
            self._outlive(open_call)
            self._answer(open_call, action_output("accepted"))
        else:
            self._answer(open_call, refusal("no answer in time", again=True))
            self._tally.graded("refused")

    def _outlive(self, open_call: OpenCall) -> None:
        """Remember an action whose end will be told later, as an event."""
        self._lasting[open_call.id] = open_call.call
        if len(self._lasting) > MAX_LASTING:
            # A game that never settles anything is correct: forget the oldest.
            del self._lasting[next(iter(self._lasting))]

    def _cancel(self, turn: Turn, open_call: OpenCall, reason: str) -> None:
        if isinstance(open_call.tool, ActionSpec):
            edge = Cancelled(self._npc, turn.epoch, open_call.id, open_call.tool, reason)
            self._outside.tell(edge)
