"""One NPC's mind at our end: its conversation, its turn, and what it waits for.

A turn goes round: ask the server, act on the calls as they close, wait for their outputs, send
them back, until the mind has nothing more to call. Rules:

1. A call is handed to the game when it closes, before its response ends, so that answers are ready
   when they can be sent. Outputs are sent together, in call order, after the response has ended.
2. Every call of the transcript gets exactly one output. Whoever is late loses.
3. What reaches the NPC during a turn rides along with the next continuation, or begins a new turn.
4. When a response dies, what it did is kept and told again, and what it only said is kept as said.
"""

from msgspec import UNSET, Raw

from npcengine.clock import NS_PER_MS
from npcengine.errors import RemoteProtocolError
from npcengine.policy.backoff import backoff_ms
from npcengine.policy.deadlines import Deadlines
from npcengine.policy.recovery import Recovery, recovery_for
from npcengine.protocol.chain import Chain, Place, Shape
from npcengine.protocol.codec import encode
from npcengine.protocol.incoming import ServerEvent
from npcengine.protocol.items import Item, Message, assistant_text
from npcengine.protocol.lane import (
    Call,
    CallClosed,
    CallOpened,
    Ended,
    FieldClosed,
    Lane,
    Outcome,
)
from npcengine.protocol.lane import Phase as LanePhase
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.session.inbox import Answered, Perceived, Settled, TimerKey
from npcengine.session.outside import (
    Asked,
    Cancelled,
    Committed,
    Edge,
    Hinted,
    NpcState,
    Outside,
    Phase,
    Prepared,
    TurnOutcome,
    TurnOver,
)
from npcengine.session.pace import Pace
from npcengine.session.seat import Seat, Seating
from npcengine.session.tally import Tally
from npcengine.session.turn import CallState, OpenCall, Turn
from npcengine.world.actions import ActionSpec
from npcengine.world.answers import action_output, no_such_tool, refusal, refused_arguments
from npcengine.world.percepts import action_ended
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Toolbox

__all__ = ["MAX_ROUNDS", "Session"]

MAX_ROUNDS = 8
"""Tool rounds in one turn; the last one is asked to end in words."""

MAX_LASTING = 64
"""Actions whose end is still remembered as owed to the mind."""

_NO_TOOLS = Raw(b'"none"')


