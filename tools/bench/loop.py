"""The event loop of the processes that stand for ours."""

import asyncio
import sys

__all__ = ["new_loop"]


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a loop as ``npcengine serve`` has it."""
    if sys.platform != "win32":
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()
