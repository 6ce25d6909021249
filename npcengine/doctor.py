"""``npcengine doctor``: what is here, what is missing, and whether an endpoint answers."""

import asyncio
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec
from msgspec import Raw

import npcengine
from npcengine.bridge.endpoints import Endpoint, RemoteEndpoint, key_variable
from npcengine.bridge.local import ChildEndpoint, local_endpoint
from npcengine.clock import NS_PER_MS, SystemClock
from npcengine.errors import LinkError, LinkLostError, NpcEngineError, RemoteProtocolError
from npcengine.protocol.codec import decode_server_event, encode
from npcengine.protocol.incoming import (
    DELTAS,
    TERMINALS,
    ErrorEvent,
    ResponseFailed,
    ServerEvent,
    UnknownServerEvent,
    read_response,
)
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.transport.address import parse_address
from npcengine.transport.beat import Beat
from npcengine.transport.link import Frame

__all__ = ["doctor"]

Verdict: TypeAlias = Literal["ok", "note", "bad"]

ANSWER_WITHIN_S = 20.0
LANE = "doctor"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    topic: str
    verdict: Verdict
    text: str


def doctor(url: str | None, *, as_json: bool) -> int:
    """Print what was found; return 0 if nothing is bad, else 1.

    Args:
        url: An endpoint to try as well.
        as_json: Print one JSON object instead of lines for people.
    """
    findings = [*_this_machine(), *_pygame()]
    if url is not None:
        findings += _endpoint(url)
    bad = any(finding.verdict == "bad" for finding in findings)
    if as_json:
        report = {"ok": not bad, "findings": findings}
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        for finding in findings:
            sign = {"ok": "  ok ", "note": "note ", "bad": "BAD  "}[finding.verdict]
            sys.stdout.write(f"{sign} {finding.topic:<12} {finding.text}\n")
    return 1 if bad else 0


def _this_machine() -> Iterable[Finding]:
    yield Finding("npcengine", "ok", f"{npcengine.__version__} from {npcengine.__path__[0]}")
    python = f"{platform.python_implementation()} {platform.python_version()} on {sys.platform}"
    yield Finding("python", "ok" if sys.version_info >= (3, 11) else "bad", python)
    for name in ("msgspec", "websockets", "h11"):
        version = _version(name)
        verdict: Verdict = "ok" if version else "bad"
        yield Finding(name, verdict, version or f"missing: pip install {name}")
    picows = _version("picows")
    text = picows or "not installed; pip install 'npcengine[fast]' halves what a connection costs"
    yield Finding("picows", "ok" if picows else "note", text)
    uvloop = _version("uvloop")
    if uvloop:
        yield Finding("event loop", "ok", f"uvloop {uvloop}")
    else:
        yield Finding("event loop", "ok", "asyncio (uvloop has no build for this platform)")
    interval_ms = sys.getswitchinterval() * 1_000
    text = f"{interval_ms:g} ms; an open bridge sets 0.5 ms and restores this when it closes"
    yield Finding("threads", "ok", f"switch interval {text}")


def _pygame() -> Iterable[Finding]:
    """Look at pygame, of which there are two that overwrite each other."""
    installed = {name: v for name in ("pygame", "pygame-ce") if (v := _version(name))}
    names = " and ".join(f"{name} {version}" for name, version in installed.items())
    if not installed:
        yield Finding("pygame", "note", "not installed: the demo needs it, the library does not")
        return
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    module = importlib.import_module("pygame") if importlib.util.find_spec("pygame") else None
    if not hasattr(module, "init"):
        fix = "pip uninstall pygame pygame-ce, then install one of them"
        yield Finding("pygame", "bad", f"{names} is installed but broken: {fix}")
    elif len(installed) > 1:
        yield Finding("pygame", "note", f"{names}: the one installed last wins; keep one of them")
    else:
        yield Finding("pygame", "ok", names)


