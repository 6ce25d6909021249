"""The game of ``turns``: NPCs on one bridge, 8 ms of Python in every frame, and notes of it all.

The bridge is untouched: what it reads and writes is noted by an endpoint that wraps its link, what
``update`` returns by the game itself.
"""

import argparse
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from itertools import cycle, islice

import msgspec

from npcengine import Action, Bridge, BridgeStats, Commit, Hint, Npc, Prepare
from npcengine.bridge.endpoints import RemoteEndpoint
from npcengine.bridge.stats import Percentiles
from npcengine.clock import NS_PER_MS, NS_PER_S, SystemClock, ThreadCpuClock
from npcengine.protocol.capabilities import GATEWAY
from npcengine.transport.beat import Beat
from npcengine.transport.dial import library
from npcengine.transport.link import Frame, Link, Receiver
from tools.bench.line import print_line
from tools.bench.links import PassingLink, PassingReceiver
from tools.bench.turns.gateway import calls_of
from tools.bench.turns.marks import KINDS, GameReport, Mark

__all__ = ["BUSY_MS", "FRAME_MS", "main"]

FRAME_MS = 1_000 / 60
BUSY_MS = 8.0
"""Python in every frame, counted in CPU time of the frame thread: a game has so much to do, whoever
else wants the interpreter."""

_clock = SystemClock()


class WalkTo(Action, frozen=True):
    """Go somewhere."""

    about: str
    reason: str


class _Notes:
    """What passed the bridge's link (loop thread)."""

    def __init__(self) -> None:
        self.read: list[tuple[int, Frame]] = []
        self.unseen: deque[Frame] = deque()
        """Ends of responses that no ``update`` has been after; emptied by the frame thread."""
        self.written: list[tuple[int, Frame]] = []


class _NotingReceiver(PassingReceiver):
    """Notes ends of responses as they are read."""

    def __init__(self, receiver: Receiver, notes: _Notes) -> None:
        super().__init__(receiver)
        self._notes = notes

    def frames_arrived(self, frames: list[Frame]) -> None:
        t_ns = _clock.now_ns()
        super().frames_arrived(frames)
        for frame in frames:
            if frame.startswith(b'{"type":"response.completed"'):
                self._notes.read.append((t_ns, frame))
                self._notes.unseen.append(frame)


class _NotingLink(PassingLink):
    """Notes requests with outputs as they are written."""

    def __init__(self, link: Link, notes: _Notes) -> None:
        super().__init__(link)
        self._notes = notes

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        super().send(frame, at_once=at_once)
        self._notes.written.append((_clock.now_ns(), frame))


class _NotingEndpoint(RemoteEndpoint):
    """Our gateway on a port; notes what its links carry."""

    def __init__(self, port: int, notes: _Notes) -> None:
        super().__init__(f"ws://127.0.0.1:{port}/v1/responses")
        self.capabilities = GATEWAY
        self._notes = notes

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        noting = _NotingReceiver(receiver, self._notes)
        return _NotingLink(await super().open(noting, beat, within_ms=within_ms), self._notes)


class _Game:
    """NPCs that think all the time until every turn is taken."""

    def __init__(self, bridge: Bridge, notes: _Notes, *, npcs: int, turns: int) -> None:
        @bridge.query(where="snapshot")
        def recall(about: str, view: tuple[str, ...]) -> list[str]:
            """Say what there is nearby."""
            return [about, *view]

        @bridge.query
        def look_around(about: str) -> list[str]:
            """Say what there is nearby, now."""
            return [about, "a lamp", "a cat", "Mira"]

        self._bridge = bridge
        self._notes = notes
        self.marks: list[Mark] = []
        self._seen: list[tuple[int, Frame]] = []
        self._turns = _turns(warm_up=npcs, turns=turns)
        self._told_in: dict[Npc, int] = {
            bridge.npc(f"npc {number}", persona="A villager.", actions=(WalkTo,)): -1
            for number in range(npcs)
        }

    def frame(self) -> bool:
        """Run what a frame has for NPCs; return whether anything is left to do."""
        unseen = self._notes.unseen
        ended = [unseen.popleft() for _ in range(len(unseen))]
        intentions = self._bridge.update(FRAME_MS / 1_000)
        now_ns = _clock.now_ns()
        self._seen += [(now_ns, frame) for frame in ended]
        for intention in intentions:
            match intention:
                case Hint():
                    self.marks.append(("hint", intention.id, now_ns))
                case Prepare():
                    self.marks.append(("prepare", intention.id, now_ns))
                case Commit():
                    self.marks.append(("commit", intention.id, now_ns))
                    intention.succeed()
                case _:
                    pass
        self._bridge.publish(("a lamp", "a cat", "Mira"))
        return self._tell()

    def _tell(self) -> bool:
        thinking = False
        for npc, told_in in self._told_in.items():
            # The turn that a word begins shows a frame or two later: until then the NPC is idle.
            if npc.phase != "idle" or npc.turn_epoch <= told_in:
                thinking = True
            elif (what := next(self._turns, None)) is not None:
                self._told_in[npc] = npc.turn_epoch
                npc.tell(what, by="bench")
                thinking = True
        return thinking

    def all_marks(self) -> list[Mark]:
        """Return everything that was noted, when the game is over."""
        marks = list(self.marks)
        for t_ns, frame in self._notes.read:
            marks.extend(("read", call_id, t_ns) for call_id in calls_of(frame))
        for t_ns, frame in self._seen:
            marks.extend(("completed", call_id, t_ns) for call_id in calls_of(frame))
        for t_ns, frame in self._notes.written:
            marks.extend(("written", call_id, t_ns) for call_id in _outputs_in(frame))
        return marks


