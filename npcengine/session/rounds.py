"""The turns of one mind, each a round of asking after the other.

A turn goes round: ask the server, let its calls be answered (:mod:`calls`), send the outputs back,
until the mind has nothing more to call. Rules:

1. Outputs are sent together, in call order, after the response has ended.
2. What reaches the NPC during a turn rides along with the next continuation, or begins a new turn.
3. When a response dies, what it did is kept and told again, and what it only said is kept as said.
4. A turn that is broken off ends at once. So much of its running response as was heard stands in
   the transcript, and every call has an output; the response goes on as a *tail* (:mod:`seats`),
   for which the next turn need not wait (:mod:`line`).
"""

from collections.abc import Callable, Sequence

from npcengine.clock import NS_PER_MS
from npcengine.policy.backoff import backoff_ms
from npcengine.policy.recovery import Recovery, is_servers_fault, recovery_for
from npcengine.protocol.chain import Shape
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
from npcengine.protocol.items import Item, assistant_text
from npcengine.session.calls import Calls
from npcengine.session.gate import Held
from npcengine.session.line import Line
from npcengine.session.outside import NpcState, TurnOutcome, TurnOver
from npcengine.session.readiness import Readiness
from npcengine.session.said import Said
from npcengine.session.shared import Shared
from npcengine.session.showing import picture
from npcengine.session.timers import EARLY_NS, Timers
from npcengine.session.turn import Turn
from npcengine.session.waking import Waking
from npcengine.session.watch import Watch

__all__ = ["Rounds"]


