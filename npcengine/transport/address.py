"""Where a WebSocket endpoint is, and how people write that."""

from urllib.parse import urlsplit

import msgspec

from npcengine.errors import UsageError

__all__ = ["Address", "parse_address"]


class Address(msgspec.Struct, frozen=True):
    """Where a WebSocket endpoint is."""

    host: str
    port: int
    path: str
    secure: bool

    @property
    def url(self) -> str:
        """The address as people write it, without anything secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'wss' if self.secure else 'ws'}://{host}:{self.port}{self.path}"


def parse_address(url: str) -> Address:
    """Read a ``ws://``, ``wss://``, ``http://`` or ``https://`` URL of a Responses endpoint.

    Raises:
        UsageError: It is not one; the text says what is missing.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in ("ws", "wss", "http", "https"):
        raise UsageError(f"{url!r} needs to begin with ws://, wss://, http:// or https://")
    if not parts.hostname:
        raise UsageError(f"{url!r} names no host")
    if parts.username is not None or parts.password is not None:
        raise UsageError("a key does not belong in a URL: give it in an environment variable")
    secure = parts.scheme in ("wss", "https")
    path = parts.path if parts.path not in ("", "/") else "/v1/responses"
    if path.rstrip("/").endswith("/v1"):
        path = path.rstrip("/") + "/responses"  # a base URL, as the official clients take it
    if parts.query:
        path += "?" + parts.query
    return Address(parts.hostname, port or (443 if secure else 80), path, secure)
