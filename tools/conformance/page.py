"""The page with everybody's results."""

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from tests.conformance.rules import Rule, read_rules

__all__ = ["Column", "page", "read_column"]

_HEAD = """\
# Conformance

What became of each rule of [wire.md](wire.md), as `uv run python -m tools.conformance` found it:
with our gateway and its practice mind, with agentic-api in front of the same gateway as its model
server, and with aimock (`@copilotkit/aimock`), which plays fixtures.
That command writes this page. It fetches the other two with `uvx` and `npx`, or takes their
commands (`--help`).

**pass** and **fail** are what they say. **n/a**: the rule is about something that the server does
not have. **not tried**: the server could not be brought to show it. Reasons are below the table.
Neither of the other two claims to keep these rules: a *fail* is a difference that a client has to
live with."""

_IDS = re.compile(r"\b(resp|msg|fc|call|cmp)[_-](?!nobody)[\w-]{12,}")
_LONGEST = 140


class Column(msgspec.Struct):
    """One server's results."""

    server: str
    rules: dict[str, tuple[str, str]]
    """Outcome and reason by rule."""


def read_column(path: Path) -> Column:
    """Return what the suite wrote."""
    return msgspec.json.decode(path.read_bytes(), type=Column)


def page(columns: Sequence[Column]) -> str:
    """Return the page as Markdown."""
    rules = list(read_rules().values())
    return "\n".join(
        [_HEAD, *_summary(rules, columns), *_table(rules, columns), *_reasons(columns)]
    )


def _summary(rules: Sequence[Rule], columns: Sequence[Column]) -> list[str]:
    lines = ["", "| | must | should | extension |", "|---|---|---|---|"]
    for column in columns:
        cells = [_counts(column, rules, level) for level in ("must", "should", "extension")]
        lines.append(f"| {column.server} | {' | '.join(cells)} |")
    return lines


def _counts(column: Column, rules: Sequence[Rule], level: str) -> str:
    outcomes = [column.rules[rule.id][0] for rule in rules if rule.level == level]
    names = ("pass", "fail", "not tried", "n/a")
    return ", ".join(f"{outcomes.count(name)} {name}" for name in names if name in outcomes)


def _table(rules: Sequence[Rule], columns: Sequence[Column]) -> list[str]:
    servers = " | ".join(column.server for column in columns)
    lines = ["", f"| rule | | level | {servers} |", f"|---|---|---|{'---|' * len(columns)}"]
    for rule in rules:
        outcomes = " | ".join(column.rules[rule.id][0] for column in columns)
        lines.append(f"| {rule.id} | {_cell(rule.title)} | {rule.level} | {outcomes} |")
    return lines


def _reasons(columns: Sequence[Column]) -> list[str]:
    lines: list[str] = []
    for column in columns:
        lines += ["", f"## {column.server}", ""]
        found = [(id, *verdict) for id, verdict in column.rules.items() if verdict[0] != "pass"]
        for (outcome, why), alike in groupby(found, lambda entry: entry[1:]):
            ids = ", ".join(id for id, *_ in alike)
            lines.append(f"- {ids}, {outcome}: {_cell(why)}")
    return [*lines, ""]


def _cell(text: str) -> str:
    text = _IDS.sub(r"\1_…", text).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
