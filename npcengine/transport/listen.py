"""One port for HTTP and WebSocket, as official clients expect of one base URL."""

import asyncio
from typing import cast

from npcengine.transport.accepting import Accepting, Crowd
from npcengine.transport.bounds import Bounds
from npcengine.transport.http import Host

__all__ = ["Listener", "listen"]


class Listener:
    """An open port and the connections that came in through it."""

    def __init__(self, server: asyncio.Server, crowd: Crowd) -> None:
        self._server = server
        self._crowd = crowd

    @property
    def port(self) -> int:
        """The port that is bound, also when 0 was asked for."""
        return cast(int, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop accepting and cut what has not become a WebSocket."""
        self._server.close()
        for connection in list(self._crowd.members):
            connection.cut()
        await asyncio.sleep(0)  # their ends are noticed with the next turn of the loop
        # Not `wait_closed`: from Python 3.12 on it waits for every WebSocket, and those are closed
        # by their owners.


async def listen(host: Host, address: str, port: int, bounds: Bounds | None = None) -> Listener:
    """Open a port and serve it until the listener is closed.

    Args:
        host: Who is behind it.
        address: Where it is.
        port: Its number; 0 for any free one.
        bounds: What anybody may take of it; by default what :class:`Bounds` says.

    Raises:
        OSError: The port cannot be had.
    """
    crowd = Crowd(bounds or Bounds())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Accepting(host, crowd), address, port)
    return Listener(server, crowd)
