"""Starts the servers: ours, agentic-api in front of ours, and aimock with our fixtures.

The other two come by `uvx` and `npx`, which fetch them on first use and install nothing.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from npcengine.errors import UsageError
from npcengine.testing import wait_until

__all__ = ["AGENTIC_API", "AIMOCK", "KEY", "Peer", "agentic_api", "aimock"]

AGENTIC_API = "uvx --from agentic-api==0.9.0 agentic-server"
AIMOCK = "npx --yes --package @copilotkit/aimock@1.43.0 llmock"

START_WITHIN_S = 120.0
"""How long a server may take to come up: the first time it is fetched."""

KEY = "a-key-of-the-conformance-run"
MIND = "practice?ttft_ms=10&tokens_per_s=200"
FIXTURES = Path(__file__).with_name("aimock.json")


class Peer(msgspec.Struct, frozen=True):
    """A server that runs."""

    url: str
    second_url: str | None = None
    """Another one on the same store."""


@contextmanager
def agentic_api(command: Sequence[str]) -> Generator[Peer]:
    """Run two of them on one store, in front of our gateway as their model server."""
    with ExitStack() as stack:
        upstream = stack.enter_context(_our_gateway())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        urls: list[str] = []
        for _ in range(2):  # one after the other: the first one makes the store
            port = _free_port()
            options = (
                *("--llm-api-base", upstream.removesuffix("/v1"), "--skip-llm-ready-check"),
                *("--gateway-host", "127.0.0.1", "--gateway-port", str(port)),
                *("--db-url", f"sqlite://{folder}/store.db?mode=rwc"),
            )
            stack.enter_context(_running(*command, *options))
            _wait_for(port)
            urls.append(f"http://127.0.0.1:{port}/v1")
        yield Peer(*urls)


@contextmanager
def aimock(command: Sequence[str]) -> Generator[Peer]:
    """Run one that plays our fixtures, a few words every few milliseconds."""
    port = _free_port()
    options = ("--port", str(port), "--fixtures", str(FIXTURES), "--chunk-size", "5")
    with _running(*command, *options, "--latency", "5"):
        _wait_for(port)
        yield Peer(f"http://127.0.0.1:{port}/v1")


@contextmanager
def _our_gateway() -> Generator[str]:
    command = (sys.executable, "-m", "npcengine", "serve", "--json", "--mind", MIND)
    with _running(*command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]


@contextmanager
def _running(
    *command: str, stdout: int = subprocess.DEVNULL
) -> Generator["subprocess.Popen[bytes]"]:
    """Run a program in a group of its own, so that it ends with whatever it started."""
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "NPCENGINE_TOKEN": KEY}
    try:
        process = subprocess.Popen(  # noqa: S603 - what the user named
            command,
            env=environment,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be run: {error.strerror}") from error
    with process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    def is_open() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(is_open, within_s=START_WITHIN_S)