def _turns(*, warm_up: int, turns: int) -> Iterator[str]:
    """Yield what the mind is told to begin each turn; the first ones are not counted."""
    yield from (f"warm_up {kind}" for kind in islice(cycle(KINDS), warm_up))
    yield from islice(cycle(KINDS), turns)


class _Output(msgspec.Struct):
    type: str
    call_id: str = ""


class _Request(msgspec.Struct):
    input: list[_Output]


def _outputs_in(frame: Frame) -> list[str]:
    """Return the calls whose outputs a request carries."""
    items = msgspec.json.decode(frame, type=_Request).input
    return [item.call_id for item in items if item.type == "function_call_output"]


def _be_busy(cpu: ThreadCpuClock, until_ns: float) -> None:
    """Do some of a game's Python, until this thread has had so much CPU time."""
    while cpu.now_ns() < until_ns:
        sum(number * number for number in range(100))


def _turns_over(stats: BridgeStats) -> int:
    return stats.turns_completed + stats.turns_failed


def _run(port: int, *, npcs: int, turns: int, interval_ms: float, limit_s: float) -> GameReport:
    cpu, never, notes = ThreadCpuClock(), threading.Event(), _Notes()
    frames_ms: list[float] = []
    with Bridge(_NotingEndpoint(port, notes), switch_interval_ms=interval_ms) as bridge:
        game = _Game(bridge, notes, npcs=npcs, turns=turns)
        switch_interval_ms = sys.getswitchinterval() * 1_000
        begun_ns = due_ns = _clock.now_ns()
        begun_cpu_ns = time.process_time_ns()
        goes_on = True
        while goes_on:
            now_ns, cpu_ns = _clock.now_ns(), cpu.now_ns()
            # The picture of an idle NPC may come a frame before the end of its turn.
            goes_on = game.frame() or _turns_over(bridge.stats) < npcs + turns
            _be_busy(cpu, cpu_ns + BUSY_MS * NS_PER_MS)
            ended_ns = _clock.now_ns()
            frames_ms.append((ended_ns - now_ns) / NS_PER_MS)
            due_ns = max(due_ns + round(FRAME_MS * NS_PER_MS), ended_ns)
            never.wait((due_ns - ended_ns) / NS_PER_S)
            if ended_ns - begun_ns > limit_s * NS_PER_S:
                raise RuntimeError(f"not all turns were over in {limit_s:.0f} s")
        core_share = (time.process_time_ns() - begun_cpu_ns) / (_clock.now_ns() - begun_ns)
        stats = bridge.stats
        if stats.frames_refused or stats.turns_failed or stats.turns_completed != npcs + turns:
            raise RuntimeError(
                f"{stats.turns_completed} turns completed of {npcs + turns}, {stats.turns_failed} "
                f"failed ({stats.last_failure!r}), {stats.frames_refused} frames refused "
                f"({stats.last_refusal!r}); link: {bridge.status.detail!r}"
            )
    frames = Percentiles.of(frames_ms)
    return GameReport(
        marks=game.all_marks(),
        turns=turns,
        switch_interval_ms=switch_interval_ms,
        frame_p50_ms=frames.p50,
        frame_p95_ms=frames.p95,
        frame_p99_ms=frames.p99,
        query_grades=stats.query_grades,
        core_share=core_share,
        facts={"loop": stats.loop, "websocket": library()},
    )


def main() -> int:
    """Play all turns against a gateway on this machine, then print a report as a line of JSON."""
    parser = argparse.ArgumentParser(description="The game of tools.bench; see `turns`.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--npcs", type=int, required=True)
    parser.add_argument("--turns", type=int, required=True)
    parser.add_argument("--interval-ms", type=float, required=True)
    parser.add_argument("--limit-s", type=float, required=True)
    chosen = parser.parse_args()
    report = _run(
        chosen.port,
        npcs=chosen.npcs,
        turns=chosen.turns,
        interval_ms=chosen.interval_ms,
        limit_s=chosen.limit_s,
    )
    print_line(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
