"""Where minds live: what a bridge's first argument may say.

==============================  ====================================================================
``local:``                      our own gateway with the ``practice`` mind, started and ended with
                                the bridge
``local:rules?data=DIR``        the same with another mind and its options
``local:upstream?url=URL``      the same before a server of models on HTTP: Ollama, llama.cpp …
``ws://`` ``wss://`` ``http://`` ``https://``   any endpoint of the Responses wire, over a WebSocket
                                where it takes one
``off:``                        none: the game runs on what it does without minds
==============================  ====================================================================
"""

import copy
from typing import Protocol

from npcengine.bridge.fallback import HasWays, Transport, Ways
from npcengine.bridge.hosts import Host, host_for
from npcengine.clock import Clock
from npcengine.errors import ConnectError, HandshakeError, UsageError
from npcengine.protocol.capabilities import SERIAL, Capabilities
from npcengine.transport.address import Address, parse_address
from npcengine.transport.beat import Beat
from npcengine.transport.link import Link, Receiver

__all__ = ["Endpoint", "NoEndpoint", "RemoteEndpoint"]

_UNAUTHORIZED = (401, 403)


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


class RemoteEndpoint(HasWays):
    """A server that somebody else runs."""

    def __init__(
        self,
        url: str,
        *,
        key_env: str | None = None,
        transport: Transport = "auto",
        capabilities: Capabilities | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Read an endpoint's URL.

        Args:
            url: ``ws://``, ``wss://``, ``http://`` or ``https://``.
            key_env: The environment variable that holds the key; by default the host's usual one.
            transport: Which way to take; see :mod:`npcengine.bridge.fallback`.
            capabilities: What the server can; by default what is known of its host.
            clock: Times the way back from HTTP.

        Raises:
            UsageError: The URL cannot be used, or a key is missing; the text says what to do.
        """
        self._address: Address = parse_address(url)
        self.host: Host = host_for(self._address.host)
        if self.host.name and not self._address.secure:
            raise UsageError(f"{url!r} would show a key to whoever listens: say wss:// or https://")
        self.key_variable = key_env or self.host.key_variable
        self._key = self.host.key(key_env)
        self.capabilities = capabilities or self.host.capabilities
        super().__init__(Ways(transport, clock=clock))
        self.name = self._address.url

    @property
    def has_key(self) -> bool:
        """Whether it has a key to show."""
        return bool(self._key)

    def without_key(self) -> "RemoteEndpoint":
        """Return the same server, to which no key is shown."""
        other = copy.copy(self)
        other._key = ""  # noqa: SLF001 - of our own class
        return other

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        headers = self.host.headers(self._key)
        try:
            return await self._ways.open(
                self._address, receiver, headers=headers, within_ms=within_ms, beat=beat
            )
        except HandshakeError as error:
            if error.status not in _UNAUTHORIZED:
                raise
            hint = (
                f"it does not take the key in {self.key_variable}"
                if self._key
                else f"it wants a key, and {self.key_variable} is not set"
            )
            raise HandshakeError(error.url, error.status, "", hint=hint) from error

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
