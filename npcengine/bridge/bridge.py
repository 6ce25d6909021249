"""The bridge: what a game talks to, once a frame, on its own thread."""

import math
import threading
from pathlib import Path
from types import TracebackType

from msgspec import Raw

from npcengine.bridge.backstage import Backstage, backstage_for
from npcengine.bridge.counting import count
from npcengine.bridge.delivery import Delivery
from npcengine.bridge.endpoints import Endpoint
from npcengine.bridge.fallback import HasWays, Transport, check_transport
from npcengine.bridge.intentions import Commit, Intentions
from npcengine.bridge.keeping import Keeping
from npcengine.bridge.local import ChildEndpoint
from npcengine.bridge.loop import switch_interval
from npcengine.bridge.npc import Npc
from npcengine.bridge.oracle import Oracle, View
from npcengine.bridge.outbox import Outbox
from npcengine.bridge.price_list import price_list
from npcengine.bridge.recorder import Recording
from npcengine.bridge.remembered import deed
from npcengine.bridge.saving import Saves
from npcengine.bridge.stats import BridgeStats, Samples
from npcengine.bridge.status import Status, status_of
from npcengine.clock import NS_PER_MS, SystemClock
from npcengine.errors import BridgeClosedError, UsageError, WrongThreadError
from npcengine.memory.memory import Save
from npcengine.policy.attention import Situation
from npcengine.policy.deadlines import APPLY_BUDGET_MS, Deadlines
from npcengine.policy.habits import Habits
from npcengine.policy.rules import Policy
from npcengine.policy.wallet import Spent, Wallet
from npcengine.protocol.capabilities import Capabilities
from npcengine.session.inbox import Perceived, Prewarmed, Rerouted, Settled, Ticked

__all__ = ["Bridge"]

CLOSE_WITHIN_S = 1.0
"""How long the loop may take to end; the child has most of another second."""

SWITCH_INTERVAL_MS = 0.5

_HAPPENS = ("started", "progress", "succeeded")
"""Ends and beginnings of actions that an NPC remembers having done."""


