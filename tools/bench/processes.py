"""Starts the processes of a measurement, hears what they print, and ends them."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from npcengine.clock import NS_PER_S, SystemClock
from tools.bench.client import Feed, Sample
from tools.bench.generator import GeneratorReport

__all__ = [
    "BenchError",
    "ClientReport",
    "Run",
    "ended",
    "feed_one",
    "hello_of",
    "port_of",
    "read_report",
    "run",
    "started",
]

ROOT = Path(__file__).resolve().parents[2]

START_WITHIN_S = 20.0
"""How long imports, connections and good-byes of a client may take, on a busy machine."""

END_WITHIN_S = 5.0
"""How long a server may take to notice that its client has gone."""

LOOK_EVERY_S = 0.1
"""Between two looks at a running client."""

_T = TypeVar("_T")


class BenchError(Exception):
    """A measurement did not come about; the text is one line for people."""


class ClientReport(msgspec.Struct, frozen=True):
    """What a client printed."""

    samples: list[Sample]
    """Oldest first; at least two."""
    facts: dict[str, str]


class Run(msgspec.Struct, frozen=True):
    """One client, fed once."""

    client: ClientReport
    generator: GeneratorReport


class _Greeting(msgspec.Struct):
    port: int


def run(
    module: str,
    *,
    python: str,
    environment: Mapping[str, str],
    feed: Feed,
    tokens: int,
    tokens_per_s: float,
    tick: Callable[[float], None],
) -> Run:
    """Feed a client in a fresh process, from a generator in another.

    Args:
        module: The client, such as ``tools.bench.client_floor``.
        python: The interpreter to run it with.
        environment: Variables that it finds besides ours.
        feed: What the client is told, except for the port: the generator says which it is.
        tokens: Deltas in a response.
        tokens_per_s: Per connection; 0 is as fast as the socket takes.
        tick: Called several times a second with the share of the time that has passed, 0 to 1.

    Raises:
        BenchError: One of the two did not do its part.
    """
    lasts_s = feed.warm_up_s + feed.seconds
    limit_s = lasts_s + START_WITHIN_S
    serve = ["tools.bench.generator", "--npcs", str(feed.npcs), "--tokens", str(tokens),
             "--tokens-per-s", str(tokens_per_s), "--limit-s", str(limit_s)]  # fmt: skip

    def ask(port: int) -> list[str]:
        return [module, "--port", str(port), "--npcs", str(feed.npcs),
                "--warm-up-s", str(feed.warm_up_s), "--seconds", str(feed.seconds)]  # fmt: skip

    said, heard = feed_one(
        serve=serve,
        ask=ask,
        python=python,
        environment=environment,
        limit_s=limit_s,
        tick=lambda passed_s: tick(min(passed_s / lasts_s, 1)),
    )
    report = read_report(said, ClientReport, module)
    if len(report.samples) < 2 or report.samples[-1].events == report.samples[0].events:
        raise BenchError(f"{module} received nothing while it was measured")
    return Run(report, read_report(heard, GeneratorReport, serve[0]))


def feed_one(
    *,
    serve: Sequence[str],
    ask: Callable[[int], Sequence[str]],
    python: str,
    environment: Mapping[str, str],
    limit_s: float,
    tick: Callable[[float], None],
) -> tuple[bytes, bytes]:
    """Run a server and one client to their ends; return what the client and the server printed.

    Args:
        serve: A module that prints the port it listens on and, when its client has gone, the rest;
            with its arguments.
        ask: Returns the client's module and arguments for a port.
        python: The interpreter to run the client with.
        environment: Variables that the client finds besides ours.
        limit_s: How long the client may take.
        tick: Called several times a second with the seconds that have passed.

    Raises:
        BenchError: One of the two did not do its part.
    """
    with started(*serve) as server:
        asking = ask(port_of(server, serve[0]))
        with started(*asking, python=python, environment=environment) as client:
            said = ended(asking[0], client, limit_s, tick)
        return said, ended(serve[0], server)


@contextlib.contextmanager
def started(
    *module: str, python: str = sys.executable, environment: Mapping[str, str] | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """Run a module of ours while the block runs; afterwards it has ended, if need be by force.

    Args:
        module: Its name and its arguments. Its standard input ends when :func:`ended` is asked for.
        python: The interpreter to run it with.
        environment: Variables that it finds besides ours.
    """
    # The path names this checkout first: what is measured is the code beside this file.
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(  # noqa: S603 - an interpreter we chose, a module of ours
        [python, "-m", *module],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Through a proxy it would be the proxy that is measured.
        env={
            **os.environ,
            "PYTHONPATH": path,
            "NO_PROXY": "127.0.0.1,localhost",
            **(environment or {}),
        },
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def port_of(server: subprocess.Popen[bytes], name: str) -> int:
    """Return the port that a server prints first; see :func:`hello_of`."""
    return hello_of(server, name, _Greeting).port


def hello_of(server: subprocess.Popen[bytes], name: str, kind: type[_T]) -> _T:
    """Return what a server prints first.

    Raises:
        BenchError: It ended instead, or printed something else.
    """
    assert server.stdout is not None
    greeting = server.stdout.readline()
    if not greeting:
        raise BenchError(_why(name, server, server.communicate()[1]))
    return read_report(greeting, kind, name)


def ended(
    name: str,
    process: subprocess.Popen[bytes],
    within_s: float = END_WITHIN_S,
    tick: Callable[[float], None] = lambda _: None,
) -> bytes:
    """Let a process end, and return what it prints until then.

    Args:
        name: Who it is, for the error.
        process: Its standard input is closed: it is not needed any more.
        within_s: How long it may take.
        tick: Called several times a second with the seconds that have passed.

    Raises:
        BenchError: It fails, or does not end in time.
    """
    clock = SystemClock()
    began_ns = clock.now_ns()
    while (passed_s := (clock.now_ns() - began_ns) / NS_PER_S) < within_s:
        tick(passed_s)
        try:
            said, complaint = process.communicate(timeout=LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
        if process.returncode:
            raise BenchError(_why(name, process, complaint))
        return said
    raise BenchError(f"{name} did not end within {within_s:.0f} s")


def _why(name: str, process: subprocess.Popen[bytes], complaint: bytes) -> str:
    lines = complaint.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    return f"{name} ended with code {process.returncode}: {lines[-1]}"


def read_report(said: bytes, kind: type[_T], name: str) -> _T:
    """Return what a process printed.

    Args:
        said: A line of JSON.
        kind: What it should hold.
        name: Who printed it.

    Raises:
        BenchError: It is something else.
    """
    try:
        return msgspec.json.decode(said, type=kind)
    except msgspec.DecodeError as error:
        raise BenchError(f"{name} printed something else than its report: {error}") from error
