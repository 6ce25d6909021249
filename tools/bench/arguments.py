"""The command line of ``python -m tools.bench``."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

from tools.bench.sockets.measure import LANES, SOCKETS
from tools.bench.turns.intervals import INTERVALS_MS
from tools.bench.turns.marks import KINDS

__all__ = ["read_arguments"]

_EVENTS_EXAMPLES = """examples:
  python -m tools.bench events                    CPU per received event, three clients, 3 minutes
  python -m tools.bench events --json > now.json  the same, as one JSON object
  python -m tools.bench events --without openai   nothing to install, no ratio to the SDK
  python -m tools.bench events --npcs 32 --seconds 5
"""

_TURNS_EXAMPLES = """examples:
  python -m tools.bench turns                     leads and latencies of 200 turns, half a minute
  python -m tools.bench turns --json > now.json   the same, as one JSON object
  python -m tools.bench turns --npcs 1 --turns 40 one NPC at a time, with nobody beside it
"""

_INTERVALS_EXAMPLES = """examples:
  python -m tools.bench intervals                 six intervals, three rounds, ten minutes
  python -m tools.bench intervals --ms 0.5 0.1 --rounds 5
"""

_CACHE_EXAMPLES = """examples:
  python -m tools.bench cache                     a tool loop over four wires, 5 minutes
  python -m tools.bench cache --json > now.json   the same, as one JSON object
  python -m tools.bench cache --without openai    nothing to install, no saving against the SDK
  python -m tools.bench cache --repeat 7          closer medians, a quarter of an hour
"""

_SOCKETS_EXAMPLES = """examples:
  python -m tools.bench sockets                   2,000 idle sockets, 2,000 idle lanes, seconds
  python -m tools.bench sockets --json            the same, as one JSON object
  python -m tools.bench sockets --sockets 10000   more, where `ulimit -Hn` allows it
"""

_RECORD_EXAMPLES = """examples:
  python -m tools.bench record                    what recording 2,000 events a second costs
  python -m tools.bench record --json --rounds 9  the same, as one JSON object
"""

_ALL_EXAMPLES = (
    _EVENTS_EXAMPLES,
    _TURNS_EXAMPLES,
    _INTERVALS_EXAMPLES,
    _CACHE_EXAMPLES,
    _SOCKETS_EXAMPLES,
    _RECORD_EXAMPLES,
)

MAX_SECONDS = 12.0
"""Longer than this a client's keep-alive pings would begin, which the generator does not answer."""


_AddParser: TypeAlias = Callable[..., argparse.ArgumentParser]
"""What a command is added with."""


