"""A progress bar for whatever takes over a second; none where nobody looks."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from npcengine.errors import UsageError

__all__ = ["progress"]


@contextmanager
def progress(what: str, total: int | None, unit: str) -> Generator[Callable[[int], None]]:
    """Show how far something has come, on standard error if that is a terminal.

    Args:
        what: What is being done.
        total: How much there is to do; ``None`` where nobody knows.
        unit: Of what.

    Yields:
        A function that takes how much of it is done.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
    except ImportError as error:
        raise UsageError("npc-replay shows with rich: pip install 'npcengine[replay]'") from error
    columns = SpinnerColumn(), TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn(unit)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
