"""One NPC's mind at our end: its conversation, its turn, and what it waits for.

A turn goes round: ask the server, let its calls be answered (:mod:`calls`), send the outputs back,
until the mind has nothing more to call. Rules:

1. Outputs are sent together, in call order, after the response has ended.
2. What reaches the NPC during a turn rides along with the next continuation, or begins a new turn.
3. When a response dies, what it did is kept and told again, and what it only said is kept as said.
4. An interruption ends the turn at once. What was heard of its speech stands in the transcript, and
   nothing else of it; every call has an output. If a response was running it goes on as a *tail*
   (:mod:`seats`), for which the next turn need not wait (:mod:`line`). Going back to a save is
   the same, only that nothing of the turn stands anywhere and the conversation is another.
"""

from collections.abc import Sequence

from msgspec import Raw

from npcengine.clock import NS_PER_MS
from npcengine.policy.backoff import backoff_ms
from npcengine.policy.recovery import Recovery, is_servers_fault, recovery_for
from npcengine.protocol.chain import Chain, Shape
from npcengine.protocol.changes import (
    CallClosed,
    CallOpened,
    Change,
    Ended,
    FieldClosed,
    Outcome,
    Started,
)
from npcengine.protocol.changes import Phase as LanePhase
from npcengine.protocol.incoming import ServerEvent
from npcengine.protocol.items import Item, assistant_text
from npcengine.session.calls import DUE, Calls
from npcengine.session.gate import Held
from npcengine.session.inbox import (
    Answered,
    Attended,
    Interrupted,
    Perceived,
    Settled,
    Shown,
    TimerKey,
)
from npcengine.session.line import Line
from npcengine.session.moment import Moment, moment
from npcengine.session.outside import NpcState, TurnOutcome, TurnOver
from npcengine.session.readiness import Readiness
from npcengine.session.said import Said, break_off
from npcengine.session.seat import Seat
from npcengine.session.shared import Shared
from npcengine.session.showing import picture
from npcengine.session.timers import EARLY_NS, Timers
from npcengine.session.turn import Turn
from npcengine.session.waking import Waking
from npcengine.session.watch import Watch
from npcengine.world.percepts import interrupted
from npcengine.world.toolbox import Toolbox

__all__ = ["Session"]


