"""What goes out on one HTTP connection: answers one after another, whole or streamed.

``h11`` does the framing. Writes of a stream are gathered for a few milliseconds, as those of a
WebSocket are, and a client that does not read makes the writer wait, and in the end goes.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from http import HTTPStatus

import h11

from npcengine.transport.departures import Departures
from npcengine.transport.http import HttpReply
from npcengine.transport.stall import Stall

__all__ = ["HttpAnswers"]


class HttpAnswers:
    """The sending half of a connection; an :class:`HttpStream` (loop thread only).

    Args:
        http: The state of the connection, shared with whoever reads it.
        transport: Where bytes go.
        write_every_s: Pieces of a stream within this time leave in one write.
        stalled_after_s: See :class:`npcengine.transport.bounds.Bounds`.
    """

    def __init__(
        self,
        http: h11.Connection,
        transport: asyncio.Transport,
        *,
        write_every_s: float,
        stalled_after_s: float,
    ) -> None:
        self._http = http
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._departures = Departures(self._loop, write_every_s, self._flush)
        self._writable = asyncio.Event()
        self._writable.set()
        self._unsent: list[bytes] = []
        self._stall = Stall(transport, stalled_after_s)
        self._lost = False

    @property
    def has_begun(self) -> bool:
        """Whether a part of the answer to the present request is out."""
        return self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE)

    def go_on(self) -> None:
        """Tell a client that waits for it to send its body."""
        self._write(h11.InformationalResponse(status_code=100, headers=[]))

    def reply(self, reply: HttpReply, *, bodiless: bool = False, last: bool = False) -> None:
        """Send a whole answer.

        Args:
            reply: The answer.
            bodiless: Leave the body out, as the answer to ``HEAD`` does.
            last: Say that the connection will not be used again.
        """
        headers = {
            "content-type": reply.content_type,
            "content-length": str(len(reply.body)),
            **reply.headers,
            **({"connection": "close"} if last else {}),
        }
        with contextlib.suppress(h11.LocalProtocolError):  # too late to answer anything
            self._write(_head(reply.status, headers))
            if not bodiless:
                self._write(h11.Data(data=reply.body))
            self._write(h11.EndOfMessage())

    # --- one answer as a stream ---------------------------------------------------------------

    def begin(self, content_type: str, headers: Mapping[str, str]) -> None:
        self._write(_head(200, {"content-type": content_type, **headers}))

    def send(self, data: bytes, *, at_once: bool = False) -> None:
        if self._lost:
            return
        self._unsent.append(data)
        self._departures.wanted(at_once=at_once)

    async def writable(self) -> None:
        await self._writable.wait()

    def end(self) -> None:
        """End the stream."""
        self._flush()
        self._write(h11.EndOfMessage())

    # --- what the protocol is told by asyncio -------------------------------------------------

    def pause(self) -> None:
        """Let writers wait."""
        self._writable.clear()
        self._stall.begin()

    def resume(self) -> None:
        """Let writers go on."""
        self._writable.set()
        self._stall.end()

    def lose(self) -> None:
        """Forget what could not be sent: the client is gone."""
        self._lost = True
        self._unsent.clear()
        self.resume()
        self._departures.stop()

    # --- inside -------------------------------------------------------------------------------

    def _flush(self) -> None:
        self._departures.departed()
        data, self._unsent = b"".join(self._unsent), []
        if data:
            self._write(h11.Data(data=data))

    def _write(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data and not self._lost:
            self._transport.write(data)


def _head(status: int, headers: Mapping[str, str]) -> h11.Response:
    reason = HTTPStatus(status).phrase.encode()
    return h11.Response(status_code=status, headers=list(headers.items()), reason=reason)
