"""Assertions about a recording, for a game's own tests; each fails with its offender's waterfall.

::

    def test_the_first_day(npcengine_replay):
        replay = npcengine_replay("first_day.npctrace")

        replay.assert_turn("Mira", 3).first_intention_within(ms=600)
        replay.no_stale_commits()
        replay.p95("query:nearby").under(ms=30)
        replay.goodput().at_least(0.95)

The fixture comes with the package, for pytest to find; :class:`Replay` works without it as well.
"""

from collections.abc import Sequence
from pathlib import Path

from npcengine.clock import NS_PER_MS
from npcengine.errors import UsageError
from npcengine.replay.analysis.budgets import judged, read_budget, value_of
from npcengine.replay.analysis.metrics import METRICS, Sample, samples_of
from npcengine.replay.analysis.misses import Miss, Slos, misses_of
from npcengine.replay.analysis.model import Analysis, Turn
from npcengine.replay.analysis.reading import read_analysis
from npcengine.replay.analysis.statistics import Share
from npcengine.replay.analysis.totals import STALE, totals_of
from npcengine.replay.exact import run_exactly
from npcengine.replay.text.plain import ms as shown_ms
from npcengine.replay.text.plain import one_line, percent
from npcengine.replay.text.waterfall import headline, waterfall
from npcengine.trace.reader import TraceReader

__all__ = ["Replay", "ShareOf", "StatisticOf", "TurnOf"]

_MOST_SHOWN = 3
"""Offenders that a failure shows; more would hide the first."""


class Replay:
    """A recording to assert on."""

    def __init__(self, path: str | Path) -> None:
        """Read a recording.

        Raises:
            TraceError: It cannot be read.
        """
        self.path = Path(path)
        self.analysis: Analysis = read_analysis(self.path)
        """All that it shows, for assertions that are not here."""

    def assert_turn(self, npc: str, turn: int) -> "TurnOf":
        """Return one turn of an NPC to assert on.

        Args:
            npc: Whose.
            turn: The how many-eth of that NPC's turns in the recording, from 1.
        """
        turns = [one for one in self.analysis.turns if one.npc == npc]
        if not turns:
            names = ", ".join(map(one_line, self.analysis.npcs))
            raise AssertionError(f"no turn of {npc!r} was recorded; NPCs are: {names}")
        if not 0 < turn <= len(turns):
            raise AssertionError(f"{npc} has {len(turns)} turns in {self.path}, no turn {turn}")
        return TurnOf(turns[turn - 1], self.analysis)

    def p50(self, metric: str) -> "StatisticOf":
        """Return the median of a metric, such as ``turn`` or ``query:nearby``, to assert on."""
        return StatisticOf("p50", metric, self.analysis)

    def p95(self, metric: str) -> "StatisticOf":
        """Return what 95 of 100 measurements of a metric keep to."""
        return StatisticOf("p95", metric, self.analysis)

    def p99(self, metric: str) -> "StatisticOf":
        """Return what 99 of 100 measurements of a metric keep to."""
        return StatisticOf("p99", metric, self.analysis)

    def maximum(self, metric: str) -> "StatisticOf":
        """Return the worst measurement of a metric."""
        return StatisticOf("max", metric, self.analysis)

    def goodput(self, slos: Slos | None = None) -> "ShareOf":
        """Return the share of turns that kept to all SLOs, the defaults or others."""
        slos = Slos() if slos is None else slos
        misses = [miss for miss in misses_of(self.analysis, slos) if miss.turn is not None]
        return ShareOf("goodput", totals_of(self.analysis, slos).goodput, misses, self.analysis)

    def wasted_partials(self) -> "ShareOf":
        """Return the share of hinted intentions that were taken back."""
        return self._share("wasted partials", totals_of(self.analysis, Slos()).wasted_partials)

    def continuation_hits(self) -> "ShareOf":
        """Return the share of requests that went on from an id, of those that could have."""
        return self._share("continuation hits", totals_of(self.analysis, Slos()).continuation_hits)

    def _share(self, name: str, share: Share) -> "ShareOf":
        return ShareOf(name, share, [], self.analysis)

    def no_stale_commits(self) -> None:
        """Assert that no commit came too late to be carried out."""
        __tracebackhide__ = True
        stale = [
            (turn, f"{one.action} was dropped in frame {step.tick}: {step.fate} {step.reason}")
            for turn in self.analysis.turns
            for one in turn.intentions
            for step in one.steps
            if step.step == "commit" and step.fate in STALE
        ]
        if stale:
            shown = [f"{one_line(what)}\n{self._fall(turn)}" for turn, what in stale[:_MOST_SHOWN]]
            raise AssertionError("\n".join([f"{len(stale)} stale commits", *shown]))

    def no_overdue_queries(self) -> None:
        """Assert that every query was answered before it was due."""
        __tracebackhide__ = True
        misses = [m for m in misses_of(self.analysis, Slos()) if m.what == "query"]
        if misses:
            shown = [_shown(miss, self.analysis) for miss in misses[:_MOST_SHOWN]]
            raise AssertionError("\n".join([f"{len(misses)} overdue queries", *shown]))

    def keeps(self, budget: str) -> None:
        """Assert a budget as ``npc-replay gate`` takes them, such as ``p95(turn)<3000``."""
        __tracebackhide__ = True
        verdict = judged(read_budget(budget), self.analysis, None, Slos())
        if not verdict.is_kept:
            value = "not measured" if verdict.value is None else f"{verdict.value:.4g}"
            raise AssertionError(f"{budget} is not kept: it is {value}")

    def runs_exactly(self) -> None:
        """Assert that today's code does what the recording says, bit for bit."""
        __tracebackhide__ = True
        run = run_exactly(TraceReader(self.path))
        if run.divergence is not None:
            raise AssertionError(str(run.divergence))

    def _fall(self, turn: Turn) -> str:
        return waterfall(turn, self.analysis)


