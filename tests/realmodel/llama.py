"""A real model behind a real server: started for a test, and ended whatever happens.

What is needed is named by environment variables; ``docs/howto/local_models.md`` says how to get it.
"""

import json
import os
import re
import socket
import subprocess
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from npcengine.testing import wait_until

SERVER = "NPCENGINE_LLAMA_SERVER"
MODEL = "NPCENGINE_GGUF"
TEMPLATE = "NPCENGINE_CHAT_TEMPLATE"

START_WITHIN_S = 60.0
SLOTS = 2


class Llama:
    """A llama-server that answers.

    Args:
        url: What its clients take as base URL.
        log: Where it writes.
    """

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def slots_chosen(self) -> list[int]:
        """The slots that requests named, in order."""
        found = re.findall(
            r"selected slot by id \((\d+)\)", self._log.read_text("utf-8", "replace")
        )
        return [int(number) for number in found]

    def cancelled(self) -> int:
        """How many requests it stopped because nobody listened any more."""
        return self._log.read_text("utf-8", "replace").count("stop: cancel task")

    def is_busy(self) -> bool:
        slots: list[dict[str, Any]] = json.loads(_get(self.url.removesuffix("/v1") + "/slots"))
        return any(slot["is_processing"] for slot in slots)


@contextmanager
def llama(folder: Path) -> Generator[Llama]:
    """Run a llama-server while the block runs, or skip the test and say what to set."""
    program, model = os.environ.get(SERVER), os.environ.get(MODEL)
    if not program or not model:
        pytest.skip(
            f"set {SERVER} to llama-server and {MODEL} to a model: docs/howto/local_models.md"
        )
    template = os.environ.get(TEMPLATE) or str(Path(__file__).parent / "npc.jinja")
    port, log = _free_port(), folder / "llama.log"
    command = [program, "-m", model, "--chat-template-file", template, "--jinja", "--temp", "0"]
    command += ["--host", "127.0.0.1", "--port", str(port), "-c", "4096", "-np", str(SLOTS)]
    command += ["-t", "2", "--alias", "npc"]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: process.poll() is not None or _is_up(url), within_s=START_WITHIN_S)
            assert process.poll() is None, log.read_text("utf-8", "replace")[-2_000:]
            yield Llama(f"{url}/v1", log)
        finally:
            process.kill()


def _is_up(url: str) -> bool:
    try:
        return b"ok" in _get(f"{url}/health")
    except OSError:
        return False


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        body: bytes = answer.read()
        return body


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
