"""Tables on a terminal; rich is asked for only when one is printed."""

import sys
from collections.abc import Sequence

from npcengine.errors import UsageError
from npcengine.replay.text.plain import one_line

__all__ = ["print_table"]

WIDTH_OF_A_FILE = 140
"""Columns where standard output is no terminal."""


_FIGURES = tuple("0123456789-")


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str = ""
) -> None:
    """Print a table: words to the left, figures to the right.

    Raises:
        UsageError: rich is not installed.
    """
    try:
        from rich.box import SIMPLE
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError as error:
        raise UsageError("npc-replay shows with rich: pip install 'npcengine[replay]'") from error
    # Names come from a recording: as `Text` nothing in them is markup.
    table = Table(box=SIMPLE, title=Text(one_line(title)), title_justify="left")
    for index, column in enumerate(columns):
        is_figures = index > 0 and all(row[index][:1] in _FIGURES for row in rows)
        table.add_column(Text(one_line(column)), justify="right" if is_figures else "left")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    width = None if sys.stdout.isatty() else WIDTH_OF_A_FILE
    console = Console(width=width, highlight=False)
    console.print(table)
    if caption:
        console.print(Text(f"  {one_line(caption, 200)}"))
