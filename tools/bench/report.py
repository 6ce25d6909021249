"""What people see of a measurement: a bar while it runs, tables when it is done."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tools.bench.events import EventsResult
from tools.bench.figures import CLIENTS, Figures
from tools.bench.machine import Machine

__all__ = ["number", "print_machine", "print_targets", "progress_bar", "show_events"]

RATIO_TO_OPENAI = 8.0
CORE_SHARE = 0.30
"""What our path must reach at least, saturated and paced (performance.md section 5)."""


BUSY_SHARE = 0.25
"""Of the cores; from here on others cost a measurement more than its own noise does."""


@contextmanager
def progress_bar() -> Generator[Callable[[str, float], None]]:
    """Show a bar on the error output; the block gets the function that moves it."""
    bar = Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda text, share: bar.update(task, description=text, completed=share)


def show_events(result: EventsResult, console: Console) -> None:
    """Print tables of the client CPU that an event costs."""
    console.print(_table("Saturated: as fast as the socket takes", result.saturated))
    console.print(_table("Paced: every token in a segment of its own", result.paced))
    late = result.paced.generator
    console.print(
        f"generator, at worst: late by {late.lateness_p50_ms:.2f} ms p50, "
        f"{late.lateness_p99_ms:.2f} p99, {late.lateness_max_ms:.1f} max, "
        f"{late.core_share:.0%} of a core"
    )
    print_machine(result.machine, console)
    print_targets(_targets(result), console)


def print_machine(machine: Machine, console: Console) -> None:
    """Print where it was measured."""
    versions = ", ".join(f"{name} {text}" for name, text in machine.versions.items())
    console.print(f"{machine.processor}, {machine.cores} cores, {machine.system}; {versions}")
    if machine.load > BUSY_SHARE * machine.cores:
        console.print(
            f"[red]busy[/]  {machine.load:.1f} cores were busy with something else before it began"
        )


def print_targets(targets: Iterable[tuple[str, bool]], console: Console) -> None:
    """Print what was to be reached, and whether it was."""
    for text, is_met in targets:
        console.print(f"[{'green' if is_met else 'red'}]{'met' if is_met else 'missed'}[/]  {text}")


def _table(title: str, mode: Figures) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.add_column("client", no_wrap=True)
    for column in ("µs/event", "SDK ÷ it", "core", "reads/ev", "events/s"):
        table.add_column(column, justify="right")
    sdk = mode.us_per_event["openai"]
    has_schedule = mode.behind_ms["npcengine"] is not None
    if has_schedule:
        table.add_column("behind", justify="right")
    for client in CLIENTS:
        us_per_event = mode.us_per_event[client]
        if us_per_event is None:
            continue
        cells = [
            client,
            number(us_per_event, ".2f"),
            number(None if sdk is None else sdk / us_per_event, ".1f"),
            number(mode.core_share[client], ".1%"),
            number(mode.reads_per_event[client], ".4f"),
            number(mode.events_per_s[client], ",.0f"),
        ]
        if has_schedule:
            behind = number(mode.behind_ms[client], ".0f") + " ms"
            cells.append(behind if mode.keeps_up[client] else f"[red]saturated, {behind}[/]")
        table.add_row(*cells)
    against = [f"{mode.ratio_to_floor:.1f} times the floor"]
    if mode.ratio_to_openai is not None:
        against.insert(0, f"{mode.ratio_to_openai:.1f} times less than the SDK")
    table.caption = (
        f"npcengine costs {' and '.join(against)}; "
        f"its frame thread adds {mode.drain_us_per_event:.3f} µs/event"
    )
    return table


def number(value: float | None, form: str) -> str:
    """Return a number for people, or nothing for none."""
    return "" if value is None else format(value, form)


def _targets(result: EventsResult) -> Iterator[tuple[str, bool]]:
    """Yield what performance.md section 5 asks for, and whether it was reached."""
    ratio = result.saturated.ratio_to_openai
    if ratio is not None:
        text = f"saturated: {ratio:.1f} times less CPU than the SDK (at least {RATIO_TO_OPENAI:g})"
        yield text, ratio >= RATIO_TO_OPENAI
    share = result.paced.core_share["npcengine"]
    assert share is not None
    yield f"paced: {share:.1%} of a core (at most {CORE_SHARE:.0%})", share <= CORE_SHARE
