"""The tools of a request as an upstream is told of them, and what a call of one must look like."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from npcengine.protocol.codec import given
from npcengine.protocol.outgoing import FunctionTool
from npcengine.server.faults import RequestError
from npcengine.server.settings import Settings, ToolChoice
from npcengine.server.wishes import TextFormat

__all__ = ["Check", "Toolset", "Toolsets", "check_of_format", "checks_schemas"]

MAX_KEPT = 64
"""Toolsets that are kept: one or two a lane."""

MAX_BACKTRACKS = 100_000
"""Steps of a pattern in a schema, on one text."""

Check: TypeAlias = Callable[[object], str | None]
"""Says what is wrong with a value, without quoting it."""

_object = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.Encoder().encode


def checks_schemas() -> bool:
    """Whether values are held against schemas: the extra ``upstream`` is installed (ADR 0014).

    Otherwise all that is looked at is whether arguments are an object.
    """
    return importlib.util.find_spec("jsonschema_rs") is not None


class Toolset(msgspec.Struct, frozen=True, eq=False):
    """The tools that a request may use."""

    as_chat: tuple[Raw, ...]
    """Definitions in the form of chat/completions."""
    as_responses: tuple[Raw, ...]
    """The same in the form of responses."""
    checks: Mapping[str, Check]
    """What arguments must be, by the tool's name."""


class Toolsets:
    """Those that were seen lately: the same bytes are never looked at twice."""

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, frozenset[str] | None, bool], Toolset] = {}

    def of(self, settings: Settings, choice: ToolChoice, *, obeys_choice: bool) -> Toolset:
        """Return the tools to offer.

        A choice of some tools offers only those, which every server understands. A choice of none
        offers them all, so that the prompt stays the one that is in the cache; but not to a server
        that would call them all the same.

        Raises:
            RequestError: A tool's parameters are no schema.
        """
        is_hidden = choice.mode == "none" and not obeys_choice
        key = settings.tools_json, choice.names, is_hidden
        toolset = self._kept.pop(key, None)
        if toolset is None:
            tools = [
                (place, tool)
                for place, tool in enumerate(settings.tools)
                if not is_hidden and (choice.names is None or tool.name in choice.names)
            ]
            toolset = Toolset(
                tuple(_in_chat(tool) for _, tool in tools),
                tuple(Raw(_encode(tool)) for _, tool in tools),
                {tool.name: _check_of(tool, place) for place, tool in tools},
            )
        self._kept[key] = toolset  # to the newest end
        if len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        return toolset


class _Function(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    description: str | None = None
    parameters: Raw | None = None
    strict: bool | None = None


def _in_chat(tool: FunctionTool) -> Raw:
    parameters = given(tool.parameters)
    function = _Function(
        tool.name, tool.description, None if parameters is None else Raw(parameters), tool.strict
    )
    return Raw(_encode({"type": "function", "function": function}))


def _check_of(tool: FunctionTool, place: int) -> Check:
    schema = given(tool.parameters)
    try:
        return _nothing_wrong if schema is None else _check_for(Raw(schema))
    except ValueError as error:
        raise RequestError(
            f"Invalid schema for function '{tool.name}': {error}",
            code="invalid_function_parameters",
            param=f"tools[{place}].parameters",
        ) from error


def check_of_format(form: TextFormat) -> Check:
    """Return what a formatted text must be, once it is read as JSON.

    Raises:
        RequestError: Its schema is none.
    """
    if (schema := given(form.schema)) is None:
        return _object_wanted
    try:
        return _check_for(Raw(schema))
    except ValueError as error:
        raise RequestError(
            f"Invalid schema for the text's format: {error}",
            code="invalid_json_schema",
            param="text.format.schema",
        ) from error


def _nothing_wrong(_: object) -> None:
    return None


def _object_wanted(value: object) -> str | None:
    return None if isinstance(value, dict) else "it is not an object"


def _check_for(schema: Raw) -> Check:
    """Return what holds a value against a schema.

    Nothing is fetched for it, and no pattern can take long, whoever wrote them.

    Raises:
        ValueError: It is no schema.
    """
    try:
        read = _object.decode(schema)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("it is not an object") from error
    if not checks_schemas():
        return _nothing_wrong
    import jsonschema_rs

    patterns = jsonschema_rs.FancyRegexOptions(backtrack_limit=MAX_BACKTRACKS)
    validator = jsonschema_rs.validator_for(read, offline=True, mask="it", pattern_options=patterns)

    def check(value: object) -> str | None:
        try:
            error = next(validator.iter_errors(value), None)
        except ValueError as why:  # nested deeper than it goes
            return str(why)
        return None if error is None else f"{error.message} (at {_path(error.instance_path)})"

    return check


def _path(steps: Sequence[str | int]) -> str:
    return "$" + "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in steps)
