"""What the operating system says of a process."""

import re
from pathlib import Path

import msgspec

__all__ = ["Usage", "allow_files", "usage_of"]

SPARE_FILES = 256
"""What a process has open besides its sockets, generously."""

_KB = re.compile(r"^(Rss|Pss): +(\d+) kB$", re.MULTILINE)


class Usage(msgspec.Struct, frozen=True):
    """What a process has, at one moment."""

    rss_kb: int
    """Memory that is resident; the kernel's buffers of its sockets are not in it."""
    pss_kb: int
    """The same, but what is shared with other processes counts as one share of it."""
    files: int
    """Open file descriptors."""


def usage_of(pid: int) -> Usage:
    """Look at a process of ours."""
    process = Path("/proc", str(pid))
    kb = {name: int(size) for name, size in _KB.findall((process / "smaps_rollup").read_text())}
    return Usage(kb["Rss"], kb["Pss"], sum(1 for _ in (process / "fd").iterdir()))


def allow_files(sockets: int) -> None:
    """Let this process have so many sockets open, within what the system lets us ask for.

    Raises:
        OSError: It does not.
    """
    import resource  # not on Windows, where the other benchmarks run all the same

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + SPARE_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise OSError(f"{wanted} open files are needed, and the hard limit is {hard} (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
