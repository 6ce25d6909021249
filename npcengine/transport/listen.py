"""One port for HTTP and WebSocket, as official clients expect of one base URL."""

import asyncio
from typing import cast

from npcengine.transport.accepting import Accepting
from npcengine.transport.heartbeat import PING_EVERY_S
from npcengine.transport.http import Host

__all__ = ["Listener", "listen"]


class Listener:
    """An open port and the connections that came in through it."""

    def __init__(self, server: asyncio.Server, connections: set[Accepting]) -> None:
        self._server = server
        self._connections = connections

    @property
    def port(self) -> int:
        """The port that is bound, also when 0 was asked for."""
        return cast(int, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop accepting and cut what has not become a WebSocket."""
        self._server.close()
        for connection in list(self._connections):
            connection.cut()
        await asyncio.sleep(0)  # their ends are noticed with the next turn of the loop
        # Not `wait_closed`: from Python 3.12 on it waits for every WebSocket, and those are closed
        # by their owners.


async def listen(
    host: Host,
    address: str,
    port: int,
    *,
    max_connections: int = 4_096,
    ping_every_s: float = PING_EVERY_S,
) -> Listener:
    """Open a port and serve it until the listener is closed.

    Args:
        host: Who is behind it.
        address: Where it is.
        port: Its number; 0 for any free one.
        max_connections: Connections at once that are not WebSockets.
        ping_every_s: See :data:`npcengine.transport.heartbeat.PING_EVERY_S`.

    Raises:
        OSError: The port cannot be had.
    """
    connections: set[Accepting] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Accepting(host, connections, max_connections, ping_every_s), address, port
    )
    return Listener(server, connections)
