"""Work on a context that is not answered: counted, or folded."""

import msgspec

from npcengine.protocol.incoming import Usage
from npcengine.protocol.items import Compaction
from npcengine.server.emitter import usage
from npcengine.server.faults import RequestError
from npcengine.server.http.asked import Asked, as_json
from npcengine.transport.http import HttpReply

__all__ = ["compact", "count_input_tokens"]


class _Compacted(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: str = "response.compaction"
    created_at: int
    output: list[Compaction]
    usage: Usage


async def count_input_tokens(asked: Asked) -> HttpReply:
    """Say how many tokens a request would be read as."""
    request, context = await asked.look_at()
    tokens = context.tokens + request.settings.tokens
    return as_json({"object": "response.input_tokens", "input_tokens": tokens})


async def compact(asked: Asked) -> HttpReply:
    """Return a conversation as one item, with which another can begin."""
    request, context = await asked.look_at()
    items = context.history()
    if not items:
        raise RequestError("there is nothing to compact", param="input")
    services = asked.services
    folded = Compaction(asked.guest.seal.fold(items), id=services.ids.new("cmp"))
    return as_json(
        _Compacted(
            id=services.ids.new("resp"),
            created_at=services.epoch_s(),
            output=[folded],
            usage=usage(context.tokens + request.settings.tokens, 0, 0),
        )
    )
