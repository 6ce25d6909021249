"""Responses that are kept, or are being made: seen, listed, deleted, stopped."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec

from npcengine.protocol.items import Item, UnknownItem, encode_item
from npcengine.server.faults import RequestError
from npcengine.server.http.asked import Asked, as_json, not_found
from npcengine.transport.http import HttpReply

__all__ = ["cancel", "delete", "input_items", "retrieve"]

DEFAULT_LIMIT = 20
MAX_LIMIT = 100

_object = msgspec.json.Decoder(dict[str, Any])

_PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "reasoning": "rs",
}


async def retrieve(asked: Asked) -> HttpReply:
    """Return a stored response, byte for byte as it ended."""
    if _query(asked).get("stream", "false").lower() == "true":
        raise RequestError("a stored response is not streamed again", param="stream")
    body = await asked.services.store.body(asked.guest.owner, asked.id)
    if body is None:
        raise not_found(asked.id)
    return HttpReply(200, body)


async def delete(asked: Asked) -> HttpReply:
    """Forget a response; what was continued from it goes on."""
    if not await asked.services.store.delete(asked.guest.owner, asked.id):
        raise not_found(asked.id)
    return as_json({"id": asked.id, "object": "response", "deleted": True})


async def cancel(asked: Asked) -> HttpReply:
    """Stop a response that is being made, on whatever connection; return it as it ended."""
    answer = asked.services.running.get((asked.guest.owner, asked.id))
    if answer is None:
        if await asked.services.store.body(asked.guest.owner, asked.id) is None:
            raise not_found(asked.id)
        raise RequestError("the response has ended: there is nothing to cancel", param="id")
    answer.cancel()
    body = await answer.ended()
    if body is None:  # its own client vanished at the same moment
        raise not_found(asked.id)
    return HttpReply(200, body)


async def input_items(asked: Asked) -> HttpReply:
    """List what a response was made from, what came before its request included."""
    query = _query(asked)
    order = query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise RequestError("order is 'asc' or 'desc'", param="order")
    limit = query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= MAX_LIMIT:
        raise RequestError(f"limit is a number from 1 to {MAX_LIMIT}", param="limit")
    items = await asked.services.store.inputs(asked.guest.owner, asked.id)
    if items is None:
        raise not_found(asked.id)
    listed = _listed(items, asked.id)
    if order == "desc":
        listed.reverse()
    if (after := query.get("after")) is not None:
        places = [place for place, item in enumerate(listed) if item["id"] == after]
        if not places:
            raise RequestError(f"there is no item {after!r} among the inputs", param="after")
        listed = listed[places[0] + 1 :]
    page = listed[: int(limit)]
    return as_json(
        {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
            "has_more": len(listed) > len(page),
        }
    )


def _listed(items: Sequence[Item], response_id: str) -> list[dict[str, Any]]:
    """Return items with what clients expect of listed ones: an id of its own and a status."""
    listed: list[dict[str, Any]] = []
    seen: set[str] = set()
    for place, item in enumerate(items):
        entry = _object.decode(encode_item(item))
        kind = item.type if isinstance(item, UnknownItem) else str(entry["type"])
        known = entry.get("id")
        if not isinstance(known, str) or known in seen:  # clients name items as they like
            prefix = _PREFIXES.get(kind, "item")
            known = f"{prefix}_{response_id.removeprefix('resp_')}_{place}"
        seen.add(known)
        if kind in _PREFIXES and not entry.get("status"):
            entry["status"] = "completed"
        listed.append({**entry, "id": known})
    return listed


def _query(asked: Asked) -> Mapping[str, str]:
    given = parse_qs(asked.request.query, keep_blank_values=True, max_num_fields=64)
    return {name: values[-1] for name, values in given.items()}
