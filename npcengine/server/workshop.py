"""Where large requests are read: beside the loop, so that nobody else waits for them.

Reading and tokenising take up to a second per megabyte. One thread does it for the whole gateway:
more would only take turns at the interpreter's lock, and the loop would wait for each of them.
Without a thread everything is done at once, so a loop in virtual time stays exact.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["LARGE_BYTES", "Workshop"]

T = TypeVar("T")

LARGE_BYTES = 64 * 1024
"""From here on work goes beside the loop: at the worst it takes some 60 ms there."""


class Workshop:
    """Does jobs in the order they came (loop thread only)."""

    def __init__(self, *, beside_loop: bool = False) -> None:
        """Prepare; the thread begins with the first large job.

        Args:
            beside_loop: Do large jobs in a thread.
        """
        self._worker = (
            ThreadPoolExecutor(1, thread_name_prefix="npcengine-workshop") if beside_loop else None
        )

    async def do(self, job: Callable[[], T], size_bytes: int) -> T:
        """Return what a job returns; a small one is done before this waits for anything.

        A job that has begun goes on when its waiter is cancelled; one that has not is dropped.
        """
        if self._worker is None or size_bytes < LARGE_BYTES:
            return job()
        return await asyncio.get_running_loop().run_in_executor(self._worker, job)

    def close(self) -> None:
        """Begin no other job."""
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)
