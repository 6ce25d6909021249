"""From readings to the numbers that are printed."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Literal, TypeAlias, get_args

import msgspec

from npcengine.clock import NS_PER_MS
from tools.bench.processes import Run

__all__ = ["CLIENTS", "ClientName", "Figures", "Generated", "figures"]

ClientName: TypeAlias = Literal["floor", "npcengine", "npcengine_fast", "openai"]
"""``npcengine`` is what everybody gets; ``npcengine_fast`` has the extra ``fast`` as well."""
CLIENTS: tuple[ClientName, ...] = get_args(ClientName)

KEEPS_UP_WITHIN_MS = 50.0
"""How far behind what was sent a client may be, at the 95th percentile of its readings, and still
count as keeping up: three frames, which is where words begin to look late."""

FULL_CORE_SHARE = 0.97
"""A client that has no more of its core to take is saturated, however little it is behind: it asks
for the next response later instead, and so is sent less."""

_Each: TypeAlias = dict[ClientName, float | None]
"""A number for each client; ``None`` for one that did not run."""


class Generated(msgspec.Struct, frozen=True):
    """How well the generator kept its schedule, in the worst of its runs."""

    lateness_p50_ms: float
    lateness_p99_ms: float
    lateness_max_ms: float
    core_share: float


class Figures(msgspec.Struct, frozen=True):
    """One mode's numbers: medians over the rounds, unless it says otherwise."""

    us_per_event: _Each
    """CPU time of the client for each event it received, in microseconds."""
    us_per_event_rounds: dict[ClientName, list[float]]
    """The same, round by round, in the order of time."""
    core_share: _Each
    """CPU time by wall time: 1.0 is a whole core."""
    reads_per_event: _Each
    events_per_s: _Each
    drain_us_per_event: float
    """What npcengine costs the frame thread, which ``us_per_event`` leaves out."""
    ratio_to_openai: float | None
    """How many times less npcengine costs than the SDK."""
    ratio_to_floor: float
    """How many times more it costs than the floor."""
    behind_ms: _Each
    """How long before a reading what had been received by then was sent, 95th percentile; ``None``
    without a schedule."""
    keeps_up: dict[ClientName, bool | None]
    """Whether that is within :data:`KEEPS_UP_WITHIN_MS`, no socket was ever full, and the client
    has some of its core left."""
    rounds: int
    events: dict[ClientName, int]
    """Events that were counted, in all rounds."""
    generator: Generated


class _Span(msgspec.Struct, frozen=True):
    """What one run measured between its first and its last reading."""

    events: int
    us_per_event: float
    core_share: float
    reads_per_event: float
    events_per_s: float
    drain_us_per_event: float
    behind_ms: float | None
    was_blocked: bool


_Spans: TypeAlias = dict[ClientName, list[_Span]]


def figures(runs: Mapping[ClientName, Sequence[Run]]) -> Figures:
    """Return the numbers of one mode.

    Args:
        runs: Of each client that ran, one for each round, oldest first; npcengine and the floor
            among them.
    """
    spans: _Spans = {client: [_span(run) for run in each] for client, each in runs.items()}
    us_per_event = _medians(spans, lambda span: span.us_per_event)
    ours, floor, sdk = (us_per_event[client] for client in ("npcengine", "floor", "openai"))
    assert ours is not None
    assert floor is not None
    return Figures(
        us_per_event=us_per_event,
        us_per_event_rounds={
            client: [round(span.us_per_event, 3) for span in each] for client, each in spans.items()
        },
        core_share=_medians(spans, lambda span: span.core_share),
        reads_per_event=_medians(spans, lambda span: span.reads_per_event),
        events_per_s=_medians(spans, lambda span: span.events_per_s),
        drain_us_per_event=median(span.drain_us_per_event for span in spans["npcengine"]),
        ratio_to_openai=None if sdk is None else sdk / ours,
        ratio_to_floor=ours / floor,
        behind_ms=_medians(spans, lambda span: span.behind_ms),
        keeps_up={client: _keeps_up(spans.get(client, [])) for client in CLIENTS},
        rounds=max(map(len, spans.values())),
        events={client: sum(span.events for span in each) for client, each in spans.items()},
        generator=_generated([run for each in runs.values() for run in each]),
    )


def _span(run: Run) -> _Span:
    first, last = run.client.samples[0], run.client.samples[-1]
    events = last.events - first.events
    wall_ns, cpu_ns = last.t_ns - first.t_ns, last.cpu_ns - first.cpu_ns
    return _Span(
        events=events,
        us_per_event=cpu_ns / events / 1e3,
        core_share=cpu_ns / wall_ns,
        reads_per_event=(last.reads - first.reads) / events,
        events_per_s=events * 1e9 / wall_ns,
        drain_us_per_event=(last.drain_ns - first.drain_ns) / events / 1e3,
        behind_ms=_behind_ms(run) if run.generator.log else None,
        was_blocked=run.generator.blocked > 0,
    )


def _behind_ms(run: Run) -> float:
    """Return how far behind what was sent the client was, at the 95th percentile of its readings.

    At every reading: how long ago the generator had sent as much as the client had received. The
    log has an entry every few milliseconds, so that is how exact it is.
    """
    log = run.generator.log
    sent = [events for _, events in log]
    behind_ns: list[int] = []
    for sample in run.client.samples:
        # The first entry with more than was received: what is missing was sent from there on.
        place = bisect_left(sent, sample.events + 1)
        behind_ns.append(max(0, sample.t_ns - log[place][0]) if place < len(log) else 0)
    behind_ns.sort()
    return behind_ns[min(len(behind_ns) - 1, len(behind_ns) * 95 // 100)] / NS_PER_MS


def _keeps_up(spans: Sequence[_Span]) -> bool | None:
    behind = [span.behind_ms for span in spans if span.behind_ms is not None]
    if not behind:
        return None
    return (
        median(behind) <= KEEPS_UP_WITHIN_MS
        and median(span.core_share for span in spans) < FULL_CORE_SHARE
        and not any(span.was_blocked for span in spans)
    )


def _medians(spans: _Spans, of: Callable[[_Span], float | None]) -> _Each:
    each: _Each = {}
    for client in CLIENTS:
        values: list[float | None] = [of(span) for span in spans.get(client, [])]
        known = [value for value in values if value is not None]
        each[client] = median(known) if known else None
    return each


def _generated(runs: Sequence[Run]) -> Generated:
    reports = [run.generator for run in runs]
    return Generated(
        lateness_p50_ms=max(report.lateness_p50_ms for report in reports),
        lateness_p99_ms=max(report.lateness_p99_ms for report in reports),
        lateness_max_ms=max(report.lateness_max_ms for report in reports),
        core_share=max(report.core_share for report in reports),
    )
