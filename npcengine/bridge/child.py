"""The gateway as a child process: the real wire, with no interpreter lock shared.

The child gets its token through its standard input and says on its standard output which port it
bound. It ends when its input closes, so a game that crashes leaves nothing behind.
"""

import contextlib
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from npcengine.errors import ConnectError
from npcengine.transport.address import Address

__all__ = ["Child", "ChildDied", "ChildReady"]

log = logging.getLogger("npcengine")

ENDS_WITHIN_S = 0.4
"""How long a child may take to end after its input has closed, before it is killed."""

BAD_SETTINGS = 2
"""The exit code of a gateway that was told something it cannot do: starting it again won't help."""

_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])


class ChildReady:
    """The child listens."""

    def __init__(self, address: Address, token: str) -> None:
        self.address = address
        self.token = token


class ChildDied:
    """The child has ended without our asking, or never began."""

    def __init__(self, code: int, last_words: str) -> None:
        self.code = code
        self.last_words = last_words

    def error(self, name: str) -> ConnectError:
        """Return what it means for somebody who waits for a connection."""
        reason = self.last_words or f"the gateway process ended with code {self.code}"
        return ConnectError(name, reason, retryable=self.code != BAD_SETTINGS)


class Child:
    """One gateway process, from its start to its end.

    Args:
        mind: What ``npcengine serve --mind`` takes.
        report: Called with a :class:`ChildReady` and later a :class:`ChildDied`, on a thread of
            the child's own.
    """

    def __init__(self, mind: str, report: Callable[[ChildReady | ChildDied], None]) -> None:
        self._report = report
        self._stopping = False
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = threading.Event()
        """Set when the process has been started, or never will be."""
        self._command = [sys.executable, "-m", "npcengine", "serve", "--child", "--mind", mind]
        # Starting a process blocks until it has begun, so that is done on a thread, too.
        self._thread = threading.Thread(target=self._attend, name="npcengine-child", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The process's id, once there is one."""
        return self._process.pid if self._process is not None else None

    def stop(self) -> None:
        """End the process, and wait for that; takes at most a second, from any thread."""
        self._stopping = True
        self._begun.wait(ENDS_WITHIN_S)
        process = self._process
        if process is None:
            return  # if it begins all the same, its thread ends it
        _close_input(process)
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(ENDS_WITHIN_S)
        self._thread.join(ENDS_WITHIN_S)

    def _attend(self) -> None:
        """Bring the child up, then read what it says until it ends."""
        if self._stopping:
            return
        token = secrets.token_urlsafe(32)
        # The game may have been started from anywhere: the child imports the same package.
        path = os.pathsep.join(filter(None, [_PACKAGE_PARENT, os.environ.get("PYTHONPATH")]))
        try:
            process = self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._report(ChildDied(BAD_SETTINGS, f"the gateway cannot be started: {error}"))
            return
        finally:
            self._begun.set()
        if self._stopping:
            _close_input(process)
        self._greet(process, token)
        last_words = _listen(process)
        code = process.wait()
        _close_input(process)
        if not self._stopping:
            self._report(ChildDied(code, last_words))

    def _greet(self, process: "subprocess.Popen[bytes]", token: str) -> None:
        """Give the child its token, and pass on which port it bound."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(token.encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
            port: int = json.loads(line)["port"]
        except (OSError, ValueError, KeyError):
            return  # it did not come up: its last words say why
        self._report(ChildReady(Address("127.0.0.1", port, "/v1/responses", False), token))


def _listen(process: "subprocess.Popen[bytes]") -> str:
    """Log what a child complains about until it ends; return its last words."""
    assert process.stdout is not None
    assert process.stderr is not None
    last_words = ""
    for raw in process.stderr:
        words = raw.decode("utf-8", "replace").strip().removeprefix("npcengine: ")
        last_words = words or last_words
        log.info("gateway: %s", words)
    process.stdout.close()
    process.stderr.close()
    return last_words


def _close_input(process: "subprocess.Popen[bytes]") -> None:
    """Tell a child to end."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # it died with something still to be written
            process.stdin.close()
