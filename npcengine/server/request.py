"""One ``response.create``, validated."""

import re

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.codec import given, read_as
from npcengine.protocol.items import Item, read_item_list, user_text
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.server.faults import RequestError
from npcengine.server.limits import Limits
from npcengine.server.seal import Seal, unfolded
from npcengine.server.settings import Settings, SettingsCache, ToolChoice, read_tool_choice
from npcengine.server.wishes import Wishes, read_wishes

__all__ = ["Request", "read_request", "read_stream_id"]

_STREAM_ID = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_any = msgspec.json.Decoder()
_string = msgspec.json.Decoder(str)
_options = msgspec.json.Decoder(dict[str, object])


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for."""

    settings: Settings
    fresh_settings_tokens: int
    """Tokens of the settings, if this connection had not seen them before."""
    items: tuple[Item, ...]
    """The new items only, when there is a previous response; compactions are opened."""
    places: tuple[int, ...]
    """Where each item stood in the request's input."""
    previous_response_id: str | None
    generate: bool
    store: bool
    tool_choice: ToolChoice
    parallel_tool_calls: bool
    max_output_tokens: int | None
    temperature: float
    top_p: float
    wishes: Wishes
    metadata: Raw
    safety_identifier: str | None
    prompt_cache_key: str | None


def read_stream_id(raw: Raw | UnsetType) -> str | None:
    """Return a request's lane, ``None`` for the default one.

    Raises:
        RequestError: It is not 1 to 256 characters of ``[A-Za-z0-9_.-]``.
    """
    if raw is UNSET:
        return None
    try:
        value = read_as(_any, raw, path="$.stream_id")
    except RemoteProtocolError:
        value = None
    if isinstance(value, str) and _STREAM_ID.fullmatch(value):
        return value
    raise RequestError(
        "stream_id must be 1 to 256 characters of letters, digits, '_', '-' and '.'",
        code="invalid_stream_id",
        param="stream_id",
    )


def read_request(
    create: ResponseCreate, cache: SettingsCache, limits: Limits, seal: Seal
) -> Request:
    """Return a request whose every part has been checked.

    Raises:
        RequestError: Something in it cannot be served; the parameter is named.
    """
    if create.background:
        raise RequestError("background responses are not kept here", param="background")
    if given(create.conversation) is not None:
        raise RequestError("conversations are not kept here", param="conversation")
    most = create.max_output_tokens or None
    if create.max_output_tokens == 0 or (most is not None and most < 1):
        raise RequestError("must be at least 1", param="max_output_tokens")
    settings, fresh = cache.settings(create)
    try:
        items, places = unfolded(_read_input(create.input, limits), seal)
        prewarm = _prewarm(create.prompt_cache_options)
    except RemoteProtocolError as error:
        raise RequestError.unreadable(error) from error
    return Request(
        settings=settings,
        fresh_settings_tokens=settings.tokens if fresh else 0,
        items=items,
        places=places,
        previous_response_id=create.previous_response_id or None,
        generate=create.generate is not False and not prewarm,
        store=create.store is not False,
        tool_choice=read_tool_choice(create.tool_choice, settings),
        parallel_tool_calls=create.parallel_tool_calls is not False,
        max_output_tokens=most,
        temperature=_number(create.temperature),
        top_p=_number(create.top_p),
        wishes=read_wishes(create),
        metadata=Raw(given(create.metadata) or b"{}"),
        safety_identifier=create.safety_identifier or None,
        prompt_cache_key=create.prompt_cache_key or None,
    )


def _read_input(raw: Raw | UnsetType, limits: Limits) -> tuple[Item, ...]:
    if (value := given(raw)) is None:
        return ()
    if value.startswith(b'"'):
        return (user_text(read_as(_string, value, path="$.input")),)
    items = read_item_list(value, path="$.input")
    if len(items) > limits.items:
        raise RequestError(f"more than {limits.items} items", param="input")
    return tuple(items)


def _prewarm(raw: Raw | UnsetType) -> bool:
    if (value := given(raw)) is None:
        return False
    return read_as(_options, value, path="$.prompt_cache_options").get("prewarm") is True


def _number(value: float | UnsetType | None) -> float:
    return 1.0 if value is UNSET or value is None else value
