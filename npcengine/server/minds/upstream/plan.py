"""What an upstream mind was told: where its server is, and how to deal with it."""

import os
from collections.abc import Mapping

import msgspec

from npcengine.errors import UsageError
from npcengine.server.minds.options import Options
from npcengine.server.minds.upstream.kinds import KINDS
from npcengine.transport.address import Address, parse_address

__all__ = ["Plan", "read_plan"]

_ENDPOINTS = ("/responses", "/chat/completions")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """See the top of this file."""

    address: Address
    """Where the server is; of its path, ``base`` is what counts."""
    base: str
    """The path that endpoints stand under, such as ``/v1``; empty for the root."""
    query: str
    """What every path ends with, such as ``?api-version=…``."""
    headers: Mapping[str, str]
    model: str
    """The model to ask for; empty for the one that a request names."""
    api: str
    server: str
    slots: int | None
    """How many llama.cpp has; ``None`` asks it, 0 lets it choose them itself."""
    first_s: float
    """How long an answer may take to begin: a long prompt is read first."""
    silence_s: float
    """How long it may be silent after that."""
    tries: int
    """How often a request is sent again that was not taken."""
    repairs: int
    """How often an answer that cannot be used is asked for again."""
    is_early: bool
    """Whether calls are shown while they are written, and not only when they have been checked."""
    warms: bool
    keep_alive: str

    @property
    def shown(self) -> str:
        """Where it is, for people."""
        scheme = "https" if self.address.secure else "http"
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        return f"{scheme}://{host}:{self.address.port}{self.base}"

    def path(self, endpoint: str) -> str:
        """Return the path of an endpoint, such as ``models``."""
        return f"{self.base}/{endpoint}{self.query}"

    def beside(self, endpoint: str) -> str:
        """Return the path of an endpoint that is the server's own and stands beside ``/v1``."""
        return f"{self.base.removesuffix('/v1')}/{endpoint}"


def read_plan(options: Options) -> Plan:
    """Return what the options say.

    Raises:
        UsageError: One of them cannot be used, or the key's variable is empty.
    """
    url = options.text("url", "")
    if not url:
        raise UsageError(
            "the mind 'upstream' needs the address of a server: --upstream http://127.0.0.1:11434, "
            "or local:upstream?url=http://127.0.0.1:11434"
        )
    address = parse_address(url)
    path, mark, query = address.path.partition("?")
    for endpoint in _ENDPOINTS:
        path = path.rstrip("/").removesuffix(endpoint)
    slots = options.text("slots", "auto")
    if slots != "auto" and not (slots.isdecimal() and int(slots) <= 256):
        raise UsageError(
            f"the option slots of the mind 'upstream' is auto or 0 to 256, not {slots!r}"
        )
    return Plan(
        address=address,
        base=path.rstrip("/"),
        query=mark + query,
        headers=_authorization(options.text("key_env", "")),
        model=options.text("model", ""),
        api=options.choice("api", "auto", ("auto", "chat", "responses")),
        server=options.choice("server", "auto", ("auto", *KINDS)),
        slots=None if slots == "auto" else int(slots),
        first_s=options.number("first_s", 120, least=1, most=3_600),
        silence_s=options.number("silence_s", 60, least=1, most=3_600),
        tries=int(options.number("tries", 2, least=0, most=10)),
        repairs=int(options.number("repairs", 1, least=0, most=5)),
        is_early=options.choice("show", "early", ("early", "checked")) == "early",
        warms=options.choice("warm", "no", ("no", "yes")) == "yes",
        keep_alive=options.text("keep_alive", ""),
    )


def _authorization(variable: str) -> Mapping[str, str]:
    if not variable:
        return {}
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UsageError(f"the key for the upstream server is to be in {variable}: set it first")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(f"what {variable} holds cannot be a key: it has spaces or odd characters")
    return {"authorization": f"Bearer {key}"}
