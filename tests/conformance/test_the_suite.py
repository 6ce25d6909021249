"""The suite keeps what docs/reference/wire.md promises: each rule a case, each case a rule."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.rules import PAGE, read_rules, rule_of


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


def test_no_rule_is_there_twice_and_none_escapes_the_reader() -> None:
    page = PAGE.read_text("utf-8")

    assert page.count("\n**") - page.count("\n**must**") == len(read_rules())
