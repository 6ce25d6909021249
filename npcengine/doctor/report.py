"""What was found, and how it is printed: a line each for people, one object for programs."""

import sys
from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from npcengine.doctor.advice import Advice
from npcengine.doctor.server import Server

__all__ = ["Finding", "Report", "Verdict", "print_finding", "print_json"]

Verdict: TypeAlias = Literal["ok", "note", "bad"]

_SIGNS: dict[Verdict, str] = {"ok": "  ok ", "note": "note ", "bad": "BAD  "}


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    topic: str
    verdict: Verdict
    text: str


class Report(msgspec.Struct):
    """Everything; what is ``None`` was not asked for, or not got to."""

    ok: bool
    findings: list[Finding]
    server: Server | None = None
    advice: Advice | None = None


def print_finding(finding: Finding) -> None:
    """Print one, at once: the next may take a while."""
    sys.stdout.write(f"{_SIGNS[finding.verdict]} {finding.topic:<12} {finding.text}\n")
    sys.stdout.flush()


def print_json(findings: Iterable[Finding], server: Server | None, advice: Advice | None) -> None:
    """Print the whole report as one line."""
    found = list(findings)
    ok = not any(finding.verdict == "bad" for finding in found)
    report = Report(ok, found, server, advice)
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
