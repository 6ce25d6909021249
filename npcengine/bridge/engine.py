"""The loop thread's side of a bridge: the inbox, the sessions, and what they reach outside.

Everything here runs on the loop. The frame thread gets in through ``LoopHost.call`` and out through
the mailbox.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from random import Random

import msgspec

from npcengine.bridge.endpoints import Endpoint
from npcengine.bridge.mailbox import Mailbox
from npcengine.bridge.oracle import Oracle
from npcengine.clock import NS_PER_S, Clock, ThreadCpuClock
from npcengine.errors import LinkError, LinkLostError
from npcengine.memory.memory import Save
from npcengine.policy.deadlines import Deadlines
from npcengine.policy.habits import Habits
from npcengine.policy.wallet import Wallet
from npcengine.session.inbox import (
    ConnectFailed,
    Entered,
    FramesArrived,
    Inbox,
    LinkLost,
    LinkOpened,
    TimerFired,
    TimerKey,
)
from npcengine.session.outside import Asked, Edge, LinkState, NpcState, Overdue
from npcengine.session.supervisor import Supervisor
from npcengine.session.tape import Put, TapedOutside, entry_tape
from npcengine.trace.records import Life
from npcengine.transport.beat import BEAT_MS, Beat
from npcengine.transport.link import Frame, LifeSign, Link, Meter
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool

__all__ = ["Engine"]

CLOSE_WITHIN_S = 0.5
"""How long closing handshakes may take when the bridge closes."""

GRAIN_S = 0.001
"""What event loops count time in."""

LOOK_WITHIN_NS = 150 * 1_000_000
"""How long a generator may go on that is asked ahead."""

log = logging.getLogger("npcengine")


class Engine:
    """Implements what sessions may do outside, with real sockets, timers and mailboxes."""

    def __init__(
        self,
        endpoint: Endpoint,
        mailbox: Mailbox,
        oracle: Oracle,
        clock: Clock,
        *,
        model: str,
        deadlines: Deadlines,
        seed: int,
        wallet: Wallet,
        may_stall: bool,
        keep: Callable[[int, Save], None],
        habits: Habits | None,
        tool_rounds: int,
        tape: Put | None,
    ) -> None:
        self._endpoint = endpoint
        self._mailbox = mailbox
        self._oracle = oracle
        self._clock = clock
        self._deadlines = deadlines
        self._keep = keep
        self._tape = tape
        self._random = Random(seed)  # noqa: S311 - jitter, not a secret
        self._links: dict[int, Link] = {}
        self._carried = Meter()
        """What links that are gone had carried; replaced whole, so any thread may read it."""
        self._dialling: dict[int, asyncio.Task[None]] = {}
        self._timers: dict[TimerKey, asyncio.TimerHandle] = {}
        self._closing = False
        self._is_in_real_time = may_stall
        self._cpu = ThreadCpuClock()
        self.cpu_ns = 0
        """CPU time of the thread this runs on, when the frame thread last called."""
        self.link_state = LinkState()
        """Replaced whole, so any thread may read it."""
        self.supervisor = Supervisor(
            self if tape is None else TapedOutside(self, tape),
            model=model,
            capabilities=endpoint.capabilities,
            deadlines=deadlines,
            wallet=wallet,
            habits=habits,
            stall_ms=deadlines.stall_ms if may_stall else None,
            tool_rounds=tool_rounds,
        )
        self.inbox = Inbox(
            clock, self.supervisor.handle, None if tape is None else entry_tape(tape)
        )
        oracle.answer_with(self.inbox.put)

    def start(self) -> None:
        """Get ready, as the first thing that runs on the loop."""
        self._loop = asyncio.get_running_loop()
        self._beat = Beat(self._loop, beat_ms=BEAT_MS)
        self._no_links = asyncio.Event()
        self._no_links.set()

    def enter(self, entries: list[Entered]) -> None:
        """Take what the frame thread has put together."""
        self.cpu_ns = self._cpu.now_ns()
        for entry in entries:
            self.inbox.put(entry, by_game=True)

    async def close(self) -> None:
        """Let go of links, timers and tasks."""
        self._closing = True
        for handle in self._timers.values():
            handle.cancel()
        self._timers.clear()
        self._oracle.close()
        for link in list(self._links.values()):
            link.close()
        await self._endpoint.close()
        # Closing handshakes get a moment; links cut those off who do not answer before it is over.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._no_links.wait()

    def meter(self) -> Meter:
        """Return what all links so far have carried."""
        total = self._carried
        for link in list(self._links.values()):
            total = total.plus(link.meter)
        return total

    # --- what sessions may do: see session/outside.py -----------------------------------------

    def connect(self, connection: int) -> None:
        self._dialling[connection] = self._loop.create_task(self._dial(connection))

    def send(self, connection: int, frame: bytes) -> None:
        if (link := self._links.get(connection)) is not None:
            link.send(frame)

    def read_at_once(self, connection: int, wanted: bool) -> None:
        if (link := self._links.get(connection)) is not None:
            link.read_at_once(wanted)

    def disconnect(self, connection: int) -> None:
        if (link := self._links.get(connection)) is not None:
            link.close()

    def set_timer(self, key: TimerKey, at_ns: int) -> None:
        self.drop_timer(key)
        if self._closing:
            return  # what is lost by closing is not to be had again
        delay_s = max(0, at_ns - self._clock.now_ns()) / NS_PER_S
        if self._is_in_real_time:
            # Loops count in whole milliseconds, to the nearest: a timer that is early is set again
            # and again until its time has come.
            delay_s += GRAIN_S / 2
        self._timers[key] = self._loop.call_later(delay_s, self._fire, key)

    def drop_timer(self, key: TimerKey) -> None:
        if (handle := self._timers.pop(key, None)) is not None:
            handle.cancel()

    def tell(self, edge: Edge) -> None:
        if isinstance(edge, Asked) and edge.query.where != "frame":
            self._oracle.ask(edge)
        elif isinstance(edge, Overdue):
            self._oracle.answer_late(edge.question)
        else:
            self._mailbox.put(edge)

    def show(self, npc: str, state: NpcState) -> None:
        self._mailbox.show(npc, self.inbox.count - 1, state)

    def show_link(self, state: LinkState) -> None:
        self.link_state = state

    def keep(self, number: int, save: Save) -> None:
        self._keep(number, save)

    def read(self, npc: str, tool: Tool, text: str) -> msgspec.Struct:
        return tool.arguments.read(text)

    def look(self, npc: str, query: QuerySpec, arguments: msgspec.Struct) -> str | None:
        now_ns = self._clock.now_ns()
        question = Asked(npc, 0, 0, "", query, arguments, now_ns, now_ns + LOOK_WITHIN_NS)
        answer = self._oracle.run(question, tick=0).entry
        return None if answer.grade == "refused" else answer.output

    def luck(self) -> float:
        return self._random.random()

    # --- inside -------------------------------------------------------------------------------

    def _fire(self, key: TimerKey) -> None:
        del self._timers[key]
        self.inbox.put(TimerFired(key))

    async def _dial(self, connection: int) -> None:
        wire = _Wire(connection, self.inbox.put, self._forget, self._note_life)
        try:
            link = await self._endpoint.open(wire, self._beat, within_ms=self._deadlines.connect_ms)
        except LinkError as error:
            self.inbox.put(ConnectFailed(connection, str(error), error.retryable))
            return
        except Exception as error:
            # A fault of ours must not leave minds waiting for ever for a connection.
            log.exception("connecting failed in a way that nobody thought of")
            self.inbox.put(ConnectFailed(connection, repr(error), retryable=True))
            return
        finally:
            del self._dialling[connection]
        if self._closing:
            link.close()
            return
        self._links[connection] = link
        self._no_links.clear()
        self.inbox.put(LinkOpened(connection, link.keeps_contexts))

    def _note_life(self, connection: int, sign: LifeSign) -> None:
        if self._tape is not None:
            self._tape(Life(connection, self._clock.now_ns(), sign))

    def _forget(self, connection: int) -> None:
        if (link := self._links.pop(connection, None)) is not None:
            self._carried = self._carried.plus(link.meter)
        if not self._links:
            self._no_links.set()


class _Wire:
    """Receives for one connection, and passes everything on to the inbox."""

    def __init__(
        self,
        number: int,
        put: Callable[[Entered], None],
        forget: Callable[[int], None],
        note: Callable[[int, LifeSign], None],
    ) -> None:
        self._number = number
        self._put = put
        self._forget = forget
        self._note = note

    def frames_arrived(self, frames: list[Frame]) -> None:
        self._put(FramesArrived(self._number, frames))

    def binary_arrived(self) -> None:
        log.debug("a binary frame was dropped: this wire has none")

    def sign_of_life(self, sign: LifeSign) -> None:
        self._note(self._number, sign)

    def link_lost(self, error: LinkLostError) -> None:
        self._forget(self._number)
        self._put(LinkLost(self._number, str(error)))
