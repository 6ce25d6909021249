"""A game and the gateways that it loses: what the tests that kill gateways are made of."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import msgspec
import pytest

from npcengine import Action, Bridge, Cancel, Commit, Deadlines, Hint, Npc
from npcengine.bridge import local
from npcengine.bridge.child import Child, ChildDied, ChildReady
from npcengine.bridge.endpoints import Endpoint
from npcengine.clock import NS_PER_MS, ThreadCpuClock
from npcengine.server.minds.registry import MINDS
from npcengine.testing import wait_until
from tests.bridge import obedient
from tests.bridge.acts import FRAME
from tests.bridge.obedient import Obedient as ObedientMind

BOUND_S = 20.0
"""Longer than a gateway needs to start on a machine that has much else to do."""

LONG_MS = 30_000.0
"""Nothing here is answered because time has run out."""

SOON = 1990
"""A seed with which the first waits before connecting again are short."""

MEAN_CPU_MS = 0.2
"""What an ``update`` may cost the frame thread, the mean of a test's few hundred: ten times what it
does, and a fraction of what it would cost to spin while a gateway starts."""


ENOUGH_FRAMES = 200
"""Fewer say nothing of the mean: those in which much happens, and the first ones, outweigh it."""


class Ring(Action, frozen=True):
    """Ring a bell."""

    times: int
    bell: str


class Killable(Protocol):
    """Gateways of which the newest can be killed in any state of a turn."""

    @property
    def endpoint(self) -> str | Endpoint: ...

    @property
    def is_holding(self) -> bool:
        """Whether the mind of the newest has come to where it is held."""
        ...

    def stop(self) -> None:
        """Stop the newest in its tracks; it can still be killed."""
        ...

    def kill(self) -> None:
        """Kill the newest; the next one will be held where this one was."""
        ...

    def let_go(self) -> None:
        """Hold none that comes to a ``|`` from now on."""
        ...


class Gateways:
    """Every gateway process that a bridge starts, in order; see :mod:`tests.bridge.obedient`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.children: list[Child] = []
        self.news: dict[Child, list[ChildReady | ChildDied]] = {}
        """What each has reported."""
        self.stop_at_the_door = False
        """Stop the next one when it listens, before anybody can have connected."""
        self._held = folder / "held"
        self._held.touch()
        self._reached = self._held.with_suffix(".reached")
        self.endpoint: str | Endpoint = f"local:obedient?held={quote(str(self._held))}"
        monkeypatch.setitem(MINDS, "obedient", obedient.Obedient)  # the bridge looks, too
        gateways = self

        class Obedient(Child):
            def _attend(self) -> None:
                self._command = [*self._command[:2], "tests.bridge.obedient", *self._command[3:]]
                gateways.children.append(self)
                gateways.news[self] = []
                pass_on, self._report = self._report, self._overheard
                self._pass_on = pass_on
                super()._attend()

            def _overheard(self, news: ChildReady | ChildDied) -> None:
                gateways.news[self].append(news)
                if gateways.stop_at_the_door and isinstance(news, ChildReady):
                    gateways.stop()
                self._pass_on(news)

        monkeypatch.setattr(local, "Child", Obedient)
        monkeypatch.setitem(MINDS, "obedient", ObedientMind)

    @property
    def is_holding(self) -> bool:
        """Whether the mind of the newest gateway has come to where it is held."""
        return self._reached.exists()

    def stop(self) -> None:
        """Stop the newest gateway in its tracks; it can still be killed."""
        pid = self.children[-1].pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)

    def kill(self) -> None:
        """Kill the newest gateway. The next one will be held where this one was."""
        process = self.children[-1]._process
        assert process is not None
        process.kill()
        self._reached.unlink(missing_ok=True)

    def let_go(self) -> None:
        """Hold no gateway that comes to a ``|`` from now on."""
        self._held.unlink()

    def have_begun(self, count: int) -> bool:
        """Whether so many processes have been started."""
        return len([child for child in self.children if child.pid is not None]) == count

    @property
    def were_ready(self) -> int:
        """How many have listened."""
        return sum(isinstance(one, ChildReady) for news in self.news.values() for one in news)

    def have_died(self, count: int) -> bool:
        """Whether so many have died, and all of those by being killed."""
        dead = [one for news in self.news.values() for one in news if isinstance(one, ChildDied)]
        killed = [one for one in dead if os.name != "posix" or one.code == -signal.SIGKILL]
        return len(killed) == len(dead) == count


class Gate:
    """Holds up the answers to a query until it is opened (any thread)."""

    def __init__(self) -> None:
        self.is_closed = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    @property
    def has_a_queue(self) -> bool:
        return bool(self._waiting)

    async def passed(self) -> None:
        if self.is_closed:
            event = asyncio.Event()
            self._waiting.append((asyncio.get_running_loop(), event))
            await event.wait()

    def open(self) -> None:
        self.is_closed = False
        for loop, event in self._waiting:
            loop.call_soon_threadsafe(event.set)
        self._waiting.clear()


