"""Writes docs/reference/conformance.md: ``uv run python -m tools.conformance``.

The suite runs three times: against our gateway, agentic-api and aimock. The last two are fetched
with ``uvx`` and ``npx`` unless their commands are given.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from npcengine.errors import UsageError
from tools.conformance.page import Column, page, read_column
from tools.conformance.peers import AGENTIC_API, AIMOCK, KEY, Peer, agentic_api, aimock

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "conformance.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite against all three and write the page; return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.conformance", description=__doc__)
    parser.add_argument("--agentic-api", default=AGENTIC_API, metavar="COMMAND")
    parser.add_argument("--aimock", default=AIMOCK, metavar="COMMAND")
    parser.add_argument("--out", type=Path, default=PAGE, metavar="FILE", help="default: the page")
    options = parser.parse_args(arguments)
    servers: list[tuple[str, Callable[[], AbstractContextManager[Peer | None]]]] = [
        ("npcengine", nullcontext),
        ("agentic-api 0.9.0", lambda: agentic_api(shlex.split(options.agentic_api))),
        ("aimock 1.43.0", lambda: aimock(shlex.split(options.aimock))),
    ]
    try:
        columns: list[Column] = []
        for name, start in servers:
            with start() as peer:
                columns.append(_run(name, peer))
    except (UsageError, TimeoutError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    options.out.write_text(page(columns), "utf-8")
    print(f"written: {options.out}")
    return 0


def _run(name: str, peer: Peer | None) -> Column:
    """Run the suite against one server, our own if none is given."""
    print(f"{name} …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.json"
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "tests/conformance"]
        command += ["--conformance-table", str(table), "--server-name", name]
        if peer is not None:
            command += ["--url", peer.url, "--within-s", "5"]
        if peer is not None and peer.second_url is not None:
            command += ["--second-url", peer.second_url]
        done = subprocess.run(  # noqa: S603 - our own interpreter
            command,
            cwd=ROOT,
            env={**os.environ, "CONFORMANCE_KEY": KEY},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if not table.exists():
            raise UsageError(f"the suite did not run:\n{done.stdout[-2_000:]}")
        return read_column(table)


if __name__ == "__main__":
    sys.exit(main())
