"""``record``: what recording costs, in CPU time of all threads, beside not recording.

One process plays the same evening over and over against a server in memory that keeps a schedule of
so many events a second; every other time it is recorded. What is compared is the CPU time of the
whole process, so the writer's thread, its compression and its writing are in it. The server's own
work is in both.
"""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from rich.console import Console

from npcengine import Bridge, Npc
from npcengine.clock import NS_PER_S, Clock, SystemClock
from npcengine.errors import LinkLostError
from npcengine.protocol.capabilities import GATEWAY
from npcengine.trace.reader import TraceReader
from npcengine.transport import memory
from npcengine.transport.beat import BEAT_MS, Beat
from npcengine.transport.link import Frame, LifeSign, Link, Receiver
from tools.bench.machine import Machine, this_machine

__all__ = ["RecordPlan", "RecordResult", "measure_record", "show_record"]

FRAME_S = 1 / 60
NPCS = 4
TOKENS = 500
"""In a response; then the NPC is spoken to again."""
CORE_SHARE = 0.03
"""What recording may cost at 2,000 events a second."""

Progress = Callable[[str, float], None]


class RecordPlan(msgspec.Struct, frozen=True):
    """What to measure."""

    rounds: int
    seconds: float
    events_per_s: float


class RecordResult(msgspec.Struct, frozen=True):
    """What was measured: medians over the rounds."""

    events_per_s: float
    core_share_without: float
    """CPU time by wall time: 1.0 is a whole core."""
    core_share_recorded: float
    cost_core_share: float
    """The difference, round by round."""
    cost_rounds: list[float]
    bytes_per_event: float
    """In the file, compressed."""
    lines: int
    update_p50_us_without: float
    update_p50_us_recorded: float
    machine: Machine


class _Evening(msgspec.Struct, frozen=True):
    events: int
    core_share: float
    wall_s: float
    update_p50_us: float
    file_bytes: int = 0
    lines: int = 0


def measure_record(plan: RecordPlan, progress: Progress) -> RecordResult:
    """Measure, with and without in turns."""
    without: list[_Evening] = []
    recorded: list[_Evening] = []
    with TemporaryDirectory() as folder:
        for number in range(plan.rounds):
            progress("without a recording", 2 * number / (2 * plan.rounds))
            without.append(_play(plan, None))
            progress("recorded", (2 * number + 1) / (2 * plan.rounds))
            recorded.append(_play(plan, Path(folder) / f"{number}.npctrace"))
    pairs = list(zip(without, recorded, strict=True))
    costs = [two.core_share - one.core_share for one, two in pairs]
    return RecordResult(
        events_per_s=median(one.events / one.wall_s for one in recorded),
        core_share_without=median(one.core_share for one in without),
        core_share_recorded=median(one.core_share for one in recorded),
        cost_core_share=median(costs),
        cost_rounds=[round(cost, 5) for cost in costs],
        bytes_per_event=median(one.file_bytes / one.events for one in recorded),
        lines=recorded[-1].lines,
        update_p50_us_without=median(one.update_p50_us for one in without),
        update_p50_us_recorded=median(one.update_p50_us for one in recorded),
        machine=this_machine({}),
    )


def show_record(result: RecordResult, console: Console) -> None:
    """Print it for people."""
    console.print(
        f"at {result.events_per_s:,.0f} events a second: {result.core_share_without:.1%} of a core "
        f"without a recording, {result.core_share_recorded:.1%} with one\n"
        f"recording costs {result.cost_core_share:.2%} of a core (rounds: "
        f"{', '.join(f'{cost:.2%}' for cost in result.cost_rounds)}), "
        f"{result.bytes_per_event:.0f} bytes an event in the file\n"
        f"an update takes {result.update_p50_us_without:.0f} µs without, "
        f"{result.update_p50_us_recorded:.0f} µs with one (p50)"
    )
    is_met = result.cost_core_share <= CORE_SHARE
    console.print(
        f"[{'green' if is_met else 'red'}]{'met' if is_met else 'missed'}[/]  3 % at most"
    )


