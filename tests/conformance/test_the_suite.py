"""The suite keeps what docs/reference/wire.md promises: each rule a case, each case a rule."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.rules import PAGE, read_rules, rule_of
from tests.conformance.verdicts import Verdicts


def cases() -> Iterator[str]:
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and (rule := rule_of(node.name)):
                yield rule


def test_every_rule_of_the_page_has_a_case_or_says_why_not() -> None:
    rules, tried = read_rules(), set(cases())

    assert {rule.id for rule in rules.values() if rule.is_tried} == tried
    assert all(
        len(rule.text.partition("*Untried:*")[2]) > 20
        for rule in rules.values()
        if not rule.is_tried
    )


def test_the_page_of_results_has_every_rule_and_ours_keeps_all() -> None:
    page = (PAGE.parent / "conformance.md").read_text("utf-8")
    ours = dict(
        re.findall(
            r"^\| ([A-Z]+-\d\d) \|.*\| (?:must|should|extension) \| ([^|]+) \|", page, re.MULTILINE
        )
    )

    assert ours == {
        rule.id: "pass" if rule.is_tried else "not tried" for rule in read_rules().values()
    }


def test_of_several_cases_the_worst_is_the_rules_and_its_reason_is_one_line() -> None:
    verdicts = Verdicts()
    for outcome, case, said in [
        ("passed", "a", None),
        ("skipped", "b", ("x.py", 1, "Skipped: not tried: it would take a day")),
        ("failed", "c", "AssertionError: it was not refused\nassert 1 == 2"),
        ("passed", "d", None),
    ]:
        name = f"test_x.py::test_lane_02_any_other_is_refused[{case}]"
        verdicts.take(pytest.TestReport(name, ("x.py", 1, name), {}, outcome, said, "call"))  # type: ignore[arg-type]

    ((rule, verdict),) = [row for row in verdicts.rows() if row[0].is_tried]
    assert (rule.id, rule.level) == ("LANE-02", "must")
    assert verdict == ("fail", "[c] it was not refused")


def test_no_rule_is_there_twice_and_none_escapes_the_reader() -> None:
    page = PAGE.read_text("utf-8")

    assert page.count("\n**") - page.count("\n**must**") == len(read_rules())
