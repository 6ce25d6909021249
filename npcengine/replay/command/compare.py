"""``npc-replay compare``: the same turns in two recordings, and where the time lies."""

import argparse
from pathlib import Path

from npcengine.replay.analysis.comparison import Comparison, Difference, Part, compared
from npcengine.replay.analysis.statistics import Interval
from npcengine.replay.command.reading import read_shown
from npcengine.replay.command.screen import print_table
from npcengine.replay.command.verb import FINE, Verb, print_json
from npcengine.replay.text.plain import ms

__all__ = ["COMPARE"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", type=Path, metavar="A", help="what was")
    parser.add_argument("b", type=Path, metavar="B", help="what is, or would be")
    parser.add_argument("--seed", type=int, default=1, help="of the draws for the intervals")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    found = compared(read_shown(options.a), read_shown(options.b), seed=options.seed)
    if options.json:
        print_json(found)
        return FINE
    a, b = options.a.stem, options.b.stem
    caption = _caption(found)
    columns = ["metric", "unit", "turns", f"A {a}", f"B {b}", "B - A", "95 % interval"]
    rows = [_difference(one) for one in found.differences]
    print_table(f"means per turn: {a} and {b}", columns, rows, caption=caption)
    columns = ["part of the loop", "unit", f"A {a}", f"B {b}", "B - A", "of B - A"]
    whole = next(part.delta for part in found.parts if part.name == "whole")
    rows = [_part(part, whole) for part in found.parts if part.a or part.b]
    print_table("where the time went, all turns", columns, rows, caption=caption)
    if found.speed_up is not None:
        within = _interval(found.speed_up_interval, "{:.2f}")
        print(f"  the turns of A took {found.speed_up:.2f} times as long as B's ({within})")
    return FINE


def _caption(found: Comparison) -> str:
    marks = ", ".join(f"{found.marks.get(mark, 0)} {mark}" for mark in ("valid", "suspect", "void"))
    return (
        f"turns: {found.pairs} in both ({marks}; void ones left out), "
        f"{found.only_a} only in A, {found.only_b} only in B; intervals are drawn by NPC"
    )


def _difference(one: Difference) -> list[str]:
    figures = [ms(one.a), ms(one.b), ms(one.delta)]
    return [one.name, one.unit, f"{one.pairs:,}", *figures, _interval(one.interval, "{:,.1f}")]


def _part(part: Part, whole: float) -> list[str]:
    figures = (part.a, part.b, part.delta)
    shown = [ms(one) if part.unit == "ms" else f"{one:,.0f}" for one in figures]
    share = f"{part.delta / whole * 100:.0f} %" if part.unit == "ms" and whole else ""
    name = part.name.replace("_", " ")
    return [name, part.unit, *shown, share]


def _interval(interval: Interval | None, form: str) -> str:
    if interval is None:
        return "too few NPCs for an interval"
    return f"{form.format(interval.low)} to {form.format(interval.high)}"


COMPARE = Verb(
    "compare",
    "pair the turns of two recordings, and say what differs and where",
    "  npc-replay compare ws.npctrace http.npctrace\n",
    _add_options,
    _run,
)
