"""npcengine as a game has it: a bridge, one NPC, and a frame thread that calls ``update`` at 60 Hz.

The tool is a ``snapshot`` query, which is answered on the loop thread as soon as it is asked, so no
frame is waited for. The engine is the same on every wire, from the inbox to the mailbox; what
differs is the link that it is given.
"""

import sys
import threading
import time
from typing import Any

import msgspec

from npcengine import Bridge, Policy
from npcengine.bridge.endpoints import RemoteEndpoint
from npcengine.clock import NS_PER_S, SystemClock
from npcengine.transport.address import parse_address
from npcengine.transport.beat import Beat
from npcengine.transport.dial import library
from npcengine.transport.link import Frame, Link, Receiver
from npcengine.transport.sse import dial_sse
from tools.bench.cache.plan import WARM_UP_ROUNDS, Asked, read_asked
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

    def send(self, frame: Frame) -> None:
        self._notes.first = self._notes.first or frame
        super().send(frame)


class _StoringLink(PassingLink):
    """Has every response stored, so that a request can continue one over HTTP."""

    @property
    def keeps_contexts(self) -> bool:
        return True

    def send(self, frame: Frame) -> None:
        # Quotes in a text are escaped, so this can only be the field.
        super().send(frame.replace(b'"store":false', b'"store":true', 1))


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


class _Loop:
    """One tool loop, from a new bridge to the end of its last response."""

    def __init__(self, wire: str, port: int, pages: list[str], rounds: int) -> None:
        self.notes = _Notes()
        self._pages, self._rounds = pages, rounds
        self._never = threading.Event()
        self.began_ns, began_cpu_ns = _clock.now_ns(), time.process_time_ns()
        policy = Policy(tool_rounds=rounds)
        with Bridge(_Endpoint(wire, port, self.notes), policy=policy) as bridge:
            self._run(bridge)
            self.cpu_s = (time.process_time_ns() - began_cpu_ns) / NS_PER_S
            stats = bridge.stats
            self.loop_name = stats.loop
            if stats.max_tool_rounds_in_a_turn != rounds or stats.query_grades != {
                "snapshot": rounds
            }:
                raise RuntimeError(
                    f"{stats.max_tool_rounds_in_a_turn} rounds of {rounds}; answers: "
                    f"{stats.query_grades}; {stats.last_failure!r}; {bridge.status.detail!r}"
                )

    @property
    def seconds(self) -> float:
        return (self.notes.ended_ns[-1] - self.began_ns) / NS_PER_S

    def _run(self, bridge: Bridge) -> None:
        frame_ns = NS_PER_S // FRAMES_PER_S

        @bridge.query(where="snapshot")
        def read_page(page: int, why: str, view: list[str]) -> str:
            """Read a page of the ledger, and say what for."""
            return f"{view[page - 1]} ({why})"

        persona = "The reeve of a small town; his ledger is long."
        npc = bridge.npc("Aldous", persona=persona, actions=ACTIONS)
        bridge.publish(self._pages)
        npc.tell(f"Read all {self._rounds} pages.", by="bench")
        due_ns = self.began_ns
        while bridge.stats.turns_completed + bridge.stats.turns_failed == 0:
            bridge.update(1 / FRAMES_PER_S)
            bridge.publish(self._pages)
            now_ns = _clock.now_ns()
            if now_ns - self.began_ns > LIMIT_S * NS_PER_S:
                raise RuntimeError(f"it is not over after {LIMIT_S:.0f} s: {bridge.status.detail}")
            due_ns = max(due_ns + frame_ns, now_ns)
            self._never.wait((due_ns - now_ns) / NS_PER_S)


def _run(asked: Asked) -> tuple[_Loop, dict[str, Any]]:
    pages = asked.plan.pages
    _Loop(asked.wire, asked.near_port, pages, min(asked.rounds, WARM_UP_ROUNDS))
    loop = _Loop(asked.wire, asked.port, pages, asked.rounds)
    assert loop.notes.first is not None
    request: dict[str, Any] = msgspec.json.decode(loop.notes.first)
    return loop, request


def main() -> int:
    """Go through one loop; see :func:`tools.bench.cache.plan.read_asked` for its arguments."""
    loop, request = _run(read_asked())
    facts = {"loop": loop.loop_name, "websocket": library()}
    told = {"loop_s": loop.seconds, "cpu_s": loop.cpu_s, "facts": facts, "request": request}
    print_line(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
