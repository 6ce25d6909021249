"""The official SDK's own environment: its ``realtime`` extra needs websockets below 16, ours above.

Made once, in the user's cache, and found there afterwards.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["OPENAI_VERSION", "NoOpenAIError", "openai_python"]

OPENAI_VERSION = "3.54.0"

_REQUIREMENT = f"openai[realtime]=={OPENAI_VERSION}"

MAKE_WITHIN_S = 300.0
"""For one step; the packages are some 20 MB."""


class NoOpenAIError(Exception):
    """The environment cannot be made; the text is one line for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot make the environment for {_REQUIREMENT}: {reason}")


def openai_python() -> str:
    """Return the interpreter of an environment that has the SDK, making it if need be.

    It is of the same Python version as this one, so that a comparison is not one of interpreters.

    Raises:
        NoOpenAIError: It cannot be made: no network, say.
    """
    home = _cache() / f"openai-{OPENAI_VERSION}-py{sys.version_info[0]}.{sys.version_info[1]}"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    finished = home / "finished"
    if not (finished.exists() and python.exists()):
        shutil.rmtree(home, ignore_errors=True)  # one that was interrupted
        home.parent.mkdir(parents=True, exist_ok=True)
        if (uv := shutil.which("uv")) is not None:
            _do([uv, "venv", "--python", sys.executable, str(home)])
            _do([uv, "pip", "install", "--python", str(python), _REQUIREMENT])
        else:
            _do([sys.executable, "-m", "venv", str(home)])
            _do([str(python), "-m", "pip", "install", _REQUIREMENT])
        finished.touch()
    return str(python)


def _cache() -> Path:
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / "npcengine"


def _do(command: list[str]) -> None:
    try:
        subprocess.run(  # noqa: S603 - uv, or our own interpreter
            command,
            # Not from here: uv would apply this project's constraints, which name another
            # websockets.
            cwd=_cache(),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=MAKE_WITHIN_S,
        )
    except subprocess.CalledProcessError as error:
        # One line: the end of what was said, where the cause stands.
        complaint = " ".join(error.stderr.decode("utf-8", "replace").split())
        raise NoOpenAIError(complaint[-300:] or "it said nothing") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoOpenAIError(str(error)) from error