class Game:
    """A frame loop that notes all that its NPCs say and do, and what ``update`` costs.

    Each ``update`` runs inside a coroutine of a loop of its own, since that is where the detector
    of blocking calls looks for them.
    """

    def __init__(self, gateways: Killable, *names: str) -> None:
        self.gateways = gateways
        patient = Deadlines(frame_query_ms=LONG_MS, query_ms=LONG_MS, settle_ms=LONG_MS)
        self.bridge = Bridge(gateways.endpoint, deadlines=patient, seed=SOON)
        self.gate = Gate()

        @self.bridge.query(where="async", budget_ms=LONG_MS)
        async def look(where: str) -> str:
            """Look somewhere."""
            await self.gate.passed()
            return f"lanterns in the {where}"

        self.npcs = {
            name: self.bridge.npc(name, persona="A villager.", actions=[Ring]) for name in names
        }
        self.on_commit: Callable[[Commit], object] = Commit.succeed
        self.stalls_at_a_commit = False
        """Whether a frame ends where it meets a commit, with that not settled."""
        self.hints: list[str] = []
        self.commits: list[Commit] = []
        self.cancels: list[str] = []
        self.heard: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
        """What each NPC was seen to say: every picture that was new, with its turn."""
        self.reasons = 0
        """Reasons to think that NPCs were given: each is a turn, since none came during another."""
        self._quoted: set[tuple[str, int]] = set()
        """Turns that were only there to see what is in a conversation."""
        self._sent_before: int | None = None
        self._frames = 0
        self._cpu_ns = 0
        self._cpu = ThreadCpuClock()
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        self._loop.close()
        self.bridge.close()

    @property
    def mira(self) -> Npc:
        return self.npcs["Mira"]

    def tell(self, orders: str, npc: str = "Mira") -> None:
        self.npcs[npc].tell(orders, by="player")
        self.reasons += 1

    def stop_the_gateway(self) -> None:
        """Let the newest gateway hear and say nothing more; it can still be killed."""
        self._sent_before = self.bridge.stats.bytes_sent
        self.gateways.stop()

    @property
    def has_sent(self) -> bool:
        """Whether the gateway was stopped, and something sent to it since then."""
        sent, before = self.bridge.stats.bytes_sent, self._sent_before
        return before is not None and sent > before

    def frame(self) -> None:
        self._loop.run_until_complete(self._frame())
        for name, npc in self.npcs.items():
            seen = self.heard[name]
            if npc.speech and (not seen or seen[-1][1] != npc.speech):
                seen.append((npc.turn_epoch, npc.speech))

    async def _frame(self) -> None:
        began_ns = self._cpu.now_ns()
        for intention in self.bridge.update(FRAME):
            match intention:
                case Hint(id=id):
                    self.hints.append(id)
                case Commit():
                    self.commits.append(intention)
                    if self.stalls_at_a_commit:
                        break
                    self.on_commit(intention)
                case Cancel(id=id):
                    self.cancels.append(id)
                case _:
                    pass
        self._cpu_ns += self._cpu.now_ns() - began_ns
        self._frames += 1

    # --- waiting ------------------------------------------------------------------------------

    def until(self, holds: Callable[[], object]) -> None:
        """Go on frame by frame until something is so."""
        wait_until(holds, within_s=BOUND_S, step=self.frame)

    def until_connected(self, *, connections: int) -> None:
        def holds() -> bool:
            is_up = self.bridge.status.link == "connected"
            return is_up and self.bridge.stats.connections == connections

        self.until(holds)

    def until_lost(self, *, connections: int, stalled: bool = False) -> None:
        """Go on, or stand still, until the loss of the newest connection shows."""

        def holds() -> bool:
            is_down = self.bridge.status.link != "connected"
            return is_down or self.bridge.stats.connections > connections

        wait_until(holds, within_s=BOUND_S, step=None if stalled else self.frame)

    def is_quiet(self) -> bool:
        """Whether every reason to think has led to a turn, and every turn is over."""
        stats = self.bridge.stats
        is_over = stats.turns_completed + stats.turns_failed == self.reasons
        return is_over and all(npc.phase == "idle" for npc in self.npcs.values())

    # --- what has to be so in the end ---------------------------------------------------------

    def conversation(self, npc: str = "Mira") -> list[str]:
        """Ask a mind for all of its conversation, as its gateway has it; what it says is quoted."""
        self.tell("tell all", npc)
        self.until(self.is_quiet)
        items = msgspec.json.decode(self.npcs[npc].speech, type=list[str])
        assert items.pop() == "heard tell all"
        self._quoted.add((npc, self.npcs[npc].turn_epoch))
        return items

    def spoken(self, npc: str = "Mira") -> list[str]:
        """Return what an NPC said in each of its turns, having seen that it never took words back.

        A turn that begins still shows the words of the one before.
        """
        turns: dict[int, str] = {}
        for epoch, speech in self.heard[npc]:
            if (npc, epoch) in self._quoted:
                continue
            assert speech.startswith(turns.get(epoch, "")), "words were taken back"
            turns[epoch] = speech
        return list(turns.values())

    def check(self, *, rings: int = 0) -> None:
        """Check that nothing was done twice, nothing announced was forgotten, nothing blocked."""
        ids = [commit.id for commit in self.commits]
        meanings: Counter[Any] = Counter((one.npc.name, one.action) for one in self.commits)
        assert len(set(ids)) == len(ids), "the same intention twice"
        assert not meanings or max(meanings.values()) == 1, "the same thing done twice"
        assert len(ids) == rings
        assert sorted(self.hints) == sorted([*ids, *self.cancels]), "each came to one end"
        mean_ms = self._cpu_ns / NS_PER_MS / self._frames
        assert self._frames < ENOUGH_FRAMES or mean_ms < MEAN_CPU_MS, "the frame thread spun"
