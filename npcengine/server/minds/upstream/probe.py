"""Looks at an upstream once: which program it is, which forms it speaks, what it has loaded."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from npcengine.errors import ConnectError, LinkLostError, UsageError
from npcengine.server.minds.upstream.kinds import KINDS, Kind
from npcengine.server.minds.upstream.plan import Plan
from npcengine.transport.client import HttpClient

__all__ = ["Found", "assumed", "look"]

WITHIN_S = 5.0
"""For each question; a server that only loads its model answers these at once."""

MAX_BYTES = 1024 * 1024

T = TypeVar("T")

_ENDPOINTS: Mapping[str, str] = {"chat": "chat/completions", "responses": "responses"}

_BY_OWNER = {"llamacpp": "llamacpp", "vllm": "vllm", "organization_owner": "lmstudio"}
"""Programs by what they say owns their models."""

_NO_SUCH_PLACE = {404, 405, 501}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an upstream."""

    kind: Kind
    api: str
    slots: int = 0
    is_there: bool = True
    words: str
    """For people, in a line."""


class _Model(msgspec.Struct):
    id: str = ""
    owned_by: str | None = None


class _Models(msgspec.Struct):
    data: list[_Model] | None = None


class _Version(msgspec.Struct):
    version: str


class _Props(msgspec.Struct):
    total_slots: int = 0


async def look(client: HttpClient, plan: Plan) -> Found:
    """Return what is found, with what the options say laid over it.

    Raises:
        UsageError: There is a server, and it has no endpoint that is known here.
    """
    try:
        return await _look(client, plan)
    except (ConnectError, LinkLostError) as error:
        why = error.reason
    except TimeoutError:
        why = f"no answer within {WITHIN_S:g} s"
    found = assumed(plan, "")
    words = f"nothing at {plan.shown} yet ({why}); it will be asked at /{_ENDPOINTS[found.api]}"
    return replace(found, words=words)


def assumed(plan: Plan, words: str) -> Found:
    """Return what the options say, and for the rest what most servers are."""
    return Found(
        kind=KINDS["generic" if plan.server == "auto" else plan.server],
        api="chat" if plan.api == "auto" else plan.api,
        slots=plan.slots or 0,
        is_there=False,
        words=words,
    )


async def _look(client: HttpClient, plan: Plan) -> Found:
    models = (await _get(client, plan.path("models"), _Models) or _Models()).data or []
    name = plan.server if plan.server != "auto" else await _name(client, plan, models)
    kind = KINDS[name]
    api = plan.api if plan.api != "auto" else await _api(client, plan)
    slots = plan.slots
    if slots is None:
        props = await _get(client, plan.beside("props"), _Props) if kind.has_slots else None
        slots = props.total_slots if props is not None else 0
    words = [f"{kind.shown} at {plan.shown}, asked at /{_ENDPOINTS[api]}"]
    if slots:
        words.append(f"{slots} slots")
    if kind.keeps_alive and plan.keep_alive:
        words.append(await _keep_alive(client, plan))
    listed = [model.id for model in models]
    if plan.model and listed and not any(_means(plan.model, model) for model in listed):
        words.append(f"which does not list {plan.model!r} but {', '.join(listed[:5])}")
    return Found(kind=kind, api=api, slots=slots, words=", ".join(words))


async def _name(client: HttpClient, plan: Plan, models: Sequence[_Model]) -> str:
    for model in models:
        if (name := _BY_OWNER.get(model.owned_by or "")) is not None:
            return name
    is_ollama = await _get(client, plan.beside("api/version"), _Version) is not None
    return "ollama" if is_ollama else "generic"


async def _api(client: HttpClient, plan: Plan) -> str:
    """Return the form to use: a chat where there is one.

    Engines made that one first: there they stream calls and keep to schemas, where ``responses`` is
    a translation that loses some of it (ADR 0014). An empty request costs nothing and tells
    whether anybody is there to refuse it.
    """
    for api, endpoint in _ENDPOINTS.items():
        asked = client.ask("POST", plan.path(endpoint), b"{}", within_s=WITHIN_S)
        async with asked as answer:
            words = await answer.whole(within_s=WITHIN_S, most_bytes=MAX_BYTES)
            # LM Studio says 200 of places that it does not have.
            if answer.status not in _NO_SUCH_PLACE and b"Unexpected endpoint" not in words:
                return api
    raise UsageError(
        f"the server at {plan.shown} has neither /chat/completions nor /responses: give the "
        "address that its clients take as base URL, or say api=chat or api=responses"
    )


async def _keep_alive(client: HttpClient, plan: Plan) -> str:
    """Have Ollama load the model and keep it.

    Its endpoints of OpenAI's API take no ``keep_alive``, and leave alone the one that its own
    endpoint has set.
    """
    value = plan.keep_alive
    keep = int(value) if re.fullmatch("-?[0-9]+", value) else value
    body = msgspec.json.encode({"model": plan.model, "keep_alive": keep})
    path = plan.beside("api/generate")
    async with client.ask("POST", path, body, within_s=plan.first_s) as answer:
        await answer.whole(within_s=plan.silence_s, most_bytes=MAX_BYTES)
    done = answer.status == 200
    return f"keep_alive {value}" if done else f"keep_alive refused ({answer.status})"


async def _get(client: HttpClient, path: str, kind: type[T]) -> T | None:
    """Return what is at a path, ``None`` when that is nothing of the kind."""
    async with client.ask("GET", path, within_s=WITHIN_S) as answer:
        body = await answer.whole(within_s=WITHIN_S, most_bytes=MAX_BYTES)
    try:
        return msgspec.json.decode(body, type=kind) if answer.status == 200 else None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _means(asked: str, listed: str) -> bool:
    """Whether a name is that of a listed model; Ollama's have tags that need not be said."""
    return asked == listed or listed == f"{asked}:latest"
