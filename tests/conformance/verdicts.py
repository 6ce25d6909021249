"""The table: what became of each rule, on one line each."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conformance.rules import Rule, read_rules, rule_of

FAIL, NOT_TRIED, PASS, NOT_APPLICABLE = "fail", "not tried", "pass", "n/a"

_WORST_FIRST = (FAIL, NOT_TRIED, PASS, NOT_APPLICABLE)


class Verdict(NamedTuple):
    """What became of a rule; of several cases, the worst."""

    outcome: str
    why: str = ""


class Verdicts:
    """Collects verdicts from the reports of a run."""

    def __init__(self) -> None:
        self._by_rule: dict[str, Verdict] = {}

    def take(self, report: pytest.TestReport) -> None:
        """Note down what a report says."""
        name = report.nodeid.rpartition("::")[2]
        rule = rule_of(name)
        if rule is None or (report.passed and report.when != "call"):
            return
        verdict = _verdict(report)
        if "[" in name and verdict.outcome == FAIL:
            verdict = verdict._replace(why=f"{name[name.index('[') :]} {verdict.why}")
        known = self._by_rule.get(rule)
        if known is None or _WORST_FIRST.index(verdict.outcome) < _WORST_FIRST.index(known.outcome):
            self._by_rule[rule] = verdict

    def rows(self) -> list[tuple[Rule, Verdict]]:
        """Every rule of the page that was run, and those that cannot be."""
        rows: list[tuple[Rule, Verdict]] = []
        for rule in read_rules().values():
            if not rule.is_tried:
                why = rule.text.partition("*Untried:* ")[2]
                rows.append((rule, Verdict(NOT_TRIED, why.rstrip("."))))
            elif rule.id in self._by_rule:
                rows.append((rule, self._by_rule[rule.id]))
        return rows

    def is_empty(self) -> bool:
        return not self._by_rule

    def lines(self) -> list[str]:
        """The table for a terminal."""
        rows = self.rows()
        table = [
            f"{rule.id:<11} {rule.level:<9} {verdict.outcome:<9} {verdict.why or rule.title}"
            for rule, verdict in rows
        ]
        return [*table, "", summary(rows)]

    def write(self, path: Path, server: str) -> None:
        """Write the table to a file: Markdown, or JSON if its name ends so."""
        rows = self.rows()
        if path.suffix == ".json":
            found = {rule.id: verdict for rule, verdict in rows}
            path.write_text(json.dumps({"server": server, "rules": found}, indent=1) + "\n")
            return
        lines = [
            f"# {server}",
            "",
            summary(rows),
            "",
            "| rule | level | outcome | |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {rule.id} | {rule.level} | {verdict.outcome} | {cell(verdict.why or rule.title)} |"
            for rule, verdict in rows
        ]
        path.write_text("\n".join(lines) + "\n")


def summary(rows: Iterable[tuple[Rule, Verdict]]) -> str:
    """How many rules of each level had which outcome."""
    rows = list(rows)
    counts: list[str] = []
    for level in ("must", "should", "extension"):
        outcomes = [verdict.outcome for rule, verdict in rows if rule.level == level]
        of_level = [
            f"{outcomes.count(o)} {o}"
            for o in (PASS, FAIL, NOT_TRIED, NOT_APPLICABLE)
            if o in outcomes
        ]
        counts.append(f"{level}: {', '.join(of_level) or 'none'}")
    return "; ".join(counts)


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _verdict(report: pytest.TestReport) -> Verdict:
    if report.passed:
        return Verdict(PASS)
    if report.skipped:
        _, _, reason = report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, "")
        outcome, _, why = reason.removeprefix("Skipped: ").partition(": ")
        return Verdict(outcome if outcome in (NOT_TRIED, NOT_APPLICABLE) else NOT_TRIED, why)
    return Verdict(FAIL, _first_line(report))


def _first_line(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    line = text.strip().splitlines()[0]
    if line.startswith("TimeoutError"):
        return "nothing came in time"
    line = re.sub(r"^(AssertionError: |Failed: |websockets\.exceptions\.)", "", line)
    return line if len(line) <= 160 else line[:159] + "…"
