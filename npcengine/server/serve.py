"""Runs a gateway on a port until it is told to stop."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Coroutine, Sequence

import msgspec

from npcengine.errors import UsageError
from npcengine.server.gateway import Gateway
from npcengine.server.limits import Limits
from npcengine.server.minds.registry import make_mind
from npcengine.server.store import Store
from npcengine.server.tally import ServerTally, TurnWork
from npcengine.transport.listen import listen

__all__ = ["TOKEN_VARIABLE", "serve", "serve_as_child"]

TOKEN_VARIABLE = "NPCENGINE_TOKEN"  # noqa: S105 - a variable's name

MOST_FILES = 65_536


def serve(
    mind: str,
    host: str,
    port: int,
    *,
    stats: bool,
    as_json: bool,
    store: str | None = None,
    limits: Sequence[str] = (),
) -> int:
    """Serve until interrupted; return an exit code.

    Args:
        mind: What ``--mind`` says.
        host: The address to listen on.
        port: The port; 0 for any free one.
        stats: Whether to print what each response took.
        as_json: Print JSON objects, one a line, instead of lines for people.
        store: The file that responses are kept in; ``None`` keeps them in memory.
        limits: Changes of :class:`Limits`, such as ``age_s=600``.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    made = not token
    token = token or secrets.token_urlsafe(24)
    bounds = Limits().changed(limits)
    gateway = Gateway(make_mind(mind), token=token, limits=bounds, store=Store(bounds, store))
    _allow_many_files()
    print_ready, print_work, print_summary = _JSON if as_json else _WORDS
    if stats:
        gateway.tally.report = print_work

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises instead
                loop.add_signal_handler(number, stop.set)
        found = await gateway.open()
        try:
            listener = await listen(gateway, host, port, bounds)
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"port {port} on {host} cannot be had: {reason}") from error
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listener.port}/v1"
        print_ready(_Ready(mind, url, token if made else None, store, found))
        await stop.wait()
        await listener.close()
        await gateway.close()

    with contextlib.suppress(KeyboardInterrupt):
        _run(run())
    if stats:
        print_summary(gateway.tally)
    return 0


def serve_as_child(mind: str) -> int:
    """Serve the process that started us, until our standard input closes.

    Reads the token from the first line of standard input and writes ``{"port": N}`` as the first
    line of standard output.
    """
    token = sys.stdin.buffer.readline().decode("ascii", "replace").strip()
    if not token:
        raise UsageError("--child is for Bridge('local:'): it expects a token on standard input")
    gateway = Gateway(make_mind(mind), token=token)
    # Ctrl-C in a terminal reaches every process of the game; the game decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def watch() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)

        if (found := await gateway.open()) is not None:
            sys.stderr.write(f"{found}\n")
        listener = await listen(gateway, "127.0.0.1", 0)
        sys.stdout.write(json.dumps({"port": listener.port}) + "\n")
        sys.stdout.flush()
        threading.Thread(target=watch, name="npcengine-stdin", daemon=True).start()
        await stop.wait()
        # Clients are gone with the parent: nobody needs a closing handshake, nothing is kept, and
        # a loop that is closed in good order may take its time.
        os._exit(0)

    _run(run())
    return 0


def _run(main: Coroutine[None, None, None]) -> None:
    factory = None
    if sys.platform != "win32":
        with contextlib.suppress(ImportError):
            import uvloop

            factory = uvloop.new_event_loop
    # A thread that reads a large request gives way to the loop after this, not after 5 ms.
    sys.setswitchinterval(0.000_5)
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


def _allow_many_files() -> None:
    """Take as many open files as this process may have: each connection is one."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(OSError, ValueError):  # macOS says "no limit" and has one
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, MOST_FILES)), hard))


class _Ready(msgspec.Struct, frozen=True):
    mind: str
    url: str
    """What clients take as their base URL."""
    token: str | None
    """Made for this run; ``None`` when it is the one from the environment."""
    store: str | None
    """The file of the stored responses."""
    upstream: str | None
    """What the mind found of the server that it asks, if it asks one."""


def _say_ready(ready: _Ready) -> None:
    _say(f"mind {ready.mind!r} at {ready.url} (HTTP and WebSocket: /v1/responses)")
    if ready.upstream is not None:
        _say(f"upstream: {ready.upstream}")
    _say(f"token: {ready.token or f'the one in {TOKEN_VARIABLE}'}")
    if ready.store is not None:
        # Ids belong to a token: what is stored under one that was made is lost with it.
        again = "" if ready.token is None else f"; to find it again, set {TOKEN_VARIABLE} yourself"
        _say(f"store: {ready.store}{again}")
    _say("stop with Ctrl-C")


def _say_work(work: TurnWork) -> None:
    _say(work.line())


def _say_summary(tally: ServerTally) -> None:
    share = 100 * tally.new_tokens / tally.context_tokens if tally.context_tokens else 0.0
    _say(
        f"{tally.responses} responses: {tally.new_items:,} of {tally.context_items:,} items and "
        f"{tally.new_tokens:,} of {tally.context_tokens:,} tokens processed ({share:.1f} %)"
    )


def _say_json(line: _Ready | TurnWork) -> None:
    _say(msgspec.json.encode(line).decode())


def _say_json_summary(tally: ServerTally) -> None:
    _say(msgspec.json.encode(tally.sums()).decode())


_WORDS = (_say_ready, _say_work, _say_summary)
_JSON = (_say_json, _say_json, _say_json_summary)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
