"""What people see of ``sockets``."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from tools.bench.report import number, print_machine, print_targets
from tools.bench.sockets.measure import SocketsResult

__all__ = ["show_sockets"]

KB_PER_SOCKET = 21.0
"""What the WebSocket library alone was seen to take (performance.md section 1)."""


def show_sockets(result: SocketsResult, console: Console) -> None:
    """Print what idle sockets and lanes cost, and whom they disturb."""
    table = Table(title="One gateway, and who is idle on it", title_justify="left")
    table.add_column("", no_wrap=True)
    idle = result.sockets, result.lanes
    table.add_column(f"{result.sockets.sockets:,} sockets", justify="right")
    table.add_column(
        f"{result.lanes.lanes:,} lanes on {result.lanes.sockets} sockets", justify="right"
    )
    table.add_row("memory before, MB", *(f"{one.rss_kb_before / 1_000:.1f}" for one in idle))
    table.add_row("memory with them, MB", *(f"{one.rss_kb / 1_000:.1f}" for one in idle))
    table.add_row(
        "kB per socket (its share)",
        *(f"{one.rss_kb_per_socket:.1f} ({one.pss_kb_per_socket:.1f})" for one in idle),
    )
    table.add_row("kB per lane", *(number(one.rss_kb_per_lane, ".1f") for one in idle))
    table.add_row("files per socket", *(f"{one.files_per_socket:.2f}" for one in idle))
    table.add_row(
        "handshakes per second", *(f"{one.handshakes_per_s:,.0f}" for one in idle), end_section=True
    )
    for name, times in (
        ("a turn before, ms p50 / p99", [one.turn_ms_before for one in idle]),
        ("a turn beside them", [one.turn_ms_beside for one in idle]),
    ):
        table.add_row(name, *(f"{one.p50:.2f} / {one.p99:.2f}" for one in times))
    console.print(table)
    console.print(
        f"{result.lanes_per_socket} lanes a socket, each with a villager's tools, a persona of its "
        "own and one turn; the kernel's buffers are not counted"
    )
    print_machine(result.machine, console)
    print_targets(_targets(result), console)


def _targets(result: SocketsResult) -> Iterator[tuple[str, bool]]:
    kb = result.sockets.rss_kb_per_socket
    yield f"{kb:.1f} kB for an idle socket (at most {KB_PER_SOCKET:g})", kb <= KB_PER_SOCKET
