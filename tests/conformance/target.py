"""Which server is tried, and how a case ends that cannot say yes or no."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn
from urllib.parse import urlsplit

import pytest

from tests.commands.programs import serving

KEY_VARIABLE = "CONFORMANCE_KEY"

# Fast enough for a hundred cases, slow enough that something can be done in a long answer.
PACE = "practice?ttft_ms=10&tokens_per_s=200"


@dataclass(frozen=True)
class Target:
    """A server, as a client knows it."""

    url: str
    """Its base URL, ``http://HOST:PORT/v1``."""
    key: str
    model: str = "npcengine"
    within_s: float = 20.0
    """How long any one event may take."""
    age_s: float | None = None
    """How old a connection may grow, if that is known and short."""

    @property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        default = 443 if parts.scheme == "https" else 80
        return parts.hostname or "", parts.port or default

    @property
    def is_secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def path(self) -> str:
        return urlsplit(self.url).path.rstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def with_key(self, key: str) -> "Target":
        return replace(self, key=key)


@contextmanager
def our_gateway(
    *options: str, key: str = "the-key-of-the-suite", mind: str = PACE
) -> Generator[Target]:
    """Run our own gateway as a process."""
    with serving("--mind", mind, *options, NPCENGINE_TOKEN=key) as served:
        yield Target(served.url, key)


def not_applicable(why: str) -> NoReturn:
    """End a case: the rule is about something that this server does not have."""
    pytest.skip(f"n/a: {why}")


def not_tried(why: str) -> NoReturn:
    """End a case: the rule holds for this server, and it could not be made to show it."""
    pytest.skip(f"not tried: {why}")


def key_from_environment() -> str:
    return os.environ.get(KEY_VARIABLE, "")
