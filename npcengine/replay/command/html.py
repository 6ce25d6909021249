"""``npc-replay html``: a recording, or two over each other, as one page to look around in."""

import argparse
from pathlib import Path

from npcengine.replay.command.export import written
from npcengine.replay.command.reading import add_slos, read_shown, slos_of
from npcengine.replay.command.verb import FINE, Verb, print_json
from npcengine.replay.page.build import page_of

__all__ = ["HTML"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a recording")
    parser.add_argument("b", type=Path, nargs="?", help="another, to be laid over it")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the page to write")
    add_slos(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(options: argparse.Namespace) -> int:
    paths = [options.file, *([options.b] if options.b is not None else [])]
    page = page_of([(path.name, read_shown(path)) for path in paths], slos_of(options))
    written(options.out, page)
    if options.json:
        print_json({"out": str(options.out), "bytes": len(page)})
    else:
        print(f"{options.out}: {len(page):,} bytes, open it in a browser")
    return FINE


HTML = Verb(
    "html",
    "make a page of a recording, or of two over each other: one file that needs nothing else",
    "  npc-replay html evening.npctrace -o evening.html\n"
    "  npc-replay html ws.npctrace http.npctrace -o both.html\n",
    _add_options,
    _run,
)
