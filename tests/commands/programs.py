"""Real programs of ours: started, read with bounds, and ended whatever happens."""

import json
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]

NPCENGINE = (sys.executable, "-m", "npcengine")
STRICT = (sys.executable, "-W", "error", "-m", "npcengine")

QUICK = "practice?ttft_ms=0&tokens_per_s=0"

TOKEN = "of-the-test"

WITHIN_S = 20.0
"""For one step of a program: an interpreter's start is the longest, on a busy machine."""

_OURS = ("NPCENGINE_", "OPENAI_", "XAI_", "AI_GATEWAY_", "AZURE_")


def clean_environment(**more: str) -> dict[str, str]:
    """What programs get: this environment, but for keys and proxies that somebody may have set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", "PYTHONIOENCODING": "utf-8", **more}


class Ended:
    """What a program left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


class Program:
    """A running program, whose lines are taken one by one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._out: list[str] = []
        self._err: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(process.stdout, self._out)),
            threading.Thread(target=self._read, args=(process.stderr, self._err)),
        ]
        for reader in self._readers:
            reader.start()

    def line(self) -> str:
        """Wait for the next line of its standard output; empty when there are no more."""
        try:
            return self._lines.get(timeout=WITHIN_S)
        except queue.Empty:
            raise TimeoutError(f"it says nothing more; so far: {self._out} {self._err}") from None

    def send_line(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def ended(self, within_s: float = WITHIN_S) -> Ended:
        """Wait for its end."""
        code = self.process.wait(within_s)
        for reader in self._readers:
            reader.join(WITHIN_S)
        return Ended(code, "".join(self._out), "".join(self._err))

    def _read(self, pipe: IO[str], into: list[str]) -> None:
        for line in pipe:
            into.append(line)
            if into is self._out:
                self._lines.put(line.rstrip("\n"))
        if into is self._out:
            self._lines.put("")


@contextmanager
def running(*command: str, env: Mapping[str, str] | None = None) -> Generator[Program]:
    """Run a program while the block runs; afterwards it has ended, if need be by force."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env or clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        program = Program(process)
        try:
            yield program
        finally:
            if process.poll() is None:
                process.kill()
            program.ended()  # before `Popen` closes the pipes that are still being read


def finish(
    *command: str, said: str = "", env: Mapping[str, str] | None = None, at: Path | None = None
) -> Ended:
    """Run a program that ends of its own accord."""
    done = subprocess.run(
        command,
        cwd=at or ROOT,
        env=env or clean_environment(),
        input=said,
        capture_output=True,
        encoding="utf-8",
        timeout=WITHIN_S,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


class Served:
    """An ``npcengine serve`` that listens."""

    def __init__(self, program: Program, url: str, token: str) -> None:
        self.program = program
        self.url = url
        """As it was printed."""
        self.token = token
        found = re.fullmatch(r"http://(.+):(\d+)/v1", url)
        assert found is not None, url
        self.host = found[1]
        self.port = int(found[2])


@contextmanager
def serving(*options: str, **environment: str) -> Generator[Served]:
    """Run ``npcengine serve``, with the environment's token or with one that it makes."""
    env = clean_environment(**environment)
    with running(*NPCENGINE, "serve", *options, env=env) as program:
        place = re.fullmatch(
            r"mind '.*' at (\S+) \(HTTP and WebSocket: /v1/responses\)", program.line()
        )
        assert place is not None, program.ended().err
        made = program.line().removeprefix("token: ")
        if "--store" in options:
            assert program.line().startswith("store: ")
        assert program.line() == "stop with Ctrl-C"
        yield Served(program, place[1], env.get("NPCENGINE_TOKEN", made))


@contextmanager
def serving_upstream(*options: str, **environment: str) -> Generator[tuple[Served, str]]:
    """Run ``npcengine serve --json`` before another server; yields what it found of that, too."""
    env = clean_environment(NPCENGINE_TOKEN=TOKEN, **environment)
    with running(*NPCENGINE, "serve", "--json", *options, env=env) as program:
        line = program.line()
        assert line, program.ended().err
        ready = json.loads(line)
        yield Served(program, ready["url"], TOKEN), ready["upstream"]