class Rounds:
    """See the top of this file. Loop thread only."""

    def __init__(
        self,
        npc: str,
        shared: Shared,
        *,
        barge_ins: int,
        line: Line,
        calls: Calls,
        waking: Waking,
        readiness: Readiness,
        timers: Timers,
        watch: Watch,
        hurry: Callable[[bool], None],
    ) -> None:
        """Begin with no turn.

        Args:
            npc: Whose turns they are.
            shared: What all minds have in common.
            barge_ins: How often the NPC has been interrupted before.
            line: Carries the requests.
            calls: Takes the calls that come of them.
            waking: Says when there is a reason for a turn.
            readiness: Sees to a lane before a request.
            timers: The NPC's own.
            watch: Looks after what is awaited.
            hurry: Told whether somebody waits for what the socket brings next.
        """
        self._npc = npc
        self._outside, self._seating = shared.outside, shared.seating
        self._deadlines, self._gate = shared.deadlines, shared.gate
        self._remembering = shared.remembering
        self._tool_rounds = shared.tool_rounds
        self._line, self._calls, self._waking = line, calls, waking
        self._readiness, self._timers, self._watch = readiness, timers, watch
        self._hurry = hurry
        self.shape = Shape(shared.model, "", b"[]")
        """What requests say of the NPC, from the next one on."""
        self.turn: Turn | None = None
        self.said = Said(0)
        """What the newest turn that has ended said, if it was not silent."""
        self.barge_ins = barge_ins
        self._epoch = 0
        self.is_request_due = False
        """Whether the next request waits to be sent."""
        self._is_held = False
        """Whether the next request may not be sent yet."""

    def state(self) -> NpcState:
        """Return what the game may see of this mind now."""
        nowhere = self._line.seats.live is None or self._is_held
        return picture(
            self.turn,
            self.said,
            self._line.words,
            epoch=self._epoch,
            barge_ins=self.barge_ins,
            is_offline=self.is_request_due and nowhere,
        )

    # --- on -----------------------------------------------------------------------------------

    def maybe_begin(self, now_ns: int) -> None:
        """Begin a turn if there is a reason for one, or see to it that it begins when there is."""
        wakes_at_ms = self._waking.wakes_at_ms()
        if self.turn is not None or wakes_at_ms is None or self._gate.is_paused_for(self._npc):
            return
        if (wait_ns := round(wakes_at_ms * NS_PER_MS) - now_ns) > EARLY_NS:
            self._timers.set("wake", now_ns, wait_ns / NS_PER_MS)
            return
        self._epoch += 1
        self._timers.drop("idle")
        self.turn = Turn(self._epoch, self.barge_ins)
        self._timers.set("turn", now_ns, self._deadlines.turn_ms)
        self.request(now_ns)

    def request(self, now_ns: int) -> None:
        """Send the next request of the turn, or wait until it can be."""
        turn, line = self.turn, self._line
        assert turn is not None
        self.is_request_due = True
        self._readiness.wake_up(now_ns)
        if not self.is_request_due:
            return
        if not line.is_a_way:
            self._watch.begin(now_ns, asked=False)
            self._do_not_wait_for_long(now_ns)
            return
        held = self._gate.hold(self._npc, self.shape.model, self._outside.luck())
        self._is_held = held is not None
        if held is not None:
            self._wait(held, now_ns)
            return
        news = self._calls.begin(turn, self._waking.stimulus)
        line.chain.add(*self._waking.take(), *news)
        permit = self._waking.permit
        most_rounds = min(permit.tool_rounds or self._tool_rounds, self._tool_rounds)
        no_tools = turn.rounds >= most_rounds
        line.ask(self.shape, no_tools=no_tools, most_tokens=permit.max_output_tokens or None)
        turn.attempts += 1
        self._waking.told()
        self._readiness.asked()
        self.is_request_due = False
        self._hurry(False)
        self._watch.begin(now_ns, asked=True)
        self._do_not_wait_for_long(now_ns)

    def _do_not_wait_for_long(self, now_ns: int) -> None:
        if self._line.waits_for_tail:
            self._timers.set("tail", now_ns, self._deadlines.tail_ms)

    def go_elsewhere(self, now_ns: int) -> None:
        """Wait no longer for what is left of a response that was interrupted."""
        seat, due = self._line.seats.live, self.is_request_due or self.is_unanswered
        if due and seat is not None and self._line.waits_for_tail:
            self._seating.elsewhere(seat, "what was interrupted goes on for too long", now_ns)

    @property
    def is_unanswered(self) -> bool:
        """Whether a request is out that nothing has been heard of."""
        return self._line.lane.phase is LanePhase.SENT

    def _wait(self, held: Held, now_ns: int) -> None:
        if held.is_final:
            self._waking.told()
            self._end("refused", held.reason, now_ns)
        elif held.retry_ms is not None:
            self._timers.set("retry", now_ns, held.retry_ms)

    def proceed(self, now_ns: int) -> None:
        """Send the round's outputs back, if the response has ended and all of them are known."""
        turn, line = self.turn, self._line
        if turn is None or not turn.calls or line.lane.phase.is_running or not turn.is_answered:
            return
        if turn.rounds == self._tool_rounds:
            self._end("failed", f"more than {self._tool_rounds} tool rounds", now_ns)
            return
        line.chain.answer(turn.outputs())
        turn.rounds += 1
        turn.attempts = 0
        turn.calls = {}
        self.request(now_ns)

    # --- what comes of a request --------------------------------------------------------------

    def take(self, changes: Sequence[Change], now_ns: int) -> None:
        """Take what has changed of the running response."""
        for change in changes:
            turn = self.turn
            assert turn is not None, "a response only runs while its turn lasts"
            match change:
                case FieldClosed(call=call, field=field):
                    self._calls.field_closed(turn, call, field.name, field.value)
                case CallOpened(call=call):
                    if self._calls.opened(turn, call):
                        self._hurry(True)
                case CallClosed(call=call):
                    self._calls.closed(turn, call, now_ns)
                case Ended(outcome=outcome):
                    self._ended(outcome, now_ns)
                case Started():
                    pass

    def _ended(self, outcome: Outcome, now_ns: int) -> None:
        """The response is over: go on with its outputs, try again, or end the turn."""
        turn = self.turn
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
            self.proceed(now_ns)
        elif completed:
            self._end("completed", "", now_ns)
        else:
            self._recover(turn, outcome, now_ns)

    def _recover(self, turn: Turn, outcome: Outcome, now_ns: int) -> None:
        seen, others_run = bool(self._line.lane.text), self._gate.is_in_use
        recovery = recovery_for(
            outcome, output_seen=seen, attempt=turn.attempts, others_run=others_run
        )
        if is_servers_fault(outcome, others_run=others_run):
            self._gate.went(well=False)
        match recovery:
            case Recovery.RESEND:
                self.request(now_ns)
            case Recovery.WAIT:
                asked = outcome.error.retry_after_s if outcome.error is not None else None
                wait_ms = backoff_ms(turn.attempts, self._outside.luck(), retry_after_s=asked)
                self._timers.set("retry", now_ns, wait_ms)
            case Recovery.RECONNECT:
                self.is_request_due = True
                seat = self._line.seats.live
                if outcome.phase is not LanePhase.LOST and seat is not None:
                    self._seating.renew(seat, str(outcome.error), now_ns)
                else:
                    self.request(now_ns)
            case Recovery.GIVE_UP:
                lost = outcome.phase is LanePhase.LOST
                self._end("lost" if lost else "failed", str(outcome.error), now_ns)

    # --- off ----------------------------------------------------------------------------------

    def break_off(self, heard: str, reason: str, now_ns: int) -> bool:
        """End the turn, if there is one, because the NPC does not get to the rest of it.

        Args:
            heard: What was heard of the running response.
            reason: Why.
            now_ns: When this is.

        Returns:
            Whether the lane can still be used.
        """
        turn, usable = self.turn, True
        if turn is None:
            return usable
        turn.said.add([(heard, None)])
        if self._line.lane.phase.is_running:
            kept: list[Item] = [assistant_text(heard)] if heard else []
            usable = self._line.cut([*kept, *turn.acted_on(())], turn.outputs())
            turn.calls = {}
        self._end("interrupted", reason, now_ns)
        return usable

    def give_up(self, now_ns: int) -> None:
        """The turn took too long: end it wherever it stands."""
        turn, reason = self.turn, "the turn took too long"
        if turn is None:
            return
        if self._line.lane.phase.is_running:
            # The server will go on writing; nothing on that lane concerns us any more.
            self._line.give_up(reason)
            self._calls.abandon_growing(turn, "response_died")
            turn.said.add(self._line.keep(Outcome(LanePhase.LOST), turn.acted_on(())))
            self._watch.leave(reason, now_ns)
        self._end("overdue", reason, now_ns)

    def restart(self) -> None:
        """Nothing that was said counts: the next turn is in another past."""
        self._epoch += 1
        self.said = Said(self._epoch)

    def _end(self, outcome: TurnOutcome, reason: str, now_ns: int) -> None:
        turn = self.turn
        assert turn is not None
        self._calls.close_waiting(turn, now_ns)
        self._line.chain.answer(turn.outputs())
        if speech := turn.said.whole():
            self._remembering.said(self._npc, self.said.epoch, self.said.whole())
            self.said = turn.said
        self.turn = None
        self.is_request_due = False
        self._gate.forget(self._npc)
        self._timers.drop("turn", "watch", "retry", "tail")
        self._hurry(False)
        self._outside.tell(TurnOver(self._npc, turn.epoch, outcome, turn.rounds, speech, reason))
        self._timers.set("idle", now_ns, self._deadlines.idle_ms)
        self.maybe_begin(now_ns)