class TurnOf:
    """One turn; every assertion returns it, so that they can be chained."""

    def __init__(self, turn: Turn, analysis: Analysis) -> None:
        self.turn = turn
        self._analysis = analysis

    def first_token_within(self, *, ms: float) -> "TurnOf":
        """Assert how long after its cause the first token of the turn came."""
        __tracebackhide__ = True
        tokens = [e.first_token_ns for e in self.turn.exchanges if e.first_token_ns is not None]
        return self._within("first token", min(tokens, default=None), ms)

    def first_intention_within(self, *, ms: float) -> "TurnOf":
        """Assert how long after its cause a frame had the first intention of the turn."""
        __tracebackhide__ = True
        first = self.turn.first_intention
        return self._within("first intention", None if first is None else first.seen_ns, ms)

    def first_reaction_within(
        self, *, ms: float | None = None, frames: int | None = None
    ) -> "TurnOf":
        """Assert how long after its cause the NPC visibly reacted, in time, frames, or both."""
        __tracebackhide__ = True
        sign = self.turn.first_sign
        if ms is None and frames is None:
            raise UsageError("say within what: first_reaction_within(ms=150) or (frames=9)")
        if ms is not None:
            self._within("first reaction", None if sign is None else sign.t_ns, ms)
        if frames is None:
            return self
        stimulus = self.turn.stimulus
        if sign is None or stimulus is None:
            return self._fail(f"no first reaction, wanted within {frames} frames")
        took = max(sign.tick - stimulus.tick, 0)
        if took > frames:
            return self._fail(f"first reaction after {took} frames, wanted within {frames}")
        return self

    def ends_within(self, *, ms: float) -> "TurnOf":
        """Assert how long after its cause the turn was over."""
        __tracebackhide__ = True
        return self._within("end", self.turn.ended_ns, ms)

    def completes(self) -> "TurnOf":
        """Assert that the turn came to its own end."""
        __tracebackhide__ = True
        if self.turn.outcome != "completed":
            return self._fail(f"the turn is {one_line(self.turn.outcome) or 'still running'}")
        return self

    def _within(self, what: str, at_ns: int | None, ms: float) -> "TurnOf":
        __tracebackhide__ = True
        if self.turn.mark == "void":
            return self._fail("the turn is void: what it took says nothing")
        if at_ns is None:
            return self._fail(f"no {what}, wanted within {shown_ms(ms)} ms")
        took_ms = (at_ns - self.turn.start_ns) / NS_PER_MS
        if took_ms > ms:
            return self._fail(
                f"{what} after {shown_ms(took_ms)} ms, wanted within {shown_ms(ms)} ms"
            )
        return self

    def _fail(self, why: str) -> "TurnOf":
        __tracebackhide__ = True
        raise AssertionError(f"{why}\n{waterfall(self.turn, self._analysis)}")


