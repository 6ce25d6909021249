"""Where numbers were measured, without which they say nothing."""

import importlib.metadata
import os
import platform
from pathlib import Path

import msgspec

__all__ = ["Machine", "this_machine"]


class Machine(msgspec.Struct, frozen=True):
    """A machine, and what runs on it."""

    system: str
    processor: str
    cores: int
    load: float
    """Average number of busy cores over the minute before the bench; 0 where it is not known."""
    versions: dict[str, str]


def this_machine(sdk: dict[str, str]) -> Machine:
    """Describe this machine.

    Args:
        sdk: The versions that the SDK's client reported; empty when it did not run.
    """
    versions = {"python": platform.python_version()}
    for name in ("websockets", "picows", "msgspec", "uvloop"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:  # uvloop on Windows; picows is an extra
            continue
    if "openai" in sdk:
        versions |= {"openai": sdk["openai"], "websockets_of_openai": sdk["websockets"]}
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        versions=versions,
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
