"""Plain HTTP as its server sees it: whole requests, and answers whole or streamed."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from npcengine.transport.link import Link, Receiver

__all__ = ["Host", "HttpReply", "HttpRequest", "HttpStream", "json_error"]


class HttpRequest(msgspec.Struct, frozen=True):
    """One request, whole."""

    method: str
    path: str
    """Without the query, and as it was sent: percent signs still stand for something."""
    headers: Mapping[str, str]
    """Names in lower case; of a repeated header, the last."""
    body: bytes = b""
    query: str = ""
    """What followed the question mark."""


class HttpReply(msgspec.Struct, frozen=True):
    """One answer, whole."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    content_type: str = "application/json"


class HttpStream(Protocol):
    """The way out for an answer that is written while it is made; loop thread only."""

    def begin(self, content_type: str, headers: Mapping[str, str]) -> None:
        """Accept the request with a 200; once, and before anything is sent."""
        ...

    def send(self, data: bytes, *, at_once: bool = False) -> None:
        """Queue some of the body; never blocks, and does nothing once the client is gone.

        With ``at_once`` it does not wait for more to leave with: somebody waits for it.
        """
        ...

    async def writable(self) -> None:
        """Return when the client has taken enough for more to be worth writing."""
        ...


class Host(Protocol):
    """The server behind a listener. Called on the loop thread."""

    def refuse(self, request: HttpRequest) -> HttpReply | None:
        """Return why a request may not go on, or ``None``; asked before a body is read."""
        ...

    def whose(self, request: HttpRequest) -> str:
        """Return a name for whoever sent a request that was not refused.

        Connections of one name have one share of the loop for what they send.
        """
        ...

    async def reply(self, request: HttpRequest, stream: HttpStream) -> HttpReply | None:
        """Answer a plain HTTP request; ``None`` when the answer went out through ``stream``.

        Cancelled when the client vanishes. Requests of one connection come one after another.
        """
        ...

    def welcome(self, request: HttpRequest) -> tuple[Receiver, Callable[[Link], None]]:
        """Return the owner of a new WebSocket, and what is to be told of its link."""
        ...


def json_error(
    status: int,
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    kind: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpReply:
    """Return an error in the shape of this API; ``kind`` is its type, by default by the status."""
    kind = kind or ("invalid_request_error" if status < 500 else "server_error")
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return HttpReply(status, json.dumps(body).encode(), headers or {})
