"""The bridge: what a game talks to, once a frame, on its own thread."""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TypeVar, overload

from msgspec import Raw

from npcengine.bridge.admission import Admission, Requirement
from npcengine.bridge.counting import count
from npcengine.bridge.delivery import Delivery
from npcengine.bridge.endpoints import Endpoint
from npcengine.bridge.engine import Engine
from npcengine.bridge.intentions import Commit, Intention, Intentions
from npcengine.bridge.local import ChildEndpoint
from npcengine.bridge.loop import SteppedLoop, ThreadedLoop, switch_interval
from npcengine.bridge.mailbox import Mailbox
from npcengine.bridge.npc import Npc
from npcengine.bridge.oracle import Oracle, View
from npcengine.bridge.outbox import Outbox
from npcengine.bridge.resolve import endpoint_for
from npcengine.bridge.stats import BridgeStats, Samples
from npcengine.bridge.status import Status, status_of
from npcengine.clock import NS_PER_MS, SystemClock
from npcengine.errors import BridgeClosedError, UsageError, WrongThreadError
from npcengine.policy.deadlines import APPLY_BUDGET_MS, Deadlines
from npcengine.session.inbox import Defined, Perceived, Prewarmed, Settled, Ticked
from npcengine.world.actions import Action, ActionSpec
from npcengine.world.field_order import warn_of_late_fields
from npcengine.world.percepts import check_name, instructions
from npcengine.world.queries import Late, QuerySpec, Where
from npcengine.world.toolbox import Toolbox

__all__ = ["Bridge"]

F = TypeVar("F", bound=Callable[..., object])
R = TypeVar("R", bound=Requirement)

CLOSE_WITHIN_S = 1.0
"""How long the loop may take to end; the child has most of another second."""

SWITCH_INTERVAL_MS = 0.5


