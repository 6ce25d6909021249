"""This machine: what is installed, what is not, and what to do about it."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterable

import npcengine
from npcengine.doctor.report import Finding, Verdict

__all__ = ["look_at_pygame", "this_machine"]


def this_machine() -> Iterable[Finding]:
    """Look at Python and at what npcengine stands on."""
    yield Finding("npcengine", "ok", f"{npcengine.__version__} from {npcengine.__path__[0]}")
    python = f"{platform.python_implementation()} {platform.python_version()} on {sys.platform}"
    yield Finding("python", "ok" if sys.version_info >= (3, 11) else "bad", python)
    for name in ("msgspec", "websockets", "h11"):
        version = _version(name)
        verdict: Verdict = "ok" if version else "bad"
        yield Finding(name, verdict, version or f"missing: pip install {name}")
    picows = _version("picows")
    text = picows or "not installed; pip install 'npcengine[fast]' halves what a connection costs"
    yield Finding("picows", "ok" if picows else "note", text)
    uvloop = _version("uvloop")
    if uvloop:
        yield Finding("event loop", "ok", f"uvloop {uvloop}")
    else:
        yield Finding("event loop", "ok", "asyncio (uvloop has no build for this platform)")
    interval_ms = sys.getswitchinterval() * 1_000
    text = f"{interval_ms:g} ms; an open bridge sets 0.5 ms and restores this when it closes"
    yield Finding("threads", "ok", f"switch interval {text}")


def look_at_pygame() -> Iterable[Finding]:
    """Look at pygame, of which there are two that overwrite each other."""
    installed = {name: v for name in ("pygame", "pygame-ce") if (v := _version(name))}
    names = " and ".join(f"{name} {version}" for name, version in installed.items())
    if not installed:
        yield Finding("pygame", "note", "not installed: the demo needs it, the library does not")
        return
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    module = importlib.import_module("pygame") if importlib.util.find_spec("pygame") else None
    if not hasattr(module, "init"):
        fix = "pip uninstall pygame pygame-ce, then install one of them"
        yield Finding("pygame", "bad", f"{names} is installed but broken: {fix}")
    elif len(installed) > 1:
        yield Finding("pygame", "note", f"{names}: the one installed last wins; keep one of them")
    else:
        yield Finding("pygame", "ok", names)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
