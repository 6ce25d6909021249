"""A gateway that is ill treated while somebody else talks to it; everything with a bound."""

import json
import socket
import sys
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from npcengine.testing import wait_until
from tests.commands.asking import Json, ask, bearer, http_request, socket_to
from tests.commands.programs import QUICK, Served, serving

NORMAL, HOSTILE = "the-token-of-somebody-decent", "the-token-of-somebody-else"

WITHIN_S = 10.0

TIGHT = {
    "head_within_s": 1,
    "body_within_s": 1,
    "stalled_after_s": 1,
    "connections": 64,
    "tcp_connections": 200,
    "queued_bytes": 4 * 1_024 * 1_024,
}
"""Limits of the gateway of these tests: short, so that nobody waits. The others are as usual."""

TOOL: Json = {
    "type": "function",
    "name": "where_is",
    "parameters": {"type": "object", "properties": {"thing": {"type": "string"}}},
}


@contextmanager
def besieged(**more: int) -> Generator[Served]:
    """Run a gateway with two tokens, and perhaps with limits of its own."""
    limits = [
        part for name, value in {**TIGHT, **more}.items() for part in ("--limit", f"{name}={value}")
    ]
    tokens = f"{NORMAL} {HOSTILE}"
    with serving("--mind", QUICK, *limits, NPCENGINE_TOKEN=tokens) as served:
        yield Served(served.program, served.url, HOSTILE)


class Decent:
    """A client that goes on with its conversation, on both transports, until it is told to stop."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="decent")
        self.turns = 0
        self.failure: BaseException | None = None

    def __enter__(self) -> "Decent":
        self._thread.start()
        self.takes_turns(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(WITHIN_S)

    def takes_turns(self, count: int) -> None:
        """Wait until so many more turns have completed; each is bounded by itself."""
        wanted = self.turns + count
        wait_until(lambda: self.turns >= wanted or self.failure is not None, within_s=60)
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        try:
            with socket_to(self._served, **bearer(NORMAL)) as client:
                while not self._stop.is_set():
                    self._turn(client)
                    self.turns += 1
        except BaseException as failure:  # noqa: BLE001 - it is raised where somebody waits
            self.failure = failure

    def _turn(self, client: Any) -> None:
        asked = ask(client, "Where is the ladder?", tools=[TOOL])
        (call,) = (item for item in asked["output"] if item["type"] == "function_call")
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "here"}
        more = {"previous_response_id": asked["id"], "tools": [TOOL]}
        answered = ask(client, [output], **more)
        assert answered["output"][0]["type"] == "message"
        headers = {**bearer(NORMAL), "Content-Type": "application/json"}
        body = json.dumps({"model": "m", "input": "Hello?"})
        status, said = http_request(self._served, "POST", "/v1/responses", headers, body)
        assert (status, said["status"]) == (200, "completed")


@contextmanager
def undisturbed(served: Served, *, grows_mb: float) -> Generator[Decent]:
    """Check that somebody decent is served before, during and after the block, and that the gateway
    never took more memory than it had by more than so many megabytes."""
    process = Path("/proc") / str(served.program.process.pid)
    with Decent(served) as decent:
        before = _forget_peak(process)
        yield decent
        decent.takes_turns(3)
        grown = (_peak_kb(process) - before) / 1_024
    assert decent.failure is None
    assert grown < grows_mb, f"the gateway grew by {grown:.0f} MB"


def _forget_peak(process: Path) -> int:
    """Let the peak of a process's memory be what it has now; return that, in kilobytes."""
    if sys.platform != "linux":
        return 0
    (process / "clear_refs").write_text("5")
    return _peak_kb(process)


def _peak_kb(process: Path) -> int:
    if sys.platform != "linux":
        return 0
    status = (process / "status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


# --- what a hostile client does, byte by byte -------------------------------------------------


def head(served: Served, request: str, *more: str, token: str | None = None) -> bytes:
    """Return the head of a request; without its end when the last line is ``...``."""
    lines = [f"{request} HTTP/1.1", f"Host: {served.host}", *more]
    if token != "":
        lines.insert(2, f"Authorization: Bearer {token or served.token}")
    unfinished = lines[-1] == "..."
    return "\r\n".join(lines[:-1] if unfinished else [*lines, "", ""]).encode()


UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)


@contextmanager
def raw(served: Served, said: bytes = b"") -> Generator[socket.socket]:
    """Open a connection, of which the kernel keeps little for who does not read, and talk."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        one.settimeout(WITHIN_S)
        one.connect((served.host, served.port))
        one.sendall(said)
        yield one


@contextmanager
def raw_websocket(served: Served, token: str | None = None) -> Generator[socket.socket]:
    """Open a WebSocket of which nobody reads more than its handshake."""
    with raw(served, head(served, "GET /v1/responses", *UPGRADE, token=token)) as one:
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += one.recv(1)
        assert answer.startswith(b"HTTP/1.1 101 ")
        yield one


def frame(
    payload: bytes, *, opcode: int = 1, fin: bool = True, announced: int | None = None
) -> bytes:
    """Return a masked frame, its mask being zero; its length may be a lie."""
    size = len(payload) if announced is None else announced
    first = (0x80 if fin else 0) | opcode
    if size < 126:
        start = bytes([first, 0x80 | size])
    elif size < 1 << 16:
        start = bytes([first, 0xFE]) + size.to_bytes(2, "big")
    else:
        start = bytes([first, 0xFF]) + size.to_bytes(8, "big")
    return start + bytes(4) + payload


def event(**fields: Any) -> bytes:
    """Return a request as a frame."""
    create = {"type": "response.create", "model": "m", "store": False, "input": "Hi", **fields}
    return frame(json.dumps(create).encode())


def push(one: socket.socket, pieces: Iterable[bytes]) -> int:
    """Send as much as the other end takes, until it takes no more; return how much that was."""
    sent = 0
    with suppress(OSError):
        for piece in pieces:
            one.sendall(piece)
            sent += len(piece)
    return sent


@contextmanager
def flooded(one: socket.socket, piece: bytes) -> Generator[None]:
    """Send a piece again and again while the block runs, and read whatever comes of it."""
    over = threading.Event()

    def send() -> None:
        with suppress(OSError):
            while not over.is_set():
                one.sendall(piece)

    def read() -> None:
        with suppress(OSError):
            while one.recv(1 << 20):
                pass

    one.settimeout(60)
    threads = [threading.Thread(target=act) for act in (send, read)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(WITHIN_S)


def rest_of(one: socket.socket) -> bytes:
    """Read to the end, which has to come."""
    one.settimeout(WITHIN_S)
    said = b""
    with suppress(ConnectionError):
        while piece := one.recv(65_536):
            said += piece
    return said


def status_of(one: socket.socket) -> int:
    """Return the status of the one answer of a connection that is over then."""
    said = rest_of(one)
    return int(said.split(b" ", 2)[1]) if said else 0


def close_code(one: socket.socket) -> int:
    """Return the code with which a WebSocket was closed, 0 when it was just cut."""
    said = rest_of(one)
    at = said.rfind(b"\x88")
    return int.from_bytes(said[at + 2 : at + 4], "big") if at >= 0 else 0
