"""What becomes of a mind's calls: announced while they grow, handed to the game, answered once.

Rules:

1. A call is handed to the game when its arguments are complete and strictly decoded, which is
   before its response ends, so that its output is ready when it can be sent.
2. Every call gets exactly one output. Whoever is late loses.
3. An action may outlive its call: the call is answered that it has started, and its end is told
   later, as an event.
4. Actions of one response begin side by side, except those declared ``in_order`` (:mod:`plan`).
"""

from collections.abc import Callable, Mapping
from itertools import takewhile

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.errors import RemoteProtocolError
from npcengine.policy.deadlines import MISSED_MS
from npcengine.protocol.changes import Call
from npcengine.protocol.items import Message
from npcengine.session.foresight import Foresight
from npcengine.session.inbox import Answered, Settled, TimerKey
from npcengine.session.outside import (
    Asked,
    Cancelled,
    Committed,
    Edge,
    Hinted,
    Learned,
    Overdue,
    Prepared,
)
from npcengine.session.plan import Plan, Sequel
from npcengine.session.shared import Shared
from npcengine.session.turn import CallState, OpenCall, Turn
from npcengine.world.actions import Action, ActionSpec, OnInterrupt
from npcengine.world.answers import (
    NOT_IN_TIME,
    action_output,
    no_such_tool,
    refusal,
    refused_arguments,
    written_detail,
)
from npcengine.world.percepts import action_ended, action_progressed
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Toolbox

__all__ = ["DUE", "Calls"]

MAX_LASTING = 64
"""Actions whose end is still remembered as owed to the mind."""

_GOES_ON = ("started", "progress")
_STOPPED: Mapping[OnInterrupt | None, str] = {None: "dropped", "cancel": "cancelled"}
"""What is said of actions that an interruption stops; those without a policy had not begun."""
_NOT_BEGUN = "not begun: an action before it did not succeed"

MAX_REMEMBERED = 256
"""Ids of calls that are remembered as used."""

DUE = "due"
"""Kind of the timer that answers a call which the game has not."""


