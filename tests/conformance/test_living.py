"""Signs of life, and the end of a connection: LIVE."""

import base64
import contextlib
import secrets
import socket as sockets
import ssl

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from tests.commands.programs import serving
from tests.conformance.asking import long_input
from tests.conformance.talk import Socket
from tests.conformance.target import PACE, Target, not_tried

SILENCE_S = 35.0
"""How long a server may leave a client alone: it should ping every 20 to 30 s."""


def mute(target: Target) -> sockets.socket:
    """Open a WebSocket on a bare socket, which answers no ping."""
    host, port = target.place
    bare = sockets.create_connection((host, port), target.within_s)
    if target.is_secure:
        bare = ssl.create_default_context().wrap_socket(bare, server_hostname=host)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    lines = [
        f"GET {target.path}/responses HTTP/1.1",
        f"Host: {host}:{port}",
        *(f"{name}: {value}" for name, value in target.headers.items()),
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    bare.sendall("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += bare.recv(1)
    assert b" 101 " in head, head
    bare.settimeout(SILENCE_S)
    return bare


def test_live_01_a_ping_gets_its_pong_during_a_response(target: Target, socket: Socket) -> None:
    assert socket.link.ping("idle").wait(target.within_s), "no pong came to an idle connection"
    socket.create(long_input())
    socket.begun()
    pong = socket.link.ping("busy")
    assert pong.wait(target.within_s), "no pong came during a response"
    assert socket.answers(1)[0].completed


def test_live_02_a_quiet_client_is_pinged(pinging: Target) -> None:
    with mute(pinging) as bare:
        try:
            frame = bare.recv(2)
        except TimeoutError:
            pytest.fail(f"no ping came within {SILENCE_S:.0f} s")

    assert frame[0] & 0x0F == Opcode.PING


def test_live_03_a_client_that_answers_no_ping_is_dropped(
    pytestconfig: pytest.Config, pinging: Target
) -> None:
    with mute(pinging) as bare:
        try:
            while bare.recv(1_024):
                pass
        except TimeoutError:
            not_tried(f"nothing came for {SILENCE_S:.0f} s, and the connection was still open")
        except ConnectionResetError:
            pass


def test_live_04_a_large_request_holds_nobody_up(target: Target, socket: Socket) -> None:
    words = " ".join(secrets.token_hex(4) for _ in range(400_000))
    with Socket(target) as other:
        socket.create(words, generate=False)
        answered = [other.ask().completed for _ in range(3)]
        # What has come of the large request by now tells whether the small ones had to wait.
        with contextlib.suppress(TimeoutError):
            socket.event(0.001)
        overtook = not socket.events
        (large,) = socket.answers(1)

    assert len(answered) == 3
    if not overtook:
        not_tried("the large request was over before three small ones were")
    assert large.end


def test_live_05_a_close_is_answered(target: Target) -> None:
    with Socket(target) as socket:
        socket.ask()
        socket.link.close(1000)

        assert socket.link.close_code == 1000, "no close came back"


def test_live_06_a_server_that_goes_down_says_1001(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("url", None) is not None:
        not_tried("the server would have to be ended")
    with (
        serving("--mind", PACE, NPCENGINE_TOKEN="a-key") as served,
        Socket(Target(served.url, "a-key")) as socket,
    ):
        socket.ask()
        served.program.process.terminate()
        close = socket.end()

    assert close is not None
    assert close.code == 1001


def test_live_08_a_client_that_is_cut_off_hurts_nobody(target: Target, socket: Socket) -> None:
    for _ in range(3):
        with contextlib.suppress(ConnectionClosed), Socket(target) as other:
            other.create(long_input())
            other.begun()
            other.link.socket.close()

    assert socket.ask().completed
