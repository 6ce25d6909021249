"""Where minds live: what a bridge's first argument may say.

==============================  ====================================================================
``local:``                      our own gateway with the ``practice`` mind, started and ended with
                                the bridge
``local:rules?data=DIR``        the same with another mind and its options
``ws://`` ``wss://`` ``http://`` ``https://``   any endpoint of the Responses wire, over a WebSocket
                                where it takes one
``off:``                        none: the game runs on what it does without minds
==============================  ====================================================================
"""

import os
from collections.abc import Mapping
from typing import Protocol

from npcengine.bridge.fallback import Transport, Ways
from npcengine.clock import Clock
from npcengine.errors import ConnectError, UsageError
from npcengine.protocol.capabilities import SERIAL, Capabilities, capabilities_of
from npcengine.transport.address import Address, parse_address
from npcengine.transport.beat import Beat
from npcengine.transport.link import Link, Receiver

__all__ = ["Endpoint", "NoEndpoint", "RemoteEndpoint", "key_variable", "known_keys"]

_KEY_VARIABLES = {
    "api.openai.com": "OPENAI_API_KEY",
    "api.x.ai": "XAI_API_KEY",
    "ai-gateway.vercel.sh": "AI_GATEWAY_API_KEY",
}
_OWN_KEY_VARIABLE = "NPCENGINE_TOKEN"


class Endpoint(Protocol):
    """Opens links to one server (loop thread)."""

    capabilities: Capabilities

    @property
    def name(self) -> str:
        """The endpoint as people write it, without anything secret."""
        ...

    @property
    def transport(self) -> str:
        """What carries its frames: ``websocket``, ``http``, ``memory`` or ``none``."""
        ...

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        """Open a link.

        Raises:
            LinkError: It did not come about.
        """
        ...

    async def close(self) -> None:
        """Let go of everything the endpoint owns."""
        ...


class RemoteEndpoint:
    """A server that somebody else runs."""

    def __init__(
        self,
        url: str,
        *,
        key_env: str | None = None,
        transport: Transport = "auto",
        clock: Clock | None = None,
    ) -> None:
        """Read an endpoint's URL.

        Args:
            url: ``ws://``, ``wss://``, ``http://`` or ``https://``.
            key_env: The environment variable that holds the key; see :func:`key_variable`.
            transport: Which way to take; see :mod:`npcengine.bridge.fallback`.
            clock: Times the way back from HTTP.

        Raises:
            UsageError: The URL cannot be used; the text says why.
        """
        self._address: Address = parse_address(url)
        self._headers = _authorization(key_env or key_variable(self._address.host))
        self.capabilities = capabilities_of(self._address.host)
        self._ways = Ways(transport, clock=clock)
        self.name = self._address.url

    @property
    def transport(self) -> str:
        return self._ways.transport

    def prefer(self, transport: Transport) -> None:
        """Take another way from the next link on (loop thread)."""
        self._ways.prefer(transport)

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        return await self._ways.open(
            self._address, receiver, headers=self._headers, within_ms=within_ms, beat=beat
        )

    async def close(self) -> None:
        return


class NoEndpoint:
    """Nobody: every attempt to reach a mind fails, and none is repeated."""

    name = "off:"
    transport = "none"
    capabilities = SERIAL

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        raise ConnectError(self.name, "minds are switched off", retryable=False)

    async def close(self) -> None:
        return


def key_variable(host: str) -> str:
    """Return the environment variable that holds the key for ``host``."""
    return _KEY_VARIABLES.get(host.lower(), _OWN_KEY_VARIABLE)


def known_keys(key_env: str | None) -> list[str]:
    """Return the keys in the environment that a bridge may be given, for them to be kept secret."""
    variables = {*_KEY_VARIABLES.values(), _OWN_KEY_VARIABLE, *([key_env] if key_env else [])}
    keys = (os.environ.get(variable, "").strip() for variable in sorted(variables))
    return [key for key in keys if key]


def _authorization(variable: str) -> Mapping[str, str]:
    key = os.environ.get(variable, "").strip()
    if not key:
        return {}
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(f"what {variable} holds cannot be a key: it has spaces or odd characters")
    return {"Authorization": f"Bearer {key}"}
