"""Everything one NPC may do and ask, as a mind is told of it and as calls are looked up."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from npcengine.errors import UsageError
from npcengine.world.actions import ActionSpec
from npcengine.world.queries import QuerySpec

__all__ = ["Tool", "Toolbox"]

Tool: TypeAlias = ActionSpec | QuerySpec


class Toolbox:
    """An immutable set of tools. The order is the order of definition, so prefixes stay cached."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        by_name: dict[str, Tool] = {}
        for tool in tools:
            if tool.name in by_name:
                raise UsageError(f"two tools are called {tool.name!r}")
            by_name[tool.name] = tool
        self.by_name = MappingProxyType(by_name)
        self.definitions = msgspec.json.encode([tool.tool for tool in by_name.values()])
        """The JSON array of definitions, exactly as it goes on the wire."""
