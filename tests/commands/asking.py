"""What a test sends to a gateway's port, and what came back; everything with a bound."""

import http.client
import json
import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect

from tests.commands.programs import Served

Json = dict[str, Any]

WITHIN_S = 10.0


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def http_request(
    served: Served, method: str, path: str, headers: Mapping[str, str], body: str | None = None
) -> tuple[int, Json]:
    """Return the status and the JSON body of one plain request."""
    connection = http.client.HTTPConnection(served.host.strip("[]"), served.port, timeout=WITHIN_S)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        assert answer.headers["content-type"] == "application/json"
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def stats(served: Served) -> Json:
    status, counts = http_request(served, "GET", "/stats", bearer(served.token))
    assert status == 200, counts
    return counts


def socket_to(served: Served, path: str = "/v1/responses", **headers: str) -> ClientConnection:
    """Open a WebSocket, with the gateway's token unless other headers are given."""
    url = f"ws://{served.host}:{served.port}{path}"
    given = headers or bearer(served.token)
    return connect(url, additional_headers=given, proxy=None, open_timeout=WITHIN_S, max_size=None)


@contextmanager
def mute_socket_to(served: Served) -> Generator[None]:
    """Open a WebSocket that nobody reads, and so nobody closes."""
    upgrade = (
        f"GET /v1/responses HTTP/1.1\r\nHost: {served.host}\r\n"
        f"Authorization: Bearer {served.token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with socket.create_connection((served.host, served.port), WITHIN_S) as mute:
        mute.sendall(upgrade.encode())
        assert b" 101 " in mute.recv(4_096)
        yield


def refusal(served: Served, path: str = "/v1/responses", **headers: str) -> tuple[int, Json]:
    """Return the status and the body with which an upgrade is refused; 101 if it is not."""
    try:
        with socket_to(served, path, **headers):
            return 101, {}
    except InvalidStatus as error:
        return error.response.status_code, json.loads(error.response.body or b"")


def ask(client: ClientConnection, text: str | list[Json], **more: Any) -> Json:
    """Send a request on a socket; return the response that has completed."""
    create = {"type": "response.create", "model": "m", "input": text, "store": False, **more}
    client.send(json.dumps(create))
    while True:
        event: Json = json.loads(client.recv(timeout=WITHIN_S))
        if event["type"] in ("response.failed", "response.incomplete", "error"):
            raise AssertionError(event)
        if event["type"] == "response.completed":
            response: Json = event["response"]
            return response


def close_of(client: ClientConnection) -> Close | None:
    """Read a socket to its end; return what the gateway said as it closed it."""
    try:
        while True:
            client.recv(timeout=WITHIN_S)
    except ConnectionClosed as error:
        return error.rcvd
