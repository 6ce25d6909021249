"""Budgets in words: ``p95(query:nearby)<30``, ``goodput>=0.95``; whether a recording keeps to them.

::

    STATISTIC(METRIC) < NUMBER      p50, p95, p99, max, mean, count of any metric
    SHARE >= NUMBER                 goodput, wasted_partials, stale_drops, …, from 0 to 1
    cost_per_hour <= NUMBER         in the recording's currency
    STATISTIC(METRIC) < 1.1*base    so many times what the baseline has

Comparisons are ``<``, ``<=``, ``>`` and ``>=``. A metric without a measurement keeps to nothing: a
gate that looks at nothing is open by mistake.
"""

import operator
import re
from collections.abc import Callable

import msgspec

from npcengine.bridge.stats import Percentiles
from npcengine.errors import UsageError
from npcengine.replay.analysis.metrics import METRICS, samples_of
from npcengine.replay.analysis.misses import Slos
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.analysis.totals import SHARES, totals_of

__all__ = ["Budget", "Verdict", "judged", "read_budget", "regressions", "value_of"]

STATISTICS = ("p50", "p95", "p99", "max", "mean", "count")

_PATTERN = re.compile(
    r"\s*(?:(?P<statistic>\w+)\s*\(\s*(?P<metric>[^()\s]+)\s*\)|(?P<total>\w+))"
    r"\s*(?P<sign><=|>=|<|>)"
    r"\s*(?P<limit>\d+(?:\.\d+)?)\s*(?P<base>\*\s*base)?\s*"
)
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Budget(msgspec.Struct, frozen=True):
    """One of them, read."""

    text: str
    what: str
    """Of what: a share's name, or a metric's."""
    statistic: str
    """Empty for a share."""
    sign: str
    limit: float
    is_of_base: bool
    """Whether the limit is so many times the baseline's value."""


class Verdict(msgspec.Struct, frozen=True):
    """Whether a recording keeps to a budget."""

    budget: str
    value: float | None
    """``None``: nothing was measured."""
    limit: float | None
    """``None``: it is of a baseline, where nothing was measured."""
    is_kept: bool


def read_budget(text: str) -> Budget:
    """Return the budget that a text says.

    Raises:
        UsageError: It says none; what it may say is in the text.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise UsageError(
            f"not a budget: {text!r}; say one like p95(query:nearby)<30 or goodput>=0.95"
        )
    total, statistic, metric = match["total"], match["statistic"] or "", match["metric"] or ""
    if total is not None and total not in (*SHARES, "cost_per_hour"):
        raise UsageError(f"no share is called {total!r}; there are: {', '.join(SHARES)}")
    if total is None and statistic not in STATISTICS:
        raise UsageError(f"no statistic is called {statistic!r}: {', '.join(STATISTICS)}")
    if total is None and metric.partition(":")[0] not in METRICS:
        raise UsageError(f"no metric is called {metric!r}; there are: {', '.join(METRICS)}")
    limit, is_of_base = float(match["limit"]), match["base"] is not None
    return Budget(text.strip(), total or metric, statistic, match["sign"], limit, is_of_base)


def value_of(analysis: Analysis, what: str, statistic: str, slos: Slos) -> float | None:
    """Return a statistic of a metric, or a share if there is no statistic; ``None`` of nothing."""
    if not statistic:
        totals = totals_of(analysis, slos)
        if what == "cost_per_hour":
            return totals.cost.per_hour
        share = getattr(totals, what)
        return None if share is None else share.share
    values = [sample.value for sample in samples_of(analysis, what)]
    if statistic == "count":
        return float(len(values))
    if not values:
        return None
    if statistic == "mean":
        return sum(values) / len(values)
    return float(getattr(Percentiles.of(values), statistic))


def judged(budget: Budget, analysis: Analysis, baseline: Analysis | None, slos: Slos) -> Verdict:
    """Return whether a recording keeps to a budget.

    Raises:
        UsageError: The budget is of a baseline, and there is none; or of a metric by query that
            does not go by query.
    """
    value = value_of(analysis, budget.what, budget.statistic, slos)
    limit: float | None = budget.limit
    if budget.is_of_base:
        if baseline is None:
            raise UsageError(f"{budget.text} is of a baseline: give one with --baseline FILE")
        base = value_of(baseline, budget.what, budget.statistic, slos)
        limit = None if base is None else base * budget.limit
    is_kept = value is not None and limit is not None and _SIGNS[budget.sign](value, limit)
    return Verdict(budget.text, value, limit, is_kept)


WATCHED = ("first_token", "first_intention", "first_reaction", "turn", "query")
"""Metrics whose p95 a gate holds to its baseline's by itself. ``update`` is not among them: it is
the machine's time, and another machine's is another."""


def regressions(
    analysis: Analysis, baseline: Analysis, slos: Slos, *, tolerance: float
) -> list[Verdict]:
    """Return, of what a gate watches by itself, what is there in the baseline to be kept to.

    Args:
        analysis: What is judged.
        baseline: What it is held to.
        slos: What a good turn is.
        tolerance: How much worse it may be: 0.1 for a tenth.
    """
    verdicts: list[Verdict] = []
    for name in WATCHED:
        budget = read_budget(f"p95({name})<={1 + tolerance:g}*base")
        if value_of(baseline, name, "p95", slos) is not None:
            verdicts.append(judged(budget, analysis, baseline, slos))
    share = value_of(baseline, "goodput", "", slos)
    if share is not None:
        value = value_of(analysis, "goodput", "", slos)
        limit = share * (1 - tolerance)
        is_kept = value is not None and value >= limit
        verdicts.append(Verdict(f"goodput>={1 - tolerance:g}*base", value, limit, is_kept))
    return verdicts
