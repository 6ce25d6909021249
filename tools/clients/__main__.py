"""``python -m tools.clients``: install the clients that the tests try the gateway with."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from tools.clients.install import FOLDER, MissingError, install, installed
from tools.clients.pins import CLIENTS

__all__ = ["main"]

_EXAMPLES = """\
examples:
  python -m tools.clients list              what there is, and what is installed
  python -m tools.clients install           all of them, 1.4 GB
  python -m tools.clients install agents    one of them
  pytest -m clients                         then try the gateway with them
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 good, 1 a client could not be installed."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.clients",
        description=f"Install clients of the Responses API, in pinned versions, in {FOLDER.name}/.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="say which clients there are")
    wanted = commands.add_parser("install", help="install some, or all; those that are there stay")
    wanted.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CLIENTS))
    options = parser.parse_args(arguments)
    if options.command == "list":
        for name, client in CLIENTS.items():
            print(f"{name:8} {_state(name):14} {' '.join(client.requirements)}")
        return 0
    names: list[str] = options.names or list(CLIENTS)
    if unknown := [name for name in names if name not in CLIENTS]:
        parser.error(f"there is no client {unknown[0]!r}; there are: {', '.join(CLIENTS)}")
    return _install(names)


def _install(names: list[str]) -> int:
    console = Console()
    failures = 0
    for number, name in enumerate(names, start=1):
        size = f"{CLIENTS[name].megabytes} MB"
        with console.status(f"{number} of {len(names)}: {name}, about {size} …"):
            try:
                install(name)
            except MissingError as error:
                failures += 1
                said = str(error)
            else:
                said = f"{name} is installed"
        console.print(f"{number} of {len(names)}: {said}", highlight=False, markup=False)
    return 1 if failures else 0


def _state(name: str) -> str:
    try:
        installed(name)
    except MissingError:
        return "not installed"
    return "installed"


if __name__ == "__main__":
    sys.exit(main())
