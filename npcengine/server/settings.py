"""The part of a request that stays the same from turn to turn, validated and tokenised once."""

from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.codec import given, read_as
from npcengine.protocol.outgoing import FunctionTool, ResponseCreate
from npcengine.server.faults import RequestError
from npcengine.server.limits import Limits
from npcengine.server.tokens import count_tokens

__all__ = ["Settings", "SettingsCache", "ToolChoice", "read_settings", "read_tool_choice"]

_tool_list = msgspec.json.Decoder(list[Raw])
_function_tool = msgspec.json.Decoder(FunctionTool)
_any_object = msgspec.json.Decoder(dict[str, Any])

MAX_KEPT = 64
"""Settings a connection keeps: one or two per lane."""

_NO_TOOLS = b"[]"


class Settings(msgspec.Struct, frozen=True):
    """What stands in front of a conversation."""

    model: str
    instructions: str
    tools: tuple[FunctionTool, ...]
    tools_json: bytes
    """The tools as they came, to be echoed."""
    tokens: int
    """Tokens of instructions and tools."""


class ToolChoice(msgspec.Struct, frozen=True):
    """Which tools a response may, must or must not call."""

    mode: str
    """``none``, ``auto`` or ``required``."""
    names: frozenset[str] | None = None
    """Only these; ``None`` is all of them."""
    raw: bytes = b'"auto"'
    """As it came, to be echoed."""

    def allows(self, name: str) -> bool:
        """Whether a tool may be called."""
        return self.mode != "none" and (self.names is None or name in self.names)


class SettingsCache:
    """The settings a connection has seen: the same bytes are never looked at twice."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, bytes], Settings] = {}

    def find(self, create: ResponseCreate) -> Settings | None:
        """Return a request's settings, if they were seen before."""
        return self._kept.get(
            (create.model or "", create.instructions or "", given(create.tools) or _NO_TOOLS)
        )

    def keep(self, settings: Settings) -> None:
        """Remember settings, as the newest ones."""
        key = (settings.model, settings.instructions, settings.tools_json)
        self._kept.pop(key, None)
        self._kept[key] = settings
        if len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]


def read_settings(create: ResponseCreate, limits: Limits) -> Settings:
    """Return a request's settings.

    Raises:
        RequestError: The model is missing, or a tool is not acceptable.
    """
    if create.model is UNSET or not create.model:
        raise RequestError("you must provide a model", param="model")
    tools, instructions = given(create.tools) or _NO_TOOLS, create.instructions or ""
    return Settings(
        create.model,
        instructions,
        _read_tools(tools, limits),
        tools,
        count_tokens(instructions) + count_tokens(tools.decode("utf-8", "replace")),
    )


def _read_tools(raw: bytes, limits: Limits) -> tuple[FunctionTool, ...]:
    """Read the tools; types that we cannot serve, such as hosted ones, are left out."""
    tools: list[FunctionTool] = []
    names: set[str] = set()
    try:
        entries = read_as(_tool_list, raw, path="$.tools")
        if len(entries) > limits.tools:
            raise RequestError(f"more than {limits.tools} tools", param="tools")
        for index, entry in enumerate(entries):
            path = f"$.tools[{index}]"
            if read_as(_any_object, entry, path=path).get("type") != "function":
                continue
            tool = read_as(_function_tool, entry, path=path)
            if tool.name in names:
                raise RequestError(f"two tools are called {tool.name!r}", param=f"tools[{index}]")
            names.add(tool.name)
            tools.append(tool)
    except RemoteProtocolError as error:
        raise RequestError.unreadable(error) from error
    return tuple(tools)


class _Choice(msgspec.Struct):
    type: str
    name: str | None = None
    mode: str | None = None
    tools: list[dict[str, Any]] | None = None


_choice = msgspec.json.Decoder(str | _Choice)
_MODES = ("none", "auto", "required")


def read_tool_choice(raw: Raw | UnsetType, settings: Settings) -> ToolChoice:
    """Return which tools a request may use.

    Raises:
        RequestError: It is of no known form, or names a tool that is not offered.
    """
    if (kept := given(raw)) is None:
        return ToolChoice("auto")
    try:
        choice = read_as(_choice, kept, path="$.tool_choice")
    except RemoteProtocolError as error:
        raise RequestError.unreadable(error) from error
    match choice:
        case str() if choice in _MODES:
            return ToolChoice(choice, raw=kept)
        case _Choice(type="function", name=str(name)):
            mode, names = "required", frozenset({name})
        case _Choice(type="allowed_tools", tools=list(tools)):
            mode, names = choice.mode or "auto", frozenset(str(t.get("name")) for t in tools)
        case _:
            raise RequestError("not a tool choice that is known here", param="tool_choice")
    unknown = names - {tool.name for tool in settings.tools}
    if unknown or mode not in _MODES:
        what = f"there is no tool {min(unknown)!r}" if unknown else f"there is no mode {mode!r}"
        raise RequestError(what, param="tool_choice")
    return ToolChoice(mode, names, kept)
