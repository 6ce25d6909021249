"""``npc-replay record``: any program that opens a bridge, recorded without being changed."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from npcengine.bridge.recorder import RECORD_VARIABLE, recordings_at
from npcengine.clock import NS_PER_S
from npcengine.errors import UsageError
from npcengine.replay.command.verb import Verb
from npcengine.trace import records
from npcengine.trace.reader import TraceReader

__all__ = ["RECORD"]

_KILLED = 128
"""What a shell adds to the number of the signal that ended a program."""


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("recording.npctrace"),
        metavar="FILE",
        help="where to (recording.npctrace); if there is one, -2, -3 … is put behind its name",
    )
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="-- COMMAND...",
        help="the program, and what it is given",
    )


def _run(options: argparse.Namespace) -> int:
    command: list[str] = options.command
    if command[:1] == ["--"]:
        command = command[1:]
    if not command:
        raise UsageError("say what to run: npc-replay record -- COMMAND...")
    output: Path = options.output.absolute()
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent} to record into")
    before = set(recordings_at(output))
    code = _run_command(command, {**os.environ, RECORD_VARIABLE: str(output)})
    new = [path for path in recordings_at(output) if path not in before]
    for path in new:
        _say(f"{path}: {_content(path)}")
    if not new:
        _say("nothing was recorded: the program opened no Bridge, or was told what to record")
    return code


def _run_command(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a program to its end, whoever wants to end it; return its exit code, as a shell does."""
    # A script of Windows is found by its whole name only.
    program = shutil.which(command[0])
    if program is None:
        raise UsageError(f"there is no program {command[0]!r}")
    try:
        process = subprocess.Popen([program, *command[1:]], env=environment)  # noqa: S603 - that is what it is for
    except OSError as error:
        raise UsageError(f"{command[0]!r} cannot be run: {error.strerror or error}") from error
    with _passing_on(process):
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue  # it was for the program as much as for us, and that ends as it likes
            return code if code >= 0 else _KILLED - code


@contextmanager
def _passing_on(process: "subprocess.Popen[bytes]") -> Generator[None]:
    """Let a polite wish to end reach the program instead of ending us."""
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: process.terminate())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _content(path: Path) -> str:
    reader = TraceReader(path)
    turns, last_ns = 0, reader.header.t_ns
    for record in reader:
        turns += isinstance(record, records.TurnOver)
        last_ns = max(last_ns, getattr(record, "t_ns", 0))
    cut = "" if reader.end is not None else ", cut off at its end"
    return f"{turns:,} turns, {(last_ns - reader.header.t_ns) / NS_PER_S:.1f} s{cut}"


def _say(text: str) -> None:
    # The standard output is the program's.
    sys.stderr.write(f"npc-replay: {text}\n")


RECORD = Verb(
    "record",
    "run a program that opens a bridge, and record it",
    "  npc-replay record -- npc-demo --autoplay\n"
    "  npc-replay record -o evening.npctrace -- python my_game.py\n",
    _add_options,
    _run,
)
