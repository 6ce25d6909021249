"""What people see of ``turns``: a table, and whether the targets were met."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from npcengine.bridge.stats import Percentiles
from npcengine.policy.deadlines import QUERY_BUDGET_MS
from tools.bench.turns.game import FRAME_MS
from tools.bench.turns.measure import TurnsResult

__all__ = ["show_turns", "targets"]

HINT_LEAD, HINT_LEAD_AIM = 3.0, 10.0
SNAPSHOT_P99_MS, SNAPSHOT_P99_AIM_MS = 6.0, 2.0
"""Performance.md section 5."""


def show_turns(result: TurnsResult, console: Console) -> None:
    """Print tables of how early and how soon things were."""
    console.print(_leads(result))
    console.print(_queries(result))
    console.print(_round_trips(result))
    frame, late, core = result.frame_ms, result.gateway_late_ms, result.core_share
    console.print(
        f"{result.turns} turns of {result.npcs} NPCs, {result.tokens_per_s:g} tokens/s each; "
        f"frames {frame['p50']:.1f} ms p50, {frame['p99']:.1f} p99; "
        f"switch interval {result.switch_interval_ms:g} ms"
    )
    console.print(
        f"gateway: tokens late by {late['p50']:.2f} ms p50, {late['p99']:.2f} p99, "
        f"{core['gateway']:.0%} of a core; game: {core['game']:.0%} of a core"
    )
    facts = ", ".join([*result.facts.values(), f"python {result.machine.versions['python']}"])
    machine = result.machine
    console.print(f"{machine.processor}, {machine.cores} cores, {machine.system}; {facts}")
    for text, is_met in targets(result):
        console.print(f"[{'green' if is_met else 'red'}]{'met' if is_met else 'missed'}[/]  {text}")


def targets(result: TurnsResult) -> Iterator[tuple[str, bool]]:
    """Yield what is asked for, and whether it was reached."""
    hint = result.lead_ratio.hint
    text = f"a hint {hint:.1f} times earlier than the end of the response"
    yield f"{text} (at least {HINT_LEAD:g}, aim {HINT_LEAD_AIM:g})", hint >= HINT_LEAD
    snapshot_ms, frame_ms = result.query_ms.snapshot.p99, result.query_ms.frame.p99
    limits = f"(at most {SNAPSHOT_P99_MS:g} ms, aim {SNAPSHOT_P99_AIM_MS:g})"
    yield f"a snapshot query in {snapshot_ms:.1f} ms p99 {limits}", snapshot_ms <= SNAPSHOT_P99_MS
    frame_limit_ms = FRAME_MS + QUERY_BUDGET_MS
    text = f"a frame query in {frame_ms:.1f} ms p99 (at most {frame_limit_ms:.1f} ms: one frame and"
    yield f"{text} its budget)", frame_ms <= frame_limit_ms


def _leads(result: TurnsResult) -> Table:
    table = _table(
        "An action of 40 tokens, the last item: from output_item.added sent",
        "seen",
        "ms",
        "earlier",
    )
    ratio, ms = result.lead_ratio, result.lead_ms
    table.add_row("hint", f"{ms.hint:.1f}", f"{ratio.hint:.1f} x")
    table.add_row("prepare, first argument", f"{ms.prepare:.1f}", f"{ratio.prepare:.1f} x")
    table.add_row("commit", f"{ms.commit:.1f}", f"{ratio.commit:.2f} x")
    table.add_row("response.completed", f"{result.completed_ms:.1f}", "")
    table.caption = f"medians of {result.calls['act']} calls"
    return table


def _queries(result: TurnsResult) -> Table:
    table = _table(
        "A query, the last item: from arguments.done sent to its answer written",
        "query", "p50 ms", "p99 ms", "after read p50", "p99",
    )  # fmt: skip
    whole, after = result.query_ms, result.query_after_read_ms
    table.add_row("snapshot", *_cells(whole.snapshot), *_cells(after.snapshot))
    table.add_row("frame", *_cells(whole.frame), *_cells(after.frame))
    table.caption = (
        f"{whole.snapshot.count} and {whole.frame.count} queries beside 8 ms of Python a frame; "
        "'after read' leaves out the wire and the loop thread's waking up"
    )
    return table


def _round_trips(result: TurnsResult) -> Table:
    table = _table(
        "A frame query's round trip: from response.completed to the next response.created",
        "", "whole ms", "the game's part",
    )  # fmt: skip
    whole, game = result.tool_round_trip_ms, result.tool_answer_ms
    table.add_row("overlap: 60 tokens of text after it", _ms(whole.overlap), _ms(game.overlap))
    table.add_row("no overlap: the last item", _ms(whole.no_overlap), _ms(game.no_overlap))
    table.caption = (
        f"medians of {result.calls['overlap']} and {result.calls['frame']} queries, as the gateway "
        "sends both; the game's part is from read to written"
    )
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _cells(times: Percentiles) -> tuple[str, str]:
    return _ms(times.p50), _ms(times.p99)


def _ms(value: float) -> str:
    return f"{value:.2f}"
