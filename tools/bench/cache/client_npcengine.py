"""npcengine as a game has it: a bridge, one NPC, and a frame thread that calls ``update`` at 60 Hz.

The tool is a ``snapshot`` query, which is answered on the loop thread as soon as it is asked, so no
frame is waited for. The engine is the same on every wire, from the inbox to the mailbox; what
differs is the link that it is given.
"""

import sys
import threading
import time
from typing import NamedTuple

import msgspec

from npcengine import Bridge, Policy
from npcengine.bridge.endpoints import RemoteEndpoint
from npcengine.clock import NS_PER_S, SystemClock
from npcengine.transport.address import parse_address
from npcengine.transport.beat import Beat
from npcengine.transport.dial import library
from npcengine.transport.link import Frame, Link, Receiver
from npcengine.transport.sse import dial_sse
from tools.bench.cache.plan import WARM_UP_ROUNDS, read_asked
from tools.bench.line import print_line
from tools.bench.links import PassingLink, PassingReceiver
from tools.bench.villager import ACTIONS

__all__ = ["main"]

FRAMES_PER_S = 60
LIMIT_S = 60.0
"""Far longer than any loop takes."""

_clock = SystemClock()


class _Notes:
    """What passed the bridge's link (loop thread)."""

    def __init__(self) -> None:
        self.first: Frame | None = None
        """The first request."""
        self.ended_ns: list[int] = []
        """When the end of each response had been taken in."""


class _NotingReceiver(PassingReceiver):
    def __init__(self, receiver: Receiver, notes: _Notes) -> None:
        super().__init__(receiver)
        self._notes = notes

    def frames_arrived(self, frames: list[Frame]) -> None:
        super().frames_arrived(frames)
        ends = sum(frame.startswith(b'{"type":"response.completed"') for frame in frames)
        self._notes.ended_ns += [_clock.now_ns()] * ends


class _NotingLink(PassingLink):
    def __init__(self, link: Link, notes: _Notes) -> None:
        super().__init__(link)
        self._notes = notes

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        self._notes.first = self._notes.first or frame
        super().send(frame, at_once=at_once)


class _StoringLink(PassingLink):
    """Has every response stored, so that a request can continue one over HTTP."""

    @property
    def keeps_contexts(self) -> bool:
        return True

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        # Quotes in a text are escaped, so this can only be the field.
        super().send(frame.replace(b'"store":false', b'"store":true', 1), at_once=at_once)


class _Endpoint(RemoteEndpoint):
    """The gateway, over one of the wires."""

    def __init__(self, wire: str, port: int, notes: _Notes) -> None:
        url = f"ws://127.0.0.1:{port}/v1/responses"
        super().__init__(url, transport="websocket" if wire == "ws" else "http")
        self._where = parse_address(url)
        self._wire = wire
        self._notes = notes

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        noting = _NotingReceiver(receiver, self._notes)
        link: Link
        if self._wire == "http_fresh":
            headers = {"Connection": "close"}
            link = await dial_sse(
                self._where, noting, headers=headers, within_ms=within_ms, beat=beat
            )
        else:
            link = await super().open(noting, beat, within_ms=within_ms)
        if self._wire == "http_previous":
            link = _StoringLink(link)
        return _NotingLink(link, self._notes)


class _Loop(NamedTuple):
    """One tool loop."""

    seconds: float
    """From before there was a bridge until the end of the last response had been taken in."""
    cpu_s: float
    request: Frame
    """The first of them."""
    event_loop: str


def _play(wire: str, port: int, pages: list[str], rounds: int) -> _Loop:
    notes = _Notes()
    began_ns, began_cpu_ns = _clock.now_ns(), time.process_time_ns()
    with Bridge(_Endpoint(wire, port, notes), policy=Policy(tool_rounds=rounds)) as bridge:
        _read_all(bridge, pages, rounds)
        cpu_s = (time.process_time_ns() - began_cpu_ns) / NS_PER_S
        stats = bridge.stats
        done = stats.max_tool_rounds_in_a_turn
        if done != rounds or stats.query_grades != {"snapshot": rounds}:
            raise RuntimeError(
                f"{done} rounds of {rounds}, answered {stats.query_grades}; "
                f"{stats.last_failure!r}; link: {bridge.status.detail!r}"
            )
    assert notes.first is not None
    seconds = (notes.ended_ns[-1] - began_ns) / NS_PER_S
    return _Loop(seconds, cpu_s, notes.first, stats.loop)


def _read_all(bridge: Bridge, pages: list[str], rounds: int) -> None:
    """Let an NPC read so many pages, in one turn."""

    @bridge.query(where="snapshot")
    def read_page(page: int, why: str, view: list[str]) -> str:
        """Read a page of the ledger, and say what for."""
        return f"{view[page - 1]} ({why})"

    persona = "The reeve of a small town; his ledger is long."
    npc = bridge.npc("Aldous", persona=persona, actions=ACTIONS)
    bridge.publish(pages)
    npc.tell(f"Read all {rounds} pages.", by="bench")
    never, began_ns = threading.Event(), _clock.now_ns()
    due_ns = began_ns
    while bridge.stats.turns_completed + bridge.stats.turns_failed == 0:
        bridge.update(1 / FRAMES_PER_S)
        bridge.publish(pages)
        now_ns = _clock.now_ns()
        if now_ns - began_ns > LIMIT_S * NS_PER_S:
            raise RuntimeError(f"it is not over after {LIMIT_S:.0f} s: {bridge.status.detail}")
        due_ns = max(due_ns + NS_PER_S // FRAMES_PER_S, now_ns)
        never.wait((due_ns - now_ns) / NS_PER_S)


def main() -> int:
    """Go through one loop; see :func:`tools.bench.cache.plan.read_asked` for its arguments."""
    asked = read_asked()
    pages = asked.plan.pages
    _play(asked.wire, asked.near_port, pages, min(asked.rounds, WARM_UP_ROUNDS))
    loop = _play(asked.wire, asked.port, pages, asked.rounds)
    print_line(
        {
            "loop_s": loop.seconds,
            "cpu_s": loop.cpu_s,
            "facts": {"loop": loop.event_loop, "websocket": library()},
            "request": msgspec.Raw(loop.request),
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
