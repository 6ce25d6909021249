"""Chrome's trace format, which Perfetto's viewer and ``chrome://tracing`` open: plain JSON."""

from collections.abc import Iterator

import msgspec

from npcengine.replay.analysis.model import Analysis
from npcengine.replay.export.tracks import Instant, Slice, tracks_of

__all__ = ["chrome_of"]

_US = 1_000
"""Nanoseconds in the format's unit."""

_Event = dict[str, object]


def chrome_of(analysis: Analysis) -> bytes:
    """Return a recording in Chrome's format: a process an NPC, a thread a track."""
    events = list(_events(analysis))
    about = {"recorded": analysis.header.started, "endpoint": analysis.header.endpoint}
    return msgspec.json.encode({"traceEvents": events, "displayTimeUnit": "ms", "otherData": about})


def _events(analysis: Analysis) -> Iterator[_Event]:
    zero_ns, tracks = analysis.begin_ns, tracks_of(analysis)
    pids: dict[str, int] = {}
    for tid, track in enumerate(tracks.tracks, 1):
        if track.group not in pids:
            pids[track.group] = len(pids) + 1
            yield _named("process_name", pids[track.group], 0, track.group)
        where: _Event = {"pid": pids[track.group], "tid": tid}
        yield _named("thread_name", pids[track.group], tid, track.name)
        for piece in track.slices:
            yield from _slice(piece, zero_ns, where)
        for instant in track.instants:
            yield _instant(instant, zero_ns, where)
    for counter in tracks.counters:
        for t_ns, value in counter.values:
            ts = (t_ns - zero_ns) / _US
            yield {"ph": "C", "name": counter.name, "pid": 1, "ts": ts, "args": {"n": value}}


def _named(kind: str, pid: int, tid: int, name: str) -> _Event:
    return {"ph": "M", "name": kind, "pid": pid, "tid": tid, "args": {"name": name}}


def _slice(piece: Slice, zero_ns: int, where: _Event) -> Iterator[_Event]:
    ts = (piece.begin_ns - zero_ns) / _US
    yield {
        "ph": "X",
        "name": piece.name,
        "cat": piece.category,
        "ts": ts,
        "dur": (piece.end_ns - piece.begin_ns) / _US,
        "args": piece.args,
        **where,
    }
    for phase, flows in (("s", piece.flows_out), ("f", piece.flows_in)):
        for flow in flows:
            # `bp` binds the flow's end to the piece around it, not to the next one.
            end = {"bp": "e"} if phase == "f" else {}
            yield {"ph": phase, "name": "flow", "cat": "flow", "id": flow, "ts": ts, **end, **where}


def _instant(instant: Instant, zero_ns: int, where: _Event) -> _Event:
    ts = (instant.t_ns - zero_ns) / _US
    kind = {"ph": "i", "s": "t", "name": instant.name, "cat": instant.category}
    return {**kind, "ts": ts, "args": instant.args, **where}
