"""Puts clients where the tests and the benchmark find them: each in a folder of its own.

The folders are in ``.clients``, which git ignores; removing it removes all of them.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.clients.pins import CLIENTS, Client

__all__ = ["MissingError", "install", "installed", "openai_python"]

FOLDER = Path(__file__).parents[2] / ".clients"

STEP_WITHIN_S = 900.0
"""For one step: the largest package is 300 MB."""


class MissingError(Exception):
    """A client cannot be had; the text is one line for people."""


def openai_python() -> str:
    """Return the interpreter of an environment that has the openai SDK, making it if need be.

    Raises:
        MissingError: It cannot be made: no network, say.
    """
    return str(python_in(install("openai")))


def python_in(home: Path) -> Path:
    """Return the interpreter of a Python client.

    It is of the same version as ours, so that a comparison is not one of interpreters.
    """
    return home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def installed(name: str) -> Path:
    """Return the folder of a client that has been installed.

    Raises:
        MissingError: It has not, or in another version.
    """
    home = FOLDER / name
    try:
        found = (home / "finished").read_text()
    except OSError:
        found = ""
    if found != _stamp(CLIENTS[name]):
        raise MissingError(
            f"{name} is not installed: uv run python -m tools.clients install {name}"
        )
    return home


def install(name: str) -> Path:
    """Return the folder of a client, installing it if need be.

    Raises:
        MissingError: That failed.
    """
    try:
        return installed(name)
    except MissingError:
        pass
    client, home = CLIENTS[name], FOLDER / name
    shutil.rmtree(home, ignore_errors=True)  # one that was interrupted, or is of another version
    home.mkdir(parents=True)
    try:
        (_install_python if client.language == "python" else _install_node)(client, home)
    except subprocess.CalledProcessError as error:
        # One line: the end of what was said, where the cause stands.
        complaint = " ".join(error.stderr.decode("utf-8", "replace").split())
        raise MissingError(
            f"cannot install {name}: {complaint[-300:] or 'no reason given'}"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(f"cannot install {name}: {error}") from error
    (home / "finished").write_text(_stamp(client))
    return home


def _stamp(client: Client) -> str:
    """What a folder says of itself, so that a change of versions is noticed."""
    with_what = f"python {sys.version_info[0]}.{sys.version_info[1]}\n"
    return (with_what if client.language == "python" else "") + "\n".join(client.requirements)


def _install_python(client: Client, home: Path) -> None:
    python = str(python_in(home))
    if (uv := shutil.which("uv")) is not None:
        _do([uv, "venv", "--clear", "--python", sys.executable, str(home)], home)
        _do([uv, "pip", "install", "--no-config", "--python", python, *client.requirements], home)
    else:
        _do([sys.executable, "-m", "venv", str(home)], home)
        _do([python, "-m", "pip", "install", *client.requirements], home)


def _install_node(client: Client, home: Path) -> None:
    if (npm := shutil.which("npm")) is None:
        raise OSError("it needs Node.js 20 or later and npm")
    (home / "package.json").write_text('{"private": true}\n')
    quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
    _do([npm, "install", "--save-exact", *quiet, *client.requirements], home)


def _do(command: list[str], at: Path) -> None:
    subprocess.run(  # noqa: S603 - uv, npm or our own interpreter
        command,
        cwd=at,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=STEP_WITHIN_S,
    )
