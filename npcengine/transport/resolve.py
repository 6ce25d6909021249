"""Names to addresses, without ever holding up an exit.

A name look-up cannot be cancelled: inside the loop's own executor a stuck one would hold up the
end of the loop, and then of the process, for as long as the resolver pleases. A daemon thread a
look-up can be left behind.
"""

import asyncio
import contextlib
import ipaddress
import socket
import threading

__all__ = ["resolve"]


async def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Return the addresses of ``host``, best first; an address is returned as it is.

    Raises:
        OSError: The name is not known.
    """
    with contextlib.suppress(ValueError):
        return [(str(ipaddress.ip_address(host)), port)]
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[tuple[str, int]]] = loop.create_future()

    def settle(found: list[tuple[str, int]] | OSError) -> None:
        if answer.done():
            return
        if isinstance(found, OSError):
            answer.set_exception(found)
        else:
            answer.set_result(found)

    def look_up() -> None:
        found: list[tuple[str, int]] | OSError
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys((str(entry[4][0]), port) for entry in entries))
        except OSError as error:
            found = error
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody is waiting
            loop.call_soon_threadsafe(settle, found)

    threading.Thread(target=look_up, name=f"npcengine-resolve-{host}", daemon=True).start()
    return await answer
