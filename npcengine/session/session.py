"""One NPC's mind at our end: its conversation, its turn, and what it waits for.

A turn goes round: ask the server, let its calls be answered (:mod:`calls`), send the outputs back,
until the mind has nothing more to call. Rules:

1. Outputs are sent together, in call order, after the response has ended.
2. What reaches the NPC during a turn rides along with the next continuation, or begins a new turn.
3. When a response dies, what it did is kept and told again, and what it only said is kept as said.
"""

from msgspec import UNSET, Raw

from npcengine.clock import NS_PER_MS
from npcengine.policy.backoff import backoff_ms
from npcengine.policy.deadlines import Deadlines
from npcengine.policy.recovery import Recovery, recovery_for
from npcengine.protocol.chain import Chain, Place, Shape
from npcengine.protocol.changes import CallClosed, CallOpened, Ended, FieldClosed, Outcome
from npcengine.protocol.changes import Phase as LanePhase
from npcengine.protocol.codec import encode
from npcengine.protocol.incoming import ServerEvent
from npcengine.protocol.items import Item, Message, assistant_text
from npcengine.protocol.lane import Lane
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.session.calls import DUE, Calls
from npcengine.session.inbox import Answered, Perceived, Settled, TimerKey
from npcengine.session.outside import NpcState, Outside, Phase, TurnOutcome, TurnOver
from npcengine.session.pace import Pace
from npcengine.session.seat import Seat, Seating
from npcengine.session.tally import Tally
from npcengine.session.turn import CallState, Turn
from npcengine.world.toolbox import Toolbox

__all__ = ["MAX_ROUNDS", "Session"]

