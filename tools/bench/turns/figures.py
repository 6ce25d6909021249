"""From marks to the numbers that are printed."""

from collections.abc import Callable
from statistics import median

import msgspec

from npcengine.bridge.stats import Percentiles
from npcengine.clock import NS_PER_MS
from tools.bench.turns.marks import KINDS, GameReport, GatewayReport, Kind, Moment

__all__ = ["Lead", "RoundTrip", "Spans", "TurnsFigures", "turns_figures"]


class Lead(msgspec.Struct, frozen=True):
    """A number for each phase of an action."""

    hint: float
    prepare: float
    commit: float


class Spans(msgspec.Struct, frozen=True):
    """Times of the two kinds of query, in milliseconds."""

    snapshot: Percentiles
    frame: Percentiles


class RoundTrip(msgspec.Struct, frozen=True):
    """Medians, in milliseconds."""

    overlap: float
    """A frame query with text after it in the same response."""
    no_overlap: float
    """A frame query as the last item."""


class TurnsFigures(msgspec.Struct, frozen=True):
    """The numbers of one run."""

    lead_ratio: Lead
    """How many times earlier than the end of the response the first sign of each phase was seen by
    ``update``, from the moment the gateway sent ``output_item.added``: the median of the calls."""
    lead_ms: Lead
    """From that moment until the phase was seen, median."""
    completed_ms: float
    """From that moment until ``response.completed`` was seen, median."""
    switch_interval_ms: float
    query_ms: Spans
    """From the call's ``arguments.done`` sent by the gateway until the request with its answer was
    written by the game; the call is the last item, so nothing else is waited for."""
    query_after_read_ms: Spans
    """The part of it after ``response.completed`` was read by the loop thread: what the engine and
    the frame take, without the wire and the loop thread's waking up."""
    tool_round_trip_ms: RoundTrip
    """What a query adds to a turn: from ``response.completed`` sent by the gateway until it sends
    ``response.created`` of the response that continues it; nothing is said meanwhile."""
    tool_answer_ms: RoundTrip
    """The game's part of it: from ``response.completed`` read until the continuation is written."""
    calls: dict[Kind, int]
    """Calls that were measured."""


def turns_figures(game: GameReport, gateway: GatewayReport) -> TurnsFigures:
    """Return the numbers of one run.

    Raises:
        ValueError: A kind of turn did not come about, or a moment of a call is missing.
    """
    calls = _Calls(game, gateway)
    lead: dict[str, list[int]] = {
        phase: calls.spans_ns("act", "added", phase)
        for phase in ("hint", "prepare", "commit", "completed")
    }
    whole = lead["completed"]

    def each_phase(of: Callable[[list[int]], float]) -> Lead:
        return Lead(of(lead["hint"]), of(lead["prepare"]), of(lead["commit"]))

    return TurnsFigures(
        lead_ratio=each_phase(
            lambda seen: median(end / phase for end, phase in zip(whole, seen, strict=True))
        ),
        lead_ms=each_phase(_median_ms),
        completed_ms=_median_ms(whole),
        switch_interval_ms=game.switch_interval_ms,
        query_ms=calls.queries("done"),
        query_after_read_ms=calls.queries("read"),
        tool_round_trip_ms=calls.round_trip("ended", "followed"),
        tool_answer_ms=calls.round_trip("read", "written"),
        calls={kind: len(calls.of_kind(kind)) for kind in KINDS},
    )


class _Calls:
    """All calls by kind, each with the first time of every moment; warm-ups are left out."""

    def __init__(self, game: GameReport, gateway: GatewayReport) -> None:
        self._kinds = gateway.kinds
        self._moments: dict[str, dict[Moment, int]] = {}
        for moment, call_id, t_ns in sorted(
            [*game.marks, *gateway.marks], key=lambda mark: mark[2]
        ):
            self._moments.setdefault(call_id, {}).setdefault(moment, t_ns)

    def of_kind(self, kind: Kind) -> list[str]:
        return [call_id for call_id, its_kind in self._kinds.items() if its_kind == kind]

    def spans_ns(self, kind: Kind, since: Moment, until: Moment) -> list[int]:
        """Return how long it took each call of a kind, in the order of the calls."""
        call_ids = self.of_kind(kind)
        if not call_ids:
            raise ValueError(f"there was no call of the kind {kind!r}")
        try:
            return [
                self._moments[call_id][until] - self._moments[call_id][since]
                for call_id in call_ids
            ]
        except KeyError as error:
            raise ValueError(f"a call of the kind {kind!r} never came to {error}") from error

    def queries(self, since: Moment) -> Spans:
        snapshot, frame = (
            Percentiles.of([ns / NS_PER_MS for ns in self.spans_ns(kind, since, "written")])
            for kind in ("snapshot", "frame")
        )
        return Spans(snapshot, frame)

    def round_trip(self, since: Moment, until: Moment) -> RoundTrip:
        return RoundTrip(
            overlap=_median_ms(self.spans_ns("overlap", since, until)),
            no_overlap=_median_ms(self.spans_ns("frame", since, until)),
        )


def _median_ms(spans_ns: list[int]) -> float:
    return median(spans_ns) / NS_PER_MS