class StatisticOf:
    """A statistic of a metric."""

    def __init__(self, statistic: str, metric: str, analysis: Analysis) -> None:
        self.value = value_of(analysis, metric, statistic, Slos())
        """``None``: nothing was measured."""
        self._name = f"{statistic}({metric})"
        self._unit = METRICS[metric.partition(":")[0]].unit
        self._samples = samples_of(analysis, metric)
        self._analysis = analysis

    def under(self, *, ms: float | None = None, frames: float | None = None) -> None:
        """Assert that it is less than so many milliseconds, or frames."""
        __tracebackhide__ = True
        limit = frames if self._unit == "frames" else ms
        if limit is None or (ms is not None and frames is not None):
            raise UsageError(f"{self._name} is in {self._unit}: under({self._unit}=…)")
        if self.value is None:
            raise AssertionError(f"{self._name}: nothing was measured")
        if self.value >= limit:
            is_ = f"{self._name} is {shown_ms(self.value)} {self._unit}, wanted under {limit:g}"
            raise AssertionError("\n".join([is_, *self._offenders()]))

    def _offenders(self) -> Sequence[str]:
        worst = max(self._samples, key=lambda sample: sample.value)
        return [_of_sample(worst, self._analysis)]


class ShareOf:
    """A share from 0 to 1."""

    def __init__(self, name: str, share: Share, misses: Sequence[Miss], analysis: Analysis) -> None:
        self.value = share.share
        """``None``: of nothing."""
        self._name = name
        self._share = share
        self._misses = misses
        self._analysis = analysis

    def at_least(self, share: float) -> None:
        """Assert that it is not less."""
        __tracebackhide__ = True
        if self.value is None or self.value < share:
            self._fail(f"at least {percent(share)}")

    def at_most(self, share: float) -> None:
        """Assert that it is not more."""
        __tracebackhide__ = True
        if self.value is None or self.value > share:
            self._fail(f"at most {percent(share)}")

    def _fail(self, wanted: str) -> None:
        __tracebackhide__ = True
        of = f"({self._share.part} of {self._share.whole})"
        is_ = f"{self._name} is {percent(self.value)} {of}, wanted {wanted}"
        shown = [_shown(miss, self._analysis) for miss in self._misses[:_MOST_SHOWN]]
        raise AssertionError("\n".join([is_, *shown]))


def _of_sample(sample: Sample, analysis: Analysis) -> str:
    if sample.turn is None:
        return f"the worst began at {(sample.at_ns - analysis.begin_ns) / NS_PER_MS:,.0f} ms"
    return f"the worst is {shown_ms(sample.value)}, in:\n{waterfall(sample.turn, analysis)}"


def _shown(miss: Miss, analysis: Analysis) -> str:
    assert miss.turn is not None
    return f"{headline(miss, analysis)}\n{waterfall(miss.turn, analysis, miss.legs or None)}"
