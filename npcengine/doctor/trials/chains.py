"""A tool call and its continuation, and which responses can be continued, where.

What matters to a game: whether only what is new has to be told, and after which mishaps
everything has to be told again (protocol.md section 6).
"""

from npcengine.doctor.asking import Asking
from npcengine.doctor.wire import Json, Reply, Wire

__all__ = ["chains", "stored_chains"]

NOBODYS_ID = "resp_00000000000000000000000000000000"

_LOOK: Json = {
    "type": "function",
    "name": "look",
    "description": "Look at a place and say what is there.",
    "parameters": {
        "type": "object",
        "properties": {"place": {"type": "string", "description": "The name of the place."}},
        "required": ["place"],
        "additionalProperties": False,
    },
    "strict": True,
}


async def chains(asking: Asking) -> None:
    """Try what is not stored."""
    server = asking.server
    async with asking.socket() as wire:
        request = asking.request("Look at the old well.", tools=[_LOOK], tool_choice="required")
        first = await wire.reply_to(request)
        if not first.is_good:
            server.unknown["calls"] = server.unknown["continues"] = first.complaint
            return
        call = _call_in(first)
        if call is None:
            server.unknown["calls"] = "it made no call, although it was required to"
        else:
            pieces = [t for t in first.deltas if "arguments" in t.type]
            server.calls = "in pieces" if len(pieces) > 1 else "in one piece"
        newest = await _continue(asking, wire, first, call)
        if newest.is_refused:
            server.continues = server.remembers = False
            server.unknown["older"] = "not even the newest response can be continued"
            return
        if not newest.is_good:
            server.unknown["continues"] = newest.complaint
            return
        server.continues = True
        server.older = await _can_continue(asking, wire, first.id)
        taken = await _can_continue(asking, wire, NOBODYS_ID)
        server.unknown_ids_refused = None if taken is None else not taken
    _judge_memory(asking, first, newest)
    async with asking.socket() as wire:
        server.elsewhere_unstored = await _can_continue(asking, wire, newest.id)


async def stored_chains(asking: Asking) -> None:
    """Try what is stored."""
    async with asking.socket() as wire:
        stored = await wire.reply_to(asking.request("Say hello.", store=True))
    if not stored.is_good:
        asking.server.unknown["elsewhere_stored"] = stored.complaint
        return
    async with asking.socket() as wire:
        asking.server.elsewhere_stored = await _can_continue(asking, wire, stored.id, store=True)


async def _continue(asking: Asking, wire: Wire, reply: Reply, call: Json | None) -> Reply:
    """Send a call's output, as a bridge does, or other words where there was no call."""
    request = asking.request("And now say goodbye.", previous_response_id=reply.id, tools=[_LOOK])
    if call is not None:
        output = {
            "type": "function_call_output",
            "call_id": call["call_id"],
            "output": "A bucket and a rope.",
        }
        request["input"] = [output]
    return await wire.reply_to({**request, "tool_choice": "none"})


async def _can_continue(
    asking: Asking, wire: Wire, response_id: str, **more: object
) -> bool | None:
    """Return whether a response can be continued; ``None`` where something else came between."""
    request = asking.request("Go on.", previous_response_id=response_id, **more)
    reply = await wire.reply_to(request)
    return reply.is_good if reply.is_good or reply.is_refused else None


def _judge_memory(asking: Asking, first: Reply, newest: Reply) -> None:
    """Say whether a continuation stands on what was said before.

    A server that counts tokens counts the whole context (protocol.md section 4), which here is
    longer with the continuation. One that takes ids nobody has ever had, and shows no such growth,
    is taken for one that ignores them.
    """
    server = asking.server
    before, after = first.tokens("input_tokens"), newest.tokens("input_tokens")
    if before is not None and after is not None:
        server.remembers = after > before
    else:
        server.remembers = server.unknown_ids_refused


def _call_in(reply: Reply) -> Json | None:
    calls = (item for item in reply.output if item.get("type") == "function_call")
    return next((call for call in calls if call.get("call_id")), None)
