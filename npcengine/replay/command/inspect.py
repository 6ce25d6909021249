"""``npc-replay inspect``: what was too late, the worst first, each with its waterfall."""

import argparse
from pathlib import Path

from npcengine.clock import NS_PER_MS, NS_PER_S
from npcengine.errors import UsageError
from npcengine.replay.analysis.misses import Miss, misses_of
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.command.reading import add_slos, caption, read_shown, slos_of
from npcengine.replay.command.verb import FINE, Verb, print_json
from npcengine.replay.text.plain import count, one_line
from npcengine.replay.text.waterfall import headline, waterfall

__all__ = ["INSPECT"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a recording")
    parser.add_argument("--top", type=int, default=10, metavar="N", help="how many; 0 for all")
    parser.add_argument("--npc", help="of this NPC only")
    parser.add_argument("--turn", type=int, metavar="N", help="this turn of --npc, missed or not")
    add_slos(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    analysis = read_shown(options.file)
    if options.npc is not None and options.npc not in analysis.npcs:
        names = ", ".join(map(one_line, analysis.npcs))
        raise UsageError(f"no NPC is called {options.npc!r}; there are: {names}")
    if options.turn is not None:
        return _one_turn(analysis, options)
    misses = [
        miss
        for miss in misses_of(analysis, slos_of(options))
        if options.npc is None or (miss.turn is not None and miss.turn.npc == options.npc)
    ]
    shown = misses[: options.top] if options.top > 0 else misses
    if options.json:
        print_json({"misses": len(misses), "shown": [_plain(miss, analysis) for miss in shown]})
        return FINE
    print(f"{one_line(str(options.file))}: {count(len(misses), 'miss', 'misses')}")
    print(f"{caption(analysis)}\n")
    for number, miss in enumerate(shown, 1):
        print(f"{number}. {headline(miss, analysis)}")
        if miss.turn is not None:
            print(waterfall(miss.turn, analysis, miss.legs or None))
        print()
    return FINE


def _one_turn(analysis: Analysis, options: argparse.Namespace) -> int:
    if options.npc is None:
        raise UsageError("--turn is a turn of an NPC: say whose with --npc NAME")
    turns = [turn for turn in analysis.turns if turn.npc == options.npc]
    found = next((turn for turn in turns if turn.ordinal == options.turn), None)
    if found is None:
        have = count(len(turns), "turn", "turns")
        raise UsageError(f"{options.npc} has {have}; there is no {options.turn}")
    if options.json:
        print_json(found)
    else:
        print(waterfall(found, analysis))
    return FINE


def _plain(miss: Miss, analysis: Analysis) -> dict[str, object]:
    turn = miss.turn
    return {
        "what": miss.what,
        "value_ms": miss.value_ms,
        "limit_ms": miss.limit_ms,
        "at_s": (miss.at_ns - analysis.begin_ns) / NS_PER_S,
        "cause": miss.cause,
        "npc": None if turn is None else turn.npc,
        "turn": None if turn is None else turn.ordinal,
        "mark": None if turn is None else turn.mark,
        "query": None if miss.question is None else miss.question.query,
        "frame": miss.tick,
        "legs": [
            {
                "kind": leg.kind,
                "what": leg.what,
                "begin_ms": (leg.begin_ns - miss.at_ns) / NS_PER_MS,
                "ms": leg.ms,
            }
            for leg in miss.legs
        ],
    }


INSPECT = Verb(
    "inspect",
    "show what was too late, the worst first, with where the time went",
    "  npc-replay inspect evening.npctrace --top 3\n"
    "  npc-replay inspect evening.npctrace --npc Mira --turn 2\n"
    "  npc-replay inspect evening.npctrace --slo intention=700 --slo turn=3000\n",
    _add_options,
    _run,
)
