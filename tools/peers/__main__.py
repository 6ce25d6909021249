"""The command ``python -m tools.peers``: install the peers, or write down what they can do."""

import argparse
import sys

from tools.peers.install import NoPeersError, install
from tools.peers.page import PAGE, look_at_all, page_with


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.peers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("install", help="install agentic-api and aimock (needs uv and npm)")
    commands.add_parser("page", help=f"let the doctor look at all of them, and write {PAGE.name}")
    options = parser.parse_args()
    try:
        if options.command == "install":
            install()
        else:
            PAGE.write_text(page_with(look_at_all(), PAGE.read_text("utf-8")), "utf-8")
    except (NoPeersError, RuntimeError) as error:
        sys.stderr.write(f"peers: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
