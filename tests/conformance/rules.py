"""The rules of docs/reference/wire.md, as the suite needs them."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "wire.md"

_RULE = re.compile(r"(?ms)^\*\*([A-Z]+-\d\d)\*\* \((must|should|extension)\) (.+?)\n\n")
_CASE = re.compile(r"test_([a-z]+)_(\d\d)_")


class Rule(NamedTuple):
    id: str
    level: str
    text: str
    is_tried: bool

    @property
    def title(self) -> str:
        """Its first sentence."""
        return re.split(r"(?<=[a-z0-9`)])\. (?=[A-Z*`])", self.text)[0].rstrip(".")


@cache
def read_rules() -> dict[str, Rule]:
    """All rules by id, in the order of the page."""
    found = [
        Rule(id, level, " ".join(text.split()), "*Untried:*" not in text)
        for id, level, text in _RULE.findall(PAGE.read_text("utf-8"))
    ]
    return {rule.id: rule for rule in found}


def rule_of(test_name: str) -> str | None:
    """The id in a test's name, ``None`` when it is a test of the suite itself."""
    match = _CASE.match(test_name)
    return None if match is None else f"{match[1].upper()}-{match[2]}"
