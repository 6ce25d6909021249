"""Where the peers are, and how they get there: pinned, in a folder of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = [
    "AGENTIC_VERSION",
    "AIMOCK_VERSION",
    "FOLDER_VARIABLE",
    "NoPeersError",
    "install",
    "path",
]

AGENTIC_VERSION = "0.9.0"
AIMOCK_VERSION = "1.43.0"

FOLDER_VARIABLE = "NPCENGINE_PEERS"
"""The environment variable that names their folder; else it is ``.peers`` beside this checkout."""

STEP_WITHIN_S = 300.0

_IS_WINDOWS = sys.platform == "win32"


class NoPeersError(Exception):
    """A peer is not there or cannot be had; the text is one line for people."""


def folder() -> Path:
    """Return where the peers are kept."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else Path(__file__).parents[2] / ".peers"


def path(peer: str) -> Path:
    """Return the program of ``agentic-server`` or ``llmock``.

    Raises:
        NoPeersError: It is not installed.
    """
    found = _places()[peer]
    if not found.exists():
        raise NoPeersError(f"{peer} is not installed: uv run python -m tools.peers install")
    return found


def install() -> None:
    """Install those that are not there (76 MB).

    Raises:
        NoPeersError: A program that is needed is missing, or one failed.
    """
    folder().mkdir(parents=True, exist_ok=True)
    if not _places()["agentic-server"].exists():
        home, package = str(_agentic_home()), f"agentic-api=={AGENTIC_VERSION}"
        _do("uv", "venv", "--quiet", "--clear", home)
        _do("uv", "pip", "install", "--quiet", "--python", home, package)
    if not _places()["llmock"].exists():
        home, package = str(_aimock_home()), f"@copilotkit/aimock@{AIMOCK_VERSION}"
        quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
        _do("npm", "install", "--ignore-scripts", *quiet, "--prefix", home, package)


def _places() -> dict[str, Path]:
    """Return where the programs are, or would be."""
    scripts = _agentic_home() / ("Scripts" if _IS_WINDOWS else "bin")
    modules = _aimock_home() / "node_modules" / ".bin"
    return {
        "agentic-server": scripts / ("agentic-server.exe" if _IS_WINDOWS else "agentic-server"),
        "llmock": modules / ("llmock.cmd" if _IS_WINDOWS else "llmock"),
    }


def _agentic_home() -> Path:
    return folder() / f"agentic-{AGENTIC_VERSION}"


def _aimock_home() -> Path:
    return folder() / f"aimock-{AIMOCK_VERSION}"


def _do(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise NoPeersError(f"{program} is needed to install the peers, and is not there")
    try:
        subprocess.run(  # noqa: S603 - uv or npm, found where this user has them
            [found, *arguments],
            cwd=folder(),  # where this project's constraints do not reach
            check=True,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=STEP_WITHIN_S,
        )
    except subprocess.CalledProcessError as error:
        complaint = " ".join(error.stderr.decode("utf-8", "replace").split())
        raise NoPeersError(f"{program} failed: {complaint[-300:] or 'it said nothing'}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoPeersError(f"{program} failed: {error}") from error
