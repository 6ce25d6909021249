"""What every process of a run is told, in a file; and how a client is called.

Only the standard library: the official SDK's client imports this in an environment of its own,
which has neither npcengine nor msgspec.
"""

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["WARM_UP_ROUNDS", "Asked", "Plan", "read_asked", "read_plan"]


class Plan(NamedTuple):
    """The conversation."""

    pages: list[str]
    """What the tool answers, one page a round."""
    request: dict[str, Any]
    """What npcengine sent first in this conversation, for the others to send as well: model,
    instructions, tools and input. Empty for npcengine itself."""


class Asked(NamedTuple):
    """What one client is to do."""

    wire: str
    port: int
    """Of the relay."""
    near_port: int
    """Of the gateway itself, to warm up with."""
    plan: Plan
    rounds: int


WARM_UP_ROUNDS = 2
"""Of a loop before the one that is measured, with connections of its own and past the relay."""


def read_plan(path: str) -> Plan:
    """Return what is in a plan's file."""
    return Plan(**json.loads(Path(path).read_text(encoding="utf-8")))


def read_asked() -> Asked:
    """Read the command line of a client."""
    parser = argparse.ArgumentParser(description="One client of tools.bench; see `cache`.")
    parser.add_argument("--wire", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--near-port", type=int, required=True)
    parser.add_argument("--plan", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    chosen = parser.parse_args()
    plan = read_plan(chosen.plan)
    return Asked(chosen.wire, chosen.port, chosen.near_port, plan, chosen.rounds)