class _Chatter:
    """An endpoint in memory whose minds talk without end, each token when it is due."""

    capabilities = GATEWAY
    name = "chatter:"
    transport = "memory"

    def __init__(self, events_per_s: float, clock: Clock) -> None:
        self._every_ns = NPCS / events_per_s * NS_PER_S
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self.sent = 0

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        near, self._far = memory.pair(asyncio.get_running_loop(), receiver, self)
        return near

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def frames_arrived(self, frames: list[Frame]) -> None:
        for frame in frames:
            task = asyncio.get_running_loop().create_task(self._speak(json.loads(frame)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def binary_arrived(self) -> None:
        return

    def sign_of_life(self, sign: LifeSign) -> None:
        return

    def link_lost(self, error: LinkLostError) -> None:
        return

    async def _speak(self, request: dict[str, Any]) -> None:
        lane, id = request.get("stream_id"), f"resp_{self.sent}_{len(self._tasks)}"
        item: dict[str, Any] = {"type": "message", "id": f"m{id}", "role": "assistant"}
        place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        self._say(lane, "created", response={"id": id, "status": "in_progress", "output": []})
        self._say(lane, "output_item.added", output_index=0, item={**item, "content": []})
        began_ns, said = self._clock.now_ns(), 0
        while said < TOKENS:
            due = min(TOKENS, round((self._clock.now_ns() - began_ns) / self._every_ns))
            for number in range(said, due):
                self._say(lane, "output_text.delta", **place, delta=f"word{number % 97} ")
            said = due
            await asyncio.sleep(BEAT_MS / 1_000)
        text = "".join(f"word{number % 97} " for number in range(TOKENS))
        part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
        whole: dict[str, Any] = {**item, "status": "completed", "content": [part]}
        self._say(lane, "output_item.done", output_index=0, item=whole)
        self._say(lane, "completed", response={"id": id, "status": "completed", "output": [whole]})

    def _say(self, lane: str | None, kind: str, **more: Any) -> None:
        self.sent += 1
        event = {"type": f"response.{kind}", "stream_id": lane, **more}
        self._far.send(json.dumps(event).encode())


def _play(plan: RecordPlan, path: Path | None) -> _Evening:
    clock = SystemClock()
    chatter, pause = _Chatter(plan.events_per_s, clock), _Pause(clock)
    with Bridge(chatter, record=path) as bridge:
        npcs = [bridge.npc(f"npc {number}", persona="A villager.") for number in range(NPCS)]
        _frames(bridge, npcs, pause, 0.5)  # everybody talks by then
        before, began_ns, cpu_s = chatter.sent, clock.now_ns(), time.process_time()
        took_us = _frames(bridge, npcs, pause, plan.seconds)
        wall_s = (clock.now_ns() - began_ns) / NS_PER_S
        cpu_s, events = time.process_time() - cpu_s, chatter.sent - before
    evening = _Evening(events, cpu_s / wall_s, wall_s, took_us)
    if path is None:
        return evening
    lines = sum(1 for _ in TraceReader(path))
    return msgspec.structs.replace(evening, file_bytes=path.stat().st_size, lines=lines)


def _frames(bridge: Bridge, npcs: list[Npc], pause: "_Pause", seconds: float) -> float:
    """Play so long; return the median of what an update took, in microseconds."""
    took_us: list[float] = []
    for _ in range(round(seconds / FRAME_S)):
        took_us.append(pause.timed(lambda: list(bridge.update(FRAME_S))))
        for npc in npcs:
            if npc.phase == "idle":
                npc.tell("Go on.", by="bench")
        pause.until_next_frame()
    return median(took_us)


class _Pause:
    """Keeps sixty frames a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_ns = clock.now_ns()

    def timed(self, frame: Callable[[], object]) -> float:
        began_ns = self._clock.now_ns()
        frame()
        return (self._clock.now_ns() - began_ns) / 1_000

    def until_next_frame(self) -> None:
        self._next_ns = max(self._next_ns + round(FRAME_S * NS_PER_S), self._clock.now_ns())
        time.sleep((self._next_ns - self._clock.now_ns()) / NS_PER_S)  # noqa: TID251 - a game's own frame
