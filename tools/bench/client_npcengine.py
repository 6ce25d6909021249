"""npcengine as a game has it: a bridge, NPCs, and a frame thread that calls ``update`` at 60 Hz.

Everything from the socket to the mailbox runs on the bridge's loop thread, and that thread's CPU
time is the client's. What the frame thread spends inside npcengine is counted beside it, so that
work moved there would not go unseen.
"""

import sys
import threading

from npcengine import Action, Bridge, Commit, Npc
from npcengine.clock import NS_PER_MS, NS_PER_S, SystemClock, ThreadCpuClock
from tools.bench.client import SAMPLE_EVERY_S, Feed, Sample, is_over, read_feed, report

__all__ = ["main"]

FRAMES_PER_S = 60


class WalkTo(Action, frozen=True):
    """Go somewhere."""

    place: str
    text: str


class _Game:
    """A game of nothing but minds: every action succeeds in its first frame."""

    def __init__(self, bridge: Bridge, npcs: int) -> None:
        self._bridge = bridge
        self._told_in: dict[Npc, int] = {
            bridge.npc(f"npc {number}", persona="A villager.", actions=(WalkTo,)): -1
            for number in range(npcs)
        }
        """The turn that each NPC had last when it was told to go on."""
        self._cpu = ThreadCpuClock()
        self._drain_ns = 0

    def frame(self, dt: float) -> None:
        """Run one frame."""
        before_ns = self._cpu.now_ns()
        for intention in self._bridge.update(dt):
            if isinstance(intention, Commit):
                intention.succeed()
        self._drain_ns += self._cpu.now_ns() - before_ns
        for npc, told_in in self._told_in.items():
            # The turn that a word begins shows a frame or two later: until then the NPC is idle.
            if npc.phase == "idle" and npc.turn_epoch > told_in:
                self._told_in[npc] = npc.turn_epoch
                npc.tell("go on", by="bench")

    def sample(self, now_ns: int) -> Sample:
        """Return the counts.

        The loop thread's CPU time is as of the frame's last call onto it and so up to a frame old,
        at the first reading as at the last: what a measurement spans is right.
        """
        stats = self._bridge.stats
        return Sample(
            now_ns,
            round(stats.loop_cpu_ms * NS_PER_MS),
            stats.frames_received,
            stats.reads,
            self._drain_ns,
        )

    def check(self) -> None:
        """Make sure that all that came was understood.

        Raises:
            RuntimeError: It was not; the text says what went wrong.
        """
        stats = self._bridge.stats
        if stats.frames_refused or stats.turns_failed or not stats.hints:
            raise RuntimeError(
                f"{stats.frames_refused} frames refused ({stats.last_refusal!r}), "
                f"{stats.turns_failed} turns failed ({stats.last_failure!r}), "
                f"{stats.hints} actions hinted at; link: {self._bridge.status.detail!r}"
            )


def _run(feed: Feed) -> tuple[list[Sample], str]:
    clock, never = SystemClock(), threading.Event()
    frame_ns = NS_PER_S // FRAMES_PER_S
    samples: list[Sample] = []
    with Bridge(f"ws://127.0.0.1:{feed.port}/v1/responses") as bridge:
        game = _Game(bridge, feed.npcs)
        begun_ns = due_ns = clock.now_ns()
        sample_ns: float | None = None
        while not samples or not is_over(samples, feed.seconds):
            game.frame(1 / FRAMES_PER_S)
            now_ns = clock.now_ns()
            if sample_ns is None and bridge.stats.frames_received:
                sample_ns = now_ns + feed.warm_up_s * NS_PER_S
            elif sample_ns is None and now_ns - begun_ns > 10 * NS_PER_S:
                raise RuntimeError(f"nothing has arrived: {bridge.status.detail}")
            if sample_ns is not None and now_ns >= sample_ns:
                samples.append(game.sample(now_ns))
                sample_ns += SAMPLE_EVERY_S * NS_PER_S
            due_ns = max(due_ns + frame_ns, now_ns)
            never.wait((due_ns - now_ns) / NS_PER_S)
        game.check()
        return samples, bridge.stats.loop


def main() -> int:
    """Run one npcengine client; see :func:`tools.bench.client.read_feed` for its arguments."""
    samples, loop = _run(read_feed())
    report(samples, {"loop": loop})
    return 0


if __name__ == "__main__":
    sys.exit(main())
