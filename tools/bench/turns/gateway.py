"""The gateway of ``turns``: npcengine's own, with the scripted mind, noting what it sends when.

A mark is taken as an event is handed to the link. The link then writes at once after a pause of
2 ms and otherwise when these are over, so what is measured from here includes up to 2 ms of that.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from random import Random

import msgspec

from npcengine.bridge.stats import Percentiles
from npcengine.clock import NS_PER_MS, SystemClock
from npcengine.server.gateway import Gateway
from npcengine.transport.http import HttpRequest
from npcengine.transport.link import Frame, Link, Receiver
from npcengine.transport.listen import listen
from tools.bench.line import print_line
from tools.bench.links import PassingLink
from tools.bench.loop import new_loop
from tools.bench.turns.marks import GatewayReport, Mark
from tools.bench.turns.mind import ScriptedMind

__all__ = ["calls_of", "main"]

LOOK_EVERY_S = 0.05
"""Between two looks whether the game has gone."""

_NOTED = (
    b'"response.output_item.added"',
    b'"response.function_call_arguments.done"',
    b'"response.completed"',
    b'"response.created"',
)


class _Item(msgspec.Struct):
    id: str = ""
    call_id: str = ""


class _Response(msgspec.Struct):
    id: str
    previous_response_id: str | None = None
    output: list[_Item] = []


class _Event(msgspec.Struct):
    """As much of an event as matters here."""

    type: str
    item: _Item | None = None
    item_id: str = ""
    arguments: str = ""
    response: _Response | None = None


_clock = SystemClock()
_read_event = msgspec.json.Decoder(_Event).decode


def calls_of(frame: Frame) -> list[str]:
    """Return the ids of the calls in a ``response.completed``."""
    response = _read_event(frame).response
    return [item.call_id for item in response.output if item.call_id] if response else []


class _NotingLink(PassingLink):
    """A link that notes when the events that matter were handed to it."""

    def __init__(self, link: Link, noted: list[tuple[int, Frame]]) -> None:
        super().__init__(link)
        self._noted = noted

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        # The type stands first: what a player said further on cannot pass for it.
        if frame[8:].startswith(_NOTED):
            self._noted.append((_clock.now_ns(), frame))
        super().send(frame, at_once=at_once)


class _NotingGateway(Gateway):
    """A gateway whose links note what they send."""

    def __init__(self, mind: ScriptedMind) -> None:
        super().__init__(mind)
        self.noted: list[tuple[int, Frame]] = []

    def welcome(self, request: HttpRequest) -> tuple[Receiver, Callable[[Link], None]]:
        receiver, opened = super().welcome(request)
        return receiver, lambda link: opened(_NotingLink(link, self.noted))


def _marks(noted: list[tuple[int, Frame]]) -> tuple[list[Mark], dict[str, str]]:
    """Return the marks of what was noted, and what each call was for."""
    marks: list[Mark] = []
    kinds: dict[str, str] = {}
    call_ids: dict[str, str] = {}
    """By the ids of their items."""
    ended: dict[str, list[str]] = {}
    """Calls by the ids of their responses."""
    for t_ns, frame in noted:
        event = _read_event(frame)
        item, response = event.item, event.response
        if item is not None and item.call_id:
            call_ids[item.id] = item.call_id
            marks.append(("added", item.call_id, t_ns))
        elif event.item_id:
            call_id = call_ids[event.item_id]
            kinds[call_id] = msgspec.json.decode(event.arguments, type=dict[str, str])["about"]
            marks.append(("done", call_id, t_ns))
        elif response is not None and event.type == "response.completed":
            ended[response.id] = [item.call_id for item in response.output if item.call_id]
            marks.extend(("ended", call_id, t_ns) for call_id in ended[response.id])
        elif response is not None:
            before = ended.get(response.previous_response_id or "", [])
            marks.extend(("followed", call_id, t_ns) for call_id in before)
    return marks, kinds


async def _serve(gateway: _NotingGateway, limit_s: float) -> None:
    """Serve until everybody who came has gone."""
    listener = await listen(gateway, "127.0.0.1", 0)
    print_line({"port": listener.port})
    has_come = False
    async with asyncio.timeout(limit_s):
        while gateway.connections or not has_come:
            has_come = has_come or gateway.connections > 0
            await asyncio.sleep(LOOK_EVERY_S)
    await listener.close()


def main() -> int:
    """Serve until the game has gone; print the port first and a report last, as JSON lines."""
    parser = argparse.ArgumentParser(description="The gateway of tools.bench; see `turns`.")
    parser.add_argument("--tokens-per-s", type=float, required=True)
    parser.add_argument("--limit-s", type=float, required=True)
    chosen = parser.parse_args()
    mind = ScriptedMind(chosen.tokens_per_s, Random(0))  # noqa: S311 - jitter, not a secret
    gateway = _NotingGateway(mind)
    began_ns, began_cpu_ns = _clock.now_ns(), time.process_time_ns()
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(gateway, chosen.limit_s))
    core_share = (time.process_time_ns() - began_cpu_ns) / (_clock.now_ns() - began_ns)
    late = Percentiles.of([late_ns / NS_PER_MS for late_ns in mind.late_ns])
    marks, kinds = _marks(gateway.noted)
    report = GatewayReport(marks, kinds, late.p50, late.p99, core_share)
    print_line(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
