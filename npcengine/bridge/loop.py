"""Where the event loop runs: on a thread of its own, or in steps inside ``update``."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from npcengine.bridge.virtual import VirtualClock, VirtualTimeLoop
from npcengine.clock import Clock, SystemClock

__all__ = ["LoopHost", "SteppedLoop", "ThreadedLoop", "switch_interval"]

log = logging.getLogger("npcengine")


class LoopHost(Protocol):
    """Runs a loop for a bridge; all methods are for the frame thread."""

    clock: Clock
    name: str
    """What kind of loop it is: ``uvloop``, ``asyncio`` or ``virtual``."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Run a function on the loop, soon; calls stay in order."""
        ...

    def advance(self, seconds: float) -> None:
        """Let game time pass, where time is virtual."""
        ...

    def stop(self, farewell: Callable[[], Coroutine[Any, Any, None]], within_s: float) -> bool:
        """Run ``farewell``, then end the loop; return whether all of it ended in time."""
        ...


CANCEL_WITHIN_S = 0.3
"""How long a cancelled task may take to end; a query may catch the cancellation and go on."""


class ThreadedLoop:
    """A loop on a daemon thread, in real time: uvloop where it exists, asyncio otherwise."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self._loop, self.name = _new_loop()
        self._ended = threading.Event()
        self._farewell: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="npcengine-loop", daemon=True)
        self._thread.start()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)

    def advance(self, seconds: float) -> None:
        """Do nothing: real time passes by itself."""

    def stop(self, farewell: Callable[[], Coroutine[Any, Any, None]], within_s: float) -> bool:
        def begin() -> None:
            self._farewell = self._loop.create_task(self._leave(farewell, within_s * 0.6))

        self._loop.call_soon_threadsafe(begin)
        # Whoever holds the loop thread (a query that blocks, say) can't hold the game: the thread
        # is a daemon and is left behind.
        return self._ended.wait(within_s)

    async def _leave(
        self, farewell: Callable[[], Coroutine[Any, Any, None]], within_s: float
    ) -> None:
        try:
            async with asyncio.timeout(within_s):
                await farewell()
        except TimeoutError:
            log.warning("saying good-bye took too long, and was left at that")
        finally:
            await _cancel_others()
            self._loop.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()
            self._ended.set()


class SteppedLoop:
    """A loop in virtual time that runs inside ``update``, on the frame thread."""

    def __init__(self) -> None:
        self._loop = VirtualTimeLoop()
        self.clock: Clock = VirtualClock(self._loop)
        self.name = "virtual"

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        self._loop.call_soon(function, *arguments)

    def advance(self, seconds: float) -> None:
        self._loop.advance(seconds)

    def stop(self, farewell: Callable[[], Coroutine[Any, Any, None]], within_s: float) -> bool:
        async def leave() -> None:
            async with asyncio.timeout(within_s):
                await farewell()
            await _cancel_others()

        self._loop.run_until_complete(leave())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
        return True


def _new_loop() -> tuple[asyncio.AbstractEventLoop, str]:
    if sys.platform != "win32":
        try:
            import uvloop
        except ImportError:  # PyPy, or a platform without a wheel
            pass
        else:
            return uvloop.new_event_loop(), "uvloop"
    return asyncio.new_event_loop(), "asyncio"


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        # Not `gather`: it could not be left before a task that refuses to end.
        _, stubborn = await asyncio.wait(others, timeout=CANCEL_WITHIN_S)
        if stubborn:
            log.warning("%d tasks would not end and were left behind", len(stubborn))
            asyncio.get_running_loop().set_exception_handler(_but_for_those_left_behind)


def _but_for_those_left_behind(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what goes wrong, but not once more, when it is collected, that a task was left."""
    if not isinstance(task := context.get("task"), asyncio.Task) or task.done():
        loop.default_exception_handler(context)


class _SwitchInterval:
    """The interpreter's thread switch interval, which belongs to the whole process.

    With the default of 5 ms a loop thread beside a busy frame waits 7 ms to be woken, with 0.5 ms
    it waits under one (performance.md section 3); shorter ones help nobody (ADR 0016). The first
    bridge to open sets it and the last to close restores what was there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before_s = 0.0

    def take(self, interval_ms: float) -> None:
        with self._lock:
            if self._users == 0:
                self._before_s = sys.getswitchinterval()
            self._users += 1
            sys.setswitchinterval(interval_ms / 1_000)

    def give_back(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                sys.setswitchinterval(self._before_s)


switch_interval = _SwitchInterval()
