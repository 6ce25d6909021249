"""Hands every entry of the inbox to whom it concerns, and shows what changed by it."""

from collections.abc import Mapping

from msgspec import UNSET

from npcengine.clock import NS_PER_MS
from npcengine.errors import RemoteProtocolError
from npcengine.policy.deadlines import Deadlines
from npcengine.policy.habits import Habits
from npcengine.policy.prices import Prices
from npcengine.policy.recovery import TOO_OLD
from npcengine.policy.rules import TOOL_ROUNDS
from npcengine.policy.wallet import Budget, Wallet
from npcengine.protocol.capabilities import Capabilities
from npcengine.protocol.codec import decode_server_event
from npcengine.protocol.incoming import ErrorEvent, ErrorInfo, UnknownServerEvent
from npcengine.session.gate import Gate
from npcengine.session.inbox import (
    Answered,
    Attended,
    ConnectFailed,
    Defined,
    Entry,
    FramesArrived,
    Interrupted,
    LinkLost,
    LinkOpened,
    Loaded,
    Paused,
    Perceived,
    Prewarmed,
    Rerouted,
    Saved,
    Settled,
    Switched,
    Ticked,
    TimerFired,
    TimerKey,
)
from npcengine.session.outside import Outside
from npcengine.session.pace import Pace
from npcengine.session.pool import AGE, CONNECT, DRAINED, Pool
from npcengine.session.remembering import Learnt, Remembering
from npcengine.session.session import Session
from npcengine.session.shared import Shared
from npcengine.session.tally import Tally
from npcengine.session.timers import EARLY_NS

__all__ = ["Supervisor"]


