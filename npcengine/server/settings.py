"""The part of a request that stays the same from turn to turn, validated and tokenised once."""

import threading
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.codec import given, read_as
from npcengine.protocol.outgoing import FunctionTool, ResponseCreate
from npcengine.server.faults import RequestError
from npcengine.server.limits import Limits
from npcengine.server.tokens import count_tokens

__all__ = ["Settings", "SettingsCache", "ToolChoice", "read_tool_choice"]

_tool_list = msgspec.json.Decoder(list[Raw])
_function_tool = msgspec.json.Decoder(FunctionTool)
_any_object = msgspec.json.Decoder(dict[str, Any])

MAX_KEPT = 64
"""Settings a connection keeps: one or two per lane."""


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

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._kept: dict[tuple[str, str, bytes], Settings] = {}
        self._kept_bytes = 0
        self._lock = threading.Lock()
        """Large requests are read beside the loop, while it reads small ones."""

    def settings(self, create: ResponseCreate) -> tuple[Settings, bool]:
        """Return a request's settings, and whether they had to be worked on.

        Raises:
            RequestError: The model is missing, or a tool is not acceptable.
        """
        if create.model is UNSET or not create.model:
            raise RequestError("you must provide a model", param="model")
        tools = given(create.tools) or b"[]"
        instructions = create.instructions or ""
        key = (create.model, instructions, tools)
        with self._lock:
            if (known := self._kept.pop(key, None)) is not None:
                self._kept[key] = known  # to the newest end
                return known, False
        settings = Settings(
            create.model,
            instructions,
            _read_tools(tools, self._limits),
            tools,
            count_tokens(instructions) + count_tokens(tools.decode("utf-8", "replace")),
        )
        with self._lock:
            self._keep(key, settings)
        return settings, True

    def _keep(self, key: tuple[str, str, bytes], settings: Settings) -> None:
        if key not in self._kept:
            self._kept_bytes += _size_bytes(key)
        self._kept[key] = settings
        while len(self._kept) > MAX_KEPT or self._kept_bytes > self._limits.settings_bytes:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._kept_bytes -= _size_bytes(oldest)


def _size_bytes(key: tuple[str, str, bytes]) -> int:
    return sum(map(len, key))


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
            # Types that we cannot serve are left out here as among the tools themselves.
            functions = (tool for tool in tools if tool.get("type") == "function")
            mode = choice.mode or "auto"
            names = frozenset(str(tool.get("name")) for tool in functions)
        case _:
            raise RequestError("not a tool choice that is known here", param="tool_choice")
    unknown = names - {tool.name for tool in settings.tools}
    if unknown or mode not in _MODES:
        what = f"there is no tool {min(unknown)!r}" if unknown else f"there is no mode {mode!r}"
        raise RequestError(what, param="tool_choice")
    return ToolChoice(mode, names, kept)