class Session:
    """The mind of one NPC; see the top of this file. Loop thread only."""

    def __init__(
        self,
        npc: str,
        model: str,
        outside: Outside,
        seating: Seating,
        deadlines: Deadlines,
        pace: Pace,
        tally: Tally,
    ) -> None:
        self.npc = npc
        self._model = model
        self._outside = outside
        self._seating = seating
        self._deadlines = deadlines
        self._pace = pace
        self._tally = tally
        self._shape = Shape(model, "", b"[]")
        self._tools = Toolbox()
        self._chain = Chain()
        self._lane = Lane()
        self._seat: Seat | None = None
        self._turn: Turn | None = None
        self._epoch = 0
        self._woken = False
        """Whether something arrived that is a reason to think."""
        self._request_due = False
        """Whether the next request waits only for a seat."""
        self._last_event_ns = 0
        self._lasting: dict[str, str] = {}
        """Actions that outlived their call: their names by ``call_id``."""
        self._shown = NpcState()

    # --- what the game does -------------------------------------------------------------------

    def define(self, instructions: str, tools: Toolbox) -> None:
        """Set who the NPC is and what it may do; counts from the next request on."""
        self._tools = tools
        self._shape = Shape(self._model, instructions, tools.definitions)

    def perceive(self, entry: Perceived, now_ns: int) -> None:
        """Take in something that reached the NPC."""
        self._chain.add(entry.item)
        self._woken = self._woken or entry.wake
        self._maybe_begin(now_ns)

    def answered(self, entry: Answered, now_ns: int) -> None:
        """Take a query's answer."""
        self._count_overrun(entry)
        if self._give_output(entry.call_id, entry.output, now_ns):
            self._tally.graded(entry.grade)
        else:
            self._tally.late_answers += 1

    def settled(self, entry: Settled, now_ns: int) -> None:
        """Take what became of an action."""
        open_call = self._turn.calls.get(entry.call_id) if self._turn is not None else None
        if open_call is not None and open_call.state is CallState.WAITING:
            if entry.status == "started":
                self._outlive(open_call)
            self._give_output(entry.call_id, action_output(entry.status, entry.detail), now_ns)
        elif entry.status != "started" and entry.call_id in self._lasting:
            name = self._lasting.pop(entry.call_id)
            self._chain.add(action_ended(name, entry.call_id, entry.status, entry.detail))
            self._woken = self._woken or entry.wake
            self._maybe_begin(now_ns)

    # --- what the network does ----------------------------------------------------------------

    def seated(self, seat: Seat, now_ns: int) -> None:
        """A lane of an open connection is ours."""
        self._seat = seat
        if self._request_due:
            self._request(now_ns)
        else:
            self._maybe_begin(now_ns)

    def unseated(self, reason: str, now_ns: int) -> None:
        """The lane is gone, with whatever was on it."""
        self._seat = None
        for change in self._lane.lost(reason):
            if isinstance(change, Ended):
                self._ended(change.outcome, now_ns)

    def feed(self, event: ServerEvent, now_ns: int) -> None:
        """Take one event of our lane."""
        self._last_event_ns = now_ns
        for change in self._lane.feed(event):
            match change:
                case FieldClosed(call=call, field=field):
                    self._field_closed(call, field.name, field.value)
                case CallOpened(call=call):
                    self._call_opened(call)
                case CallClosed(call=call):
                    self._call_closed(call, now_ns)
                case Ended(outcome=outcome):
                    self._ended(outcome, now_ns)
                case _:
                    pass

    def fired(self, key: TimerKey, now_ns: int) -> None:
        """A timer of ours went off."""
        match key.kind:
            case "watch":
                self._watch(now_ns)
            case "turn":
                self._give_up_turn("overdue", "the turn took too long", now_ns)
            case "retry":
                self._request_or_wait(now_ns)
            case "due":
                self._due(key.detail, now_ns)
            case _:
                raise AssertionError(f"no timer of this kind: {key.kind!r}")

    # --- what there is to see -----------------------------------------------------------------

    def state(self) -> NpcState:
        """Return what the game may see of this mind now."""
        turn = self._turn
        if turn is None:
            return self._shown
        names = tuple(c.call.name for c in turn.calls.values() if c.state is not CallState.ANSWERED)
        speech = turn.speech(self._lane.text)
        self._shown = NpcState(turn.epoch, self._phase(turn), speech, names)
        return self._shown

    def _phase(self, turn: Turn) -> Phase:
        if self._request_due and self._seat is None:
            return "offline"
        if not turn.is_answered:
            return "asking"
        return "speaking" if self._lane.phase.is_running and self._lane.text else "thinking"

    # --- a turn -------------------------------------------------------------------------------

    def _maybe_begin(self, now_ns: int) -> None:
        if self._turn is not None or not self._woken:
            return
        self._epoch += 1
        self._turn = Turn(self._epoch)
        self._lane = Lane()
        self._set_timer("turn", now_ns, self._deadlines.turn_ms)
        self._request_or_wait(now_ns)

    def _request_or_wait(self, now_ns: int) -> None:
        self._request_due = True
        if self._seat is not None:
            self._request(now_ns)

    def _request(self, now_ns: int) -> None:
        """Send the next request of the turn: what is new, or everything."""
        turn, seat = self._turn, self._seat
        assert turn is not None
        assert seat is not None
        if self._lane.text:
            turn.said.append(self._lane.text)
        turn.attempts += 1
        self._woken = self._request_due = False
        plan = self._chain.begin(Place(seat.connection), self._shape)
        create = ResponseCreate(
            model=self._model,
            input=Raw(b"[" + b",".join(bytes(item) for item in plan.items) + b"]"),
            instructions=self._shape.instructions,
            previous_response_id=plan.previous_response_id or UNSET,
            tools=Raw(self._shape.tools),
            tool_choice=_NO_TOOLS if turn.rounds == MAX_ROUNDS else UNSET,
            store=False,
            stream_id=UNSET if seat.stream_id is None else Raw(f'"{seat.stream_id}"'.encode()),
        )
        self._lane = Lane()
        self._lane.sent()
        self._last_event_ns = now_ns
        self._set_timer("watch", now_ns, self._deadlines.first_event_ms)
        self._seating.read_at_once(self, wanted=False)
        self._outside.send(seat.connection, encode(create))

    def _ended(self, outcome: Outcome, now_ns: int) -> None:
        """The response is over: go on with its outputs, try again, or end the turn."""
        turn = self._turn
        assert turn is not None
        self._drop_timer("watch")
        acted = any(c.state is not CallState.GROWING for c in turn.calls.values())
        self._cancel_growing(turn, outcome)
        if outcome.phase is LanePhase.COMPLETED:
            self._chain.completed(outcome.response_id, outcome.items)
            turn.attempts = 0
        else:
            self._chain.failed(self._effects(turn, outcome))
        if outcome.phase is LanePhase.BROKEN:
            self._seating.leave(self, str(outcome.error), now_ns)
        if acted:
            self._proceed(now_ns)
        elif outcome.phase is LanePhase.COMPLETED:
            self._end_turn("completed", "", now_ns)
        else:
            self._recover(turn, outcome, now_ns)

    def _effects(self, turn: Turn, outcome: Outcome) -> tuple[Item, ...]:
        """Return what a dead response leaves in the transcript."""
        items: list[Item] = list(outcome.items)
        if self._lane.text and not any(isinstance(item, Message) for item in items):
            items.insert(0, assistant_text(self._lane.text))
        return (*items, *turn.acted_on(outcome.items))

    def _recover(self, turn: Turn, outcome: Outcome, now_ns: int) -> None:
        recovery = recovery_for(outcome, output_seen=bool(self._lane.text), attempt=turn.attempts)
        match recovery:
            case Recovery.RESEND:
                self._request_or_wait(now_ns)
            case Recovery.WAIT:
                asked = outcome.error.retry_after_s if outcome.error is not None else None
                wait_ms = backoff_ms(turn.attempts, self._outside.luck(), retry_after_s=asked)
                self._set_timer("retry", now_ns, wait_ms)
            case Recovery.RECONNECT:
                self._request_due = True
                if self._seat is not None:
                    self._seating.leave(self, str(outcome.error), now_ns)
            case Recovery.GIVE_UP:
                lost = outcome.phase is LanePhase.LOST
                self._end_turn("lost" if lost else "failed", str(outcome.error), now_ns)

    def _proceed(self, now_ns: int) -> None:
        """Send the round's outputs back, if the response has ended and all of them are known."""
        turn = self._turn
        if turn is None or self._lane.phase.is_running or not turn.is_answered:
            return
        if turn.rounds == MAX_ROUNDS:
            self._end_turn("failed", f"more than {MAX_ROUNDS} tool rounds", now_ns)
            return
        for output in turn.outputs():
            self._chain.add(output)
        turn.rounds += 1
        turn.attempts = 0
        turn.calls = {}
        self._request_or_wait(now_ns)

    def _give_up_turn(self, outcome: TurnOutcome, reason: str, now_ns: int) -> None:
        """End the turn wherever it stands."""
        turn = self._turn
        if turn is None:
            return
        if self._lane.phase.is_running:
            # The server will go on writing; nothing on that lane concerns us any more.
            self._lane.lost(reason)
            self._cancel_growing(turn, Outcome(LanePhase.LOST))
            self._chain.failed(self._effects(turn, Outcome(LanePhase.LOST)))
            self._seating.leave(self, reason, now_ns)
        self._end_turn(outcome, reason, now_ns)

    def _end_turn(self, outcome: TurnOutcome, reason: str, now_ns: int) -> None:
        turn = self._turn
        assert turn is not None
        for open_call in turn.calls.values():
            if open_call.state is CallState.WAITING:
                self._answer_without_game(open_call)
        for output in turn.outputs():
            self._chain.add(output)
        self._shown = NpcState(turn.epoch, "idle", turn.speech(self._lane.text))
        self._turn = None
        self._request_due = False
        for kind in ("turn", "watch", "retry"):
            self._drop_timer(kind)
        self._seating.read_at_once(self, wanted=False)
        over = TurnOver(self.npc, turn.epoch, outcome, turn.rounds, self._shown.speech, reason)
        self._outside.tell(over)
        self._maybe_begin(now_ns)

    # --- calls --------------------------------------------------------------------------------

    def _call_opened(self, call: Call) -> None:
        turn = self._turn
        assert turn is not None
        if call.call_id in turn.calls or call.call_id in self._lasting:
            return  # an id that was used before; the first call of that name has it
        open_call = OpenCall(call, self._tools.by_name.get(call.name))
        turn.calls[call.call_id] = open_call
        if isinstance(open_call.tool, ActionSpec):
            self._outside.tell(Hinted(self.npc, turn.epoch, call.call_id, open_call.tool))
        elif isinstance(open_call.tool, QuerySpec):
            self._seating.read_at_once(self, wanted=True)

    def _field_closed(self, call: Call, name: str, value: object) -> None:
        turn, open_call = self._open_call(call)
        if open_call is None:
            return
        open_call.fields[name] = value
        if isinstance(open_call.tool, ActionSpec):
            fields = dict(open_call.fields)
            edge = Prepared(self.npc, turn.epoch, call.call_id, open_call.tool, fields)
            self._outside.tell(edge)

    def _call_closed(self, call: Call, now_ns: int) -> None:
        turn, open_call = self._open_call(call)
        if open_call is None:
            return
        open_call.state = CallState.WAITING
        text = call.arguments or ""
        try:
            match open_call.tool:
                case ActionSpec() as action:
                    value = action.arguments.read(text)
                    edge: Edge = Committed(self.npc, turn.epoch, call.call_id, action, value)
                    due_ms = self._deadlines.settle_ms
                case QuerySpec() as query:
                    arguments = query.arguments.read(text)
                    self._tally.questions += 1
                    edge = Asked(self.npc, turn.epoch, call.call_id, query, arguments, now_ns)
                    due_ms = self._deadlines.query_due_ms(query.where, self._pace.frame_ms)
                case None:
                    output = no_such_tool(call.name, list(self._tools.by_name))
                    self._give_output(call.call_id, output, now_ns)
                    return
        except RemoteProtocolError as error:
            if isinstance(open_call.tool, ActionSpec):
                self._cancel(turn, open_call, "bad_arguments")
            self._give_output(call.call_id, refused_arguments(error), now_ns)
            return
        self._set_timer("due", now_ns, due_ms, call.call_id)
        self._outside.tell(edge)

    def _open_call(self, call: Call) -> tuple[Turn, OpenCall | None]:
        turn = self._turn
        assert turn is not None
        open_call = turn.calls.get(call.call_id)
        return turn, open_call if open_call is not None and open_call.call is call else None

    def _count_overrun(self, entry: Answered) -> None:
        open_call = self._turn.calls.get(entry.call_id) if self._turn is not None else None
        if open_call is not None and isinstance(open_call.tool, QuerySpec):
            self._tally.overruns += entry.took_ms > open_call.tool.budget_ms

    def _give_output(self, call_id: str, output: str, now_ns: int) -> bool:
        """Answer a call; return whether it was still waiting for that."""
        open_call = self._turn.calls.get(call_id) if self._turn is not None else None
        if open_call is None or not open_call.answer(output):
            return False
        self._drop_timer("due", call_id)
        self._proceed(now_ns)
        return True

    def _due(self, call_id: str, now_ns: int) -> None:
        """A call has waited long enough: answer it with what can be said without the game."""
        open_call = self._turn.calls.get(call_id) if self._turn is not None else None
        if open_call is None or open_call.state is not CallState.WAITING:
            return
        self._answer_without_game(open_call)
        self._proceed(now_ns)

    def _answer_without_game(self, open_call: OpenCall) -> None:
        """Answer a call that the game has not: an action may still happen, a query is over."""
        if isinstance(open_call.tool, ActionSpec):
            self._outlive(open_call)
            open_call.answer(action_output("accepted"))
        else:
            open_call.answer(refusal("no answer in time", again=True))
            self._tally.graded("refused")

    def _outlive(self, open_call: OpenCall) -> None:
        """Remember an action whose end will be told later, as an event."""
        self._lasting[open_call.call.call_id] = open_call.call.name
        if len(self._lasting) > MAX_LASTING:
            # A game that never settles anything is correct: forget the oldest.
            del self._lasting[next(iter(self._lasting))]

    def _cancel_growing(self, turn: Turn, outcome: Outcome) -> None:
        """Take back every intention whose arguments will never be complete."""
        reason = "completed_without_it" if outcome.phase is LanePhase.COMPLETED else "response_died"
        for call_id, open_call in list(turn.calls.items()):
            if open_call.state is CallState.GROWING:
                del turn.calls[call_id]
                self._cancel(turn, open_call, reason)

    def _cancel(self, turn: Turn, open_call: OpenCall, reason: str) -> None:
        if isinstance(open_call.tool, ActionSpec):
            call_id = open_call.call.call_id
            self._outside.tell(Cancelled(self.npc, turn.epoch, call_id, open_call.tool, reason))

    # --- time ---------------------------------------------------------------------------------

    def _watch(self, now_ns: int) -> None:
        """Look whether the response is still alive; one timer serves all of its events."""
        if not self._lane.phase.is_running:
            return
        opened = self._lane.phase is LanePhase.OPEN
        limit_ms = self._deadlines.between_events_ms if opened else self._deadlines.first_event_ms
        silent_ms = (now_ns - self._last_event_ns) / NS_PER_MS
        if silent_ms < limit_ms:
            self._set_timer("watch", self._last_event_ns, limit_ms)
            return
        reason = f"no event for {silent_ms:.0f} ms"
        self._seating.leave(self, reason, now_ns)

    def _set_timer(self, kind: str, now_ns: int, in_ms: float, detail: str = "") -> None:
        key = TimerKey(kind, self.npc, detail)
        self._outside.set_timer(key, now_ns + round(in_ms * NS_PER_MS))

    def _drop_timer(self, kind: str, detail: str = "") -> None:
        self._outside.drop_timer(TimerKey(kind, self.npc, detail))