class Supervisor:
    """All the sessions of one bridge (loop thread only)."""

    def __init__(
        self,
        outside: Outside,
        *,
        model: str,
        capabilities: Capabilities,
        deadlines: Deadlines,
        wallet: Wallet | None = None,
        stall_ms: float | None = None,
        habits: Habits | None = None,
        tool_rounds: int = TOOL_ROUNDS,
    ) -> None:
        """Begin with nobody.

        Args:
            outside: What sessions may do.
            model: The model's name.
            capabilities: What the server can.
            deadlines: Time limits.
            wallet: What may be spent; by default anything.
            habits: What is learned of queries; ``None`` for nothing.
            tool_rounds: In one turn.
            stall_ms: How long the game may not tick before minds are held; ``None`` is for ever.
        """
        self._outside = outside
        self._pace = Pace()
        self.tally = Tally()
        self.pool = Pool(outside, capabilities)
        self.gate = Gate(wallet or Wallet(Budget(), Prices()))
        self.remembering = Remembering(self._pace)
        self._shared = Shared(
            model,
            outside,
            self.pool,
            deadlines,
            self._pace,
            self.tally,
            self.gate,
            capabilities.steering,
            habits,
            self.remembering,
            tool_rounds,
        )
        self._stall_ms = stall_ms
        self._ticked_ns = 0
        self._is_watching = False
        """Whether the timer is set that notices a stall."""
        self._is_paused_by_game = False
        self._sessions: dict[str, Session] = {}
        self._touched: dict[str, Session] = {}
        self._barge_ins: Mapping[str, int] = {}
        """Interruptions of NPCs that come into being, as of the newest load."""
        self.frames_refused = 0
        """Frames from the server that could not be read."""
        self.last_refusal = ""
        """Why the last of them could not."""
        self.strays = 0
        """Events of lanes that nobody listens to."""

    def handle(self, entry: Entry) -> None:
        """Take one entry of the inbox."""
        now_ns = entry.t_ns
        self.gate.at(now_ns)
        match entry.what:
            case FramesArrived(connection=connection, frames=frames):
                self.pool.heard(connection, now_ns)
                for frame in frames:
                    self._frame(connection, frame, now_ns)
            case Interrupted() as interruption:
                self._touch(interruption.npc).interrupt(interruption, now_ns)
            case Attended() as attention:
                self._touch(attention.npc).attend(attention, now_ns)
            case Rerouted():
                self.pool.reroute(now_ns)
            case Switched(off_because=reason):
                self._switch(reason, now_ns)
            case Prewarmed(npc=npc):
                self._touch(npc).prewarm(now_ns)
            case Paused(is_paused=is_paused):
                self._is_paused_by_game = self.gate.is_paused = is_paused
            case Ticked(dt=dt):
                self._pace.ticked(dt)
                self._ticked(now_ns)
            case TimerFired(key=TimerKey(kind="stall")):
                self._look_for_a_stall(now_ns)
            case Answered() as answer:
                self._touch(answer.npc).answered(answer, now_ns)
            case Settled() as settled:
                self.remembering.lived(settled.npc, settled.lived)
                self._touch(settled.npc).settled(settled, now_ns)
            case Perceived() as percept:
                self.remembering.lived(percept.npc, percept.lived)
                self._touch(percept.npc).perceive(percept, now_ns)
            case Learnt() as fact:
                self.remembering.learn(fact)
            case Saved() as save:
                self._save(save)
            case Loaded() as load:
                self._load(load, now_ns)
            case Defined() as definition:
                self._define(definition, now_ns)
            case TimerFired(key=key):
                if key.kind in (AGE, CONNECT, DRAINED):
                    self.pool.fired(key, now_ns)
                    self._touch_all()
                else:
                    self._touch(key.owner).fired(key, now_ns)
            case LinkOpened(connection=connection, keeps_contexts=kept):
                self.pool.opened_link(connection, now_ns, keeps_contexts=kept)
                self._touch_all()
            case ConnectFailed() as failure:
                self.pool.failed(
                    failure.connection, failure.reason, now_ns, retryable=failure.retryable
                )
                self._touch_all()
            case LinkLost(connection=connection, reason=reason):
                self.pool.lost(connection, reason, now_ns)
                self._touch_all()
        while (waiting := self.gate.next_in_line()) is not None:
            self._touch(waiting).retry(now_ns)
        if self._touched:
            for session in self._touched.values():
                self._outside.show(session.npc, session.state())
            self._touched.clear()

    def _frame(self, connection: int, frame: bytes | bytearray, now_ns: int) -> None:
        try:
            event = decode_server_event(frame)
        except RemoteProtocolError as error:
            self.frames_refused += 1
            self.last_refusal = str(error)
            return
        if isinstance(event, UnknownServerEvent):
            return
        stream_id = None if event.stream_id is UNSET else event.stream_id
        listener = self.pool.listener(connection, stream_id)
        if listener is None and stream_id is None:
            is_error = isinstance(event, ErrorEvent)
            listener = self.pool.listener_without_lanes(connection, now_ns, is_error=is_error)
        if listener is not None:
            session, seat = listener
            self._touched[session.npc] = session
            session.feed(seat, event, now_ns)
        elif isinstance(event, ErrorEvent) and stream_id is None:
            self._connection_error(connection, event.info(), now_ns)
        else:
            self.strays += 1

    def _connection_error(self, connection: int, error: ErrorInfo, now_ns: int) -> None:
        """Everybody has to move: at once, or with their next request if it is only too old."""
        if error.code == TOO_OLD:
            self.pool.too_old(connection, str(error), now_ns)
        else:
            self._outside.disconnect(connection)
            self.pool.lost(connection, str(error), now_ns)
        self._touch_all()

    def _ticked(self, now_ns: int) -> None:
        """The game lives; when it has not said so for a while, minds wait for it."""
        self.gate.is_paused = self._is_paused_by_game
        self._ticked_ns = now_ns
        if self._stall_ms is not None and not self._is_watching:
            self._watch_for_a_stall(self._stall_ms)

    def _watch_for_a_stall(self, stall_ms: float) -> None:
        """Look again when the newest tick would be too long ago: one timer serves all ticks."""
        self._is_watching = True
        due_ns = self._ticked_ns + round(stall_ms * NS_PER_MS)
        self._outside.set_timer(TimerKey("stall", ""), due_ns)

    def _look_for_a_stall(self, now_ns: int) -> None:
        assert self._stall_ms is not None
        self._is_watching = False
        if now_ns - self._ticked_ns + EARLY_NS >= round(self._stall_ms * NS_PER_MS):
            self.gate.is_paused = True
        else:
            self._watch_for_a_stall(self._stall_ms)

    def _save(self, save: Saved) -> None:
        moments = {
            npc: self._touch(npc).moment(shown)
            for npc, shown in save.shown.items()
            if npc in self._sessions
        }
        self._outside.keep(save.number, self.remembering.save(moments))

    def _load(self, load: Loaded, now_ns: int) -> None:
        for npc in self._sessions:
            items = load.memories.of(npc).transcript.items
            self._touch(npc).restart(items, load.numbers[npc], now_ns)
        self.remembering.restart(load.memories, load.at_ms)
        if self._shared.habits is not None:
            self._shared.habits.forget()
        self._barge_ins = load.numbers

    def _switch(self, off_because: str | None, now_ns: int) -> None:
        if off_because is not None:
            self.gate.wallet.kill(off_because)
            return
        self.gate.wallet.revive()
        for npc in self._sessions:
            self._touch(npc).retry(now_ns)

    def _define(self, definition: Defined, now_ns: int) -> None:
        self.remembering.groups[definition.npc] = definition.groups
        if definition.budget is not None:
            self.gate.limit(definition.npc, definition.budget)
        session = self._sessions.get(definition.npc)
        if session is None:
            barge_ins = self._barge_ins.get(definition.npc, 0)
            session = Session(definition.npc, self._shared, barge_ins)
            self._sessions[definition.npc] = session
            session.define(definition.instructions, definition.tools)
            self.pool.admit(session, now_ns)
        else:
            session.define(definition.instructions, definition.tools)

    def _touch(self, npc: str) -> Session:
        session = self._sessions[npc]
        self._touched[npc] = session
        return session

    def _touch_all(self) -> None:
        self._touched.update(self._sessions)
