"""Opens WebSocket connections, and says in our words why one did not come about."""

import asyncio
import importlib.util
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Literal, TypeAlias, TypeVar

from npcengine.errors import ConnectError, UsageError
from npcengine.transport.address import Address
from npcengine.transport.beat import Beat
from npcengine.transport.heartbeat import PING_EVERY_S
from npcengine.transport.link import Link, Receiver
from npcengine.transport.resolve import resolve
from npcengine.transport.terms import Opener, Terms

__all__ = ["LIBRARY_VARIABLE", "Library", "dial", "library", "opener", "reach", "tls_for"]

T = TypeVar("T")

Library: TypeAlias = Literal["websockets", "picows"]

LIBRARY_VARIABLE = "NPCENGINE_WEBSOCKET"
"""The environment variable that chooses between the two; for comparing them."""


def library() -> Library:
    """Return what carries our connections: picows where the extra ``fast`` is installed.

    Raises:
        UsageError: :data:`LIBRARY_VARIABLE` names something else, or what is not installed.
    """
    has_picows = importlib.util.find_spec("picows") is not None
    match os.environ.get(LIBRARY_VARIABLE, "").strip():
        case "":
            return "picows" if has_picows else "websockets"
        case "websockets":
            return "websockets"
        case "picows" if has_picows:
            return "picows"
        case "picows":
            raise UsageError(f"{LIBRARY_VARIABLE} wants picows: pip install 'npcengine[fast]'")
        case other:
            raise UsageError(f"{LIBRARY_VARIABLE} is {other!r}: say websockets or picows")


def opener() -> Opener:
    """Import what :func:`library` names; to be done before there are frames to be late for.

    Raises:
        UsageError: See :func:`library`.
    """
    if library() == "picows":
        from npcengine.transport import picows

        return picows.open_link
    from npcengine.transport import handshake

    return handshake.open_link


async def dial(
    address: Address,
    receiver: Receiver,
    *,
    open_link: Opener,
    headers: Mapping[str, str],
    within_ms: float,
    beat: Beat | None = None,
    ping_every_s: float = PING_EVERY_S,
) -> Link:
    """Open a connection and return it, its handshake done.

    No compression is offered, since it costs more than it saves here (performance.md section 1),
    and no proxy is asked. Once this has returned, ``receiver`` hears of the link until it is lost.

    Args:
        address: Where to.
        receiver: Gets what arrives.
        open_link: Does it for one of the host's addresses.
        headers: Sent with the upgrade request: authorisation and the like.
        within_ms: The time limit for look-up, TCP, TLS and handshake together.
        beat: Sets the pace of reading.
        ping_every_s: Silence after which the other end is asked for a sign of life.

    Raises:
        ConnectError: Nothing answered in time.
        HandshakeError: Something answered, and it was not a WebSocket for us.
    """
    was_reached = False

    def reached() -> None:
        nonlocal was_reached
        was_reached = True

    terms = Terms(address, receiver, tls_for(address), headers, beat, ping_every_s, reached)
    try:
        return await reach(address, partial(open_link, terms), within_ms=within_ms)
    except ConnectError as error:
        error.was_reached = was_reached
        raise


def tls_for(address: Address) -> ssl.SSLContext | None:
    """Return what checks the certificate of a secure address, ``None`` for a plain one."""
    return ssl.create_default_context() if address.secure else None


async def reach(
    address: Address, connect: Callable[[str, int], Awaitable[T]], *, within_ms: float
) -> T:
    """Try the addresses of a host one after another, and return the first connection.

    Args:
        address: Which host.
        connect: Connects to an IP address and port; raises ``OSError`` when nothing is there.
        within_ms: The time limit for the look-up and all of them together.

    Raises:
        ConnectError: There is none.
    """
    failure = OSError(f"no address for {address.host}")
    try:
        async with asyncio.timeout(within_ms / 1_000):
            for host, port in await resolve(address.host, address.port):
                try:
                    return await connect(host, port)
                except TimeoutError:
                    raise
                except OSError as error:
                    failure = error
            raise failure
    except TimeoutError as error:
        raise ConnectError(address.url, f"nothing within {within_ms:.0f} ms") from error
    except ssl.SSLCertVerificationError as error:
        reason = f"its certificate is not trusted: {error.verify_message}"
        raise ConnectError(address.url, reason, retryable=False) from error
    except ConnectionRefusedError as error:
        raise ConnectError(address.url, "refused, no server is listening there") from error
    except OSError as error:
        raise ConnectError(address.url, error.strerror or str(error)) from error
