"""What there is at which path, and what is refused before a body is read.

Every path stands under ``/v1`` and without it: clients are given base URLs of either kind.
"""

from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from npcengine.server.faults import RequestError
from npcengine.server.guests import Guest
from npcengine.server.http import stored, windows
from npcengine.server.http.asked import Asked, Handler, as_json
from npcengine.server.http.create import create
from npcengine.server.services import Services
from npcengine.transport.http import HttpReply, HttpRequest, HttpStream, json_error

__all__ = ["answer", "refuse"]


async def _stats(asked: Asked) -> HttpReply:
    services = asked.services
    now = {"connections": len(services.connections), "running": len(services.running)}
    return as_json({**services.tally.sums(), **now})


def _model(services: Services) -> Mapping[str, object]:
    # Any name is served; this one is for clients that want to choose from a list.
    return {
        "id": services.mind.name,
        "object": "model",
        "created": services.began_s,
        "owned_by": "npcengine",
    }


async def _models(asked: Asked) -> HttpReply:
    return as_json({"object": "list", "data": [_model(asked.services)]})


async def _one_model(asked: Asked) -> HttpReply:
    if asked.id != asked.services.mind.name:
        raise RequestError(
            f"The model '{asked.id}' does not exist.",
            code="model_not_found",
            param="model",
            status=404,
        )
    return as_json(_model(asked.services))


_ID = "*"

_ROUTES: Mapping[tuple[str, ...], Mapping[str, Handler]] = {
    ("responses",): {"POST": create},
    ("responses", "input_tokens"): {"POST": windows.count_input_tokens},
    ("responses", "compact"): {"POST": windows.compact},
    ("responses", _ID): {"GET": stored.retrieve, "DELETE": stored.delete},
    ("responses", _ID, "input_items"): {"GET": stored.input_items},
    ("responses", _ID, "cancel"): {"POST": stored.cancel},
    ("models",): {"GET": _models},
    ("models", _ID): {"GET": _one_model},
    ("stats",): {"GET": _stats},
}
_READ_A_BODY = (create, windows.count_input_tokens, windows.compact)


class _Route(msgspec.Struct, frozen=True):
    handlers: Mapping[str, Handler]
    id: str


def _find(path: str) -> _Route | None:
    """Return what is at a path; an id may be any text, percent signs decoded."""
    parts = tuple(path.removeprefix("/").split("/"))
    if parts[0] == "v1":
        parts = parts[1:]
    if (handlers := _ROUTES.get(parts)) is not None:
        return _Route(handlers, "")
    if len(parts) < 2 or not parts[1]:
        return None
    handlers = _ROUTES.get((parts[0], _ID, *parts[2:]))
    return None if handlers is None else _Route(handlers, unquote(parts[1]))


def _handler(route: _Route, method: str) -> Handler | None:
    return route.handlers.get("GET" if method == "HEAD" else method)


def refuse(request: HttpRequest) -> HttpReply | None:
    """Return why a request cannot be for any route, or ``None``."""
    route = _find(request.path)
    if route is None:
        return json_error(404, f"there is nothing at {request.path}")
    handler = _handler(route, request.method)
    if handler is None:
        methods = [*route.handlers, *(["HEAD"] if "GET" in route.handlers else [])]
        return json_error(
            405,
            f"{request.path} takes {' and '.join(methods)}, not {request.method}",
            headers={"allow": ", ".join(methods)},
        )
    if handler in _READ_A_BODY:
        return _refuse_body(request)
    return None


def _refuse_body(request: HttpRequest) -> HttpReply | None:
    kind = request.headers.get("content-type", "application/json").partition(";")[0]
    kind = kind.strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return json_error(415, f"the body has to be application/json, not {kind}")
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        return json_error(415, f"the body has to be sent as it is, not in {encoding}")
    return None


async def answer(
    services: Services, guest: Guest, request: HttpRequest, stream: HttpStream
) -> HttpReply | None:
    """Answer a request that was not refused; ``None`` when that was done through ``stream``."""
    route = _find(request.path)
    assert route is not None  # see `refuse`
    handler = _handler(route, request.method)
    assert handler is not None
    try:
        return await handler(Asked(services, guest, request, stream, route.id))
    except RequestError as error:
        return error.reply()
