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
        posted = asked.posted()
        request, context = await asked.read(posted)
        if posted.stream:
            events = EventStream(asked.stream)
            await Answer(services, asked.guest.owner, events, request, context).run()
            events.end()
            return None
        last = LastWord()
        await Answer(services, asked.guest.owner, last, request, context).run()
        return HttpReply(200, bytes(last.response))
