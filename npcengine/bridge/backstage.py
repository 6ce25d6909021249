"""What works behind a bridge's frame thread; a re-run of a recording brings its own."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from npcengine.bridge.endpoints import Endpoint
from npcengine.bridge.engine import Engine
from npcengine.bridge.fallback import Transport
from npcengine.bridge.loop import LoopHost, SteppedLoop, ThreadedLoop
from npcengine.bridge.mailbox import Mailbox
from npcengine.bridge.recorder import Recorder, Recording, recorder_for
from npcengine.bridge.resolve import endpoint_for, model_for
from npcengine.bridge.saving import Files
from npcengine.errors import NpcEngineError
from npcengine.protocol.capabilities import Capabilities

__all__ = ["Backstage", "backstage_for"]

CLOSE_WITHIN_S = 1.0
"""How long a loop may take to end on which nothing has run yet."""


class Backstage(NamedTuple):
    """The parts; their owner is the bridge that they are given to."""

    endpoint: Endpoint
    model: str
    host: LoopHost
    mailbox: Mailbox
    files: Files
    recorder: Recorder | None
    engine: Callable[..., Engine]
    is_virtual: bool
    """Whether time is virtual: moved by ``update``, and standing still while code runs."""


def backstage_for(
    endpoint: str | Endpoint,
    *,
    model: str | None,
    key_env: str | None,
    virtual: bool,
    transport: Transport,
    capabilities: Capabilities | None,
    record: str | Path | Recording | None,
) -> Backstage:
    """Return the parts that ``Bridge(endpoint, …)`` asks for.

    Raises:
        UsageError: The endpoint cannot be used, a model's name is missing, or what is said of a
            recording cannot be written.
        TraceError: The recording's file cannot be created.
    """
    resolved = endpoint_for(
        endpoint,
        key_env=key_env,
        virtual=virtual,
        transport=transport,
        capabilities=capabilities,
    )
    named = model_for(resolved, model)
    host = SteppedLoop() if virtual else ThreadedLoop()
    try:
        recorder = recorder_for(record, host.clock, key_env=key_env)
    except NpcEngineError:
        host.stop(resolved.close, CLOSE_WITHIN_S)
        raise
    files = Files(threaded=not virtual)
    return Backstage(resolved, named, host, Mailbox(), files, recorder, Engine, virtual)
