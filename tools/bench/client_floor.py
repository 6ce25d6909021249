"""The floor: the least that a Python client of this wire can do with an event and still be one.

A raw ``asyncio.Protocol``, the smallest parser that understands the generator, and npcengine's
typed decode; what an event means is not looked at, except to ask for the next response. It runs on
the same event loop as npcengine and reads on the same beat, in both modes: waking up once for many
events is a decision that any client could take, so leaving it out would make the floor a client
that somebody chose to write badly, and comparing with it would be too kind to us.
"""

import asyncio
import sys
from typing import cast

from npcengine.protocol.codec import decode_server_event
from npcengine.protocol.incoming import ResponseCompleted
from npcengine.transport.beat import BEAT_MS, Beat
from tools.bench.client import TURN_ROUNDS, Feed, Sampler, Tally, read_feed, report
from tools.bench.wire import FrameCutter, masked_frame, upgrade

__all__ = ["main"]

_ASK = masked_frame(b'{"type":"response.create","model":"bench","input":"go on"}')
_ASK_FOR_WORDS = masked_frame(
    b'{"type":"response.create","model":"bench","input":"go on","tool_choice":"none"}'
)


class _Floor(asyncio.Protocol):
    """One connection."""

    def __init__(self, tally: Tally, sampler: Sampler, beat: Beat) -> None:
        self._tally = tally
        self._sampler = sampler
        self._beat = beat
        self._cutter = FrameCutter()
        self._greeting: bytes | None = b""
        self._responses = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(upgrade("127.0.0.1", "/v1/responses"))

    def data_received(self, data: bytes) -> None:
        if self._greeting is not None:
            self._greeting += data
            head, ended, data = self._greeting.partition(b"\r\n\r\n")
            if not ended:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(head.decode())
            self._greeting = None
            self._ask()
        tally = self._tally
        tally.reads += 1
        messages = self._cutter.feed(data)
        for message in messages:
            if type(decode_server_event(message)) is ResponseCompleted:
                self._ask()
        if messages and not tally.events:
            self._sampler.begin()
        tally.events += len(messages)
        if not self._transport.is_closing():
            self._transport.pause_reading()
            self._beat.hold(self)

    def resume_reading(self) -> None:
        """Read on; called by the beat."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _ask(self) -> None:
        self._responses += 1
        is_last = self._responses % TURN_ROUNDS == 0
        self._transport.write(_ASK_FOR_WORDS if is_last else _ASK)


async def _run(feed: Feed) -> Sampler:
    loop = asyncio.get_running_loop()
    tally, beat = Tally(), Beat(loop, beat_ms=BEAT_MS)
    sampler = Sampler(tally, feed)
    transports = [
        (
            await loop.create_connection(
                lambda: _Floor(tally, sampler, beat), "127.0.0.1", feed.port
            )
        )[0]
        for _ in range(feed.npcs)
    ]
    await sampler.over.wait()
    for transport in transports:
        transport.abort()
    return sampler


def main() -> int:
    """Run one floor client; see :func:`tools.bench.client.read_feed` for its arguments."""
    feed = read_feed()
    new_loop, name = asyncio.new_event_loop, "asyncio"
    if sys.platform != "win32":
        import uvloop

        new_loop, name = uvloop.new_event_loop, "uvloop"
    with asyncio.Runner(loop_factory=new_loop) as runner:
        sampler = runner.run(_run(feed))
    report(sampler.samples, {"loop": name})
    return 0


if __name__ == "__main__":
    sys.exit(main())
