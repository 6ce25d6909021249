"""A line between two programs that can be cut, and that can be dead for a while."""

import asyncio
import contextlib
import threading
from collections.abc import Generator
from contextlib import contextmanager


class LeakyLine:
    """Passes on what comes to its port; its methods are for the test's thread."""

    def __init__(self, to_port: int, loop: asyncio.AbstractEventLoop) -> None:
        self._to_port = to_port
        self._loop = loop
        self._writers: set[asyncio.StreamWriter] = set()
        self._to_refuse = 0
        self.refused = 0
        """Connections that came to nothing so far."""
        self.port = 0

    def refuse(self, count: int) -> None:
        """Cut what there is, and let so many more connections come to nothing."""
        self._to_refuse = count
        self.cut()

    def cut(self) -> None:
        """Cut every connection in the middle of whatever it carries."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        if self._to_refuse:
            self._to_refuse -= 1
            self.refused += 1
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        self._writers |= {writer, far_writer}
        async with asyncio.TaskGroup() as both_ways:
            both_ways.create_task(_carry(reader, far_writer))
            both_ways.create_task(_carry(far_reader, writer))
        self._writers -= {writer, far_writer}


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@contextmanager
def leaky_line(to_port: int) -> Generator[LeakyLine]:
    """Have such a line while the block runs."""
    loop = asyncio.new_event_loop()
    line = LeakyLine(to_port, loop)
    server = loop.run_until_complete(asyncio.start_server(line.take, "127.0.0.1", 0))
    line.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield line
    finally:
        line.cut()
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_settled(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _settled() -> None:
    """Return when nothing is under way any more."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
