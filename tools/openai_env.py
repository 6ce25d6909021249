"""The official SDK's own environment: its ``realtime`` extra needs websockets below 16, ours above.

Made once, in the user's cache, and found there afterwards.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.bench.processes import BenchError

__all__ = ["OPENAI_VERSION", "openai_python"]

OPENAI_VERSION = "3.54.0"

_REQUIREMENT = f"openai[realtime]=={OPENAI_VERSION}"

MAKE_WITHIN_S = 300.0
"""For one step; the packages are some 20 MB."""


def openai_python() -> str:
    """Return the interpreter of an environment that has the SDK, making it if need be.

    It is of the same Python version as this one: the comparison is not one of interpreters.

    Raises:
        BenchError: It cannot be made: no network, say.
    """
    home = _cache() / f"bench-openai-{OPENAI_VERSION}-py{sys.version_info[0]}.{sys.version_info[1]}"
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
        raise BenchError(_cannot(complaint[-300:] or "it said nothing")) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(_cannot(str(error))) from error


def _cannot(reason: str) -> str:
    return (
        f"cannot make the environment for {_REQUIREMENT}: {reason} "
        "(--without openai leaves the SDK out)"
    )