class Calls:
    """The calls of one NPC. Loop thread only."""

    def __init__(self, npc: str, shared: Shared, remember: Callable[[Message], None]) -> None:
        """Begin with no calls.

        Args:
            npc: Whose calls they are.
            shared: Where the game is, how long it may take, and its time.
            remember: Takes events for the mind to read with its next request.
        """
        self._npc = npc
        self._outside = shared.outside
        self._deadlines = shared.deadlines
        self._pace = shared.pace
        self._tally = shared.tally
        self._remember = remember
        self._plan = Plan()
        self._lasting: dict[str, Call] = {}
        """Actions that outlived their call, by the ids that the game knows."""
        self._uses: dict[str, int] = {}
        """How often the server has used a ``call_id``, of those it used lately."""
        self._foresight = Foresight(npc, shared.habits, shared.outside, shared.tally)
        self.tools = Toolbox()
        """What may be called, from the next call on."""

    @property
    def lasting(self) -> Mapping[str, Call]:
        """Actions whose calls were answered and whose end is owed, by the ids the game knows."""
        return self._lasting

    def begin(self, turn: Turn, stimulus: str) -> list[Message]:
        """A request is about to be sent; return what its turn, if it begins, is told ahead."""
        if turn.rounds or turn.attempts:
            return []
        return self._foresight.begin(stimulus, self.tools)

    # --- what a response does -----------------------------------------------------------------

    def opened(self, turn: Turn, call: Call) -> bool:
        """A call has begun; return whether somebody waits for the rest of it to arrive."""
        tool = None if call.takes_text else self.tools.by_name.get(call.name)
        open_call = OpenCall(self._new_id(call.call_id), call, tool)
        turn.calls[call.call_id] = open_call
        if isinstance(open_call.tool, ActionSpec):
            self._outside.tell(Hinted(*self._whose(turn), open_call.id, open_call.tool))
        return isinstance(open_call.tool, QuerySpec)

    def field_closed(self, turn: Turn, call: Call, name: str, value: object) -> None:
        """One argument of a call is known."""
        open_call = self._find(turn, call)
        if open_call is None:
            return
        open_call.fields[name] = value
        if isinstance(open_call.tool, ActionSpec):
            fields = dict(open_call.fields)
            edge = Prepared(*self._whose(turn), open_call.id, open_call.tool, fields)
            self._outside.tell(edge)

    def closed(self, turn: Turn, call: Call, now_ns: int) -> None:
        """All arguments of a call are known: hand it to the game, or answer why not."""
        open_call = self._find(turn, call)
        if open_call is None:
            return
        open_call.state = CallState.WAITING
        if open_call.tool is None:
            name = f"{call.name} (free text)" if call.takes_text else call.name
            open_call.answer(no_such_tool(name, list(self.tools.by_name)))
            return
        try:
            edge, due_ns = self._edge(turn, open_call, now_ns)
        except RemoteProtocolError as error:
            self._cancel(turn, open_call, "bad_arguments")
            open_call.answer(refused_arguments(error))
            return
        self._outside.set_timer(TimerKey(DUE, self._npc, open_call.id), due_ns)
        if isinstance(edge, Committed) and edge.action.type.in_order:
            self._line_up(turn, open_call, edge)
            return
        if isinstance(edge, Asked):
            open_call.question = edge
        self._outside.tell(edge)

    def _line_up(self, turn: Turn, open_call: OpenCall, commit: Committed) -> None:
        """Begin an action when those before it in its response are over."""
        before = list(takewhile(lambda other: other is not open_call, turn.calls.values()))
        actions = [other for other in before if isinstance(other.tool, ActionSpec)]
        if any(other.succeeded is False for other in actions):
            self._follow(turn, Sequel(give_up=(commit,)))
        elif waits_for := {other.id for other in actions if other.succeeded is None}:
            self._follow(turn, self._plan.hold(commit, waits_for))
        else:
            self._outside.tell(commit)

    def _follow(self, turn: Turn | None, sequel: Sequel) -> None:
        """Do what the end of an action means for those behind it."""
        for commit in sequel.begin:
            self._outside.tell(msgspec.structs.replace(commit, born_ms=self._pace.game_ms))
        for commit in sequel.give_up:
            self._outside.tell(Cancelled(*commit.whose, commit.call_id, commit.action, _NOT_BEGUN))
            self._tell_mind(turn, commit.call_id, "failed", written_detail(_NOT_BEGUN))

    def _edge(self, turn: Turn, open_call: OpenCall, now_ns: int) -> tuple[Edge, int]:
        """Return what the game is told of a call, and until when it may take over it."""
        id, text = open_call.id, open_call.call.arguments or ""
        match open_call.tool:
            case ActionSpec() as action:
                value = self._outside.read(self._npc, action, text)
                assert isinstance(value, Action)
                edge = Committed(*self._whose(turn), id, action, value, self._pace.game_ms)
                return edge, now_ns + round(self._deadlines.settle_ms * NS_PER_MS)
            case QuerySpec() as query:
                arguments = self._outside.read(self._npc, query, text)
                self._tally.questions += 1
                self._foresight.asked(query, arguments)
                due_ms = self._deadlines.query_due_ms(query.where, self._pace.frame_ms)
                due_ns = now_ns + round(due_ms * NS_PER_MS)
                return Asked(*self._whose(turn), id, query, arguments, now_ns, due_ns), due_ns
            case None:
                raise AssertionError("a call of no tool is answered, not handed on")

    def abandon_growing(self, turn: Turn, reason: str) -> None:
        """The response is over: take back what will never be complete."""
        for call_id, open_call in list(turn.calls.items()):
            if open_call.state is CallState.GROWING:
                del turn.calls[call_id]
                self._cancel(turn, open_call, reason)

    # --- what the game does -------------------------------------------------------------------

    def answered(self, turn: Turn | None, entry: Answered, now_ns: int) -> None:
        """Take a query's answer, if the call still waits for it."""
        query = self.tools.by_name.get(entry.query)
        if isinstance(query, QuerySpec) and entry.took_ms > query.budget_ms:
            self._tally.overran(entry.query)
        open_call = turn.by_id(entry.call_id) if turn is not None else None
        if (
            open_call is not None
            and open_call.question is not None
            and self._answer(open_call, entry.output)
        ):
            self._graded(open_call, entry.grade, now_ns)
            asked, game_ms = open_call.question, self._pace.game_ms
            about = asked.query.name, asked.arguments
            self._outside.tell(Learned(*asked.whose, asked.call_id, *about, entry.output, game_ms))
        else:
            self._tally.late_answers += 1

    def settled(self, turn: Turn | None, entry: Settled) -> bool:
        """Take what became of an action; return whether the mind has an event of it to read."""
        told = self._tell_mind(turn, entry.call_id, entry.status, entry.detail)
        if entry.status not in _GOES_ON:
            succeeded = entry.status == "succeeded"
            self._follow(turn, self._plan.over(entry.call_id, succeeded=succeeded))
        return told

    def _tell_mind(
        self, turn: Turn | None, id: str, status: str, detail: msgspec.Raw | None
    ) -> bool:
        """Answer an action's call, or tell in an event of one that outlived its call."""
        open_call = turn.by_id(id) if turn is not None else None
        if open_call is not None and status not in _GOES_ON:
            open_call.succeeded = status == "succeeded"
        if open_call is not None and open_call.state is CallState.WAITING:
            if status in _GOES_ON:
                self._outlive(open_call)
                status = "started"
            self._answer(open_call, action_output(status, detail))
        elif (call := self._lasting.get(id)) is not None and status != "started":
            if status == "progress":
                self._remember(action_progressed(call.name, call.call_id, detail))
            else:
                del self._lasting[id]
                self._remember(action_ended(call.name, call.call_id, status, detail))
            return True
        return False

    def due(self, turn: Turn | None, id: str, now_ns: int) -> None:
        """A call has waited long enough."""
        open_call = turn.by_id(id) if turn is not None else None
        if open_call is None or open_call.state is not CallState.WAITING:
            return
        question = open_call.question
        if question is not None and question.query.late != "refuse":
            self._outside.tell(Overdue(*question.whose, id, question))
        else:
            self._answer_without_game(open_call, now_ns)

    def close_waiting(self, turn: Turn, now_ns: int) -> None:
        """The turn is over: answer every call that still waits."""
        self._foresight.over()
        for open_call in turn.calls.values():
            if open_call.state is CallState.WAITING:
                self._answer_without_game(open_call, now_ns)

    def interrupt(self, turn: Turn | None, running: Mapping[str, OnInterrupt], reason: str) -> None:
        """Settle everything that is open, because the NPC was interrupted.

        Args:
            turn: The turn that is cut off, if there is one.
            running: Actions that the game has begun, and what becomes of each. All others never
                reach it any more.
            reason: Why.
        """
        self._plan.clear()
        self._foresight.abandon()
        why = written_detail(f"interrupted: {reason}")
        if turn is not None:
            turn.forget_growing()
        for open_call in turn.calls.values() if turn is not None else ():
            policy = running.get(open_call.id)
            if isinstance(open_call.tool, QuerySpec):
                self._answer(open_call, refusal(f"interrupted: {reason}", again=True))
            elif open_call.state is CallState.ANSWERED:
                continue
            elif policy in _STOPPED:
                self._answer(open_call, action_output(_STOPPED[policy], why))
            else:
                if policy == "finish_and_tell":
                    self._outlive(open_call)
                self._answer(open_call, action_output("started"))
        for id, call in list(self._lasting.items()):
            policy = running.get(id)
            if policy != "finish_and_tell":
                del self._lasting[id]
            if policy in _STOPPED:
                self._remember(action_ended(call.name, call.call_id, _STOPPED[policy], why))

    # --- inside -------------------------------------------------------------------------------

    def _whose(self, turn: Turn) -> tuple[str, int, int]:
        return self._npc, turn.epoch, turn.barge_ins

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

    def _graded(self, open_call: OpenCall, grade: str, now_ns: int) -> None:
        """Count an answer, and whether it came when it was due."""
        self._tally.graded(grade)
        if open_call.question is not None:
            late_ns = now_ns - open_call.question.due_ns
            self._tally.deadlines_missed += late_ns > MISSED_MS * NS_PER_MS

    def _answer_without_game(self, open_call: OpenCall, now_ns: int) -> None:
        """Answer a call that the game has not: an action may still happen, a query is over."""
        if isinstance(open_call.tool, ActionSpec):
            self._outlive(open_call)
            self._answer(open_call, action_output("accepted"))
        else:
            self._answer(open_call, refusal(NOT_IN_TIME, again=True))
            self._graded(open_call, "refused", now_ns)

    def _outlive(self, open_call: OpenCall) -> None:
        """Remember an action whose end will be told later, as an event."""
        self._lasting[open_call.id] = open_call.call
        if len(self._lasting) > MAX_LASTING:
            # A game that never settles anything is correct: forget the oldest.
            del self._lasting[next(iter(self._lasting))]

    def _cancel(self, turn: Turn, open_call: OpenCall, reason: str) -> None:
        if isinstance(open_call.tool, ActionSpec):
            edge = Cancelled(*self._whose(turn), open_call.id, open_call.tool, reason)
            self._outside.tell(edge)
            open_call.succeeded = False
            self._follow(turn, self._plan.over(open_call.id, succeeded=False))
