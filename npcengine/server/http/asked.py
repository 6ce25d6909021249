"""One plain HTTP request, as the routes get it."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import replace

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.codec import given, read_as
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.server.context import LARGE_BYTES, Context, is_long
from npcengine.server.faults import RequestError
from npcengine.server.guests import Guest
from npcengine.server.request import Request
from npcengine.server.services import Services
from npcengine.server.settings import SettingsCache
from npcengine.server.timing import Timing
from npcengine.transport.http import HttpReply, HttpRequest, HttpStream

__all__ = ["Asked", "Handler", "Posted", "as_json", "not_found"]

_encode = msgspec.json.Encoder().encode


class Posted(ResponseCreate, frozen=True, kw_only=True):
    """A request's body: the event of the WebSocket, and what HTTP alone has."""

    stream: bool | UnsetType | None = UNSET


_posted = msgspec.json.Decoder(Posted)
_anything = msgspec.json.Decoder(Raw)


class Asked(msgspec.Struct, frozen=True):
    """What was asked, by whom, and the way out."""

    services: Services
    guest: Guest
    """Whose token it came with; stored responses are only found by their owner."""
    request: HttpRequest
    stream: HttpStream
    id: str = ""
    """The id in the path, where there is one."""

    def posted(self) -> Posted:
        """Return the body.

        Raises:
            RequestError: It cannot be read, or asks for what HTTP does not have.
        """
        body = self.request.body
        try:
            read_as(_anything, body, path="$")
        except RemoteProtocolError as error:
            raise RequestError.unreadable(error, code="invalid_json") from error
        try:
            posted = read_as(_posted, body, path="$")
        except RemoteProtocolError as error:
            raise RequestError.unreadable(error) from error
        if given(posted.stream_id) is not None:
            raise RequestError(
                "stream_id is for WebSockets", code="invalid_stream_id", param="stream_id"
            )
        return posted

    async def read(self, posted: Posted, timing: Timing) -> tuple[Request, Context]:
        """Return a checked request and its context, all of which is worked on anew.

        Raises:
            RequestError: It cannot be served.
        """
        services, guest = self.services, self.guest
        seen = SettingsCache(services.limits)
        with timing.of("parse"):
            request = await guest.work(
                lambda: services.request(guest, posted, seen),
                large=len(self.request.body) >= LARGE_BYTES,
            )
        with timing.of("recall"):
            request = await services.dereferenced(guest.owner, request)
            parent_id = request.previous_response_id
            recalled = (
                await services.recall(guest.owner, parent_id) if parent_id is not None else ()
            )
        with timing.of("render"):
            context = await guest.work(
                lambda: services.extend(None, request, recalled=recalled),
                large=is_long((*recalled, *request.items)),
            )
        return request, context

    async def look_at(self) -> tuple[Request, Context]:
        """Return a request that is not going to be answered.

        Its calls may be open, and it need not name a model.

        Raises:
            RequestError: As :meth:`read`.
        """
        posted = self.posted()
        return await self.read(
            replace(posted, generate=False, model=posted.model or self.services.mind.name),
            self.services.timing(),
        )


Handler: TypeAlias = Callable[[Asked], Awaitable[HttpReply | None]]
"""Answers a request; ``None`` when it did so through the stream. Raises ``RequestError``."""


def as_json(what: object) -> HttpReply:
    """Return a good answer."""
    return HttpReply(200, _encode(what))


def not_found(response_id: str) -> RequestError:
    """Return the refusal of an id that this client has not stored."""
    return RequestError(f"Response with id '{response_id}' not found.", param="id", status=404)
