"""``npc-replay table``: every metric of one or more recordings, in figures."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from npcengine.bridge.stats import Percentiles
from npcengine.replay.analysis.metrics import METRICS, known, samples_of
from npcengine.replay.analysis.misses import Slos
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.analysis.statistics import Share
from npcengine.replay.analysis.totals import SHARES, Totals, totals_of
from npcengine.replay.command.reading import add_slos, caption, read_shown, slos_of
from npcengine.replay.command.screen import print_table
from npcengine.replay.command.verb import FINE, Verb, print_json
from npcengine.replay.text.plain import ms, percent

__all__ = ["TABLE"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a recording")
    add_slos(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    slos = slos_of(options)
    analyses = [read_shown(path) for path in options.files]
    if options.json:
        pairs = zip(options.files, analyses, strict=True)
        print_json({"files": [_plain(path, one, slos) for path, one in pairs]})
        return FINE
    names = [path.stem for path in options.files]
    _times(names, analyses)
    _queries(names, analyses)
    _shares(names, analyses, slos)
    return FINE


class _Row(msgspec.Struct, frozen=True):
    """A metric of one recording."""

    unit: str
    percentiles: Percentiles
    suspect: int
    """Measurements that are of suspect turns."""


def _row(analysis: Analysis, name: str) -> _Row | None:
    samples = samples_of(analysis, name)
    if not samples:
        return None
    suspect = sum(s.turn is not None and s.turn.mark == "suspect" for s in samples)
    unit = METRICS[name.partition(":")[0]].unit
    return _Row(unit, Percentiles.of([sample.value for sample in samples]), suspect)


def _times(names: Sequence[str], analyses: Sequence[Analysis]) -> None:
    """Print the times: a line a metric, of several recordings one under the other."""
    rows: list[list[str]] = []
    for name, metric in METRICS.items():
        found = [(file, _row(one, name)) for file, one in zip(names, analyses, strict=True)]
        for index, (file, row) in enumerate((file, row) for file, row in found if row is not None):
            about = ["", "", ""] if index else [name, metric.title, metric.unit]
            rows.append([*about, *([file] if len(names) > 1 else []), *_cells(row)])
    which = ["recording"] if len(names) > 1 else []
    _print("times", ["metric", "from, to", "unit", *which, *_FIGURES], rows, names, analyses)


_FIGURES = ("n", "suspect", "p50", "p95", "p99", "max")


def _cells(row: _Row) -> list[str]:
    found = row.percentiles
    figures = [ms(one) for one in (found.p50, found.p95, found.p99, found.max)]
    return [f"{found.count:,}", f"{row.suspect:,}", *figures]


def _heads(names: Sequence[str]) -> Sequence[str]:
    return names if len(names) > 1 else [""]


def _queries(names: Sequence[str], analyses: Sequence[Analysis]) -> None:
    """Print p95 of each part of each query's round trip."""
    by_query = [name for name, metric in METRICS.items() if metric.by_query]
    rows: list[list[str]] = []
    for file, analysis in zip(_heads(names), analyses, strict=True):
        queries = dict.fromkeys(q.query for turn in analysis.turns for q in turn.questions)
        for query in queries:
            found = [_row(analysis, f"{name}:{query}") for name in by_query]
            n = max((row.percentiles.count for row in found if row is not None), default=0)
            cells = ["-" if row is None else ms(row.percentiles.p95) for row in found]
            rows.append([f"{query} {file}".strip(), f"{n:,}", *cells])
    if rows:
        _print("queries, p95 in ms", ["query", "n", *by_query], rows, names, analyses)


def _shares(names: Sequence[str], analyses: Sequence[Analysis], slos: Slos) -> None:
    all_totals = [totals_of(analysis, slos) for analysis in analyses]
    rows = [
        [name.replace("_", " "), *(_share(getattr(totals, name)) for totals in all_totals)]
        for name in SHARES
    ]
    sums = [_sums(totals) for totals in all_totals]
    rows += [[title, *(one[title] for one in sums)] for title in sums[0]]
    _print("shares and sums", ["", *_heads(names)], rows, names, analyses)


def _share(share: Share | None) -> str:
    if share is None or share.share is None:
        return "-"
    return f"{percent(share.share)} ({share.part:,} of {share.whole:,})"


def _cost(totals: Totals) -> str:
    cost = totals.cost
    if cost.per_hour is None:
        return "-"
    unknown = f", {cost.unknown:,} responses unknown" if cost.unknown else ""
    return f"{cost.per_hour:.4f} {cost.currency}{unknown}"


def _sums(totals: Totals) -> dict[str, str]:
    """Return what is no share, by what it is called."""
    tokens = totals.input_tokens, totals.cached_tokens, totals.output_tokens
    return {
        "full resends": f"{totals.full_resends:,}",
        "previous response not found": f"{totals.not_found:,}",
        "commits dropped otherwise": _counts(totals.other_drops),
        "misses by cause": _counts(totals.miss_causes),
        "tokens in, cached, out": ", ".join(f"{number:,}" for number in tokens),
        "bytes sent, read": f"{totals.sent_bytes:,}, {totals.read_bytes:,}",
        "cost per played hour": _cost(totals),
        "played": f"{totals.played_s:,.1f} s",
    }


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items()) or "-"


def _print(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    names: Sequence[str],
    analyses: Sequence[Analysis],
) -> None:
    captions = [caption(analysis) for analysis in analyses]
    if len(names) > 1:
        captions = [f"{name}: {text}" for name, text in zip(names, captions, strict=True)]
    print_table(f"{title}: {', '.join(names)}", columns, rows, caption="; ".join(captions))


def _plain(path: Path, analysis: Analysis, slos: Slos) -> dict[str, object]:
    rows = {name: row for name in known([analysis]) if (row := _row(analysis, name)) is not None}
    return {"file": str(path), "metrics": rows, "totals": totals_of(analysis, slos), "slos": slos}


TABLE = Verb(
    "table",
    "print every metric of one or more recordings",
    "  npc-replay table evening.npctrace\n"
    "  npc-replay table before.npctrace after.npctrace --json\n",
    _add_options,
    _run,
)