class Bridge(Keeping):
    """Gives NPCs minds, without the frame loop ever waiting for one.

    All methods are for the thread that made the bridge. The network never raises here: what goes
    wrong there shows in :attr:`status`, and NPCs whose minds cannot be reached fall silent.
    """

    def __init__(
        self,
        endpoint: str | Endpoint | Backstage = "local:",
        *,
        model: str | None = None,
        key_env: str | None = None,
        transport: Transport = "auto",
        capabilities: Capabilities | None = None,
        virtual: bool = False,
        strict: bool = False,
        deadlines: Deadlines | None = None,
        policy: Policy | None = None,
        prices: str | Path | None = None,
        switch_interval_ms: float | None = SWITCH_INTERVAL_MS,
        seed: int = 0,
        record: str | Path | Recording | None = None,
    ) -> None:
        """Start towards an endpoint; returns at once, whether or not it can be reached.

        Args:
            endpoint: ``local:`` (the built-in practice mind), ``local:MIND?OPTION=VALUE``, a URL
                of a Responses endpoint, or ``off:``; or an object that opens links itself, as
                :class:`npcengine.testing.ScriptedServer` does. A re-run of a recording gives all
                that works behind the frames.
            model: The model's name, where the server wants one; else ``NPCENGINE_MODEL`` gives it.
            key_env: The environment variable that holds the key; by default the one that is usual
                for the server, ``NPCENGINE_TOKEN`` for an unknown one.
            transport: ``websocket`` or ``http`` for a server that is to be reached in no other way;
                ``auto`` falls back to HTTP where no WebSocket can be had, and tries again later.
            capabilities: What the server at a URL can, as ``npcengine doctor`` finds it out; by
                default what is known of its host, and the least that any does for other hosts.
            virtual: Run everything in this process in virtual time, moved by ``update``: bit for
                bit the same on every run. Not for endpoints on a network.
            strict: Raise a query's own exception in ``update`` instead of only logging it.
            deadlines: Time limits; see :class:`~npcengine.policy.deadlines.Deadlines`.
            policy: What minds may do and spend; see :class:`~npcengine.Policy`.
            prices: A file with what models cost, laid over the table that comes with npcengine; for
                limits in money. ``npcengine/policy/prices.toml`` shows the form.
            switch_interval_ms: The interpreter's thread switch interval while the bridge is open,
                for the whole process; ``None`` leaves it alone. Restored on close.
            seed: Seeds the jitter of waits before reconnecting.
            record: Write everything down for ``npc-replay``, in a file or as a
                :class:`~npcengine.Recording` says; by default what the environment variable
                ``NPCENGINE_RECORD`` names, if it does.

        Raises:
            UsageError: The endpoint cannot be used, or a key or a model's name is missing; the text
                says what to do.
            TraceError: The recording's file cannot be created.
        """
        policy, deadlines = policy or Policy(), deadlines or Deadlines()
        price_table = price_list(prices)
        self._wallet = Wallet(policy.budget, price_table)
        self._thread = threading.current_thread()
        self._closed = False
        stage = (
            endpoint
            if isinstance(endpoint, Backstage)
            else backstage_for(
                endpoint,
                model=model,
                key_env=key_env,
                virtual=virtual,
                transport=transport,
                capabilities=capabilities,
                record=record,
            )
        )
        self._endpoint, self._host, self._mailbox = stage.endpoint, stage.host, stage.mailbox
        self._recorder = stage.recorder
        self._virtual = virtual = stage.is_virtual
        self._strict = strict
        self._clock = self._host.clock
        self._stopwatch = SystemClock()
        # Virtual time stands still while code runs, so that two runs measure the same.
        stopwatch = self._clock if virtual else self._stopwatch
        self._oracle = Oracle(self._clock, stopwatch, strict=strict)
        self._engine = stage.engine(
            self._endpoint,
            self._mailbox,
            self._oracle,
            self._clock,
            model=stage.model,
            deadlines=deadlines,
            seed=seed,
            wallet=self._wallet,
            may_stall=not virtual,
            keep=self._keep,
            habits=Habits() if policy.prefetch else None,
            tool_rounds=policy.tool_rounds,
            tape=None if self._recorder is None else self._recorder.put,
        )
        if self._recorder is not None:
            self._recorder.begin(
                self._endpoint,
                self._host.name,
                model=stage.model,
                switch_interval_ms=None if virtual else switch_interval_ms,
                seed=seed,
                deadlines=deadlines,
                policy=policy,
                prices=price_table,
            )
        self._host.call(self._engine.start)
        self._switch_interval_ms = None if virtual else switch_interval_ms
        if self._switch_interval_ms is not None:
            switch_interval.take(self._switch_interval_ms)
        super().__init__(
            self._oracle,
            Outbox(lambda entries: self._host.call(self._engine.enter, entries)),
            policy,
            self._engine.supervisor.remembering.recall,
        )
        self._shown, self._withheld = Intentions([]), []
        self._delivery = Delivery(
            self._mailbox,
            self._oracle,
            self._admission,
            self._npcs,
            self._clock,
            self._settle,
            self._speech_filters,
            self._recorder,
            strict=strict,
        )
        self._saves = Saves(stage.files, self._outbox, self._npcs, self._host.call)
        self._tick = 0
        self._update_ms = Samples()

    def __enter__(self) -> "Bridge":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # --- every frame --------------------------------------------------------------------------

    def update(self, dt: float, *, budget_ms: float = APPLY_BUDGET_MS) -> Intentions:
        """Do a frame's worth of mind: answer questions, run handlers, return intentions.

        Never blocks and never raises for the network.

        Args:
            dt: Seconds of game time since the last call; 0 or more.
            budget_ms: How long this may take, in milliseconds. What is left over waits for the
                next call, oldest first; at least one question and one intention are always
                handled, so nothing starves.

        Returns:
            What NPCs mean to do, oldest first; see :class:`Intentions`.

        Raises:
            Exception: Whatever a handler raised, or, on a strict bridge, a query. Everything else
                has been done by then, and the intentions come with the next call.
        """
        self._check("Bridge.update")
        if not 0 <= dt < math.inf:
            raise UsageError(f"dt is the seconds since the last update, 0 or more: {dt!r}")
        began_ns, started_ns = self._clock.now_ns(), self._stopwatch.now_ns()
        self._shown.start_commits()
        self._tick += 1
        try:
            return self._frame(dt, budget_ms)
        finally:
            took_ns = self._stopwatch.now_ns() - started_ns
            self._update_ms.add(took_ns / NS_PER_MS)
            if self._recorder is not None:
                self._recorder.end_frame(self._tick, began_ns, dt, took_ns)

    def _frame(self, dt: float, budget_ms: float) -> Intentions:
        self._admission.game_ms += dt * 1_000
        self._focus.tick(self._admission.game_ms)
        self._outbox.put(Ticked(self._tick, dt))
        if self._virtual:
            self._outbox.flush()
            self._host.advance(dt)
        if self._go_back():
            self._shown = Intentions([])
            return self._shown
        over_ns = self._clock.now_ns() + round(budget_ms * NS_PER_MS)
        self._delivery.take_states()
        self._outbox.flush()
        self._delivery.answer_questions(self._tick, over_ns, self._outbox.send)
        withheld, self._withheld = self._withheld, []
        intentions = [*withheld, *self._delivery.take_edges(self._tick, over_ns)]
        self._outbox.flush()
        if (fault := self._delivery.take_fault()) is not None:
            self._withheld[:0], self._shown = intentions, Intentions([])
            raise fault
        self._shown = Intentions(intentions)
        return self._shown

    def publish(self, view: object, tick: int | None = None) -> None:
        """Replace the view of the world that ``snapshot`` queries read.

        Args:
            view: Any object; it belongs to the bridge from now on and nobody may change it.
            tick: The tick it describes; by default that of the newest ``update``.
        """
        self._check("Bridge.publish")
        self._oracle.view = View(view, self._tick if tick is None else tick, self._clock.now_ns())

    # --- how it is ----------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """How the way to the minds is."""
        return Status("closed") if self._closed else status_of(self._engine.link_state)

    @property
    def endpoint(self) -> str:
        """Where minds live, without anything secret."""
        return self._endpoint.name

    @property
    def transport(self) -> str:
        """What carries the frames: ``websocket``, ``http``, ``memory`` or ``none``."""
        return self._endpoint.transport

    def prefer(self, transport: Transport) -> None:
        """Take another way to the server: over a WebSocket, over HTTP, or what can be had.

        What runs is not cut off: every mind takes the new way with its next request.

        Args:
            transport: As for :class:`Bridge`.

        Raises:
            UsageError: There is no such transport, or the endpoint is reached in one way only.
        """
        self._check("Bridge.prefer")
        check_transport(transport)
        if not isinstance(self._endpoint, HasWays):
            raise UsageError(f"there is one way to {self.endpoint!r} only")
        self._host.call(self._endpoint.prefer, transport)
        self._outbox.send(Rerouted())

    @property
    def stats(self) -> BridgeStats:
        """What the bridge has done so far."""
        return count(
            self._engine,
            self._delivery,
            self._admission,
            self._mailbox,
            self._host,
            ticks=self._tick,
            update_ms=self._update_ms,
            switch_interval_ms=self._switch_interval_ms,
        )

    def close(self) -> None:
        """End everything that the bridge began; returns within two seconds, whatever is stuck."""
        if self._closed:
            return
        self._check("Bridge.close")
        self._closed = True
        try:
            self._host.stop(self._engine.close, CLOSE_WITHIN_S)
        finally:
            if self._recorder is not None:
                self._recorder.close()
            self._saves.close()
            if isinstance(self._endpoint, ChildEndpoint):
                self._endpoint.stop()
            if self._switch_interval_ms is not None:
                switch_interval.give_back()

    @property
    def spent(self) -> Spent:
        """What minds have cost so far, in tokens and in money."""
        return self._wallet.spent(self._clock.now_ns())

    # --- for NPCs and commits -----------------------------------------------------------------

    def perceive(self, percept: Perceived) -> None:
        """Send what reached an NPC's senses to its mind, at once."""
        self._check("Npc.tell and Npc.notice")
        if percept.wake:
            self._delivery.woken(percept.npc)
        self._outbox.send(percept)

    def interrupt(self, npc: Npc, reason: str) -> None:
        """Break off what an NPC says and means to do."""
        self._check("Npc.interrupt")
        entry, taken_back = npc.barge_in.interrupt(npc.name, reason)
        self._delivery.interrupt(npc)
        self._withheld += taken_back
        self._outbox.send(entry)

    def prewarm(self, npc: Npc) -> None:
        """Get an NPC's mind ready."""
        self._check("Npc.prewarm")
        self._outbox.send(Prewarmed(npc.name))

    def attend(self, npc: Npc, situation: Situation) -> None:
        """Say what is so about an NPC."""
        self._check("Npc.attend")
        self._focus.attend(npc.name, situation)

    def hold(self, npc: Npc, for_ms: float) -> None:
        """Hold an NPC's speech and intentions back."""
        self._check("Npc.hold")
        self._delivery.hold(npc, for_ms)

    def release(self, npc: Npc) -> None:
        """Let them go on."""
        self._check("Npc.resume")
        self._delivery.resume(npc)

    def _settle(self, commit: Commit, status: str, detail: Raw | None, wake: bool) -> None:
        if self._closed:
            return  # the game is going down; nobody is left to be told
        self._check("Commit.succeed, Commit.fail and Commit.start")
        if commit.is_unmade:
            return  # in another past
        lived = None if commit.is_started or status not in _HAPPENS else deed(commit.action)
        self._outbox.send(Settled(commit.npc.name, commit.id, status, detail, wake, lived))

    # --- inside -------------------------------------------------------------------------------

    def _keep(self, number: int, save: Save) -> None:
        self._saves.keep(number, save)  # the loop thread calls this, and `Saves.keep` is for it

    def _check(self, method: str) -> None:
        if threading.current_thread() is not self._thread:
            raise WrongThreadError(method, self._thread.name, threading.current_thread().name)
        if self._closed:
            raise BridgeClosedError(method)