MAX_ROUNDS = 8
"""Tool rounds in one turn; the last one is asked to end in words."""

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
        self._shape = Shape(model, "", b"[]")
        self._chain = Chain()
        self._calls = Calls(npc, outside, deadlines, pace, tally, self._chain.add)
        self._lane = Lane()
        self._seat: Seat | None = None
        self._next_seat: Seat | None = None
        """On the connection that replaces ours; taken with the next request."""
        self._turn: Turn | None = None
        self._epoch = 0
        self._woken = False
        """Whether something arrived that is a reason to think."""
        self._request_due = False
        """Whether the next request waits only for a seat."""
        self._last_event_ns = 0
        self._shown = NpcState()

    # --- what the game does -------------------------------------------------------------------

    def define(self, instructions: str, tools: Toolbox) -> None:
        """Set who the NPC is and what it may do; counts from the next request on."""
        self._calls.tools = tools
        self._shape = Shape(self._model, instructions, tools.definitions)

    def perceive(self, entry: Perceived, now_ns: int) -> None:
        """Take in something that reached the NPC."""
        self._chain.add(entry.item)
        self._woken = self._woken or entry.wake
        self._maybe_begin(now_ns)

    def answered(self, entry: Answered, now_ns: int) -> None:
        """Take a query's answer."""
        self._calls.answered(self._turn, entry, now_ns)
        self._proceed(now_ns)

    def settled(self, entry: Settled, now_ns: int) -> None:
        """Take what became of an action."""
        if self._calls.settled(self._turn, entry):
            self._woken = self._woken or entry.wake
        self._proceed(now_ns)
        self._maybe_begin(now_ns)

    # --- what the network does ----------------------------------------------------------------

    def seated(self, seat: Seat, now_ns: int) -> None:
        """A lane of an open connection is ours, from the next request on."""
        if self._lane.phase.is_running:
            self._next_seat = seat
            return
        if self._seat is not None:
            self._seating.left(self._seat)
        self._seat, self._next_seat = seat, None
        if self._request_due:
            self._request(now_ns)
        else:
            self._maybe_begin(now_ns)

    def unseated(self, connection: int, reason: str, now_ns: int) -> None:
        """Our lane of a connection is gone, with whatever was on it."""
        if self._next_seat is not None and self._next_seat.connection == connection:
            self._next_seat = None
        if self._seat is None or self._seat.connection != connection:
            return
        self._seat, self._next_seat = self._next_seat, None
        for change in self._lane.lost(reason):
            if isinstance(change, Ended):
                self._ended(change.outcome, now_ns)
        if self._request_due and self._seat is not None:
            self._request(now_ns)

    def feed(self, event: ServerEvent, now_ns: int) -> None:
        """Take one event of our lane."""
        self._last_event_ns = now_ns
        for change in self._lane.feed(event):
            turn = self._turn
            assert turn is not None, "a lane is only fed while its turn lasts"
            match change:
                case FieldClosed(call=call, field=field):
                    self._calls.field_closed(turn, call, field.name, field.value)
                case CallOpened(call=call):
                    if self._calls.opened(turn, call):
                        self._seating.read_at_once(self, wanted=True)
                case CallClosed(call=call):
                    self._calls.closed(turn, call, now_ns)
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
            case _ if key.kind == DUE:
                self._calls.due(self._turn, key.detail, now_ns)
                self._proceed(now_ns)
            case _:
                raise AssertionError(f"no timer of this kind: {key.kind!r}")

    @property
    def is_unanswered(self) -> bool:
        """Whether a request is out that nothing has been heard of."""
        return self._lane.phase is LanePhase.SENT

    # --- what there is to see -----------------------------------------------------------------

    def state(self) -> NpcState:
        """Return what the game may see of this mind now."""
        turn = self._turn
        if turn is None:
            return self._shown
        names = tuple(c.call.name for c in turn.calls.values() if c.state is not CallState.ANSWERED)
        # Words stay to be read until there are others: a turn that says nothing wipes nothing away.
        speech = turn.speech(self._lane.text) or self._shown.speech
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
        if self._next_seat is not None and self._seat is not None:
            self._seating.left(self._seat)
            self._seat, self._next_seat = self._next_seat, None
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
        completed = outcome.phase is LanePhase.COMPLETED
        self._calls.abandon_growing(turn, "never_completed" if completed else "response_died")
        acted = bool(turn.calls)
        if completed:
            self._chain.completed(outcome.response_id, outcome.items)
            turn.attempts = 0
        else:
            self._chain.failed(self._effects(turn, outcome))
        if outcome.phase is LanePhase.BROKEN:
            self._leave(str(outcome.error), now_ns)
        if acted:
            self._proceed(now_ns)
        elif completed:
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
                if outcome.phase is not LanePhase.LOST and self._seat is not None:
                    self._seating.renew(self._seat, str(outcome.error), now_ns)
                elif self._seat is not None:
                    self._request(now_ns)
            case Recovery.GIVE_UP:
                lost = outcome.phase is LanePhase.LOST
                self._end_turn("lost" if lost else "failed", str(outcome.error), now_ns)

    def _proceed(self, now_ns: int) -> None:
        """Send the round's outputs back, if the response has ended and all of them are known."""
        turn = self._turn
        if turn is None or not turn.calls or self._lane.phase.is_running or not turn.is_answered:
            return
        if turn.rounds == MAX_ROUNDS:
            self._end_turn("failed", f"more than {MAX_ROUNDS} tool rounds", now_ns)
            return
        self._chain.answer(turn.outputs())
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
            self._calls.abandon_growing(turn, "response_died")
            self._chain.failed(self._effects(turn, Outcome(LanePhase.LOST)))
            self._leave(reason, now_ns)
        self._end_turn(outcome, reason, now_ns)

    def _end_turn(self, outcome: TurnOutcome, reason: str, now_ns: int) -> None:
        turn = self._turn
        assert turn is not None
        self._calls.close_waiting(turn, now_ns)
        self._chain.answer(turn.outputs())
        speech = turn.speech(self._lane.text)
        self._shown = NpcState(turn.epoch, "idle", speech or self._shown.speech)
        self._turn = None
        self._request_due = False
        for kind in ("turn", "watch", "retry"):
            self._drop_timer(kind)
        self._seating.read_at_once(self, wanted=False)
        over = TurnOver(self.npc, turn.epoch, outcome, turn.rounds, speech, reason)
        self._outside.tell(over)
        self._maybe_begin(now_ns)

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
        self._leave(f"no event for {silent_ms:.0f} ms", now_ns, silent_since_ns=self._last_event_ns)

    def _leave(self, reason: str, now_ns: int, *, silent_since_ns: int | None = None) -> None:
        if self._seat is not None:
            self._seating.leave(self._seat, reason, now_ns, silent_since_ns=silent_since_ns)

    def _set_timer(self, kind: str, now_ns: int, in_ms: float) -> None:
        due_ns = now_ns + round(in_ms * NS_PER_MS)
        self._outside.set_timer(TimerKey(kind, self.npc), due_ns)

    def _drop_timer(self, kind: str) -> None:
        self._outside.drop_timer(TimerKey(kind, self.npc))