def _endpoint(url: str) -> Iterable[Finding]:
    """Connect, warm up, and hold a short exchange on a named lane."""
    try:
        scheme, _, rest = url.partition(":")
        endpoint = local_endpoint(rest, in_process=False) if scheme == "local" else None
        if endpoint is None:
            endpoint = RemoteEndpoint(url)
            variable = key_variable(parse_address(url).host)
            found = (
                "set" if os.environ.get(variable) else "not set; fine if the server asks for none"
            )
            yield Finding(
                "key", "ok" if os.environ.get(variable) else "note", f"{variable} is {found}"
            )
        yield from asyncio.run(_probe(endpoint))
    except NpcEngineError as error:
        yield Finding("endpoint", "bad", str(error))


async def _probe(endpoint: Endpoint) -> list[Finding]:
    findings: list[Finding] = []
    ear = _Ear()
    try:
        await _converse(endpoint, ear, findings)
    except TimeoutError:
        findings.append(Finding("answer", "bad", f"nothing within {ANSWER_WITHIN_S:.0f} s"))
    except LinkError as error:
        findings.append(Finding("answer" if findings else "connect", "bad", str(error)))
    finally:
        await endpoint.close()
        if isinstance(endpoint, ChildEndpoint):
            endpoint.stop()
    return findings


async def _converse(endpoint: Endpoint, ear: "_Ear", findings: list[Finding]) -> None:
    """Connect, ask for one answer and note down what comes.

    Raises:
        LinkError: The connection failed.
        TimeoutError: No answer came.
    """
    watch = _Watch()
    link = await endpoint.open(ear, Beat(asyncio.get_running_loop()), within_ms=5_000)
    findings.append(Finding("connect", "ok", f"{endpoint.name} in {watch.read()}"))
    try:
        watch = _Watch()
        create = ResponseCreate(
            model=os.environ.get("NPCENGINE_MODEL", "npcengine"),
            input=Raw(b'"Say hello in three words."'),
            store=False,
            stream_id=Raw(f'"{LANE}"'.encode()),
        )
        link.send(encode(create))
        async with asyncio.timeout(ANSWER_WITHIN_S):
            last = await ear.until((*DELTAS, *TERMINALS, ErrorEvent))
            if isinstance(last, DELTAS):
                findings.append(Finding("first token", "ok", watch.read()))
                last = await ear.until((*TERMINALS, ErrorEvent))
        findings.append(_judge(last, watch))
        lanes = last.stream_id == LANE
        text = "yes: many NPCs share a connection" if lanes else "no: one connection an NPC"
        findings.append(Finding("lanes", "ok", text))
    finally:
        link.close()
        await ear.lost()


def _judge(last: ServerEvent, watch: "_Watch") -> Finding:
    """Say whether the end of an exchange is a good one."""
    match last:
        case ErrorEvent():
            return Finding("answer", "bad", str(last.info()))
        case ResponseFailed():
            error = read_response(last.response).error
            return Finding("answer", "bad", f"it failed: {error.message if error else 'no reason'}")
        case _:
            return Finding("answer", "ok", f"{type(last).__name__} after {watch.read()}")


class _Watch:
    """Says how long ago it was made."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._made_ns = self._clock.now_ns()

    def read(self) -> str:
        return f"{(self._clock.now_ns() - self._made_ns) / NS_PER_MS:.0f} ms"


class _Ear:
    """Takes what arrives, one event at a time."""

    def __init__(self) -> None:
        self._gone = asyncio.Event()
        self._events: asyncio.Queue[ServerEvent | LinkLostError] = asyncio.Queue()

    def frames_arrived(self, frames: list[Frame]) -> None:
        for frame in frames:
            try:
                event = decode_server_event(frame)
            except RemoteProtocolError as error:
                self._events.put_nowait(LinkLostError(f"a frame that cannot be read: {error}"))
                return
            if not isinstance(event, UnknownServerEvent):
                self._events.put_nowait(event)

    def binary_arrived(self) -> None:
        """Ignore it."""

    def link_lost(self, error: LinkLostError) -> None:
        self._events.put_nowait(error)
        self._gone.set()

    async def lost(self) -> None:
        """Return when the connection has ended."""
        await self._gone.wait()

    async def until(self, kinds: tuple[type, ...]) -> ServerEvent:
        """Return the next event of one of some kinds.

        Raises:
            LinkLostError: The connection ended, or sent something that is no event.
        """
        while True:
            event = await self._events.get()
            if isinstance(event, LinkLostError):
                raise event
            if isinstance(event, kinds):
                return event


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
