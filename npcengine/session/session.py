"""One NPC's mind at our end: what reaches it, and which of its parts takes it.

Its conversation is on its :mod:`line`, its turns go in :mod:`rounds`, their :mod:`calls` are
answered by the game, and :mod:`waking` knows the reasons for the next one. What is decided here is
how these stand to each other when somebody falls in. Then what was heard of its speech stands in
the transcript, and nothing else of it; going back to a save is the same, only that nothing of the
turn stands anywhere and the conversation is another.
"""

from collections.abc import Sequence

from msgspec import Raw

from npcengine.protocol.chain import Chain, Shape
from npcengine.protocol.incoming import ServerEvent
from npcengine.session.calls import DUE, Calls
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
from npcengine.session.outside import NpcState
from npcengine.session.readiness import Readiness
from npcengine.session.rounds import Rounds
from npcengine.session.said import break_off
from npcengine.session.seat import Seat
from npcengine.session.shared import Shared
from npcengine.session.timers import Timers
from npcengine.session.waking import Waking
from npcengine.session.watch import Watch
from npcengine.world.percepts import interrupted
from npcengine.world.toolbox import Toolbox

__all__ = ["Session"]


class Session:
    """The mind of one NPC; see the top of this file. Loop thread only."""

    def __init__(self, npc: str, shared: Shared, barge_ins: int) -> None:
        self.npc = npc
        self._model, self._gate = shared.model, shared.gate
        self._outside, self._deadlines = shared.outside, shared.deadlines
        self._seating = shared.seating
        self._line = Line(npc, shared, Chain(shared.remembering.conversation(npc)))
        self._waking = Waking(shared.gate.stagger)
        self._readiness = Readiness(self, self._line, self._seating)
        self._timers = Timers(npc, shared.outside)
        self._watch = Watch(self._line, self._seating, self._timers, shared.deadlines)
        self._calls = Calls(npc, shared, self._line.note)
        self._rounds = Rounds(
            npc,
            shared,
            barge_ins=barge_ins,
            line=self._line,
            calls=self._calls,
            waking=self._waking,
            readiness=self._readiness,
            timers=self._timers,
            watch=self._watch,
            hurry=lambda wanted: self._seating.read_at_once(self, wanted=wanted),
        )

    def state(self) -> NpcState:
        """Return what the game may see of this mind now."""
        return self._rounds.state()

    # --- what the game does -------------------------------------------------------------------

    def define(self, instructions: str, tools: Toolbox) -> None:
        """Set who the NPC is and what it may do; counts from the next request on."""
        self._calls.tools = tools
        self._rounds.shape = Shape(self._model, instructions, tools.definitions)

    def perceive(self, entry: Perceived, now_ns: int) -> None:
        """Take in something that reached the NPC."""
        self._line.chain.add(*self._waking.perceive(entry, now_ns, self._outside.luck()))
        self._rounds.maybe_begin(now_ns)

    def attend(self, entry: Attended, now_ns: int) -> None:
        """Get more attention, or less."""
        self._waking.attend(entry)
        self._rounds.maybe_begin(now_ns)

    def retry(self, now_ns: int) -> None:
        """There is room for a request that was waiting for it, or minds were switched on."""
        if self._rounds.is_request_due:
            self._rounds.request(now_ns)
        self._rounds.maybe_begin(now_ns)

    def answered(self, entry: Answered, now_ns: int) -> None:
        """Take a query's answer."""
        self._calls.answered(self._rounds.turn, entry, now_ns)
        self._rounds.proceed(now_ns)

    def settled(self, entry: Settled, now_ns: int) -> None:
        """Take what became of an action."""
        if self._calls.settled(self._rounds.turn, entry) and entry.wake:
            self._waking.call()
        self._rounds.proceed(now_ns)
        self._rounds.maybe_begin(now_ns)

    def prewarm(self, now_ns: int) -> None:
        """Get ready for a turn that is likely to come."""
        if self._rounds.turn is None and self._gate.is_open(self.npc, self._model):
            self._readiness.prewarm(self._rounds.shape, now_ns)
            self._timers.set("idle", now_ns, self._deadlines.idle_ms)

    def interrupt(self, entry: Interrupted, now_ns: int) -> None:
        """Break the turn off, and let only what was heard have been said."""
        rounds = self._rounds
        rounds.barge_ins = entry.number
        turn, current = rounds.turn, self._line.words
        self._calls.interrupt(turn, entry.running, entry.reason)
        said = [(rounds.said, ""), *([(turn.said, current)] if turn is not None else ())]
        heard, unheard, current = break_off(
            said, entry.speech_epoch, entry.heard_chars, self._line.chain.rewrite
        )
        if turn is None and not unheard:
            return
        self._line.chain.add(interrupted(entry.reason, heard, unheard))
        if not rounds.break_off(current, entry.reason, now_ns):
            self._leave("interrupted in the middle of a steer", now_ns)

    def _leave(self, reason: str, now_ns: int) -> None:
        """Leave a lane on which it is not known what comes next."""
        if (seat := self._line.seats.live) is not None:
            self._seating.elsewhere(seat, reason, now_ns)

    # --- saves --------------------------------------------------------------------------------

    def moment(self, shown: Shown) -> Moment:
        """Return what there is to save; what was noticed so far is told as it stands."""
        self._line.chain.add(*self._waking.take())
        rounds = self._rounds
        return moment(self._line, rounds.turn, rounds.said, self._calls.lasting, shown)

    def restart(self, conversation: Sequence[Raw], barge_ins: int, now_ns: int) -> None:
        """Go on from another conversation; what was under way never was."""
        reason = "a save was loaded"
        self._rounds.barge_ins = barge_ins
        self._calls.interrupt(self._rounds.turn, {}, reason)
        self._waking.forget()
        usable = self._rounds.break_off("", reason, now_ns)
        self._rounds.restart()
        self._line.restart(Chain(conversation))
        if not usable:
            self._leave(f"{reason} in the middle of a steer", now_ns)

    # --- what the network does ----------------------------------------------------------------

    def seated(self, seat: Seat, now_ns: int) -> None:
        """A lane of an open connection is ours, from the next request on."""
        self._line.seats.give(seat, busy=self._line.lane.phase.is_running)
        if self._rounds.turn is None and self._gate.is_open(self.npc, self._model):
            self._readiness.warm_up(self._rounds.shape)
        if self._rounds.is_request_due:
            self._rounds.request(now_ns)
        else:
            self._rounds.maybe_begin(now_ns)

    def unseated(self, connection: int, reason: str, now_ns: int) -> None:
        """Our lanes of a connection are gone, with whatever was on them."""
        changes = self._line.lose(connection, reason)
        if changes is None:
            return
        self._rounds.take(changes, now_ns)
        if self._rounds.is_request_due:
            self._rounds.request(now_ns)

    def feed(self, seat: Seat, event: ServerEvent, now_ns: int) -> None:
        """Take one event of one of our lanes."""
        if changes := self._line.feed(seat, event, now_ns):
            self._rounds.take(changes, now_ns)
        if self._line.fell_through:
            self._line.fell_through, self._rounds.is_request_due = False, True
        if self._rounds.is_request_due and self._line.is_a_way:
            self._rounds.request(now_ns)

    def fired(self, key: TimerKey, now_ns: int) -> None:
        """A timer of ours went off."""
        match key.kind:
            case "watch":
                self._watch.look(now_ns, request_due=self._rounds.is_request_due)
            case "tail":
                self._rounds.go_elsewhere(now_ns)
            case "turn":
                self._rounds.give_up(now_ns)
            case "retry":
                self._rounds.request(now_ns)
            case "wake":
                self._rounds.maybe_begin(now_ns)
            case "idle":
                self._readiness.fall_asleep()
            case _ if key.kind == DUE:
                self._calls.due(self._rounds.turn, key.detail, now_ns)
                self._rounds.proceed(now_ns)
            case _:
                raise AssertionError(f"no timer of this kind: {key.kind!r}")

    @property
    def is_unanswered(self) -> bool:
        """Whether a request is out that nothing has been heard of."""
        return self._rounds.is_unanswered