class Session:
    """The mind of one NPC; see the top of this file. Loop thread only."""

    def __init__(self, npc: str, shared: Shared, barge_ins: int) -> None:
        self.npc = npc
        self._model, self._outside, self._seating = shared.model, shared.outside, shared.seating
        self._deadlines, self._gate = shared.deadlines, shared.gate
        self._remembering = shared.remembering
        self._tool_rounds = shared.tool_rounds
        self._shape = Shape(shared.model, "", b"[]")
        self._line = Line(shared, Chain(shared.remembering.conversation(npc)))
        self._waking = Waking(shared.gate.stagger)
        self._readiness = Readiness(self, self._line, shared.seating)
        self._timers = Timers(npc, shared.outside)
        self._watch = Watch(self._line, shared.seating, self._timers, shared.deadlines)
        self._calls = Calls(npc, shared, self._line.note)
        self._turn: Turn | None = None
        self._epoch = 0
        self._barge_ins = barge_ins
        self._said = Said(0)
        """What the newest turn that has ended said, if it was not silent."""
        self._request_due = False
        """Whether the next request waits only for a lane."""
        self._is_held = False
        """Whether the next request may not be sent yet."""

    # --- what the game does -------------------------------------------------------------------

    def define(self, instructions: str, tools: Toolbox) -> None:
        """Set who the NPC is and what it may do; counts from the next request on."""
        self._calls.tools = tools
        self._shape = Shape(self._model, instructions, tools.definitions)

    def perceive(self, entry: Perceived, now_ns: int) -> None:
        """Take in something that reached the NPC."""
        self._line.chain.add(*self._waking.perceive(entry, now_ns, self._outside.luck()))
        self._maybe_begin(now_ns)

    def attend(self, entry: Attended, now_ns: int) -> None:
        """Get more attention, or less."""
        self._waking.attend(entry)
        self._maybe_begin(now_ns)

    def retry(self, now_ns: int) -> None:
        """There is room for a request that was waiting for it, or minds were switched on."""
        if self._request_due:
            self._request(now_ns)
        self._maybe_begin(now_ns)

    def answered(self, entry: Answered, now_ns: int) -> None:
        """Take a query's answer."""
        self._calls.answered(self._turn, entry, now_ns)
        self._proceed(now_ns)

    def settled(self, entry: Settled, now_ns: int) -> None:
        """Take what became of an action."""
        if self._calls.settled(self._turn, entry) and entry.wake:
            self._waking.call()
        self._proceed(now_ns)
        self._maybe_begin(now_ns)

    def prewarm(self, now_ns: int) -> None:
        """Get ready for a turn that is likely to come."""
        if self._turn is None and self._gate.is_open(self._model):
            self._readiness.prewarm(self._shape, now_ns)
            self._timers.set("idle", now_ns, self._deadlines.idle_ms)

    def interrupt(self, entry: Interrupted, now_ns: int) -> None:
        """Break the turn off, and let only what was heard have been said."""
        self._barge_ins = entry.number
        turn, current = self._turn, self._line.words
        self._calls.interrupt(turn, entry.running, entry.reason)
        said = [(self._said, ""), *([(turn.said, current)] if turn is not None else ())]
        heard, unheard, current = break_off(
            said, entry.speech_epoch, entry.heard_chars, self._line.chain.rewrite
        )
        if turn is None and not unheard:
            return
        self._line.chain.add(interrupted(entry.reason, heard, unheard))
        if turn is not None and not self._break_off(turn, current, entry.reason, now_ns):
            self._watch.leave("interrupted in the middle of a steer", now_ns)

    def _break_off(self, turn: Turn, heard: str, reason: str, now_ns: int) -> bool:
        """End the turn with so much of its running response; return whether its lane is usable."""
        turn.said.add([(heard, None)])
        usable = True
        if self._line.lane.phase.is_running:
            kept: list[Item] = [assistant_text(heard)] if heard else []
            usable = self._line.cut([*kept, *turn.acted_on(())], turn.outputs())
            turn.calls = {}
        self._end_turn("interrupted", reason, now_ns)
        return usable

    # --- saves --------------------------------------------------------------------------------

    def moment(self, shown: Shown) -> Moment:
        """Return what there is to save; what was noticed so far is told as it stands."""
        self._line.chain.add(*self._waking.take())
        return moment(self._line, self._turn, self._said, self._calls.lasting, shown)

    def restart(self, conversation: Sequence[Raw], barge_ins: int, now_ns: int) -> None:
        """Go on from another conversation; what was under way never was."""
        turn, reason = self._turn, "a save was loaded"
        self._barge_ins = barge_ins
        self._calls.interrupt(turn, {}, reason)
        self._waking.forget()
        usable = turn is None or self._break_off(turn, "", reason, now_ns)
        self._epoch += 1
        self._said = Said(self._epoch)
        self._line.restart(Chain(conversation))
        if not usable:
            self._watch.leave(f"{reason} in the middle of a steer", now_ns)

    # --- what the network does ----------------------------------------------------------------

    def seated(self, seat: Seat, now_ns: int) -> None:
        """A lane of an open connection is ours, from the next request on."""
        self._line.seats.give(seat, busy=self._line.lane.phase.is_running)
        if self._turn is None and self._gate.is_open(self._model):
            self._readiness.warm_up(self._shape)
        if self._request_due:
            self._request(now_ns)
        else:
            self._maybe_begin(now_ns)

    def unseated(self, connection: int, reason: str, now_ns: int) -> None:
        """Our lanes of a connection are gone, with whatever was on them."""
        changes = self._line.lose(connection, reason)
        if changes is None:
            return
        self._take(changes, now_ns)
        if self._request_due:
            self._request(now_ns)

    def feed(self, seat: Seat, event: ServerEvent, now_ns: int) -> None:
        """Take one event of one of our lanes."""
        self._watch.heard(seat, now_ns)
        self._take(self._line.feed(seat, event), now_ns)
        if self._line.fell_through:
            self._line.fell_through, self._request_due = False, True
        if self._request_due and self._line.is_a_way:
            self._request(now_ns)

    def _take(self, changes: Sequence[Change], now_ns: int) -> None:
        for change in changes:
            turn = self._turn
            assert turn is not None, "a response only runs while its turn lasts"
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
                case Started():
                    pass

    def fired(self, key: TimerKey, now_ns: int) -> None:
        """A timer of ours went off."""
        match key.kind:
            case "watch":
                self._watch.look(now_ns, request_due=self._request_due)
            case "turn":
                self._give_up_turn("overdue", "the turn took too long", now_ns)
            case "retry":
                self._request(now_ns)
            case "wake":
                self._maybe_begin(now_ns)
            case "idle":
                self._readiness.fall_asleep()
            case _ if key.kind == DUE:
                self._calls.due(self._turn, key.detail, now_ns)
                self._proceed(now_ns)
            case _:
                raise AssertionError(f"no timer of this kind: {key.kind!r}")

    @property
    def is_unanswered(self) -> bool:
        """Whether a request is out that nothing has been heard of."""
        return self._line.lane.phase is LanePhase.SENT

    # --- what there is to see -----------------------------------------------------------------

    def state(self) -> NpcState:
        """Return what the game may see of this mind now."""
        nowhere = self._line.seats.live is None or self._is_held
        return picture(
            self._turn,
            self._said,
            self._line.words,
            epoch=self._epoch,
            barge_ins=self._barge_ins,
            is_offline=self._request_due and nowhere,
        )

    # --- a turn -------------------------------------------------------------------------------

    def _maybe_begin(self, now_ns: int) -> None:
        wakes_at_ms = self._waking.wakes_at_ms()
        if self._turn is not None or wakes_at_ms is None or self._gate.is_paused_for(self.npc):
            return
        if (wait_ns := round(wakes_at_ms * NS_PER_MS) - now_ns) > EARLY_NS:
            self._timers.set("wake", now_ns, wait_ns / NS_PER_MS)
            return
        self._epoch += 1
        self._timers.drop("idle")
        self._turn = Turn(self._epoch, self._barge_ins)
        self._timers.set("turn", now_ns, self._deadlines.turn_ms)
        self._request(now_ns)

    def _request(self, now_ns: int) -> None:
        """Send the next request of the turn, or wait until it can be."""
        turn, line = self._turn, self._line
        assert turn is not None
        self._request_due = True
        self._readiness.wake_up(now_ns)
        if not self._request_due:
            return
        if not line.is_a_way:
            self._watch.begin(now_ns, asked=False)
            return
        held = self._gate.hold(self.npc, self._model, self._outside.luck())
        self._is_held = held is not None
        if held is not None:
            self._wait(held, now_ns)
            return
        news = self._calls.begin(turn, self._waking.stimulus)
        line.chain.add(*self._waking.take(), *news)
        permit = self._waking.permit
        rounds = min(permit.tool_rounds or self._tool_rounds, self._tool_rounds)
        no_tools, most_tokens = turn.rounds >= rounds, permit.max_output_tokens or None
        line.ask(self._shape, no_tools=no_tools, most_tokens=most_tokens)
        turn.attempts += 1
        self._waking.told()
        self._readiness.asked()
        self._request_due = False
        self._seating.read_at_once(self, wanted=False)
        self._watch.begin(now_ns, asked=True)

    def _wait(self, held: Held, now_ns: int) -> None:
        if held.is_final:
            self._waking.told()
            self._end_turn("refused", held.reason, now_ns)
        elif held.retry_ms is not None:
            self._timers.set("retry", now_ns, held.retry_ms)

    def _ended(self, outcome: Outcome, now_ns: int) -> None:
        """The response is over: go on with its outputs, try again, or end the turn."""
        turn = self._turn
        assert turn is not None
        self._timers.drop("watch")
        completed = outcome.phase is LanePhase.COMPLETED
        self._calls.abandon_growing(turn, "never_completed" if completed else "response_died")
        turn.said.add(self._line.keep(outcome, turn.acted_on(outcome.items)))
        turn.attempts = 0 if completed else turn.attempts
        if outcome.phase is LanePhase.BROKEN:
            self._watch.leave(str(outcome.error), now_ns)
        if completed:
            self._gate.went(well=True)
        if turn.calls:
            self._proceed(now_ns)
        elif completed:
            self._end_turn("completed", "", now_ns)
        else:
            self._recover(turn, outcome, now_ns)

    def _recover(self, turn: Turn, outcome: Outcome, now_ns: int) -> None:
        seen = bool(self._line.lane.text)
        recovery = recovery_for(outcome, output_seen=seen, attempt=turn.attempts)
        if is_servers_fault(outcome):
            self._gate.went(well=False)
        match recovery:
            case Recovery.RESEND:
                self._request(now_ns)
            case Recovery.WAIT:
                asked = outcome.error.retry_after_s if outcome.error is not None else None
                wait_ms = backoff_ms(turn.attempts, self._outside.luck(), retry_after_s=asked)
                self._timers.set("retry", now_ns, wait_ms)
            case Recovery.RECONNECT:
                self._request_due = True
                seat = self._line.seats.live
                if outcome.phase is not LanePhase.LOST and seat is not None:
                    self._seating.renew(seat, str(outcome.error), now_ns)
                else:
                    self._request(now_ns)
            case Recovery.GIVE_UP:
                lost = outcome.phase is LanePhase.LOST
                self._end_turn("lost" if lost else "failed", str(outcome.error), now_ns)

    def _proceed(self, now_ns: int) -> None:
        """Send the round's outputs back, if the response has ended and all of them are known."""
        turn, line = self._turn, self._line
        if turn is None or not turn.calls or line.lane.phase.is_running or not turn.is_answered:
            return
        if turn.rounds == self._tool_rounds:
            self._end_turn("failed", f"more than {self._tool_rounds} tool rounds", now_ns)
            return
        line.chain.answer(turn.outputs())
        turn.rounds += 1
        turn.attempts = 0
        turn.calls = {}
        self._request(now_ns)

    def _give_up_turn(self, outcome: TurnOutcome, reason: str, now_ns: int) -> None:
        """End the turn wherever it stands."""
        if (turn := self._turn) is None:
            return
        if self._line.lane.phase.is_running:
            # The server will go on writing; nothing on that lane concerns us any more.
            self._line.give_up(reason)
            self._calls.abandon_growing(turn, "response_died")
            turn.said.add(self._line.keep(Outcome(LanePhase.LOST), turn.acted_on(())))
            self._watch.leave(reason, now_ns)
        self._end_turn(outcome, reason, now_ns)

    def _end_turn(self, outcome: TurnOutcome, reason: str, now_ns: int) -> None:
        turn = self._turn
        assert turn is not None
        self._calls.close_waiting(turn, now_ns)
        self._line.chain.answer(turn.outputs())
        if speech := turn.said.whole():
            self._remembering.said(self.npc, self._said.epoch, self._said.whole())
            self._said = turn.said
        self._turn = None
        self._request_due = False
        self._gate.forget(self.npc)
        self._timers.drop("turn", "watch", "retry")
        self._seating.read_at_once(self, wanted=False)
        self._outside.tell(TurnOver(self.npc, turn.epoch, outcome, turn.rounds, speech, reason))
        self._timers.set("idle", now_ns, self._deadlines.idle_ms)
        self._maybe_begin(now_ns)
