"""The command: looks at this machine, and at a server if it is given one."""

import asyncio
import sys
from collections.abc import Callable

from npcengine.bridge.endpoints import Endpoint, RemoteEndpoint
from npcengine.bridge.local import ChildEndpoint
from npcengine.bridge.price_list import price_list
from npcengine.bridge.resolve import endpoint_for, model_for
from npcengine.clock import NS_PER_MS, SystemClock
from npcengine.doctor.advice import Advice, advise
from npcengine.doctor.machine import look_at_pygame, this_machine
from npcengine.doctor.probe import cost, first_answer, try_the_rest
from npcengine.doctor.report import Finding, print_finding, print_json
from npcengine.doctor.server import Server
from npcengine.doctor.wire import ANSWER_WITHIN_S, opened
from npcengine.doctor.words import in_words
from npcengine.errors import HandshakeError, LinkError, NpcEngineError, UsageError

__all__ = ["doctor"]

_NO_OTHER_DOOR = (401, 403, 404)
"""What is said to a WebSocket with one of these would be said over HTTP as well."""


def doctor(url: str | None, *, model: str | None, thorough: bool, as_json: bool) -> int:
    """Print what was found; return 0 if nothing is bad, else 1.

    Args:
        url: An endpoint to try as well.
        model: The model to ask for there, where it wants one.
        thorough: Look for limits that take many requests to find.
        as_json: Print one JSON object instead of lines for people.
    """
    findings: list[Finding] = []

    def found(finding: Finding) -> None:
        findings.append(finding)
        if not as_json:
            print_finding(finding)

    for finding in (*this_machine(), *look_at_pygame()):
        found(finding)
    visit = _Visit(found, as_json=as_json)
    if url is not None:
        try:
            visit.go(url, model, thorough=thorough)
        except NpcEngineError as error:
            found(Finding("endpoint", "bad", str(error)))
    if as_json:
        print_json(findings, visit.server, visit.advice)
    return 1 if any(finding.verdict == "bad" for finding in findings) else 0


class _Visit:
    """One look at a server."""

    def __init__(self, found: Callable[[Finding], None], *, as_json: bool) -> None:
        self._found = found
        self._as_json = as_json
        self.server: Server | None = None
        self.advice: Advice | None = None

    def go(self, url: str, model: str | None, *, thorough: bool) -> None:
        """Try everything.

        Raises:
            UsageError: The endpoint cannot be used; the text says what to do.
        """
        if url.startswith("off:"):
            raise UsageError(f"{url!r} needs to begin with ws://, wss://, http:// or https://")
        endpoint = endpoint_for(
            url, key_env=None, virtual=False, transport="websocket", capabilities=None
        )
        if isinstance(endpoint, RemoteEndpoint):
            self._found(_key(endpoint))
        server = Server(url=url, model=model_for(endpoint, model))
        self._say_cost(server.model, thorough=thorough)
        try:
            asyncio.run(self._try(endpoint, server, thorough=thorough))
        finally:
            if isinstance(endpoint, ChildEndpoint):
                endpoint.stop()

    def _say_cost(self, model: str, *, thorough: bool) -> None:
        """Say what this may cost; where it may cost anything, to those who read JSON as well."""
        prices = price_list(None)
        price = prices.of(model)
        text = cost(thorough=thorough, price=price, currency=prices.currency)
        if self._as_json and not (price is not None and price.is_nothing):
            sys.stderr.write(f"npcengine doctor: {text}\n")
        self._found(Finding("cost", "ok", text))

    async def _try(self, endpoint: Endpoint, server: Server, *, thorough: bool) -> None:
        try:
            if not await self._connects(endpoint, server):
                return
            if not await self._answers(endpoint, server):
                return
            await self._wants_key(endpoint, server)
            over_http = server.transport == "http"
            await try_the_rest(endpoint, server, thorough=thorough, over_http=over_http)
        finally:
            await endpoint.close()
        self.server = server
        self.advice = advise(server, endpoint.capabilities)
        for finding in in_words(server, self.advice):
            self._found(finding)

    async def _connects(self, endpoint: Endpoint, server: Server) -> bool:
        """Open a connection, over HTTP where no WebSocket can be had, and say how long it took."""
        try:
            try:
                took_ms = await _time_to_open(endpoint)
            except HandshakeError as error:
                if not isinstance(endpoint, RemoteEndpoint) or error.status in _NO_OTHER_DOOR:
                    raise
                self._found(Finding("websocket", "note", f"{error}; trying HTTP"))
                endpoint.prefer("http")
                took_ms = await _time_to_open(endpoint)
        except LinkError as error:
            self._found(Finding("connect", "bad", str(error)))
            return False
        server.transport = "http" if endpoint.transport == "http" else "websocket"
        self._found(Finding("connect", "ok", f"{endpoint.name} in {took_ms:.0f} ms"))
        return True

    async def _wants_key(self, endpoint: Endpoint, server: Server) -> None:
        """Knock without a key, where a server is not known to want one."""
        if server.transport != "websocket" or not isinstance(endpoint, RemoteEndpoint):
            return
        try:
            async with opened(endpoint.without_key()):
                server.wants_key = False
        except HandshakeError:
            server.wants_key = True
        except LinkError as error:
            server.unknown["wants_key"] = str(error)

    async def _answers(self, endpoint: Endpoint, server: Server) -> bool:
        try:
            reply = await first_answer(endpoint, server)
        except TimeoutError:
            self._found(Finding("answer", "bad", f"nothing within {ANSWER_WITHIN_S:.0f} s"))
            return False
        except LinkError as error:
            self._found(Finding("answer", "bad", str(error)))
            return False
        if not reply.is_good:
            self._found(Finding("answer", "bad", reply.complaint))
            return False
        took_ms = reply.ms_to(reply.end)
        self._found(Finding("answer", "ok", f"{reply.end.type} after {took_ms:.0f} ms"))
        return True


async def _time_to_open(endpoint: Endpoint) -> float:
    """Open a connection and close it; return how many milliseconds the opening took."""
    clock = SystemClock()
    began_ns = clock.now_ns()
    async with opened(endpoint):
        return (clock.now_ns() - began_ns) / NS_PER_MS


def _key(endpoint: RemoteEndpoint) -> Finding:
    if endpoint.has_key:
        return Finding("key", "ok", f"{endpoint.key_variable} is set")
    text = f"{endpoint.key_variable} is not set; fine if the server asks for none"
    return Finding("key", "note", text)