class Bridge:
    """Gives NPCs minds, without the frame loop ever waiting for one.

    All methods are for the thread that made the bridge. The network never raises here: what goes
    wrong there shows in :attr:`status`, and NPCs whose minds cannot be reached fall silent.
    """

    def __init__(
        self,
        endpoint: str | Endpoint = "local:",
        *,
        model: str = "npcengine",
        key_env: str | None = None,
        virtual: bool = False,
        strict: bool = False,
        deadlines: Deadlines | None = None,
        switch_interval_ms: float | None = SWITCH_INTERVAL_MS,
        seed: int = 0,
    ) -> None:
        """Start towards an endpoint; returns at once, whether or not it can be reached.

        Args:
            endpoint: ``local:`` (the built-in practice mind), ``local:MIND?OPTION=VALUE``, a URL
                of a Responses endpoint, or ``off:``; or an object that opens links itself, as
                :class:`npcengine.testing.ScriptedServer` does.
            model: The model's name, where the server wants one.
            key_env: The environment variable that holds the key; by default the one that is usual
                for the server, ``NPCENGINE_TOKEN`` for an unknown one.
            virtual: Run everything in this process in virtual time, moved by ``update``: bit for
                bit the same on every run. Not for endpoints on a network.
            strict: Raise a query's own exception in ``update`` instead of only logging it.
            deadlines: Time limits; see :class:`~npcengine.policy.deadlines.Deadlines`.
            switch_interval_ms: The interpreter's thread switch interval while the bridge is open,
                for the whole process; ``None`` leaves it alone. Restored on close.
            seed: Seeds the jitter of waits before reconnecting.

        Raises:
            UsageError: The endpoint cannot be used; the text says why.
        """
        self._thread = threading.current_thread()
        self._closed = False
        self._endpoint = endpoint_for(endpoint, key_env=key_env, virtual=virtual)
        self._virtual = virtual
        self._strict = strict
        self._mailbox = Mailbox()
        self._host = SteppedLoop() if virtual else ThreadedLoop()
        self._clock = self._host.clock
        self._stopwatch = SystemClock()
        # Virtual time stands still while code runs, so that two runs measure the same.
        stopwatch = self._clock if virtual else self._stopwatch
        self._oracle = Oracle(self._clock, stopwatch, strict=strict)
        self._engine = Engine(
            self._endpoint,
            self._mailbox,
            self._oracle,
            self._clock,
            model=model,
            deadlines=deadlines or Deadlines(),
            seed=seed,
        )
        self._host.call(self._engine.start)
        self._switch_interval_ms = None if virtual else switch_interval_ms
        if self._switch_interval_ms is not None:
            switch_interval.take(self._switch_interval_ms)
        self._npcs: dict[str, Npc] = {}
        self._personas: dict[str, str] = {}
        self._queries: list[QuerySpec] = []
        self._outbox = Outbox(lambda entries: self._host.call(self._engine.enter, entries))
        self._shown: Intentions = Intentions([])
        self._withheld: list[Intention] = []
        """Intentions that come first next time: an ``update`` raised instead of returning them, or
        an interruption took something back."""
        self._admission = Admission()
        self._delivery = Delivery(
            self._mailbox,
            self._oracle,
            self._admission,
            self._npcs,
            self._clock,
            self._settle,
            strict=strict,
        )
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

    # --- who and what -------------------------------------------------------------------------

    def npc(self, name: str, *, persona: str, actions: Sequence[type[Action]] = ()) -> Npc:
        """Give a mind to an NPC.

        Args:
            name: Unique; letters, digits, spaces and ``_ . ' -``. The mind is told it.
            persona: Who the NPC is, in a sentence or a page.
            actions: What it can do. It may ask every query of this bridge.
        """
        self._check("Bridge.npc")
        check_name(name, "the NPC name")
        if name in self._npcs:
            raise UsageError(f"there already is an NPC called {name!r}")
        npc = Npc(self, name, tuple(actions))
        self._toolbox(npc)  # a tool that cannot be offered is reported here, to whoever wrote it
        known = {action for other in self._npcs.values() for action in other.actions}
        warn_of_late_fields([a for a in npc.actions if a not in known], stacklevel=2)
        self._npcs[name] = npc
        self._oracle.npcs[name] = npc
        self._personas[name] = persona
        self._define(npc)
        return npc

    @overload
    def query(self, function: F, /) -> F: ...
    @overload
    def query(
        self,
        function: None = None,
        /,
        *,
        where: Where = ...,
        budget_ms: float | None = ...,
        late: Late | None = ...,
    ) -> Callable[[F], F]: ...
    def query(
        self,
        function: F | None = None,
        /,
        *,
        where: Where = "frame",
        budget_ms: float | None = None,
        late: Late | None = None,
    ) -> F | Callable[[F], F]:
        """Let every mind ask this function about the world.

        The function's name, docstring and annotated parameters are what minds are told. It may
        also take ``npc`` (who asks) and ``view`` (what was last published; in the frame, a
        ``view`` with a default is left at it, and is given only when the answer is late). What it
        returns is held to its annotation. A generator's every value replaces the one before.

        An answer is due 30 ms after the call, or two frames if that is longer, for ``frame``, and
        150 ms for the others. Then the mind gets one anyhow, and a later one is not sent.

        Args:
            function: Set when this is used as a decorator without brackets.
            where: ``frame`` runs inside the next ``update`` on this thread; ``snapshot`` at once
                on the loop thread, over the last published view alone; ``async`` as a coroutine
                on the loop thread.
            budget_ms: How long it may take once it runs, in milliseconds; by default 8, or 150 for
                ``async``. Longer is counted as an overrun; a generator is stopped, and what it has
                yielded is answered as ``partial``.
            late: What is answered when it is due. ``snapshot``, the default where a function takes
                a view: what the function says of the last view, on the loop thread, so that then
                it must read nothing else. ``partial``, the default for generators: what was
                yielded so far. ``refuse``: that it may be asked again; also what the other two
                come to where nothing was published or yielded.

        Raises:
            UsageError: The function cannot be offered to a mind, or answer in that way.
        """
        self._check("Bridge.query")

        def register(candidate: F) -> F:
            spec = QuerySpec(candidate, where=where, budget_ms=budget_ms, late=late)
            if any(known.name == spec.name for known in self._queries):
                raise UsageError(f"there already is a query called {spec.name!r}")
            self._queries.append(spec)
            for npc in self._npcs.values():
                self._define(npc)
            return candidate

        return register(function) if function is not None else register

    def requires(self, *actions: type[Action]) -> Callable[[R], R]:
        """Register what has to hold in the frame in which an NPC would begin an action.

        The function is called inside ``update`` with the NPC and the action and returns why it may
        not happen now, in words for the mind, or ``None`` if it may. An action that may not is
        taken back with a :class:`~npcengine.Cancel`, and its mind is told why.

        Args:
            *actions: For which actions it is asked.
        """

        def register(requirement: R) -> R:
            for action in actions:
                self._admission.require(action, requirement)
            return requirement

        return register

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
        if not dt >= 0:
            raise UsageError(f"dt is the seconds since the last update, 0 or more: {dt!r}")
        started_ns = self._stopwatch.now_ns()
        self._shown.start_commits()
        self._tick += 1
        self._admission.game_ms += dt * 1_000
        self._outbox.put(Ticked(self._tick, dt))
        if self._virtual:
            self._outbox.flush()
            self._host.advance(dt)
        over_ns = self._clock.now_ns() + round(budget_ms * NS_PER_MS)
        self._delivery.take_states()
        self._outbox.flush()
        self._delivery.answer_questions(self._tick, over_ns, self._outbox.send)
        withheld, self._withheld = self._withheld, []
        intentions = [*withheld, *self._delivery.take_edges(self._tick, over_ns)]
        self._outbox.flush()
        self._update_ms.add((self._stopwatch.now_ns() - started_ns) / NS_PER_MS)
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
        """What carries the frames: ``websocket``, ``memory`` or ``none``."""
        return self._endpoint.transport

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
            if isinstance(self._endpoint, ChildEndpoint):
                self._endpoint.stop()
            if self._switch_interval_ms is not None:
                switch_interval.give_back()

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

    def hold(self, npc: Npc, for_ms: float) -> None:
        """Hold an NPC's speech and intentions back."""
        self._check("Npc.hold")
        self._delivery.hold(npc, for_ms)

    def resume(self, npc: Npc) -> None:
        """Let them go on."""
        self._check("Npc.resume")
        self._delivery.resume(npc)

    def _settle(self, commit: Commit, status: str, detail: Raw | None, wake: bool) -> None:
        if self._closed:
            return  # the game is going down; nobody is left to be told
        self._check("Commit.succeed, Commit.fail and Commit.start")
        self._outbox.send(Settled(commit.npc.name, commit.id, status, detail, wake))

    # --- inside -------------------------------------------------------------------------------

    def _toolbox(self, npc: Npc) -> Toolbox:
        return Toolbox([*map(ActionSpec, npc.actions), *self._queries])

    def _define(self, npc: Npc) -> None:
        text = instructions(npc.name, self._personas[npc.name])
        self._outbox.send(Defined(npc.name, text, self._toolbox(npc)))

    def _check(self, method: str) -> None:
        if threading.current_thread() is not self._thread:
            raise WrongThreadError(method, self._thread.name, threading.current_thread().name)
        if self._closed:
            raise BridgeClosedError(method)
