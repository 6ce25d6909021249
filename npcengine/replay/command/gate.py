"""``npc-replay gate``: holds a recording to budgets and to a baseline; exit code 1 if it fails."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from npcengine.errors import UsageError
from npcengine.replay.analysis.budgets import Verdict, judged, read_budget, regressions
from npcengine.replay.command.reading import add_slos, caption, read_shown, slos_of
from npcengine.replay.command.screen import print_table
from npcengine.replay.command.verb import DIFFERENT, FINE, Verb, print_json
from npcengine.replay.text.plain import one_line

__all__ = ["GATE"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a recording")
    parser.add_argument(
        "--budget",
        action="append",
        default=[],
        metavar="BUDGET",
        help="such as 'p95(query:nearby)<30', 'goodput>=0.95', 'p95(turn)<1.1*base'",
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="a recording to be as good as"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="how much worse than the baseline is still good; 0.1 if left out",
    )
    add_slos(parser)
    parser.add_argument("--junit", type=Path, metavar="OUT", help="write JUnit XML as well")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    if not options.budget and options.baseline is None:
        raise UsageError("nothing to hold it to: give --budget 'p95(turn)<3000' or --baseline FILE")
    slos, budgets = slos_of(options), [read_budget(text) for text in options.budget]
    analysis = read_shown(options.file)
    baseline = None if options.baseline is None else read_shown(options.baseline)
    verdicts = [judged(budget, analysis, baseline, slos) for budget in budgets]
    if baseline is not None:
        verdicts += regressions(analysis, baseline, slos, tolerance=options.tolerance)
    if options.junit is not None:
        _write_junit(options.junit, options.file.name, verdicts)
    is_kept = all(verdict.is_kept for verdict in verdicts)
    if options.json:
        print_json({"is_kept": is_kept, "verdicts": verdicts})
    else:
        rows = [_row(verdict) for verdict in verdicts]
        columns = ["budget", "is", "limit", ""]
        print_table(options.file.name, columns, rows, caption=caption(analysis))
    return FINE if is_kept else DIFFERENT


def _row(verdict: Verdict) -> list[str]:
    return [verdict.budget, *_figures(verdict), "kept" if verdict.is_kept else "MISSED"]


def _figures(verdict: Verdict) -> tuple[str, str]:
    value = "not measured" if verdict.value is None else f"{verdict.value:.4g}"
    return value, "not measured" if verdict.limit is None else f"{verdict.limit:.4g}"


def _write_junit(path: Path, name: str, verdicts: Sequence[Verdict]) -> None:
    failures = sum(not verdict.is_kept for verdict in verdicts)
    suite = ET.Element(
        "testsuite", name="npc-replay gate", tests=str(len(verdicts)), failures=str(failures)
    )
    for verdict in verdicts:
        case = ET.SubElement(suite, "testcase", classname=one_line(name), name=verdict.budget)
        if not verdict.is_kept:
            value, limit = _figures(verdict)
            ET.SubElement(case, "failure", message=f"is {value}, limit {limit}")
    try:
        ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error


GATE = Verb(
    "gate",
    "hold a recording to budgets and a baseline; exit code 1 if it misses one",
    "  npc-replay gate --budget 'p95(query:nearby)<30' --budget 'goodput>=0.95' new.npctrace\n"
    "  npc-replay gate --baseline old.npctrace --tolerance 0.05 --junit gate.xml new.npctrace\n",
    _add_options,
    _run,
)
