"""How a server of a benchmark learns that it is not needed any more."""

import asyncio
import sys

__all__ = ["until_told"]


async def until_told() -> None:
    """Return when our standard input ends: whoever started us has what it wanted, or is gone."""
    await asyncio.to_thread(sys.stdin.buffer.read)
