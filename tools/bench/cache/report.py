"""What people see of ``cache``."""

from collections.abc import Iterator

import msgspec
from rich.console import Console
from rich.table import Table

from tools.bench.cache.figures import Wire
from tools.bench.cache.result import CacheResult
from tools.bench.cache.steps import WIRES
from tools.bench.report import number, print_machine, print_targets

__all__ = ["show_cache"]

SAVING, CPU_GROWTH = 0.40, 1.2
"""What must be saved against the SDK over HTTP at 20 ms, and how much dearer the last turns may be
for the gateway than the first (performance.md section 5)."""

_WIRES: dict[Wire, str] = {
    "ws": "WebSocket",
    "http_fresh": "fresh",
    "http_keepalive": "kept alive",
    "http_previous": "previous",
}
_AGAINST: dict[str, str] = {
    "sdk_http": "SDK HTTP",
    "sdk_ws": "SDK WS",
    "fresh": "fresh",
    "keepalive": "kept alive",
    "previous": "previous",
}
_PARTS: dict[str, str] = {
    "set_up": "ms at 20 ms: handshakes",
    "bytes": "bytes carried, framed",
    "parse": "gateway: JSON, checks",
    "render": "gateway: text, tokens",
    "waiting": "waiting",
    "client": "client",
}
"""The fields of :class:`tools.bench.cache.figures.Saving`."""


def show_cache(result: CacheResult, console: Console) -> None:
    """Print tables of what a loop takes, and of what makes the difference."""
    rounds = result.runs[0].rounds
    calls = f"{rounds} calls of {result.tokens_per_response} tokens"
    console.print(
        f"{calls} at {result.tokens_per_s:,.0f} tokens/s, the first at once, answered with "
        f"{result.page_tokens} tokens each; then {result.tokens_per_response} tokens of words"
    )
    console.print(_seconds(result))
    console.print(_savings(result))
    console.print(_traffic(result))
    console.print(_cpu(result))
    console.print(_lengths(result))
    console.print(
        f"medians of {result.repetitions}; npcengine is its whole engine with 60 frames a second, "
        "the SDK its own streams. HTTP is fresh: a connection for each request; kept alive; or "
        "previous: kept alive and continued by previous_response_id. Connections are opened within "
        "the time. No TLS, no loss, no jitter, no slow start."
    )
    print_machine(result.machine, console)
    print_targets(_targets(result), console)


def _seconds(result: CacheResult) -> Table:
    table = Table(title="The whole loop, seconds", title_justify="left", caption_justify="left")
    table.add_column("round trip", justify="right")
    table.add_column("client", no_wrap=True)
    for name in _WIRES.values():
        table.add_column(name, justify="right")
    table.add_column("floor", justify="right")
    for row in result.runs:
        speaking_s = (result.tokens_per_response - 1) / result.tokens_per_s
        floor_s = (row.rounds + 1) * (row.rtt_ms / 1_000 + speaking_s)
        every_s = (row.ws_s, row.http_fresh_s, row.http_keepalive_s, row.http_previous_s)
        cells = (number(seconds, ".3f") for seconds in every_s)
        table.add_row(f"{row.rtt_ms:g} ms", row.client, *cells, f"{floor_s:.3f}")
    table.caption = "floor: a round trip and the tokens, for each response"
    return table


def _savings(result: CacheResult) -> Table:
    title = "What our WebSocket saves against others, and on what"
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    against = result.saving_parts_at_20ms
    for whom in against:
        table.add_column(_AGAINST[whom], justify="right")
    for rtt_ms, saved in ((20, result.saving_at_20ms), (50, result.saving_at_50ms)):
        shares = msgspec.structs.asdict(saved)
        cells = (number(shares[whom], ".1%") for whom in against)
        table.add_row(f"at {rtt_ms} ms", *cells, end_section=rtt_ms == 50)
    for name, what in _PARTS.items():
        table.add_row(what, *(f"{getattr(parts, name):+.0f}" for parts in against.values()))
    return table


def _traffic(result: CacheResult) -> Table:
    title = "Connections, bytes and CPU of a loop at 20 ms"
    table = Table(title=title, title_justify="left")
    for name in ("client", "wire"):
        table.add_column(name, no_wrap=True)
    for name in ("TCP", "kB up", "kB down", "gateway ms", "client ms"):
        table.add_column(name, justify="right")
    for client, wires in WIRES.items():
        for wire in wires:
            if (loop := result.loop(client, wire, 20)) is not None:
                cpu_ms = sum(loop.turn_cpu_ms), loop.client_cpu_s * 1_000
                kb = loop.bytes_up / 1_000, loop.bytes_down / 1_000
                cells = [f"{value:,.0f}" for value in (loop.connections, *kb, *cpu_ms)]
                table.add_row(client, _WIRES[wire], *cells)
    return table


def _cpu(result: CacheResult) -> Table:
    title = "Gateway CPU for a turn against the length of its context, ms"
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.add_column("turn", justify="right")
    table.add_column("context", justify="right")
    for name in _WIRES.values():
        table.add_column(name, justify="right")
    loop = result.loop("npcengine", "ws", 20)
    assert loop is not None
    turns = len(loop.context_tokens)
    for turn in sorted({1, 2, turns // 4, turns // 2, 3 * turns // 4, turns - 1} - {0}):
        cells = (f"{result.server_cpu_ms[wire][turn - 1]:.2f}" for wire in _WIRES)
        table.add_row(str(turn), f"{loop.context_tokens[turn - 1]:,}", *cells)
    growth = result.server_cpu_last_over_first
    table.caption = (
        f"last turns over first: {growth.ws:.2f} over the WebSocket, "
        f"{growth.http_keepalive:.2f} over HTTP kept alive"
    )
    return table


def _lengths(result: CacheResult) -> Table:
    title = "Saved at 20 ms when responses are longer"
    table = Table(title=title, title_justify="left", caption_justify="left")
    for name in ("tokens", _AGAINST["sdk_http"], _AGAINST["keepalive"]):
        table.add_column(name, justify="right")
    for row in result.saving_by_tokens:
        table.add_row(str(row.tokens), number(row.sdk_http, ".1%"), number(row.keepalive, ".1%"))
    return table


def _targets(result: CacheResult) -> Iterator[tuple[str, bool]]:
    """Yield what performance.md section 5 asks for, and whether it was reached."""
    at_20 = result.saving_at_20ms
    if at_20.sdk_http is not None:
        text = f"{at_20.sdk_http:.1%} less time than the SDK over HTTP at 20 ms"
        yield f"{text} (at least {SAVING:.0%})", at_20.sdk_http >= SAVING
    assert at_20.keepalive is not None
    yield f"{at_20.keepalive:.1%} less than ours over HTTP kept alive (ahead)", at_20.keepalive > 0
    growth = result.server_cpu_last_over_first.ws
    text = f"gateway CPU of the last turns over the first: {growth:.2f} (at most {CPU_GROWTH:g})"
    yield text, growth <= CPU_GROWTH
