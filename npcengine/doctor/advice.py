"""What a server's abilities mean for a game: the settings to give to a bridge. Pure."""

from typing import Literal

import msgspec

from npcengine.doctor.server import Counted, Server
from npcengine.protocol.capabilities import SERIAL, Capabilities

__all__ = ["Advice", "advise", "as_python"]

_SURE = 4
"""NPCs a socket, where there are lanes and nobody has counted them."""


class Advice(msgspec.Struct, frozen=True):
    """What to pass to ``Bridge``."""

    transport: Literal["auto", "http"]
    capabilities: Capabilities
    call: str
    """The same as Python, with only what differs from what a bridge would take anyway."""


def advise(server: Server, known: Capabilities) -> Advice:
    """Return settings that suit a server.

    Args:
        server: What was found out; whatever was not is taken from ``known``.
        known: What a bridge takes the server for without being told.
    """
    if server.transport == "http":
        capabilities = Capabilities(age_limit_s=known.age_limit_s)
        return Advice("http", capabilities, _call(server.url, known, known, ', transport="http"'))
    lanes, running = known.lanes, known.running
    if server.lanes_echoed is False:
        lanes, running = 0, 1
    elif server.lanes_echoed:
        lanes = _at_least(server.lanes, max(known.lanes, 2 * _SURE))
        running = _at_least(server.running, max(known.running, _SURE))
    found = Capabilities(
        lanes=lanes,
        running=running,
        age_limit_s=known.age_limit_s,
        contexts=known.contexts if server.remembers is None else server.remembers,
        warm_up=known.warm_up if server.warm_up is None else server.warm_up == "reads",
        steering=known.steering if server.steering is None else server.steering == "takes",
    )
    return Advice("auto", found, _call(server.url, found, known, ""))


def _at_least(counted: Counted | None, known: int) -> int:
    """Return a limit that was found, or the larger of what was seen to work and what is known."""
    if counted is None or not counted.is_limit:
        return max(known, counted.number if counted is not None else 0)
    return counted.number


def as_python(capabilities: Capabilities) -> str:
    """Return a record as it is written, with what differs from the least that any server does."""
    differing = [
        f"{name}={getattr(capabilities, name)!r}"
        for name in Capabilities.__struct_fields__
        if getattr(capabilities, name) != getattr(SERIAL, name)
    ]
    return f"Capabilities({', '.join(differing)})"


def _call(url: str, found: Capabilities, known: Capabilities, more: str) -> str:
    settings = "" if found == known else f", capabilities={as_python(found)}"
    return f'Bridge("{url}"{more}{settings})'
