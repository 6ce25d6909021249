"""The page that ``tools.conformance`` writes."""

from tests.conformance.rules import read_rules
from tools.conformance.page import Column, page


def test_the_page_counts_lists_and_gives_reasons() -> None:
    rules = read_rules()
    good = Column("good", dict.fromkeys(rules, ("pass", "")))
    bad = Column("bad", {**good.rules, "LANE-01": ("n/a", "a | b"), "LANE-02": ("n/a", "a | b")})
    bad.rules["ERR-02"] = ("fail", "resp_0123456789abcdef is <lost>")

    lines = page([good, bad]).splitlines()

    musts = [rule for rule in rules.values() if rule.level == "must"]
    assert any(line.startswith(f"| good | {len(musts)} pass |") for line in lines)
    assert any(line.startswith(f"| bad | {len(musts) - 3} pass, 1 fail, 2 n/a |") for line in lines)
    assert next(line for line in lines if line.startswith("| ERR-02 ")).endswith("| pass | fail |")
    assert "- LANE-01, LANE-02, n/a: a \\| b" in lines
    assert "- ERR-02, fail: resp_… is &lt;lost>" in lines
