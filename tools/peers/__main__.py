"""The command ``python -m tools.peers``: install the peers, or write down what they can do."""

import argparse
import sys

from tools.peers.install import NoPeersError, install


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.peers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("install", help="install agentic-api and aimock (needs uv and npm)")
    options = parser.parse_args()
    try:
        if options.command == "install":
            install()
    except NoPeersError as error:
        sys.stderr.write(f"peers: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
