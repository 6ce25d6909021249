"""Runs peers, and our own gateway behind or beside them, on loopback and on ports of their own."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from npcengine.clock import NS_PER_S, SystemClock
from tools.peers.install import path

__all__ = ["TOKEN", "Running", "agentic", "aimock", "gateway"]

ROOT = Path(__file__).parents[2]

TOKEN = "a-token-for-peers"  # noqa: S105 - of a server that lives for a test
"""What our own gateway asks for when it stands behind a peer."""

UP_WITHIN_S = 20.0
END_WITHIN_S = 5.0

_KEYS = ("NPCENGINE_", "OPENAI_", "XAI_", "AI_GATEWAY_", "AZURE_", "AIMOCK_", "LLM_")
"""What a peer is not to find in its environment, whoever set it."""


class Running:
    """A server process that can be lost and started again on the same port."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], port: int, log: Path
    ) -> None:
        self._command = command
        self._env = env
        self.port = port
        self._log = log
        self.start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/responses"

    def start(self) -> None:
        """Start it, and return when it listens.

        Raises:
            RuntimeError: It does not; the text has its last words.
        """
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - a peer, or our own gateway
                self._command,
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        clock, pause = SystemClock(), threading.Event()
        until_ns = clock.now_ns() + round(UP_WITHIN_S * NS_PER_S)
        while not _listens(self.port):
            if self.process.poll() is not None or clock.now_ns() > until_ns:
                self.end()
                raise RuntimeError(f"{self._command[0]} does not come up: {self.last_words}")
            pause.wait(0.02)

    @property
    def last_words(self) -> str:
        """The end of what it printed."""
        return self._log.read_text("utf-8", "replace")[-500:]

    def stop(self) -> None:
        """Stop it in its tracks; it can still be killed."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """Kill it, with no chance to say goodbye."""
        self.process.kill()
        self.process.wait(END_WITHIN_S)

    def end(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def gateway(
    mind: str, folder: Path, *, module: str = "npcengine", port: int = 0
) -> Generator[Running]:
    """Run our own gateway with a mind while the block runs; its token is :data:`TOKEN`.

    Args:
        mind: The mind and its options.
        folder: Where its log goes.
        module: What to run instead of ``npcengine``: it may know of more minds.
        port: Where; 0 for any free port.
    """
    port = port or _free_port()
    command = [sys.executable, "-m", module, "serve", "--port", str(port), "--mind", mind]
    with _ended(command, {"NPCENGINE_TOKEN": TOKEN}, port, folder / "gateway.log") as running:
        yield running


@contextmanager
def agentic(upstream_port: int, folder: Path) -> Generator[Running]:
    """Run agentic-api in front of a gateway of ours while the block runs."""
    port = _free_port()
    command = [
        *(str(path("agentic-server")), "--skip-llm-ready-check"),
        *("--gateway-host", "127.0.0.1", "--gateway-port", str(port)),
        *("--llm-api-base", f"http://127.0.0.1:{upstream_port}"),
        *("--db-url", f"sqlite://{folder / 'agentic.db'}?mode=rwc"),
    ]
    env = {"OPENAI_API_KEY": TOKEN, "AGENTIC_API_HOME": str(folder)}
    with _ended(command, env, port, folder / "agentic.log") as running:
        yield running


@contextmanager
def aimock(fixtures: Path, folder: Path, *options: str) -> Generator[Running]:
    """Run aimock with a file of fixtures while the block runs."""
    port = _free_port()
    command = [str(path("llmock")), "-p", str(port), "-f", str(fixtures), *options]
    with _ended(command, {}, port, folder / "aimock.log") as running:
        yield running


@contextmanager
def _ended(
    command: Sequence[str], env: Mapping[str, str], port: int, log: Path
) -> Generator[Running]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_KEYS)}
    running = Running(command, {**kept, "NO_PROXY": "127.0.0.1", **env}, port, log)
    try:
        yield running
    finally:
        running.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 0.5):
            return True
    except OSError:
        return False
