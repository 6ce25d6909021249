"""Measures idle sockets with one gateway and idle lanes with another."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from npcengine.bridge.stats import Percentiles
from npcengine.server.limits import Limits
from tools.bench.machine import Machine, this_machine
from tools.bench.processes import BenchError, ended, hello_of, read_report, started
from tools.bench.sockets.client import SocketsReport

__all__ = ["LANES", "SOCKETS", "SocketsPlan", "SocketsResult", "measure_sockets"]

SOCKETS, LANES = 2_000, 2_000

LIMIT_S = 120.0
"""How long a client may take; it takes a few seconds."""

GATEWAY, CLIENT = "tools.bench.sockets.gateway", "tools.bench.sockets.client"


class SocketsPlan(msgspec.Struct, frozen=True):
    """What to measure."""

    sockets: int
    lanes: int


class Idle(msgspec.Struct, frozen=True):
    """What idle sockets or lanes cost one gateway."""

    sockets: int
    lanes: int
    rss_kb_before: int
    rss_kb: int
    rss_kb_per_socket: float
    pss_kb_per_socket: float
    files_per_socket: float
    rss_kb_per_lane: float | None
    """Beyond its socket's: a conversation of one turn, with settings of its own."""
    pss_kb_per_lane: float | None
    handshakes_per_s: float
    turn_ms_before: Percentiles
    """Of another client, from its request to the end of the response."""
    turn_ms_beside: Percentiles
    """The same with all of them there."""


class SocketsResult(msgspec.Struct, frozen=True):
    """What was measured."""

    sockets: Idle
    lanes: Idle
    lanes_per_socket: int
    machine: Machine


class _Hello(msgspec.Struct):
    port: int
    pid: int


def measure_sockets(plan: SocketsPlan, progress: Callable[[str, float], None]) -> SocketsResult:
    """Measure both, each with a fresh gateway and a fresh client.

    Args:
        plan: What to measure.
        progress: Told what runs, and which share of everything is done, 0 to 1.

    Raises:
        BenchError: One of the processes failed, or there is no ``/proc`` here.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        raise BenchError("memory is read from /proc, so this needs Linux")
    machine = this_machine({})
    per_socket = Limits().named_lanes
    progress(f"{plan.sockets} sockets", 0.0)
    sockets = _measure(plan.sockets, 0)
    progress(f"{plan.lanes} lanes", 0.5)
    lanes = _measure(-(-plan.lanes // per_socket), plan.lanes)
    progress("done", 1.0)
    return SocketsResult(sockets, lanes, per_socket, machine)


def _measure(sockets: int, lanes: int) -> Idle:
    with started(GATEWAY, "--sockets", str(sockets)) as serving:
        hello = hello_of(serving, GATEWAY, _Hello)
        told = ("--port", str(hello.port), "--pid", str(hello.pid),
                "--sockets", str(sockets), "--lanes", str(lanes))  # fmt: skip
        with started(CLIENT, *told) as asking:
            report = read_report(ended(CLIENT, asking, LIMIT_S), SocketsReport, CLIENT)
        ended(GATEWAY, serving)
    before, opened, used = report.before, report.opened, report.used
    return Idle(
        sockets=sockets,
        lanes=lanes,
        rss_kb_before=before.rss_kb,
        rss_kb=used.rss_kb,
        rss_kb_per_socket=(opened.rss_kb - before.rss_kb) / sockets,
        pss_kb_per_socket=(opened.pss_kb - before.pss_kb) / sockets,
        files_per_socket=(opened.files - before.files) / sockets,
        rss_kb_per_lane=(used.rss_kb - opened.rss_kb) / lanes if lanes else None,
        pss_kb_per_lane=(used.pss_kb - opened.pss_kb) / lanes if lanes else None,
        handshakes_per_s=report.handshakes_per_s,
        turn_ms_before=report.turn_ms_before,
        turn_ms_beside=report.turn_ms_beside,
    )
