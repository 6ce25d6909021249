"""Writes into ``docs/reference/servers.md`` what the doctor finds of our gateway and the peers."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from npcengine.doctor.advice import Advice, as_python
from npcengine.doctor.server import Server
from tools.peers.install import AGENTIC_VERSION, AIMOCK_VERSION
from tools.peers.running import ROOT, TOKEN, Running, agentic, aimock, gateway

__all__ = ["BEGIN", "END", "PAGE", "ROWS", "Found", "look_at_all", "page_with"]

PAGE = ROOT / "docs" / "reference" / "servers.md"

BEGIN, END = "<!-- found: begin -->\n", "<!-- found: end -->\n"

MIND = "practice?ttft_ms=20&tokens_per_s=10"
"""Slow enough for somebody to fall in."""

LOOK_WITHIN_S = 180.0


class Found(msgspec.Struct):
    """What the doctor says of one server."""

    server: Server
    advice: Advice


_Words = Callable[[Server], str]


def look_at_all() -> dict[str, Found]:
    """Start each server, have the doctor look at it, and return what it found.

    Raises:
        NoPeersError: A peer is not installed.
        RuntimeError: A server did not come up, or the doctor found it bad.
    """
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        with gateway(MIND, folder) as ours, agentic(ours.port, folder) as theirs:
            fixtures = Path(__file__).with_name("fixtures.json")
            with aimock(fixtures, folder) as mock:
                return {
                    "npcengine serve": _look_at(ours),
                    f"agentic-api {AGENTIC_VERSION}": _look_at(theirs),
                    f"aimock {AIMOCK_VERSION}": _look_at(mock),
                }


def page_with(found: dict[str, Found], page: str) -> str:
    """Return the page with a table of what was found in place of the one it has."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + "\n".join(_table(found)) + "\n" + END + after


def _look_at(running: Running) -> Found:
    ended = subprocess.run(  # noqa: S603 - our own doctor
        [sys.executable, "-m", "npcengine", "doctor", running.url, "--thorough", "--json"],
        cwd=ROOT,
        env={**os.environ, "NPCENGINE_TOKEN": TOKEN},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LOOK_WITHIN_S,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"the doctor found something bad at {running.url}: {ended.stdout!r}")
    return msgspec.json.decode(ended.stdout, type=Found)


def _table(found: dict[str, Found]) -> Iterator[str]:
    yield f"| | {' | '.join(found)} |"
    yield "|---" * (len(found) + 1) + "|"
    for topic, words in ROWS:
        yield f"| {topic} | {' | '.join(words(one.server) for one in found.values())} |"
    settings = [f"`{as_python(one.advice.capabilities)}`" for one in found.values()]
    yield f"| **settings** | {' | '.join(settings)} |"


def _yes(field: str, yes: str = "yes", no: str = "no") -> _Words:
    def words(server: Server) -> str:
        value = getattr(server, field)
        return "not found out" if value is None else (yes if value else no)

    return words


def _said(field: str) -> _Words:
    def words(server: Server) -> str:
        value = getattr(server, field)
        return "not found out" if value is None else str(value)

    return words


def _lanes(field: str) -> _Words:
    def words(server: Server) -> str:
        return "no lanes" if server.lanes_echoed is False else _said(field)(server)

    return words


def _if_it_remembers(words: _Words) -> _Words:
    """Leave out what means nothing where ids are ignored."""
    return lambda server: words(server) if server.remembers is not False else "ids are ignored"


ROWS: tuple[tuple[str, _Words], ...] = (
    ("transport", _said("transport")),
    ("wants a key", _yes("wants_key")),
    ("lane names a connection", _lanes("lanes")),
    ("responses at once a connection", _lanes("running")),
    ("`generate: false`", _said("warm_up")),
    ("the newest response can be continued, `store: false`", _if_it_remembers(_yes("continues"))),
    ("an older one too", _if_it_remembers(_yes("older"))),
    ("from another socket, `store: false`", _if_it_remembers(_yes("elsewhere_unstored"))),
    ("from another socket, `store: true`", _if_it_remembers(_yes("elsewhere_stored"))),
    ("an id that nobody ever had", _yes("unknown_ids_refused", "refused", "taken")),
    ("`response.steer`", _said("steering")),
    ("`response.cancel`", _said("cancelling")),
    ("arguments of calls come", _said("calls")),
    ("`sequence_number`", _yes("sequence_numbers")),
    ("`usage`", _yes("usage", "counted", "nothing counted")),
    ("error frames", _said("errors")),
    ("their `status`", _yes("error_status")),
    ("what is no JSON", _yes("bad_json_keeps_socket", "keeps the socket", "ends it")),
    ("a binary frame", _yes("binary_keeps_socket", "keeps the socket", "ends it")),
)