def _ranged(kind: Callable[[str], float], low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
        return value

    read.__name__ = kind.__name__  # argparse names it when the text is no number at all
    return read


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line; ``None`` is this process's own."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench",
        description="Measure what npcengine costs, beside what it could cost and what others do.",
        epilog="examples:\n" + "".join(examples.partition("\n")[2] for examples in _ALL_EXAMPLES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add_command in _COMMANDS:
        add_command(commands.add_parser)
    return parser.parse_args(arguments)


def _add(add: _AddParser, name: str, *, quick: str, **told: str) -> argparse.ArgumentParser:
    """Add a command, with the options that all of them have."""
    command = add(name, formatter_class=argparse.RawDescriptionHelpFormatter, **told)
    command.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object, and nothing else, on the standard output",
    )
    command.add_argument("--quick", action="store_true", help=f"{quick}; its numbers mean little")
    return command


def _add_events(add: _AddParser) -> None:
    events = _add(
        add,
        "events",
        help="client CPU per received event: a raw floor, npcengine, the official SDK",
        description="Client CPU per received event, fed by a generator process over loopback: "
        "saturated (as fast as the socket takes) and paced (every token a segment of its own).",
        epilog=_EVENTS_EXAMPLES,
        quick="one short round, to see that it works",
    )
    events.add_argument(
        "--rounds",
        type=_ranged(int, 1, 50),
        default=5,
        help="how often each client is measured in each mode (5)",
    )
    events.add_argument(
        "--seconds",
        type=_ranged(float, 0.2, MAX_SECONDS),
        default=2.5,
        help="how long a measurement takes, after its warm-up (2.5)",
    )
    events.add_argument(
        "--npcs",
        type=_ranged(int, 1, 64),
        default=8,
        help="NPCs, each with a connection of its own (8)",
    )
    events.add_argument(
        "--tokens-per-s",
        type=_ranged(float, 1, 10_000),
        default=1_000.0,
        help="for each NPC, in the paced mode (1000)",
    )
    events.add_argument(
        "--without", action="append", choices=["openai"], default=[], help="leave a client out"
    )


def _add_turns(add: _AddParser) -> None:
    turns = _add(
        add,
        "turns",
        help="how early an action is seen, how soon a query is answered",
        description="Scripted turns against the local gateway, a process of its own, at 80 tokens "
        "a second and NPC: how much earlier than the end of the response an action is seen, and "
        "how soon queries are answered beside 8 ms of Python a frame at 60 Hz.",
        epilog=_TURNS_EXAMPLES,
        quick="sixteen turns, to see that it works",
    )
    _add_size(turns)


def _add_intervals(add: _AddParser) -> None:
    intervals = _add(
        add,
        "intervals",
        help="what the interpreter's switch interval does to queries and to frames",
        description="The turns of `turns` with one switch interval after the other, in rounds.",
        epilog=_INTERVALS_EXAMPLES,
        quick="one short round",
    )
    intervals.add_argument(
        "--ms",
        type=_ranged(float, 0.001, 100),
        nargs="+",
        default=INTERVALS_MS,
        help=f"the intervals ({' '.join(f'{ms:g}' for ms in INTERVALS_MS)})",
    )
    intervals.add_argument(
        "--rounds",
        type=_ranged(int, 1, 50),
        default=3,
        help="how often each interval is measured (3)",
    )
    _add_size(intervals)


def _add_size(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--turns",
        type=_ranged(int, len(KINDS), 10_000),
        default=200,
        help="a quarter of them of each kind, besides one of each NPC to warm up (200)",
    )
    command.add_argument(
        "--npcs",
        type=_ranged(int, 1, 16),
        default=8,
        help="NPCs side by side, on one connection (8)",
    )


def _add_cache(add: _AddParser) -> None:
    cache = _add(
        add,
        "cache",
        help="a loop of tool calls over a WebSocket and over HTTP, and where the time goes",
        description="Thirty tool calls in a context that grows to 30,000 tokens, against the local "
        "gateway behind round trips of 0, 20, 50 and 100 ms: npcengine over a WebSocket and three "
        "ways of HTTP, the official SDK over two wires.",
        epilog=_CACHE_EXAMPLES,
        quick="three calls, once, at 20 and 50 ms",
    )
    cache.add_argument(
        "--repeat",
        type=_ranged(int, 1, 50),
        default=3,
        help="how often each loop is played (3)",
    )
    cache.add_argument(
        "--without", action="append", choices=["openai"], default=[], help="leave a client out"
    )


def _add_sockets(add: _AddParser) -> None:
    sockets = _add(
        add,
        "sockets",
        help="what idle sockets and idle lanes cost one gateway",
        description="Memory and open files of one gateway process for each idle socket and each "
        "idle lane, how fast sockets are opened, and a turn of somebody else before and beside "
        "them. Needs Linux.",
        epilog=_SOCKETS_EXAMPLES,
        quick="a tenth of them",
    )
    sockets.add_argument(
        "--sockets",
        type=_ranged(int, 1, 20_000),
        default=SOCKETS,
        help=f"without a turn ({SOCKETS})",
    )
    sockets.add_argument(
        "--lanes",
        type=_ranged(int, 1, 20_000),
        default=LANES,
        help=f"each with a turn ({LANES})",
    )


def _add_record(add: _AddParser) -> None:
    record = _add(
        add,
        "record",
        help="what recording costs",
        description="CPU time of a whole process that plays against a server in memory, recorded "
        "and not, in turns.",
        epilog=_RECORD_EXAMPLES,
        quick="one short round of either kind",
    )
    record.add_argument("--rounds", type=_ranged(int, 1, 50), default=5, help="of either kind (5)")
    record.add_argument(
        "--seconds", type=_ranged(float, 0.5, 60), default=4.0, help="how long each takes (4)"
    )
    record.add_argument(
        "--events-per-s",
        type=_ranged(float, 1, 100_000),
        default=2_000.0,
        help="of all NPCs together (2000)",
    )


_COMMANDS = (_add_events, _add_turns, _add_intervals, _add_cache, _add_sockets, _add_record)
