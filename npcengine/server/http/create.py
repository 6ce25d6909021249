"""``POST /v1/responses``: a response as a stream of events, or whole."""

from npcengine.server.answer import Answer
from npcengine.server.http.asked import Asked
from npcengine.server.outlet import EventStream, LastWord
from npcengine.transport.http import HttpReply

__all__ = ["create"]


async def create(asked: Asked) -> HttpReply | None:
    """Give one response."""
    services = asked.services
    with asked.guest.exchange():
        timing = services.timing()
        with timing.of("parse"):
            posted = asked.posted()
        request, context = await asked.read(posted, timing)
        owner = asked.guest.owner
        if posted.stream:
            events = EventStream(asked.stream)
            await Answer(services, owner, events, request, context, timing).run()
            events.end()
            return None
        last = LastWord()
        await Answer(services, owner, last, request, context, timing).run()
        return HttpReply(200, bytes(last.response))
